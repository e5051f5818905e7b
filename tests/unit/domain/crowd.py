"""Four people between whom much happens in few instants, and the moves of a ticket; made up by Hypothesis."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import permutations
from typing import Any, Final, TypeVar

from hypothesis import strategies as st
from msgspec.structs import replace as with_fields

from shared.domain.facts.history import (
    CHANNELS,
    COUNTER_INDEX,
    COUNTERS,
    TEXT_COUNTERS,
    Contact,
    DayCount,
    Mark,
    Meeting,
    Step,
    TextDay,
    TicketStep,
    WholePair,
)
from shared.domain.facts.ticket_history import Move, TicketMove
from shared.domain.week import DAY, HOUR
from tests.unit.domain.facts import AS_OF, TODAY, pair

PERSON, LEADER, SKIP, GUEST = "ann", "bob", "cyd", "dan"
PEOPLE: Final = (PERSON, LEADER, SKIP, GUEST)
# Few instants, so that much happens at once.
INSTANTS: Final = st.sampled_from([AS_OF - days * DAY - hours * HOUR for days in (1, 9, 40) for hours in (0, 5)])
NUMBERS: Final = st.integers(0, 2)  # of threads, tickets and series
Fact = TypeVar("Fact", Contact, Meeting, TicketStep, DayCount, TextDay)


@dataclass(frozen=True)
class World:
    """What happened between four people, and the moves of a ticket."""

    contacts: list[Contact]
    meetings: list[Meeting]
    steps: list[TicketStep]
    days: list[DayCount]
    texts: list[TextDay]
    moves: list[TicketMove]


# Mostly between a person and their leader.
_ENDS: Final = [(PERSON, LEADER), (LEADER, PERSON)] * 4 + list(permutations(PEOPLE, 2))


def two(draw: st.DrawFn) -> tuple[str, str]:
    return draw(st.sampled_from(_ENDS))


@st.composite
def a_contact(draw: st.DrawFn) -> Contact:
    one, other = two(draw)
    others = draw(st.sampled_from([(), (), (GUEST,)])) if GUEST not in (one, other) else ()
    return Contact(draw(INSTANTS), one, other, draw(st.sampled_from(["mail", "chat"])), draw(NUMBERS),
                   Mark(draw(st.integers(0, 127))), others)  # fmt: skip


@st.composite
def a_meeting(draw: st.DrawFn) -> Meeting:
    invited = draw(st.permutations(PEOPLE))[: draw(st.integers(2, 4))]
    people = draw(st.lists(st.sampled_from(invited), unique=True))
    start = draw(INSTANTS)
    return Meeting(start, start + HOUR, invited[0], tuple(sorted(people)), tuple(sorted(invited)), draw(NUMBERS),
                   start, draw(st.booleans()), draw(st.sampled_from(["", *invited])), start - DAY)  # fmt: skip


@st.composite
def a_step(draw: st.DrawFn) -> TicketStep:
    return TicketStep(draw(INSTANTS), *two(draw), draw(st.sampled_from(list(Step))), 1 + draw(NUMBERS))


@st.composite
def a_day(draw: st.DrawFn) -> DayCount:
    channel = draw(st.sampled_from(CHANNELS))
    counts = draw(st.lists(st.integers(0, 3), min_size=len(COUNTERS), max_size=len(COUNTERS)))
    if channel == "meeting":
        counts = [count if name == "meetings" else 0 for name, count in zip(COUNTERS, counts, strict=True)]
    else:
        counts[COUNTER_INDEX["messages"]] += counts[COUNTER_INDEX["replies"]]
        counts[COUNTER_INDEX["meetings"]] = 0
    return DayCount(TODAY - draw(st.sampled_from([1, 3, 40])), *two(draw), channel, tuple(counts))


@st.composite
def a_text(draw: st.DrawFn) -> TextDay:
    counts = draw(st.lists(st.integers(0, 3), min_size=len(TEXT_COUNTERS), max_size=len(TEXT_COUNTERS)))
    return TextDay(TODAY - draw(st.sampled_from([1, 3, 40])), *two(draw), "chat", tuple(counts))


MOVES: Final = st.builds(
    TicketMove, at=INSTANTS, move=st.sampled_from(list(Move)), actor=st.integers(0, 2), reporter=st.integers(0, 2),
    assignee=st.integers(0, 2), waits=st.booleans(), priority=st.integers(0, 5), due=st.sampled_from([0, AS_OF]),
    group=st.sampled_from(["", "first", "second"]),
)  # fmt: skip
WORLDS: Final = st.builds(
    World, st.lists(a_contact(), min_size=8, max_size=25), st.lists(a_meeting(), max_size=8),
    st.lists(a_step(), min_size=8, max_size=20),
    st.lists(a_day(), max_size=12), st.lists(a_text(), max_size=8), st.lists(MOVES, min_size=4, max_size=12),
)  # fmt: skip


def between(world: World, one: str, other: str) -> WholePair:
    """The history of two of them."""
    ends = {one, other}

    def ours(facts: Iterable[Fact], *fields: str) -> list[Fact]:
        return [each for each in facts if {getattr(each, field) for field in fields} == ends]

    return pair(
        people=(min(ends), max(ends)),
        days=_added(ours(world.days, "sender", "recipient")),
        contacts=ours(world.contacts, "sender", "recipient"),
        meetings=[each for each in world.meetings if ends <= set(each.invited)],
        steps=ours(world.steps, "actor", "target"),
        texts=ours(world.texts, "sender", "recipient"),
    )


def _added(days: Iterable[DayCount]) -> list[DayCount]:
    """One entry for each direction, day and channel, as histories have it."""
    found: dict[tuple[Any, ...], DayCount] = {}
    for each in days:
        key = (each.day, each.sender, each.channel)
        counts = found[key].counts if key in found else (0,) * len(COUNTERS)
        found[key] = with_fields(each, counts=tuple(map(sum, zip(counts, each.counts, strict=True))))
    return list(found.values())
