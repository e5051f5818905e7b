"""Escalation risk: how likely a person is to go past their leader on their own account, in 14 and in 28 days.

The hazard of the method notes (5.3): a weekly log-hazard eta = alpha + sum of w * (x - reference), and from it
P(14 days) = 1 - exp(-2 e^eta) and P(28 days) = 1 - exp(-4 e^eta). Every x is in spreads and held within three. Counts
are taken as log2(1 + count), so that a doubling is one spread. The weights are the defaults of 5.3, centred on the
literature and not fitted to anybody's data.
"""

import math
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

from shared.domain.evidence import (
    ANSWER_SHARE,
    ANSWER_SPREAD,
    ANSWER_STRENGTH,
    BASELINE_DAYS,
    BASELINE_WINDOWS,
    FLOOR,
    REPLY_LOG_HOURS,
    REPLY_LOG_SPREAD,
    WINDOW_DAYS,
    clipped,
    factor_value,
    first_day,
    logit,
    own_share,
    window_start,
)
from shared.domain.history import ChainHistory, Step
from shared.domain.one_on_ones import one_on_ones
from shared.domain.reading import Factor, Measure
from shared.domain.signals.bypass_contact import BYPASS_CONTACT
from shared.domain.signals.one_on_one import overdue_doublings
from shared.domain.signals.signal import Bands, ChainSignal, Earlier
from shared.domain.signals.unheard import CALLED_OFF, UNHEARD
from shared.domain.week import DAY, WEEK_DAYS, day_of

# 5.3: measured unsolicited onset of 2.4% in 14 days gives a weekly hazard of .012.
ALPHA: Final = -4.4
BASE_RATE: Final = "base_rate"
_TICKET_HALF_LIFE_SECONDS: Final = 21 * DAY  # 5.3
_ROUGH_STEPS: Final = frozenset({Step.SLA_BREACH, Step.REOPEN, Step.PRIORITY_RAISE, Step.ESCALATION})


@dataclass(frozen=True, slots=True)
class _Term:
    """One factor of the hazard: its weight per spread, where it lies in an ordinary chain, and what it suggests."""

    weight: float
    reference: float
    action: str


# Weights of 5.3. References of zero mean that the ordinary chain shows none of it; the others are ours: half an
# unheard ask, and one ask a week.
TERMS: Final[Mapping[str, _Term]] = {
    "unheard_load": _Term(0.80, math.log2(1.5), "close_the_loop"),
    "silence": _Term(0.25, 0.0, "book_time"),
    "unsolicited_skip_contact": _Term(0.25, 0.0, "three_way_talk"),
    "reply_rate": _Term(-0.25, 0.0, "close_the_loop"),
    "reply_hours": _Term(0.10, 0.0, "close_the_loop"),
    "ask_volume": _Term(0.20, math.log2(1 + WINDOW_DAYS / WEEK_DAYS), "lead_with_curiosity"),
    "nudges": _Term(0.15, 0.0, "close_the_loop"),
    "rough_tickets": _Term(0.25, 0.0, "shared_goal"),
    "one_on_ones_missed": _Term(0.15, 0.0, "restore_one_on_one"),
}


def _compute_14d(history: ChainHistory, as_of: int, earlier: Earlier) -> Measure | None:
    return _measure(history, as_of, earlier, weeks=2)


def _compute_28d(history: ChainHistory, as_of: int, earlier: Earlier) -> Measure | None:
    known = earlier.get("escalation_risk_14d")
    if known is None:
        return _measure(history, as_of, earlier, weeks=4)
    return Measure(
        value=probability(logit(known.factors), weeks=4),
        confidence=known.confidence,
        factors=known.factors,
        evidence=known.evidence,
        action=known.action,
    )


def probability(eta: float, *, weeks: int) -> float:
    """Probability of an onset within so many weeks at a constant weekly log-hazard."""
    return -math.expm1(-weeks * math.exp(eta))


def _measure(history: ChainHistory, as_of: int, earlier: Earlier, *, weeks: int) -> Measure | None:
    evidence = _evidence(history, as_of)
    if evidence is None:
        return None
    unheard = earlier.get(UNHEARD.name) or UNHEARD.compute(history, as_of, earlier)
    bypass = earlier.get(BYPASS_CONTACT.name) or BYPASS_CONTACT.compute(history, as_of, earlier)
    asks = int(factor_value(unheard, "asks"))
    terms = (
        _doublings("unheard_load", factor_value(unheard, "unheard_load"), asks),
        _term("silence", *_silence(history, as_of, unheard), asks),
        _prior_contact(bypass),
        _reply_rate(unheard),
        _reply_hours(unheard),
        _doublings("ask_volume", asks, asks),
        _doublings("nudges", factor_value(unheard, "nudges"), asks),
        _doublings("rough_tickets", *_rough_tickets(history, as_of)),
        _missed(history, as_of, unheard),
    )
    context = (
        Factor("open_asks", factor_value(unheard, "open_asks") + factor_value(unheard, "parked_asks"), asks),
        Factor("oldest_open_days", factor_value(unheard, "oldest_open_days")),
    )
    factors = (Factor(BASE_RATE, ALPHA, 0, ALPHA), *terms, *context)
    return Measure(
        value=probability(logit(factors), weeks=weeks),
        confidence=own_share(asks, ANSWER_STRENGTH),
        factors=factors,
        evidence=evidence,
        action=_action(terms),
    )


def _term(name: str, value: float, spreads: float, count: int) -> Factor:
    """A factor of the hazard: what was measured, and what it adds to eta."""
    term = TERMS[name]
    return Factor(name, value, count, term.weight * (clipped(spreads) - term.reference))


def _doublings(name: str, value: float, count: int) -> Factor:
    return _term(name, value, math.log2(1 + value), count)


