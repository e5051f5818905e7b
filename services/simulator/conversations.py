"""Chat and mail: conversations of two people turn by turn, team channels, reactions, edits and deletions."""

from collections.abc import Iterator
from typing import Final

from services.simulator.chance import delay_seconds, poisson, stream
from services.simulator.company import Member, Unit
from services.simulator.society import MANNERS, Relation, Society
from services.simulator.thread import Thread, answer_markers, ask_markers, remark_markers
from services.simulator.timeline import HOUR
from shared.schemas.chat import ChannelKind, ChatEvent

MOST_TURNS: Final = 6
# Of messages that ask nothing, most end the conversation; each further turn is less likely.
GOES_ON: Final = 0.5
ASKS_BACK: Final = 0.2
ASKS_AGAIN: Final = 0.35
DEFERS: Final = 0.06
CHANNEL_POSTS_PER_PERSON_WEEK: Final = 1.0
ANNOUNCEMENTS_PER_WEEK: Final = 12


def conversations(society: Society) -> Iterator[ChatEvent]:
    """Yield every chat and mail event, conversation by conversation; not in order of time."""
    for relation in society.relations:
        yield from _related(society, relation)
    for story in society.planted:
        for number, approach in enumerate(story.approaches, start=1):
            rng = stream(society.scenario.seed, "approach", approach.person, number)
            person, above = (society.company.members[key] for key in (approach.person, approach.above))
            at = society.timeline.after(person, society.timeline.monday(approach.week), rng.randrange(20 * HOUR))
            thread = Thread(f"{person.key}-{above.key}-approach{number}", rng, (person, above), "direct")
            yield from exchange(society, thread, at=at, ask=True)
    for team in society.company.teams:
        yield from _team_channel(society, team)
    yield from _announcements(society)


def exchange(society: Society, thread: Thread, *, at: int, ask: bool) -> list[ChatEvent]:
    """Let the first two people of a thread talk, the first one starting, until one of them does not answer.

    What is asked is answered as reliably, as soon and as kindly as the other does, toward this person, in this week.
    """
    rng, timeline = thread.rng, society.timeline
    speaker, other = thread.people[0], thread.people[1]
    week = timeline.week_of(at)
    thread.say(at, speaker, markers=ask_markers(rng) if ask else remark_markers(rng))
    asked_again = False
    for _ in range(MOST_TURNS):
        answers, delay, kindly = (
            society.conduct.factor(habit, actor=other, other=speaker, week=week)
            for habit in ("answers", "delay", "acknowledges")
        )
        willing = (other.answers if ask else GOES_ON) * answers
        if rng.random() >= willing:
            if not ask or asked_again or rng.random() >= ASKS_AGAIN:
                break
            # Nothing came back for a day or two: the same person asks again, once.
            asked_again = True
            at = timeline.after(speaker, at, rng.randrange(9 * HOUR, 18 * HOUR))
            thread.say(at, speaker, markers=ask_markers(rng))
            continue
        at = timeline.after(other, at, delay_seconds(rng, median_hours=other.delay_hours * delay))
        courtesy = other.courtesy * kindly
        if ask and rng.random() < DEFERS:
            thread.say(
                at, other, markers=answer_markers(rng, courtesy=courtesy, ask=False, defers=True), reply_to=speaker
            )
            if rng.random() >= willing:
                break
            at = timeline.after(other, at, rng.randrange(6 * HOUR, 20 * HOUR))
        ask = rng.random() < ASKS_BACK
        if at > timeline.ends_at:
            break
        thread.say(at, other, markers=answer_markers(rng, courtesy=courtesy, ask=ask), reply_to=speaker)
        speaker, other = other, speaker
    return thread.events


def _related(society: Society, relation: Relation) -> Iterator[ChatEvent]:
    manner, actor, other = MANNERS[relation.kind], relation.actor, relation.other
    rng = stream(society.scenario.seed, "talk", relation.kind, actor.key, other.key)
    people = (actor, other) if relation.along is None else (actor, other, relation.along)
    number = 0
    for week in range(relation.from_week, relation.to_week):
        starts = society.conduct.factor("starts", actor=actor, other=other, week=week)
        for _ in range(poisson(rng, manner.per_week * actor.talk * starts)):
            at = society.timeline.sometime(actor, week, rng)
            mail, ask = rng.random() < manner.by_mail, rng.random() < manner.asks
            if at is None or at > society.timeline.ends_at:
                continue
            number += 1
            channel: ChannelKind = "mail" if mail else "group" if relation.along else "direct"
            thread = Thread(f"{actor.key}-{other.key}-{relation.kind}{number}", rng, people, channel)
            yield from exchange(society, thread, at=at, ask=ask)


def _team_channel(society: Society, team: Unit) -> Iterator[ChatEvent]:
    """Posts to the whole team with a few replies."""
    members = society.company.members
    rng = stream(society.scenario.seed, "channel", team.key)
    number = 0
    for week in range(society.scenario.weeks + 1):
        people = tuple(members[person] for person in society.there(team.people, week))
        for _ in range(poisson(rng, CHANNEL_POSTS_PER_PERSON_WEEK * len(people))):
            author = rng.choice(people)
            at = society.timeline.sometime(author, week, rng)
            if at is None:
                continue
            number += 1
            thread = Thread(f"{team.key}-channel{number}", rng, people, "private_channel")
            _discuss(society, thread, author=author, people=people, at=at)
            yield from thread.events


def _announcements(society: Society) -> Iterator[ChatEvent]:
    """Posts in the channel that everybody reads; nobody in particular is addressed."""
    members = society.company.members
    rng = stream(society.scenario.seed, "announcements")
    number = 0
    for week in range(society.scenario.weeks + 1):
        everybody = tuple(members[person] for person in society.there(members, week))
        for _ in range(poisson(rng, ANNOUNCEMENTS_PER_WEEK)):
            author = rng.choice(everybody)
            at = society.timeline.sometime(author, week, rng)
            if at is None:
                continue
            number += 1
            thread = Thread(f"everybody{number}", rng, (), "public_channel", readers=len(everybody) - 1)
            _discuss(society, thread, author=author, people=everybody, at=at)
            yield from thread.events


def _discuss(society: Society, thread: Thread, *, author: Member, people: tuple[Member, ...], at: int) -> None:
    rng = thread.rng
    ask = rng.random() < GOES_ON
    thread.say(at, author, markers=ask_markers(rng) if ask else remark_markers(rng))
    for _ in range(poisson(rng, 1.4 if ask else 0.5)):
        other = rng.choice(people)
        if other is author:
            continue
        at = society.timeline.after(other, at, delay_seconds(rng, median_hours=other.delay_hours))
        thread.say(at, other, markers=answer_markers(rng, courtesy=other.courtesy, ask=False), reply_to=author)
