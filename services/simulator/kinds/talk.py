"""Chat and mail of a company of a kind: conversations by the lines and beside them, team channels, machines."""

import random
from collections.abc import Iterator
from typing import Final

from services.simulator.chance import delay_seconds, poisson
from services.simulator.company import Member
from services.simulator.kinds import effects
from services.simulator.kinds.draft import Tie
from services.simulator.kinds.settled import Settled
from services.simulator.thread import Thread, answer_markers, ask_markers, remark_markers
from services.simulator.timeline import DAY, HOUR
from shared.schemas.chat import ChannelKind, ChatEvent, Markers, Message, MessagePosted
from shared.schemas.envelope import event_id, utc

BOT: Final = "chat:BOT1"
_BOT_POSTS_PER_WEEK: Final = 3.0  # choice: reminders and reports that a machine sends somebody
_OUT_OF_OFFICE: Final = 0.3  # choice: mails to somebody away that a machine answers
_LONG_SILENCE: Final = 10 * HOUR  # of work: who waits longer for an answer that comes may ask once more
_UPWARD: Final = ("up", "second")
_USUAL_SHARE: Final = {"down": effects.REPORTS_ANSWER, "skip_down": effects.REPORTS_ANSWER}


def conversations(settled: Settled, *, machines: bool) -> Iterator[ChatEvent]:
    """Yield every chat and mail event, conversation by conversation; not in order of time."""
    for place, tie in enumerate(settled.ties):
        yield from _of_tie(settled, tie, place)
    for outcome in settled.outcomes:
        if outcome.event_at is None or not outcome.skip:
            continue
        caused = outcome.caused
        for number, at in enumerate((outcome.event_at, *outcome.again_at)):
            rng = settled.draft.chance("past", caused.person, number)
            tie = Tie("direct", caused.person, outcome.skip, 0.0, 1.0)
            thread = _thread(settled, tie, f"{caused.person}-past-{outcome.skip}.{number}", rng)
            _exchange(settled, thread, tie, at=at, ask=True)
            yield from thread.events
    for team in settled.draft.teams:
        yield from _channel(settled, team)
    if machines:
        yield from _machines(settled)


def _of_tie(settled: Settled, tie: Tie, place: int) -> Iterator[ChatEvent]:
    draft, actor = settled.draft, settled.members[tie.actor]
    rng = draft.chance("talk", tie.actor, tie.other, place)
    number = 0
    for week in range(tie.from_week, min(tie.to_week, draft.weeks + 1)):
        if not (settled.there(tie.actor, week) and settled.there(tie.other, week)):
            continue
        asks = settled.conduct.factor("asks", tie.actor, tie.other, week) if tie.kind in _UPWARD else 1.0
        talks = settled.conduct.factor("talks", tie.actor, tie.other, week)
        mood = draft.chance("mood", tie.actor, week).lognormvariate(0.0, effects.WEEKLY_SPREAD)
        volume = tie.per_week * actor.talk * asks * talks * mood * draft.company_volume.get(week, 1.0)
        for _ in range(poisson(rng, volume)):
            at = draft.timeline.sometime(actor, week, rng)
            if at is None or at > draft.timeline.ends_at:
                continue
            other = settled.members[tie.other]
            if not draft.timeline.works(other, at) and rng.random() >= effects.WHILE_AWAY_ASKS:
                continue
            number += 1
            native_id = f"{tie.actor}-{tie.other}-{tie.kind}-{place}.{number}"
            thread = _thread(settled, tie, native_id, rng)
            _exchange(settled, thread, tie, at=at, ask=rng.random() < tie.asks)
            yield from thread.events


def _thread(settled: Settled, tie: Tie, native_id: str, rng: random.Random) -> Thread:
    people = tuple(settled.members[key] for key in (tie.actor, tie.other, tie.along) if key is not None)
    mail = rng.random() < settled.draft.by_mail
    channel: ChannelKind = "mail" if mail else "group" if tie.along else "direct"
    return Thread(native_id, rng, people, channel, mail_read=True)


