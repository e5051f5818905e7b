"""Invariant 12, for every signal: people under other names, things under other ids, rows in another order."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import permutations
from typing import Any, Final, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace as with_fields

from shared.domain.escalation.ticket_rates import TicketRates
from shared.domain.evidence.reading import Factor, Reading
from shared.domain.facts.history import (
    CHANNELS,
    COUNTER_INDEX,
    COUNTERS,
    TEXT_COUNTERS,
    ChainHistory,
    Contact,
    DayCount,
    LeaderHistory,
    Mark,
    Meeting,
    SeriesHistory,
    Step,
    TextDay,
    TicketStep,
)
from shared.domain.facts.ticket_history import Move, TicketMove
from shared.domain.organisation.work_ties import OrganisationTies
from shared.domain.signals import SIGNALS
from shared.domain.signals.scoring import (
    score_chain,
    score_leader,
    score_organisation,
    score_pair,
    score_series,
    score_team,
    score_ticket,
)
from shared.domain.week import DAY, HOUR
from tests.unit.domain.facts import AS_OF, TODAY, ago, contact, organisation, pair, step, team, ticket, tie

PERSON, LEADER, SKIP, GUEST = "ann", "bob", "cyd", "dan"
PEOPLE: Final = (PERSON, LEADER, SKIP, GUEST)
# Few instants, so that much happens at once.
INSTANTS: Final = st.sampled_from([AS_OF - days * DAY - hours * HOUR for days in (1, 9, 40) for hours in (0, 5)])
NUMBERS: Final = st.integers(0, 2)  # of threads, tickets and series
Fact = TypeVar("Fact", Contact, Meeting, TicketStep, DayCount, TextDay)
_SIDE: Final = re.compile("^(first|second)(?=_heard_)|(first|second)$")


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


def renamed(world: World, called: Mapping[str, str]) -> World:
    """The same world: other names, other numbers of things, and everything in another order of rows."""

    def name(who: str) -> str:
        return called.get(who, who)

    def named(people: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted(map(name, people)))

    def ends(day: DayCount) -> dict[str, str]:
        sender, recipient = name(day.sender), name(day.recipient)
        if day.channel == "meeting":
            sender, recipient = sorted((sender, recipient))
        return {"sender": sender, "recipient": recipient}

    return World(
        [
            with_fields(each, sender=name(each.sender), recipient=name(each.recipient), others=named(each.others),
                        thread=-each.thread)
            for each in reversed(world.contacts)
        ],
        [
            with_fields(each, organiser=name(each.organiser), people=named(each.people), invited=named(each.invited),
                        changed_by=name(each.changed_by), series=-each.series)
            for each in reversed(world.meetings)
        ],
        [
            with_fields(each, actor=name(each.actor), target=name(each.target), ticket=-each.ticket)
            for each in reversed(world.steps)
        ],
        [with_fields(each, **ends(each)) for each in reversed(world.days)],
        [
            with_fields(each, sender=name(each.sender), recipient=name(each.recipient))
            for each in reversed(world.texts)
        ],
        [
replace(each, actor=-each.actor, reporter=-each.reporter, assignee=-each.assignee)
            for each in reversed(world.moves)
        ],
    )  # fmt: skip


def between(world: World, one: str, other: str) -> Any:
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


def readings(world: World, name: Callable[[str], str]) -> list[Reading]:
    """Readings of a pair, a chain, a leader, a series and a ticket."""
    person, leader, skip, guest = map(name, PEOPLE)
    both = between(world, person, leader)
    found, measures = score_pair(both, AS_OF)
    upward = between(world, person, skip)
    sent = dict.fromkeys([each.day for each in world.days if each.sender == person and each.channel != "meeting"], 1)
    chain = ChainHistory(person, leader, skip, both, upward.contacts, upward.meetings, sent)
    found += score_chain(chain, AS_OF, measures)
    pairs = {other: between(world, leader, other) for other in sorted((person, skip, guest))}
    reports = tuple(sorted((person, guest)))
    found += score_leader(LeaderHistory(leader, reports, (), (skip,), pairs), AS_OF)
    hosted = tuple(sorted({each for each in world.meetings if each.organiser == leader and each.series}))
    found += score_series(SeriesHistory(leader, 1, hosted, pairs), AS_OF)
    return found + score_ticket(ticket(*world.moves), AS_OF, TicketRates())


def said(reading: Reading, name: Callable[[str], str]) -> tuple[Any, ...]:
    """A reading without names, with the ends of a pair in the order of the first names."""
    factors = list(reading.factors)
    if reading.subject.kind == "pair" and reading.subject.parts[0] != name(PERSON):
        factors = [_other_side(each) for each in factors]
    return (*_unnamed(reading)[:-1], sorted(factors, key=lambda factor: factor.name))


def _unnamed(reading: Reading) -> tuple[Any, ...]:
    return (reading.signal, reading.value, reading.confidence, reading.band, reading.action, reading.factors)


def _other_side(factor: Factor) -> Factor:
    name = _SIDE.sub(lambda side: {"first": "second", "second": "first"}[side[0]], factor.name)
    value = 0.0 - factor.value if factor.name.endswith("_balance") else factor.value
    return Factor(name, value, factor.count, factor.contribution, factor.what_if)


@settings(max_examples=60, deadline=None)
@given(WORLDS, st.permutations(PEOPLE))
def test_readings_of_few_are_the_same(world: World, others: list[str]) -> None:
    called = dict(zip(PEOPLE, others, strict=True))
    plain = [said(each, str) for each in readings(world, str)]
    assert plain == [said(each, called.__getitem__) for each in readings(renamed(world, called), called.__getitem__)]


NODES: Final = [f"n{number:02}" for number in range(12)]
TIES: Final = st.dictionaries(
    st.tuples(st.integers(0, 11), st.integers(0, 11)).filter(lambda ends: ends[0] < ends[1]),
    st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 1)), min_size=8, max_size=40,
)  # fmt: skip


def everybody(ties: Mapping[tuple[int, int], tuple[int, int, int]], names: list[str]) -> OrganisationTies:
    teams = {f"t{names[place]}": [names[each] for each in range(place, place + 4)] for place in (0, 4, 8)}
    return replace(
        organisation(teams, [tie(names[one], names[other], now / 4, usual / 12, rough)
                             for (one, other), (now, usual, rough) in ties.items()]),
        least=2,
    )  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(TIES, st.permutations(NODES))
def test_readings_of_many_are_the_same(ties: Mapping[tuple[int, int], tuple[int, int, int]], others: list[str]) -> None:
    found = []
    for names in (NODES, others):
        whole = everybody(ties, names)
        teams = [score_team(team(whole, f"t{names[place]}"), AS_OF) for place in (0, 4, 8)]
        several = [*score_organisation(whole, AS_OF), *(each for own in teams for each in own)]
        found.append([_unnamed(each) for each in several])
    assert found[0] == found[1]


def test_every_kind_of_subject_is_among_these() -> None:
    """A new signal is scored with the others of its kind."""
    kinds = {"pair", "chain", "leader", "series", "ticket", "team", "organisation"}
    assert {each.kind for each in SIGNALS} == kinds


@pytest.mark.parametrize(("one", "other"), [(PERSON, LEADER), (LEADER, PERSON)])
def test_who_of_two_was_first_within_a_second_is_not_known(one: str, other: str) -> None:
    text, thread = Mark.TEXT, 7
    history = pair(
        contacts=[
            contact(ago(2), one, other, marks=text | Mark.ASK, thread=thread),
            contact(ago(2), other, one, marks=text, thread=thread),
        ],
        steps=[
            step(ago(5), one, other, Step.HANDOFF),
            step(ago(2), one, other, Step.HANDOFF),
            step(ago(2), other, one, Step.HANDOFF),
            step(ago(4), one, other, Step.WAITING, ticket=2),
            step(ago(4), other, one, Step.COMMENT, ticket=2),
        ],
    )
    factors = {
        each.signal: {factor.name: factor.value for factor in each.factors} for each in score_pair(history, AS_OF)[0]
    }
    assert factors["relational_share"]["remarks"] == 0
    assert factors["friction"]["handbacks"] == 1
    assert factors["friction"]["waiting_hours"] > 0
