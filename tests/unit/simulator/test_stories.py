"""Each story is visible in the events of the people it was planted for, and nowhere else."""

from collections import Counter
from datetime import datetime, timedelta
from itertools import chain
from math import inf
from statistics import median

import msgspec
import pytest

from services.simulator.stories import DEMO_STORIES
from shared.schemas.calendar import MeetingCancelled, MeetingCreated, MeetingEvent
from shared.schemas.chat import MessagePosted
from shared.schemas.directory import DirectoryEvent, LineRecorded
from shared.schemas.registry import CanonicalEvent
from shared.schemas.ticket import TicketAssigned, TicketEvent, TicketReopened
from tests.unit.simulator.worlds import ENDS_AT, STARTS_AT, accounts, direct, scenario, since, told, world

SEEDS = (7, 8)


def _answered(
    happened: tuple[CanonicalEvent, ...], *, asker: frozenset[str], other: frozenset[str], since: datetime
) -> tuple[int, float, float]:
    """How many threads the asker opened by asking in chat, the share with an answer, and its median hours."""
    replies: dict[str | None, datetime] = {}
    for event in direct(happened, sender=other, to=asker):
        replies.setdefault(event.data.thread, event.time)
    asked = [
        event
        for event in direct(happened, sender=asker, to=other)
        if event.data.in_reply_to is None and event.data.markers and event.time >= since
        if event.data.markers.questions + event.data.markers.requests
    ]
    first = {event.data.thread: event.time for event in reversed(asked)}
    waits = [(replies[thread] - at).total_seconds() / 3600 for thread, at in first.items() if thread in replies]
    return len(first), len(waits) / max(1, len(first)), median(waits) if waits else inf


def _weekly(events: list[MessagePosted], *, since: datetime) -> tuple[float, float]:
    """Messages a week before and after an instant."""
    before = sum(event.time < since for event in events)
    weeks = (since - STARTS_AT) / timedelta(weeks=1), (ENDS_AT - since) / timedelta(weeks=1)
    return before / weeks[0], (len(events) - before) / weeks[1]


@pytest.mark.parametrize("seed", SEEDS)
def test_one_on_ones_cancelled(seed: int) -> None:
    chosen = scenario(seed=seed)
    story, happened = told(chosen, "one_on_ones_cancelled"), world(chosen)
    (person,), (leader,) = story["people"]["person"], story["people"]["leader"]
    series = f"one-{leader}-{person}"
    scheduled = Counter[bool]()
    cancelled = Counter[bool]()
    for event in happened:
        if isinstance(event, MeetingCreated | MeetingCancelled) and event.data.series == series:
            planted = since(story) <= event.data.start <= ENDS_AT
            (cancelled if isinstance(event, MeetingCancelled) else scheduled)[planted] += 1
            if planted and isinstance(event, MeetingCancelled):
                assert event.data.changed_by in accounts(happened, leader) | accounts(happened, person)
    assert cancelled[True] / scheduled[True] >= 0.7
    assert cancelled[False] / scheduled[False] <= 0.4
    assert scheduled[True] >= 5


@pytest.mark.parametrize("seed", SEEDS)
def test_unheard(seed: int) -> None:
    chosen = scenario(seed=seed)
    story, happened = told(chosen, "unheard"), world(chosen)
    person, leader, above = (accounts(happened, story["people"][part][0]) for part in ("person", "leader", "above"))
    asked, share, _ = _answered(happened, asker=person, other=leader, since=since(story))
    assert asked >= 5
    assert share <= 0.6
    assert _answered(happened, asker=person, other=leader, since=STARTS_AT)[1] > share
    approaches = [event for event in direct(happened, sender=person, to=above) if event.time >= since(story)]
    first = approaches[0]
    # Unasked and alone: nothing between the two for four weeks, one recipient, and a question.
    assert len(first.data.recipients) == 1
    assert first.data.markers is not None
    assert first.data.markers.questions + first.data.markers.requests == 1
    before = first.time - timedelta(days=28)
    earlier = chain(direct(happened, sender=person, to=above), direct(happened, sender=above, to=person))
    assert not [event for event in earlier if before <= event.time < first.time]


