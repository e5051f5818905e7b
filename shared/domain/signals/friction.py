"""Friction: tickets that go back and forth, come back or wait between two people."""

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Final

from shared.domain.evidence.reading import Factor, Measure
from shared.domain.evidence.weighing import (
    ANSWER_STRENGTH,
    BASELINE_WINDOWS,
    DECAY,
    FLOOR,
    OWN_SHARE,
    TYPICAL,
    WINDOW_DAYS,
    Z_LIMIT,
    clipped,
    logit,
    own_share,
    score,
    window_start,
)
from shared.domain.facts.history import PairHistory, Step, TicketStep
from shared.domain.organisation.working_time import STANDARD_HOURS
from shared.domain.signals.signal import HEALTH_BANDS, Earlier, PairSignal
from shared.domain.week import HOUR, day_of

_ROUGH: Final = {
    Step.REOPEN: "reopens",
    Step.PRIORITY_RAISE: "priority_raises",
    Step.ESCALATION: "escalations",
    Step.SLA_BREACH: "sla_breaches",
}
_KINDS: Final = ("handbacks", *_ROUGH.values())
# Ours: one rough event in four weeks, and one more for every ten tickets the two share, are nothing unusual.
_ORDINARY_EVENTS: Final = 1.0
_ORDINARY_PER_TICKET: Final = 0.1
# Ours: each doubling beyond the ordinary costs 0.8, which alone brings an ordinary pair to 55.
_EVENT_WEIGHT: Final = -0.8
# Ours: each doubling of the working days that tickets wait between the two costs 0.2.
_WAITING_WEIGHT: Final = -0.2


def _compute(history: PairHistory, as_of: int, _: Earlier) -> Measure | None:
    steps = history.steps
    if not steps:
        return None
    split = bisect_left(steps, window_start(as_of), key=attrgetter("at"))
    today = day_of(as_of)
    loads: dict[str, list[float]] = {kind: [] for kind in _KINDS}
    usual = 0
    for at, kind in _rough_events(steps):
        if at < window_start(as_of):
            usual += 1
        else:
            loads[kind].append(DECAY[today - day_of(at)])
    tickets = len({step.ticket for step in steps[split:]})
    load = math.fsum(weight for weights in loads.values() for weight in weights)
    expected = min(math.log2(1 + _ORDINARY_EVENTS + _ORDINARY_PER_TICKET * tickets), Z_LIMIT)
    usual_load = math.log2(1 + usual / BASELINE_WINDOWS)
    # Habits are partly forgiven, but a calm past does not make an ordinary month look rough.
    expected += OWN_SHARE * max(usual_load - expected, 0.0)
    rough = _EVENT_WEIGHT * min(math.log2(1 + load), expected + Z_LIMIT)
    waited = _waiting_hours(history, as_of)
    waiting_days = waited * HOUR / STANDARD_HOURS.day_seconds
    waiting = _WAITING_WEIGHT * clipped(math.log2(1 + waiting_days), low=0.0)
    factors = (
        TYPICAL,
        Factor("expected", 2**expected - 1, tickets, -_EVENT_WEIGHT * expected),
        *(
            # The logarithm of the sum is shared out in proportion to what each kind brought.
            Factor(kind, len(weights), len(weights), rough * math.fsum(weights) / load if load else 0.0)
            for kind, weights in loads.items()
        ),
        Factor("waiting_hours", waited, tickets, waiting),
        Factor("tickets", tickets, tickets),
        Factor("rough", sum(map(len, loads.values())), tickets),
        Factor("change", rough - _EVENT_WEIGHT * usual_load),
    )
    return Measure(
        value=score(logit(factors)),
        confidence=own_share(tickets, ANSWER_STRENGTH),
        factors=factors,
        evidence=len(steps) - split,
        # Poisson: the load is known to within its root.
        spread=-_EVENT_WEIGHT / math.log(2) * math.sqrt(load + _ORDINARY_EVENTS) / (1 + load + _ORDINARY_EVENTS),
    )


def _rough_events(steps: Sequence[TicketStep]) -> list[tuple[int, str]]:
    """When and what went wrong. A handback is a ticket handed over that comes back to the one who handed it."""
    found: list[tuple[int, str]] = []
    handed_by: dict[int, set[str]] = {}
    for together in _by_instant(steps):
        handed: dict[int, set[str]] = {}
        for step in together:
            if step.step == Step.HANDOFF:
                if step.target in handed_by.get(step.ticket, ()):
                    found.append((step.at, "handbacks"))
                handed.setdefault(step.ticket, set()).add(step.actor)
            elif step.step in _ROUGH:
                found.append((step.at, _ROUGH[step.step]))
        handed_by |= handed
    return found


def _by_instant(steps: Sequence[TicketStep]) -> Iterable[Sequence[TicketStep]]:
    """The steps of each second: which of them came first is not known."""
    return (tuple(own) for _, own in groupby(steps, key=attrgetter("at")))


def _waiting_hours(history: PairHistory, as_of: int) -> float:
    """Their working hours within the window that tickets waited for one of the two, until that one acted on them."""
    start = window_start(as_of)
    since: dict[tuple[int, str], int] = {}
    total = 0
    for together in _by_instant(history.steps):
        for step in together:
            # A breach is noticed by the clock, so it is not an act of the one who waits.
            acted = [step.actor] if step.step != Step.SLA_BREACH else []
            if step.step == Step.RESOLUTION:
                acted.append(step.target)
            for person in acted:
                begun = since.pop((step.ticket, person), None)
                total += 0 if begun is None else history.calendars.of(person).seconds(max(begun, start), step.at)
        for step in together:
            if step.step == Step.WAITING:
                since.setdefault((step.ticket, step.target), step.at)
    total += sum(history.calendars.of(person).seconds(max(begun, start), as_of) for (_, person), begun in since.items())
    return total / HOUR


FRICTION: Final = PairSignal(
    name="friction",
    title="Friction on tickets",
    unit="points",
    window_days=WINDOW_DAYS,
    compute=_compute,
    bands=HEALTH_BANDS,
    floor=FLOOR,
    meaning=(
        "Rough passages of the tickets the two share: handed back, opened again, raised in priority, escalated, late, "
        "or waiting for one of them. 100 means smooth; more tickets may have more rough passages."
    ),
    caution=(
        "Hard work is not bad work: a difficult system produces handbacks between people who get on well. It says "
        "nothing about who caused them."
    ),
    formula=(
        "L = 1 - 0.8 (log2(1 + load) - expected) - 0.2 log2(1 + waiting working days), value = 100 / (1 + e^-L); load "
        "is the decayed number of handbacks, reopens, priority raises, escalations and breaches; expected is log2(2 + "
        "tickets / 10), moved 30% to the pair's own rougher past."
    ),
    inputs=(
        "ticket steps between the two: hand-overs, reopening, raised priority, escalation, promised time, waiting",
    ),
    evidence=(
        "Reassignment, reopening and priority are the factors that escalation models of support organisations name "
        "first."
    ),
    source="Ping-pong as returns among reassignments; escalation factors of Montgomery and Damian 2017.",
    action="shared_goal",
    swing=0.40,
)
