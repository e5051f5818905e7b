"""The terms of the escalation hazard: what is measured of a chain, and how far it lies from its reference.

Every term is in spreads and held within three. Counts are taken as log2(1 + count), so that a doubling is one spread;
rates and shares of time as natural logarithms of a ratio, since that is what they do to a hazard.
"""

import math
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

from shared.domain.escalation.labels import QUIET_SECONDS
from shared.domain.evidence.reading import Measure
from shared.domain.evidence.weighing import (
    ANSWER_SHARE,
    ANSWER_SPREAD,
    BASELINE_DAYS,
    BASELINE_WINDOWS,
    HALF_LIFE_DAYS,
    REPLY_LOG_HOURS,
    REPLY_LOG_SPREAD,
    WINDOW_DAYS,
    Z_LIMIT,
    clipped,
    factor_value,
    first_day,
    window_start,
)
from shared.domain.facts.history import ChainHistory, Contact, Mark, Step
from shared.domain.facts.one_on_ones import one_on_ones
from shared.domain.facts.skip_contact import skip_contacts
from shared.domain.signals.one_on_one import overdue_doublings
from shared.domain.signals.unheard import CALLED_OFF
from shared.domain.week import DAY, WEEK_DAYS, day_of, week_of

_TICKET_HALF_LIFE_SECONDS: Final = 21 * DAY  # 5.3
_TEXT: Final = int(Mark.TEXT)
_ROUGH_STEPS: Final = frozenset({Step.SLA_BREACH, Step.REOPEN, Step.PRIORITY_RAISE, Step.ESCALATION})
# Ours, from mail metadata: whether a presumed ask went unanswered told nothing of what followed (AUROC .47), so it
# weighs half of one that is known to be an ask.
_PRESUMED_WEIGHT: Final = 0.5
# Measured in real mail: weeks with unsolicited contact, and with any contact to the leader's leader, per chain week.
_UNSOLICITED_WEEKS: Final = 0.024
_CONTACT_WEEKS: Final = 0.07
# Ours: eight weeks of a chain's own weigh as much as that reference. Chains differ widely, so they soon speak for
# themselves.
_RATE_STRENGTH_WEEKS: Final = 8.0
# A horizon without room for an onset still counts three spreads only, since one contact in twenty may be misread.
_LEAST_SHARE: Final = math.exp(-Z_LIMIT)


@dataclass(frozen=True, slots=True)
class Scene:
    """What the terms are measured from: a chain as of an instant, with what earlier signals made of it."""

    history: ChainHistory
    as_of: int
    unheard: Measure | None
    bypass: Measure | None
    trust: float  # how far asks are known to be asks: 1 where text markers exist, half where all are presumed

    @property
    def asks(self) -> int:
        """Asks of the person to the leader in the window."""
        return int(factor_value(self.unheard, "asks"))


def trust_in_asks(contacts: Sequence[Contact]) -> float:
    """Half, and the other half by the share of the contacts that have text markers."""
    marked = sum(int(each.marks) & _TEXT > 0 for each in contacts) / len(contacts) if contacts else 0.0
    return _PRESUMED_WEIGHT + (1 - _PRESUMED_WEIGHT) * marked


@dataclass(frozen=True, slots=True)
class Observed:
    """A term as measured: the value that people read, over how many observations, and the spreads beyond reference."""

    value: float
    count: int
    x: float


@dataclass(frozen=True, slots=True)
class Term:
    """One term: how it is measured, what it suggests when it adds most, and whether it depends on the horizon."""

    observe: Callable[[Scene, int], Observed]  # the second argument is the horizon in days
    action: str
    by_horizon: bool = False


def _doublings(value: float, count: int, *, reference: float = 0.0, trust: float = 1.0) -> Observed:
    return Observed(value, count, trust * (clipped(math.log2(1 + value)) - reference))