@pytest.mark.parametrize("seed", SEEDS)
def test_overload(seed: int) -> None:
    chosen = scenario(seed=seed)
    story, happened = told(chosen, "overload"), world(chosen)
    leader = accounts(happened, story["people"]["leader"][0])
    team = accounts(happened, *story["people"]["team"])
    quiet = world(scenario(seed=seed, stories=("null",)))
    asked, share, wait = _answered(happened, asker=team, other=leader, since=since(story))
    _, usual_share, usual_wait = _answered(quiet, asker=team, other=leader, since=since(story))
    assert asked >= 20
    assert share < 0.75
    assert usual_share > 0.85
    assert wait > 2 * usual_wait


@pytest.mark.parametrize("seed", SEEDS)
def test_ping_pong(seed: int) -> None:
    chosen = scenario(seed=seed)
    story, happened = told(chosen, "ping_pong"), world(chosen)
    one, other = (accounts(happened, person) for person in story["people"]["pair"])
    bounced: list[TicketEvent] = [
        event
        for event in happened
        if isinstance(event, TicketAssigned | TicketReopened)
        and event.data.actor in one | other
        and event.data.reporter in one | other
        and event.data.assignee in one | other
        and event.data.reporter != event.data.assignee
    ]
    after = [event for event in bounced if event.time >= since(story)]
    assert len(after) >= 40
    assert sum(isinstance(event, TicketReopened) for event in after) >= 10
    assert len(bounced) - len(after) <= 5


@pytest.mark.parametrize("seed", SEEDS)
def test_silence(seed: int) -> None:
    chosen = scenario(seed=seed)
    story, happened = told(chosen, "silence"), world(chosen)
    person, leader = (accounts(happened, story["people"][part][0]) for part in ("person", "leader"))
    before, after = _weekly(direct(happened, sender=person, to=leader), since=since(story))
    assert after < before / 2
    everybody = frozenset(
        identity for event in happened if isinstance(event, MessagePosted) for identity in event.data.recipients
    )
    before, after = _weekly(direct(happened, sender=person, to=everybody - leader), since=since(story))
    assert after > 0.7 * before


@pytest.mark.parametrize("seed", SEEDS)
def test_faction(seed: int) -> None:
    chosen = scenario(seed=seed)
    story, happened = told(chosen, "faction"), world(chosen)
    one, other = (accounts(happened, *story["people"][part]) for part in ("one", "other"))
    across = direct(happened, sender=one, to=other) + direct(happened, sender=other, to=one)
    before, after = _weekly(across, since=since(story))
    assert after < before / 2
    before, after = _weekly(direct(happened, sender=one, to=one), since=since(story))
    assert after > before


@pytest.mark.parametrize("seed", SEEDS)
def test_reorganisation(seed: int) -> None:
    chosen = scenario(seed=seed)
    story, happened = told(chosen, "reorganisation"), world(chosen)
    team, (old,), (new,) = (story["people"][part] for part in ("team", "old_leader", "new_leader"))
    lines = [event.data for event in happened if isinstance(event, LineRecorded) and event.data.person in team]
    assert {(line.manager, line.valid_from, line.valid_to) for line in lines} == {
        (old, None, since(story)),
        (new, since(story), None),
    }
    members = accounts(happened, *team)
    before, after = _weekly(direct(happened, sender=members, to=accounts(happened, new)), since=since(story))
    assert after > 10 * before
    assert after >= 5
    before, after = _weekly(direct(happened, sender=members, to=accounts(happened, old)), since=since(story))
    assert after > before / 5
    # Nobody goes over the new leader's head more than people do anyway.
    (chief,) = (event.data.person for event in happened if isinstance(event, LineRecorded) and not event.data.manager)
    _, after = _weekly(direct(happened, sender=members, to=accounts(happened, chief)), since=since(story))
    assert after < 2


