"""Invariant 12, for every signal: people under other names, things under other ids, rows in another order."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace as with_fields

from shared.domain.escalation.ticket_rates import TicketRates
from shared.domain.evidence.reading import Factor, Reading
from shared.domain.facts.history import (
    DayCount,
    LeaderHistory,
    Mark,
    SeriesHistory,
    Step,
    WholeChain,
)
from shared.domain.facts.known_at import chain_known_at, pair_known_at
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
from tests.unit.domain.crowd import LEADER, PEOPLE, PERSON, WORLDS, World, between
from tests.unit.domain.facts import AS_OF, ago, contact, organisation, pair, step, team, ticket, tie

_SIDE: Final = re.compile("^(first|second)(?=_heard_)|(first|second)$")


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


def readings(world: World, name: Callable[[str], str]) -> list[Reading]:
    """Readings of a pair, a chain, a leader, a series and a ticket."""
    person, leader, skip, guest = map(name, PEOPLE)
    both, upward = between(world, person, leader), between(world, person, skip)
    found, measures = score_pair(pair_known_at(both, AS_OF), AS_OF)
    sent = dict.fromkeys([each.day for each in world.days if each.sender == person and each.channel != "meeting"], 1)
    chain = WholeChain(person, leader, skip, both, upward.contacts, upward.meetings, sent)
    found += score_chain(chain_known_at(chain, AS_OF), AS_OF, measures)
    others = sorted((person, skip, guest))
    pairs = {other: pair_known_at(between(world, leader, other), AS_OF) for other in others}
    reports = tuple(sorted((person, guest)))
    found += score_leader(LeaderHistory(leader, reports, (), (skip,), pairs), AS_OF)
    hosted = tuple(sorted({each for each in world.meetings if each.organiser == leader and each.series}))
    found += score_series(SeriesHistory(leader, 1, hosted, pairs), AS_OF)
    return found + score_ticket(ticket(*world.moves).known_at(AS_OF), AS_OF, TicketRates())


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
        each.signal: {factor.name: factor.value for factor in each.factors}
        for each in score_pair(pair_known_at(history, AS_OF), AS_OF)[0]
    }
    assert factors["relational_share"]["remarks"] == 0
    assert factors["friction"]["handbacks"] == 1
    assert factors["friction"]["waiting_hours"] > 0