def _silence(history: ChainHistory, as_of: int, unheard: Measure | None) -> tuple[float, float]:
    """By how many doublings the person's asks fell beyond the fall of everything they send; never below zero.

    As many asks are expected as in the baseline, scaled by the person's overall activity, so that leave or a move to
    another channel is no silence. One is added on both sides so that few asks prove nothing.
    """
    first, split, today = first_day(as_of, WINDOW_DAYS + BASELINE_DAYS), first_day(as_of, WINDOW_DAYS), day_of(as_of)
    sent = usually_sent = 0
    for day, count in history.sent_by_day.items():
        if split <= day <= today:
            sent += count
        elif first <= day < split:
            usually_sent += count
    activity = (sent + 1) / (usually_sent / BASELINE_WINDOWS + 1)
    expected = factor_value(unheard, "usual_asks") / BASELINE_WINDOWS * activity
    fall = math.log2((expected + 1) / (factor_value(unheard, "asks") + 1))
    return max(fall, 0.0), max(fall, 0.0)


def _prior_contact(bypass: Measure | None) -> Factor:
    """Unsolicited skip contact of the window, beyond the chain's own norm."""
    now, usual = factor_value(bypass, "unsolicited"), factor_value(bypass, "usual_unsolicited")
    return _term("unsolicited_skip_contact", now, math.log2(1 + now) - math.log2(1 + usual), int(now))


def _reply_rate(unheard: Measure | None) -> Factor:
    rate = factor_value(unheard, "reply_rate") if unheard else ANSWER_SHARE
    return _term("reply_rate", rate, (rate - ANSWER_SHARE) / ANSWER_SPREAD, int(factor_value(unheard, "asks")))


def _reply_hours(unheard: Measure | None) -> Factor:
    log_hours = factor_value(unheard, "reply_log_hours") if unheard else REPLY_LOG_HOURS
    spreads = (log_hours - REPLY_LOG_HOURS) / REPLY_LOG_SPREAD
    return _term("reply_hours", math.expm1(log_hours), spreads, int(factor_value(unheard, "asks")))


def _rough_tickets(history: ChainHistory, as_of: int) -> tuple[float, int]:
    """Late, reopened, raised or escalated tickets that the person has with the leader, decayed, and their number."""
    steps = history.with_leader.steps
    start = window_start(as_of)
    ages = [
        as_of - step.at
        for step in steps[bisect_left(steps, start, key=attrgetter("at")) :]
        if step.at <= as_of and step.step in _ROUGH_STEPS and step.actor == history.person
    ]
    return math.fsum(0.5 ** (age / _TICKET_HALF_LIFE_SECONDS) for age in ages), len(ages)


def _missed(history: ChainHistory, as_of: int, unheard: Measure | None) -> Factor:
    """One-to-ones called off by the leader or by nobody known, decayed, and by how much the next one is overdue."""
    scheduled = one_on_ones(history.with_leader, as_of)
    called_off = (
        next((each for each in unheard.factors if each.name == "one_on_ones_called_off"), None) if unheard else None
    )
    load = called_off.contribution / CALLED_OFF if called_off else 0.0
    count = called_off.count if called_off else 0
    overdue = overdue_doublings(scheduled, as_of)
    return _term("one_on_ones_missed", load + overdue, math.log2(1 + load) + overdue, count)


def _evidence(history: ChainHistory, as_of: int) -> int | None:
    """Facts of the window about person, leader and skip; None when the whole history is empty."""
    pair = history.with_leader
    facts = [
        *(each.at for each in pair.contacts),
        *(each.start for each in pair.meetings),
        *(each.at for each in pair.steps),
        *(each.at for each in history.upward_contacts),
        *(each.start for each in history.upward_meetings),
    ]
    start = window_start(as_of)
    return sum(start <= at <= as_of for at in facts) if facts else None


def _action(terms: tuple[Factor, ...]) -> str:
    """The action of the factor that adds most; nothing to repair when none adds."""
    worst = max(terms, key=lambda term: (term.contribution, term.name))
    return TERMS[worst.name].action if worst.contribution > 0 else "keep_going"


_MEANING: Final = (
    "The estimated probability that within {days} days a person turns to their leader's leader on their own account, "
    "which they did not do lately: among few, without the leader, not invited. Unanswered asks to the leader weigh "
    "most. The ordinary chance is about {ordinary}."
)
_CAUTION: Final = (
    "It is a reason to listen, never a finding about the person: a raised chance is still a chance, and most of them "
    "do not come true. The weights come from the literature and surveys, not from this organisation. Do not use it "
    "to stop anybody from speaking up."
)


def _bands(weeks: int) -> Bands:
    """Elevated above twice, high above four times the ordinary probability."""
    ordinary = probability(ALPHA, weeks=weeks)
    return Bands(names=("low", "elevated", "high"), limits=(2 * ordinary, 4 * ordinary), descending=False)


ESCALATION_RISK_14D: Final = ChainSignal(
    name="escalation_risk_14d",
    title="Escalation risk, 14 days",
    unit="probability",
    window_days=WINDOW_DAYS,
    compute=_compute_14d,
    bands=_bands(weeks=2),
    floor=FLOOR,
    meaning=_MEANING.format(days=14, ordinary="2.4%"),
    caution=_CAUTION,
    action="close_the_loop",
)
ESCALATION_RISK_28D: Final = ChainSignal(
    name="escalation_risk_28d",
    title="Escalation risk, 28 days",
    unit="probability",
    window_days=WINDOW_DAYS,
    compute=_compute_28d,
    bands=_bands(weeks=4),
    floor=FLOOR,
    meaning=_MEANING.format(days=28, ordinary="4.8%"),
    caution=_CAUTION,
    action="close_the_loop",
)
