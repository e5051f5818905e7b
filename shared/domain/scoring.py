"""Scoring: all signals of a subject as of one instant. Pure, and a function of the facts known at that instant."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import replace
from operator import attrgetter
from typing import Any, Final, TypeVar

from shared.domain.evidence import LONGEST_WINDOW_DAYS, first_day, window_start
from shared.domain.history import ChainHistory, Contact, Meeting, PairHistory, TicketStep
from shared.domain.reading import Measure, Reading, Subject
from shared.domain.signals import SIGNALS
from shared.domain.signals.signal import ChainSignal, Earlier, PairSignal, Signal, reading
from shared.domain.week import day_of

_Fact = TypeVar("_Fact", Contact, Meeting, TicketStep)
_AT: Final[Callable[[Any], int]] = attrgetter("at")
_START: Final[Callable[[Any], int]] = attrgetter("start")
_DAY: Final[Callable[[Any], int]] = attrgetter("day")


def score_pair(
    history: PairHistory, as_of: int, signals: Iterable[Signal] = SIGNALS
) -> tuple[list[Reading], dict[str, Measure]]:
    """Readings of all pair signals that have something to say, and their measures by name, in the registry's order.

    The history may reach further than `as_of` and further back than the longest window: what lies outside is ignored.
    Day counters hold whole days, so the day of `as_of` counts as given. Repeated contacts, meetings and ticket steps
    count once; day counters add up.
    """
    known = pair_known_at(history, as_of)
    subject = Subject("pair", (history.first, history.second))
    measures: dict[str, Measure] = {}
    readings: list[Reading] = []
    for signal in signals:
        if isinstance(signal, PairSignal):
            measure = signal.compute(known, as_of, measures)
            if measure is not None:
                measures[signal.name] = measure
                readings.append(reading(signal, subject, as_of=as_of, measure=measure))
    return readings, measures


def score_chain(
    history: ChainHistory, as_of: int, earlier: Earlier, signals: Iterable[Signal] = SIGNALS
) -> list[Reading]:
    """Readings of all chain signals that have something to say, in the registry's order.

    `earlier` holds the measures of person and leader as `score_pair` gave them for the same instant. Facts outside
    the longest window are ignored, as there.
    """
    known = chain_known_at(history, as_of)
    subject = Subject("chain", (history.person, history.leader, history.skip))
    measures: dict[str, Measure] = dict(earlier)
    readings: list[Reading] = []
    for signal in signals:
        if isinstance(signal, ChainSignal):
            measure = signal.compute(known, as_of, measures)
            if measure is not None:
                measures[signal.name] = measure
                readings.append(reading(signal, subject, as_of=as_of, measure=measure))
    return readings


def pair_known_at(history: PairHistory, as_of: int) -> PairHistory:
    """The part of a history that a reading as of this instant may use: the longest window that ends there."""
    days = history.days
    low = bisect_left(days, first_day(as_of, LONGEST_WINDOW_DAYS), key=_DAY)
    high = bisect_right(days, day_of(as_of), key=_DAY)
    return PairHistory(
        first=history.first,
        second=history.second,
        days=days if not low and high == len(days) else days[low:high],
        contacts=_window(history.contacts, as_of, _AT),
        meetings=_window(history.meetings, as_of, _START),
        steps=_window(history.steps, as_of, _AT),
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
    low = bisect_left(facts, window_start(as_of, LONGEST_WINDOW_DAYS), key=instant)
    high = bisect_right(facts, as_of, key=instant)
    if low or high < len(facts):
        facts = facts[low:high]
    # Equal facts share their instant: where all instants differ, which is nearly always, nothing needs comparing.
    return facts if len(set(map(instant, facts))) == len(facts) else tuple(dict.fromkeys(facts))