def _unheard_load(scene: Scene, _: int) -> Observed:
    """Asks without an answer, against half an ask.

    Who stopped asking has nothing unanswered, and that is no good news: the reference shrinks as the asks did.
    """
    load = factor_value(scene.unheard, "unheard_load")
    still = (scene.asks + 1) / (max(scene.asks, _expected_asks(scene)) + 1)
    return _doublings(load, scene.asks, reference=still * math.log2(1.5), trust=scene.trust)


def _ask_volume(scene: Scene, _: int) -> Observed:
    """Asks of the window, or as many as were to be expected if there were fewer, against one a week.

    It stands for chances to go unheard, and who stopped asking has had theirs.
    """
    usual = math.log2(1 + WINDOW_DAYS / WEEK_DAYS)
    volume = max(float(scene.asks), _expected_asks(scene))
    return Observed(scene.asks, scene.asks, scene.trust * (clipped(math.log2(1 + volume)) - usual))


def _nudges(scene: Scene, _: int) -> Observed:
    return _doublings(factor_value(scene.unheard, "nudges"), scene.asks, trust=scene.trust)


def _expected_asks(scene: Scene) -> float:
    """As many asks as in the baseline, scaled by all that the person sends, so that leave is no silence."""
    as_of = scene.as_of
    first, split, today = first_day(as_of, WINDOW_DAYS + BASELINE_DAYS), first_day(as_of, WINDOW_DAYS), day_of(as_of)
    sent = usually_sent = 0
    for day, count in scene.history.sent_by_day.items():
        if split <= day <= today:
            sent += count
        elif first <= day < split:
            usually_sent += count
    activity = (sent + 1) / (usually_sent / BASELINE_WINDOWS + 1)
    return factor_value(scene.unheard, "usual_asks") / BASELINE_WINDOWS * activity


def _silence(scene: Scene, _: int) -> Observed:
    """By how many doublings the person's asks fell beyond the fall of everything they send; never below zero.

    One is added on both sides so that few asks prove nothing.
    """
    fall = max(math.log2((_expected_asks(scene) + 1) / (scene.asks + 1)), 0.0)
    return Observed(fall, scene.asks, scene.trust * clipped(fall))


def _reply_rate(scene: Scene, _: int) -> Observed:
    rate = factor_value(scene.unheard, "reply_rate") if scene.unheard else ANSWER_SHARE
    return Observed(rate, scene.asks, scene.trust * clipped((rate - ANSWER_SHARE) / ANSWER_SPREAD))


def _reply_hours(scene: Scene, _: int) -> Observed:
    log_hours = factor_value(scene.unheard, "reply_log_hours") if scene.unheard else REPLY_LOG_HOURS
    spreads = clipped((log_hours - REPLY_LOG_HOURS) / REPLY_LOG_SPREAD)
    return Observed(math.expm1(log_hours), scene.asks, scene.trust * spreads)


def _rough_tickets(scene: Scene, _: int) -> Observed:
    """Late, reopened, raised or escalated tickets that the person has with the leader, decayed, and their number."""
    steps = scene.history.with_leader.steps
    start = window_start(scene.as_of)
    ages = [
        scene.as_of - step.at
        for step in steps[bisect_left(steps, start, key=attrgetter("at")) :]
        if step.at <= scene.as_of and step.step in _ROUGH_STEPS and step.actor == scene.history.person
    ]
    return _doublings(math.fsum(0.5 ** (age / _TICKET_HALF_LIFE_SECONDS) for age in ages), len(ages))


def _one_on_ones_missed(scene: Scene, _: int) -> Observed:
    """One-to-ones called off by the leader or by nobody known, decayed, and by how much the next one is overdue."""
    scheduled = one_on_ones(scene.history.with_leader, scene.as_of)
    factors = scene.unheard.factors if scene.unheard else ()
    called_off = next((each for each in factors if each.name == "one_on_ones_called_off"), None)
    load = called_off.contribution / CALLED_OFF if called_off else 0.0
    overdue = overdue_doublings(scheduled, scene.as_of)
    return Observed(load + overdue, called_off.count if called_off else 0, clipped(math.log2(1 + load) + overdue))