@pytest.mark.parametrize("seed", SEEDS)
def test_team_unheard(seed: int) -> None:
    chosen = scenario(seed=seed)
    story, happened = told(chosen, "team_unheard"), world(chosen)
    leader, people = story["people"]["leader"][0], story["people"]["team"]
    assert len(people) >= 5
    accounts_of_leader = accounts(happened, leader)
    unheard = 0
    for person in people:
        asked, share, _ = _answered(
            happened, asker=accounts(happened, person), other=accounts_of_leader, since=since(story)
        )
        unheard += asked >= 5 and share < 0.6
    assert unheard >= 5
    series = {f"one-{leader}-{person}" for person in people}
    planned, off = (
        sum(
            isinstance(event, kind) and event.data.series in series and since(story) <= event.data.start <= ENDS_AT
            for event in happened
        )
        for kind in (MeetingCreated, MeetingCancelled)
    )
    assert off / planned >= 0.7


@pytest.mark.parametrize("seed", SEEDS)
def test_seasonal_leave(seed: int) -> None:
    chosen = scenario(seed=seed)
    story, happened = told(chosen, "seasonal_leave"), world(chosen)
    away = accounts(happened, *story["people"]["leader"], *story["people"]["team"])
    said = [event for event in happened if isinstance(event, MessagePosted) and event.data.sender in away]
    back = since(story) + timedelta(weeks=2)
    assert [event for event in said if since(story) <= event.time < back] == []
    assert len([event for event in said if back <= event.time < back + timedelta(weeks=1)]) >= 10


@pytest.mark.parametrize("seed", SEEDS)
def test_new_joiner(seed: int) -> None:
    chosen = scenario(seed=seed)
    story, happened = told(chosen, "new_joiner"), world(chosen)
    (person,), (leader,) = story["people"]["person"], story["people"]["leader"]
    (line,) = (event.data for event in happened if isinstance(event, LineRecorded) and event.data.person == person)
    assert (line.manager, line.valid_from, line.valid_to) == (leader, since(story), None)
    # Invitations go out ahead; nothing else names the person before the first day.
    names = {identity.encode() for identity in accounts(happened, person)}
    for event in happened:
        if event.time < since(story) and not isinstance(event, DirectoryEvent | MeetingCreated):
            assert not any(name in msgspec.json.encode(event) for name in names)
    newcomer = accounts(happened, person)
    assert len(direct(happened, sender=newcomer, to=accounts(happened, leader))) >= 5
    assert direct(happened, sender=accounts(happened, leader), to=newcomer)


# Who is away, or not there yet, takes no ticket of a queue and no turn in a channel, so that others come earlier.
SHARED = ("seasonal_leave", "new_joiner")


@pytest.mark.parametrize("name", SHARED)
def test_absence_leaves_meetings_and_talks_of_two_among_others_as_they_were(name: str) -> None:
    chosen = scenario(stories=(name,), weeks=10)
    happened, quiet = world(chosen), world(scenario(stories=("null",), weeks=10))
    touched = accounts(happened, *(person for part in told(chosen, name)["people"].values() for person in part))

    def of_others(events: tuple[CanonicalEvent, ...]) -> set[bytes]:
        """One-to-ones, and what is said between two."""
        found = {
            msgspec.json.encode(event)
            for event in events
            if (isinstance(event, MeetingEvent) and len(event.data.attendees) == 1)
            or (isinstance(event, MessagePosted) and event.data.channel_kind in ("direct", "mail"))
        }
        return {line for line in found if not any(identity.encode() in line for identity in touched)}

    assert of_others(happened) == of_others(quiet)
    assert happened != quiet


@pytest.mark.parametrize("name", [name for name in DEMO_STORIES if name not in SHARED])
def test_a_story_changes_nothing_among_other_people(name: str) -> None:
    chosen = scenario(stories=(name,), weeks=10)
    quiet = world(scenario(stories=("null",), weeks=10))
    happened = world(chosen)
    people = {person for part in told(chosen, name)["people"].values() for person in part}
    touched = accounts(happened, *people)
    encode = msgspec.json.encode
    changed = {encode(event) for event in happened} ^ {encode(event) for event in quiet}
    assert changed
    for line in changed:
        assert any(identity.encode() in line for identity in touched) or any(
            f'"{person}"'.encode() in line for person in people
        )


def test_the_null_story_is_the_world_without_stories() -> None:
    assert world(scenario(stories=("null",), weeks=10)) == world(scenario(stories=(), weeks=10))
