"""Scoring: all signals of a subject as of one instant. Pure, and a function of the facts known at that instant."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import replace
from operator import attrgetter
from typing import Any, Final, TypeVar

from shared.domain.escalation.ticket_rates import TicketRates, TicketScene
from shared.domain.evidence.reading import Measure, Reading, Subject
from shared.domain.evidence.weighing import LONGEST_WINDOW_DAYS, first_day, window_start
from shared.domain.facts.baselines import DEFAULT_BASELINES, Baselines
from shared.domain.facts.history import (
    ChainHistory,
    Contact,
    LeaderHistory,
    Meeting,
    PairHistory,
    SeriesHistory,
    TicketStep,
)
from shared.domain.facts.ticket_history import TicketHistory
from shared.domain.organisation.hierarchy import ORGANISATION
from shared.domain.organisation.work_ties import OrganisationTies, TeamTies
from shared.domain.signals import SIGNALS
from shared.domain.signals.signal import Earlier, Signal, reading
from shared.domain.week import day_of

# Series are numbered by signed 64-bit integers; as text they have sixteen digits.
_UNSIGNED: Final = (1 << 64) - 1
_Fact = TypeVar("_Fact", Contact, Meeting, TicketStep)
_AT: Final[Callable[[Any], int]] = attrgetter("at")
_START: Final[Callable[[Any], int]] = attrgetter("start")
_DAY: Final[Callable[[Any], int]] = attrgetter("day")


def score_pair(
    history: PairHistory, as_of: int, signals: Iterable[Signal] = SIGNALS, *, baselines: Baselines = DEFAULT_BASELINES
) -> tuple[list[Reading], dict[str, Measure]]:
    """Readings of all pair signals that have something to say, and their measures by name, in the registry's order.

    The history may reach further than `as_of` and further back than the longest window: what lies outside is ignored.
    Day counters hold whole days, so the day of `as_of` counts as given. Repeated contacts, meetings and ticket steps
    count once; day counters add up. `baselines` are what is usual around the two at that instant.
    """
    measures: dict[str, Measure] = {}
    subject = Subject("pair", (history.first, history.second))
    return _readings(subject, pair_known_at(history, as_of, baselines), as_of, measures, signals=signals), measures


def score_chain(
    history: ChainHistory, as_of: int, earlier: Earlier, signals: Iterable[Signal] = SIGNALS
) -> list[Reading]:
    """Readings of all chain signals that have something to say, in the registry's order.

    `earlier` holds the measures of person and leader as `score_pair` gave them for the same instant. Facts outside
    the longest window are ignored, as there.
    """
    subject = Subject("chain", (history.person, history.leader, history.skip))
    return _readings(subject, chain_known_at(history, as_of), as_of, dict(earlier), signals=signals)


def score_ticket(
    history: TicketHistory, as_of: int, rates: TicketRates, signals: Iterable[Signal] = SIGNALS
) -> list[Reading]:
    """Readings of an open ticket; none when it is done, or nothing happened to it within the longest window.

    All its moves up to `as_of` count, however old; `rates` are as of the same instant.
    """
    known = TicketHistory(history.ticket, history.moves[: bisect_right(history.moves, as_of, key=_AT)])
    if not known.is_open or known.moves[-1].at < window_start(as_of, LONGEST_WINDOW_DAYS):
        return []
    placed = TicketScene(known, rates)
    return _readings(Subject("ticket", (history.ticket,)), placed, as_of, {}, signals=signals)


def score_leader(history: LeaderHistory, as_of: int, signals: Iterable[Signal] = SIGNALS) -> list[Reading]:
    """Readings of a leader, from their pairs as known at the instant."""
    known = replace(history, pairs={other: pair_known_at(pair, as_of) for other, pair in history.pairs.items()})
    return _readings(Subject("leader", (history.leader,)), known, as_of, {}, signals=signals)


def score_series(history: SeriesHistory, as_of: int, signals: Iterable[Signal] = SIGNALS) -> list[Reading]:
    """Readings of a recurring meeting; none when it was not scheduled within the longest window."""
    meetings = _window(history.meetings, as_of, _START)
    if not meetings:
        return []
    pairs = {other: pair_known_at(pair, as_of) for other, pair in history.pairs.items()}
    subject = Subject("series", (history.host, f"{history.series & _UNSIGNED:016x}"))
    return _readings(subject, replace(history, meetings=meetings, pairs=pairs), as_of, {}, signals=signals)


def score_team(ties: TeamTies, as_of: int, signals: Iterable[Signal] = SIGNALS) -> list[Reading]:
    """Readings of a team from ties as of the same instant."""
    return _readings(Subject("team", (ties.team,)), ties, as_of, {}, signals=signals)


def score_organisation(ties: OrganisationTies, as_of: int, signals: Iterable[Signal] = SIGNALS) -> list[Reading]:
    """Readings of the whole organisation from ties as of the same instant."""
    return _readings(Subject("organisation", (ORGANISATION,)), ties, as_of, {}, signals=signals)


def _readings(
    subject: Subject, known: object, as_of: int, measures: dict[str, Measure], *, signals: Iterable[Signal]
) -> list[Reading]:
    """Readings of all signals of this kind of subject; their measures are added to `measures` as they are made."""
    readings: list[Reading] = []
    for signal in signals:
        if signal.kind == subject.kind:
            measure = signal.compute(known, as_of, measures)
            if measure is not None:
                measures[signal.name] = measure
                readings.append(reading(signal, subject, as_of=as_of, measure=measure))
    return readings


def pair_known_at(history: PairHistory, as_of: int, baselines: Baselines = DEFAULT_BASELINES) -> PairHistory:
    """The part of a history that a reading as of this instant may use: the longest window that ends there."""
    days = history.days
    low = bisect_left(days, first_day(as_of, LONGEST_WINDOW_DAYS), key=_DAY)
    high = bisect_right(days, day_of(as_of), key=_DAY)
    texts = history.texts
    if texts:
        low_text = bisect_left(texts, first_day(as_of, LONGEST_WINDOW_DAYS), key=_DAY)
        texts = texts[low_text : bisect_right(texts, day_of(as_of), key=_DAY)]
    return PairHistory(
        first=history.first,
        second=history.second,
        days=days if not low and high == len(days) else days[low:high],
        contacts=_window(history.contacts, as_of, _AT),
        meetings=_window(history.meetings, as_of, _START),
        steps=_window(history.steps, as_of, _AT),
        first_work=history.first_work,
        second_work=history.second_work,
        texts=texts,
        active=history.active,
        baselines=baselines,
        calendars=history.calendars,
    )


def chain_known_at(history: ChainHistory, as_of: int) -> ChainHistory:
    """The part of a chain's history that a reading as of this instant may use."""
    first, last = first_day(as_of, LONGEST_WINDOW_DAYS), day_of(as_of)
    return replace(
        history,
        with_leader=pair_known_at(history.with_leader, as_of),
        upward_contacts=_window(history.upward_contacts, as_of, _AT),
        upward_meetings=_window(history.upward_meetings, as_of, _START),
        sent_by_day={day: count for day, count in history.sent_by_day.items() if first <= day <= last},
    )


def _window(facts: tuple[_Fact, ...], as_of: int, instant: Callable[[Any], int]) -> tuple[_Fact, ...]:
    """Distinct facts of the longest window; `facts` are sorted."""
    if not facts:
        return facts
    start = window_start(as_of, LONGEST_WINDOW_DAYS)
    if instant(facts[0]) < start or instant(facts[-1]) > as_of:  # mostly all of them are in it
        facts = facts[bisect_left(facts, start, key=instant) : bisect_right(facts, as_of, key=instant)]
    # Equal facts share their instant: where all instants differ, which is nearly always, nothing needs comparing.
    return facts if len(set(map(instant, facts))) == len(facts) else tuple(dict.fromkeys(facts))