def _exchange(settled: Settled, thread: Thread, tie: Tie, *, at: int, ask: bool) -> None:
    """Somebody writes; the other answers as often, as soon and as kindly as they do in this week."""
    rng, timeline = thread.rng, settled.draft.timeline
    speaker, other = thread.people[0], thread.people[1]
    week = timeline.week_of(at)
    thread.say(at, speaker, markers=ask_markers(rng) if ask else remark_markers(rng))
    share = _share(settled, tie, week)
    if not timeline.works(other, at):
        share *= effects.WHILE_AWAY_ANSWERED
        if thread.channel == "mail" and rng.random() < _OUT_OF_OFFICE:
            thread.say(at + 30, other, markers=Markers(basis="automatic"), reply_to=speaker)
    if rng.random() >= share * (1.0 if ask else effects.REMARKS_ANSWERED):
        if ask and rng.random() < effects.NUDGED:
            later = timeline.after(speaker, at, rng.randrange(9 * HOUR, 18 * HOUR))
            _say(settled, thread, later, speaker, markers=ask_markers(rng))
        return
    slow = settled.conduct.factor("slowness", other.key, speaker.key, week)
    courtesy = other.courtesy * settled.conduct.factor("kindness", other.key, speaker.key, week)
    delay = delay_seconds(rng, median_hours=other.delay_hours * slow, spread=effects.REPLY_SPREAD)
    answered = timeline.after(other, at, delay)
    if ask and delay > _LONG_SILENCE and rng.random() < effects.NUDGED:
        later = timeline.after(speaker, at, rng.randrange(9 * HOUR, _LONG_SILENCE))
        if later < answered:
            _say(settled, thread, later, speaker, markers=ask_markers(rng))
    if ask and rng.random() < effects.DEFERRED:
        promise = answer_markers(rng, courtesy=courtesy, ask=False, defers=True)
        _say(settled, thread, answered, other, markers=promise, to=speaker)
        answered = timeline.after(other, answered, rng.randrange(2 * HOUR, 12 * HOUR))
    back = rng.random() < effects.ASKED_BACK
    answer = answer_markers(rng, courtesy=courtesy, ask=back)
    if not _say(settled, thread, answered, other, markers=answer, to=speaker):
        return
    if back or rng.random() < effects.THANKED:
        delay = delay_seconds(rng, median_hours=speaker.delay_hours, spread=effects.REPLY_SPREAD)
        last = answer_markers(rng, courtesy=speaker.courtesy, ask=False) if back else remark_markers(rng)
        _say(settled, thread, timeline.after(speaker, answered, delay), speaker, markers=last, to=other)


def _say(
    settled: Settled, thread: Thread, at: int, speaker: Member, *, markers: Markers, to: Member | None = None
) -> bool:
    """Say it, unless that would be after the end of the world."""
    if at > settled.draft.timeline.ends_at:
        return False
    thread.say(at, speaker, markers=markers, reply_to=to)
    return True


def _share(settled: Settled, tie: Tie, week: int) -> float:
    if tie.kind in _UPWARD and tie.other in settled.draft.answered:
        return settled.answered(tie.other, tie.actor, week)
    return _USUAL_SHARE.get(tie.kind, effects.COLLEAGUES_ANSWER)


def _channel(settled: Settled, team: str) -> Iterator[ChatEvent]:
    """Posts to the whole team with a few replies. A company that only mails has no channels."""
    draft = settled.draft
    rng = draft.chance("channel", team)
    everybody = [key for key, worker in draft.workers.items() if worker.team == team]
    number = 0
    for week in range(draft.weeks + 1 if draft.by_mail < 1 else 0):
        people = tuple(settled.members[key] for key in everybody if settled.there(key, week))
        for _ in range(poisson(rng, effects.CHANNEL_PER_WEEK * len(people))):
            author = rng.choice(people)
            at = draft.timeline.sometime(author, week, rng)
            if at is None or at > draft.timeline.ends_at:
                continue
            number += 1
            thread = Thread(f"{team}-channel{number}", rng, people, "private_channel")
            ask = rng.random() < 1 / 2
            thread.say(at, author, markers=ask_markers(rng) if ask else remark_markers(rng))
            for _ in range(poisson(rng, 0.8 if ask else 0.3)):
                other = rng.choice(people)
                at = draft.timeline.after(other, at, delay_seconds(rng, median_hours=other.delay_hours))
                if other is not author:
                    _say(settled, thread, at, other, markers=answer_markers(rng, courtesy=0.5, ask=False), to=author)
            yield from thread.events


def _machines(settled: Settled) -> Iterator[ChatEvent]:
    """An account of nobody that writes to people, and that some of them answer."""
    draft = settled.draft
    for key, who in settled.members.items():
        rng = draft.chance("machine", key)
        for week in range(draft.weeks):
            for number in range(poisson(rng, _BOT_POSTS_PER_WEEK)):
                at = draft.timeline.monday(week) + rng.randrange(5) * DAY + 6 * HOUR + rng.randrange(HOUR)
                message = Message(
                    sender=BOT,
                    recipients=(who.chat,),
                    channel_kind="direct",
                    audience=1,
                    thread=f"bot-{key}",
                    markers=Markers(basis="text", words=12, requests=1),
                )
                native_id = f"bot-{key}.{week}.{number}"
                identifier = event_id(source="sim_chat", kind="message", native_id=native_id)
                yield MessagePosted(id=identifier, source="sim_chat", time=utc(at), data=message)
