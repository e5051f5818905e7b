"""Four cases that every signal answers: nothing known, hardly anything, an ordinary quarter, and everything wrong.

Nothing is wrong with who starts contact where nobody has written for two months, so reciprocity has its own worst.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from shared.domain.escalation.ticket_hazard import Share
from shared.domain.escalation.ticket_rates import TicketRates
from shared.domain.evidence.reading import Measure, Reading
from shared.domain.facts.history import LeaderHistory, Mark, SeriesHistory, Step, WholeChain
from shared.domain.facts.known_at import chain_known_at
from shared.domain.facts.ticket_history import Move, WholeTicket
from shared.domain.organisation.goals import GoalTrees, PlacedGoal, Work
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
from shared.domain.signals.signal import Earlier, Signal
from shared.domain.week import week_of
from tests.unit.domain.facts import (
    ANN,
    AS_OF,
    BOB,
    CYD,
    TODAY,
    ago,
    answer,
    ask,
    chain,
    contact,
    count,
    leader,
    meeting,
    move,
    organisation,
    pair,
    series,
    step,
    team,
    text,
    ticket,
    tie,
)

_TREES: Final = GoalTrees(
    [PlacedGoal(0, *each) for each in (("g-one", "g-unit"), ("g-two", "g-unit"), ("g-far", "g-else"))]
)
_WEEK: Final = week_of(AS_OF)


def work(goal: str, steps: int = 10) -> Work:
    """Steps under one goal in the last week."""
    return Work(_TREES, [(_WEEK, goal, steps)])


@dataclass(frozen=True, slots=True)
class Case:
    """One history of every kind of subject."""

    chain: WholeChain
    ticket: WholeTicket
    leader: LeaderHistory
    series: SeriesHistory
    organisation: OrganisationTies
    rates: TicketRates = field(default_factory=TicketRates)

    def readings(self, signals: tuple[Signal, ...] = SIGNALS) -> dict[str, Reading]:
        """Every reading, by signal."""
        known = chain_known_at(self.chain, AS_OF)
        found, measures = score_pair(known.with_leader, AS_OF, signals)
        found += score_chain(known, AS_OF, measures, signals)
        found += score_ticket(self.ticket.known_at(AS_OF), AS_OF, self.rates, signals)
        found += score_leader(self.leader, AS_OF, signals)
        found += score_series(self.series, AS_OF, signals)
        found += score_team(team(self.organisation, "a"), AS_OF, signals)
        found += score_organisation(self.organisation, AS_OF, signals)
        return {each.signal: each for each in found}

    def measures(self) -> dict[str, Measure]:
        """Every measure as it is before it is rounded, by signal."""
        found: dict[str, Measure] = {}
        self.readings(tuple(replace(signal, compute=_noted(signal, found)) for signal in SIGNALS))
        return found


def _noted(signal: Signal, found: dict[str, Measure]) -> Callable[[Any, int, Earlier], Measure | None]:
    def compute(history: Any, as_of: int, earlier: Earlier) -> Measure | None:
        measure = signal.compute(history, as_of, earlier)
        if measure is not None:
            found[signal.name] = measure
        return measure

    return compute


def _unit(name: str) -> list[str]:
    return [f"{name}{number}" for number in range(8)]


_UNITS: Final = {name: _unit(name) for name in "abc"}


def _everybody(*, inside: float, across: float, usual_across: float, rough: float) -> OrganisationTies:
    """Three teams of eight in which everybody works with everybody of the own team and with one of each other."""
    ties = [
        tie(one, other, inside)
        for unit in _UNITS.values()
        for place, one in enumerate(unit)
        for other in unit[place + 1 :]
    ]
    ties += [
        tie(one, other, across, usual_across, rough)
        for first, second in (("a", "b"), ("b", "c"), ("a", "c"))
        for one, other in zip(_UNITS[first], _UNITS[second], strict=True)
    ]
    return organisation(_UNITS, ties)


EMPTY: Final = Case(chain(), ticket(), leader(), series(), organisation({}))

_THIN_PAIR: Final = pair(
    days=[count(3, ANN, BOB, messages=1)],
    contacts=[ask(ago(3))],
    meetings=[meeting(ago(3), cancelled_by=BOB)],
    steps=[step(ago(3), ANN, BOB, Step.REOPEN)],
    texts=[text(3, ANN, BOB, texts=1, questions=1)],
    work=(work("g-one", 1), work("g-far", 1)),
)
THIN: Final = Case(
    chain=chain(_THIN_PAIR, sent_by_day={TODAY - 3: 1}),
    ticket=ticket(move(ago(3), Move.CREATED)),
    leader=leader(_THIN_PAIR),
    series=series(_THIN_PAIR, meetings=[meeting(ago(3), (ANN, BOB, CYD), series=1)]),
    organisation=organisation({"a": ["a0", "a1"], "b": ["b0"]}, [tie("a0", "b0", 0.25)]),
)

_ORDINARY_PAIR: Final = pair(
    days=[
        count(day, *sides, channel, messages=2, replies=1, reactions=day % 5 == 0)
        for day in range(1, 112)
        for sides in ((ANN, BOB), (BOB, ANN))
        for channel in ("chat",)
    ],
    contacts=[
        each
        for day in range(1, 112, 2)
        for each in (
            ask(ago(day, 9), thread=day),
            answer(ago(day, 10), thread=day),
            contact(ago(day, 11), BOB, ANN, marks=Mark.TEXT | Mark.ACKNOWLEDGES | Mark.ASK, thread=-day),
            contact(ago(day, 12), ANN, BOB, marks=Mark.TEXT | Mark.REPLY, thread=-day),
        )
    ],
    meetings=[meeting(ago(day)) for day in range(3, 112, 7)],
    steps=[step(ago(day), BOB, ANN, Step.RESOLUTION, ticket=day) for day in range(1, 112, 3)],
    texts=[
        text(
            day,
            *sides,
            texts=3,
            questions=1,
            hedges=1,
            advocacy=2,
            inquiry=2,
            responses=2,
            acknowledged_halves=1,
            follow_ups=day % 7 == 0,
            uptake_texts=2,
            uptake=-60,
            receptiveness_texts=1,
            receptiveness=-36,
        )
        for day in range(1, 112)
        for sides in ((ANN, BOB), (BOB, ANN))
    ],
    work=(work("g-one"), work("g-two")),
)
_WITH_PEER: Final = pair(days=[count(day, BOB, CYD, messages=1) for day in range(1, 112, 7)], people=(BOB, CYD))
ORDINARY: Final = Case(
    chain=chain(
        _ORDINARY_PAIR,
        contacts=[contact(ago(40), ANN, CYD, others=(BOB,))],
        meetings=[meeting(ago(25), (ANN, CYD), organiser=CYD, series=1)],
        sent_by_day={TODAY - day: 4 for day in range(112)},
    ),
    ticket=ticket(
        move(ago(4, 9), Move.CREATED, assignee=0),
        move(ago(4, 10), Move.ASSIGNED, 2),
        move(ago(3, 16), Move.COMMENTED, 2),
        move(ago(2, 16), Move.COMMENTED, 2),
    ),
    leader=leader(_ORDINARY_PAIR, _WITH_PEER),
    series=series(
        _ORDINARY_PAIR, _WITH_PEER, meetings=[meeting(ago(day), (ANN, BOB, CYD), series=1) for day in range(3, 112, 7)]
    ),
    organisation=_everybody(inside=2.0, across=4.0, usual_across=4.0, rough=0.0),
)

_EXTREME_PAIR: Final = pair(
    days=[count(day, ANN, BOB, messages=500, reactions=5) for day in range(60, 112)],
    contacts=[ask(ago(day, 9), thread=day * 100 + each) for day in range(4, 112) for each in range(5)],
    meetings=[
        *(meeting(ago(day)) for day in range(60, 112, 7)),
        *(meeting(ago(day), cancelled_by=BOB) for day in range(1, 28, 7)),
    ],
    steps=[step(ago(day), ANN, BOB, Step.SLA_BREACH, ticket=day) for day in range(1, 28)]
    + [step(ago(day, 12), ANN, BOB, Step.REOPEN, ticket=day) for day in range(1, 28)],
    texts=[
        each
        for day in range(1, 28)
        for each in (
            text(day, ANN, BOB, texts=4, advocacy=1),
            text(
                day,
                BOB,
                ANN,
                texts=4,
                advocacy=20,
                responses=4,
                uptake_texts=4,
                uptake=-1200,
                receptiveness_texts=4,
                receptiveness=-1200,
            ),
        )
    ],
    work=(work("g-one"), work("g-far")),
)
_TENSE: Final = ("ann", "bob", "cyd", "dan")
EXTREME: Final = Case(
    chain=chain(
        _EXTREME_PAIR,
        contacts=[contact(ago(day), ANN, CYD, marks=Mark.TEXT) for day in range(1, 20)],
        sent_by_day={TODAY - day: 50 for day in range(112)},
    ),
    ticket=ticket(
        move(ago(80), Move.CREATED, assignee=0, group="desk"),
        *(move(ago(79 - each), Move.ASSIGNED, 3, assignee=2 + each % 2) for each in range(8)),
        *(move(ago(70 - each), Move.REOPENED) for each in range(3)),
        move(ago(60), Move.SLA_BREACHED, 0),
        move(ago(59), Move.PRIORITY_RAISED, priority=5),
        *(move(ago(each), Move.COMMENTED, priority=5) for each in range(1, 9)),
    ),
    leader=leader(_EXTREME_PAIR, reports=(ANN, "dan", "eve"), around=(CYD, "flo", "gus", "hal")),
    series=series(
        _EXTREME_PAIR,
        meetings=[
            *(meeting(ago(day), _TENSE, declined=(ANN, CYD, "dan"), series=1) for day in (3, 10)),
            *(meeting(ago(day), _TENSE, cancelled_by=BOB, series=1) for day in (17, 24)),
        ],
    ),
    organisation=_everybody(inside=4.0, across=0.1, usual_across=3.0, rough=2.0),
    rates=TicketRates(usual=Share(90, 1000), by_group={"desk": Share(80, 100)}),
)
ONE_SIDED: Final = replace(
    EMPTY,
    chain=chain(
        pair(
            days=[
                *(count(day, ANN, BOB, messages=40) for day in range(1, 28)),
                *(count(day, *sides, messages=2) for day in range(28, 112) for sides in ((ANN, BOB), (BOB, ANN))),
            ]
        )
    ),
)