def _unsolicited_rate(scene: Scene, _: int) -> Observed:
    """Share of weeks with unsolicited contact, against what is ordinary: what this chain did before, it may do again.

    Sponsored, programmatic and solicited contact has no part in it: time with a leader's leader is no risk.
    """
    weeks = int(factor_value(scene.bypass, "unsolicited_weeks"))
    return _rate(weeks, factor_value(scene.bypass, "seen_weeks"), usual=_UNSOLICITED_WEEKS)


def _rate(weeks: int, seen: float, *, usual: float) -> Observed:
    """Weeks with an event over weeks seen, drawn towards the usual rate (gamma prior), as a logarithm of the ratio."""
    rate = (weeks + _RATE_STRENGTH_WEEKS * usual) / (seen + _RATE_STRENGTH_WEEKS)
    return Observed(rate, weeks, clipped(math.log(rate / usual)))


def _already_in_touch(scene: Scene, horizon_days: int) -> Observed:
    """Share of the horizon in which an onset is possible at all: none begins within 28 days of the last contact.

    And if this chain's rate goes on, it is in touch again before the 28 days are over, by so much more often.
    """
    factors = scene.bypass.factors if scene.bypass else ()
    last = next((each for each in factors if each.name == "days_since_unsolicited"), None)
    if last is None or not last.count:
        return Observed(1.0, 0, 0.0)
    quiet_days = max(QUIET_SECONDS / DAY - last.value, 0.0)
    rate = _unsolicited_rate(scene, horizon_days).value
    share = max(1 - quiet_days / horizon_days, 0.0) * math.exp(-rate * quiet_days / WEEK_DAYS)
    return Observed(share, last.count, math.log(max(share, _LEAST_SHARE)))


def _unsolicited_recently(scene: Scene, _: int) -> Observed:
    contacts = skip_contacts(scene.history, scene.as_of)
    return _recently([each.at for each in contacts if each.unsolicited], scene.as_of)


def _skip_contact_recently(scene: Scene, _: int) -> Observed:
    return _recently(_contacts_to_skip(scene), scene.as_of)


def _recently(instants: list[int], as_of: int) -> Observed:
    ages = [(as_of - at) / DAY for at in instants]
    return _doublings(math.fsum(0.5 ** (age / HALF_LIFE_DAYS) for age in ages), len(ages))


def _skip_contact_rate(scene: Scene, _: int) -> Observed:
    weeks = len({week_of(at) for at in _contacts_to_skip(scene)})
    return _rate(weeks, factor_value(scene.bypass, "seen_weeks"), usual=_CONTACT_WEEKS)


def _contacts_to_skip(scene: Scene) -> list[int]:
    history = scene.history
    if history.planned:
        return []
    return [each.at for each in dict.fromkeys(history.upward_contacts) if each.sender == history.person]


TERMS: Final[Mapping[str, Term]] = {
    "unheard_load": Term(_unheard_load, "close_the_loop"),
    "silence": Term(_silence, "book_time"),
    "reply_rate": Term(_reply_rate, "close_the_loop"),
    "reply_hours": Term(_reply_hours, "close_the_loop"),
    "ask_volume": Term(_ask_volume, "lead_with_curiosity"),
    "nudges": Term(_nudges, "close_the_loop"),
    "rough_tickets": Term(_rough_tickets, "shared_goal"),
    "one_on_ones_missed": Term(_one_on_ones_missed, "restore_one_on_one"),
    "unsolicited_rate": Term(_unsolicited_rate, "three_way_talk"),
    "already_in_touch": Term(_already_in_touch, "three_way_talk", by_horizon=True),
    # Of the models for comparison only.
    "unsolicited_recently": Term(_unsolicited_recently, "three_way_talk"),
    "skip_contact_rate": Term(_skip_contact_rate, "three_way_talk"),
    "skip_contact_recently": Term(_skip_contact_recently, "three_way_talk"),
}
"""Every term a model may weigh, by name."""
