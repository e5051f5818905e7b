"""One-to-ones: held against scheduled, called off by whom, moved, and the time since the last."""

import math
from itertools import pairwise
from typing import Final

from shared.domain.evidence.reading import Factor, Measure
from shared.domain.evidence.weighing import (
    DECAY,
    KEPT_SHARE,
    TYPICAL,
    WINDOW_DAYS,
    clipped,
    logit,
    median,
    own_share,
    reference,
    score,
    share_uncertainty,
    shrunk,
    window_start,
)
from shared.domain.facts.baselines import baseline_factors, baseline_weight
from shared.domain.facts.history import PairHistory
from shared.domain.facts.one_on_ones import OneOnOne, one_on_ones
from shared.domain.signals.signal import HEALTH_BANDS, Earlier, PairSignal
from shared.domain.week import DAY, HOUR, WEEK_DAYS, day_of

# Ours: two occurrences weigh as much as what is to be expected.
_KEPT_SPREAD: Final = 0.2
_STRENGTH: Final = 2.0
# Ours: half kept instead of four in five, seen often, costs 0.9 and alone brings an ordinary pair to 52.
_KEPT_WEIGHT: Final = 0.6
_MOVED_WEIGHT: Final = 0.6
_OVERDUE_WEIGHT: Final = 0.5
# A series has lapsed when no new instance came within one and a half of its intervals (metric 31).
LAPSED_INTERVALS: Final = 1.5
# Ours: with a single occurrence nothing is known of the interval; four weeks is the rarest common habit.
_DEFAULT_INTERVAL_WEEKS: Final = 4.0


def _compute(history: PairHistory, as_of: int, _: Earlier) -> Measure | None:
    scheduled = one_on_ones(history, as_of)
    if not scheduled:
        return None
    start = window_start(as_of)
    now = [each for each in scheduled if each.start >= start]
    usual = scheduled[: len(scheduled) - len(now)]
    today, baseline = day_of(as_of), history.baselines.kept
    weights = [DECAY[today - day_of(each.start)] for each in now]
    weight = math.fsum(weights)
    held = math.fsum([own for each, own in zip(now, weights, strict=True) if each.held])
    moved = math.fsum([own for each, own in zip(now, weights, strict=True) if each.moved])
    usual_share = shrunk(sum([each.held for each in usual]), len(usual), prior=baseline.value, strength=_STRENGTH)
    kept = _kept(held, weight, usual_share, reference(KEPT_SHARE, usual_share))
    overdue = overdue_doublings(scheduled, as_of)
    held_now = sum(each.held for each in now)
    moved_now = sum(each.moved for each in now)
    factors = (
        TYPICAL,
        Factor("kept", held_now / len(now) if now else 0.0, len(now), kept),
        Factor("moved", moved_now, moved_now, -_MOVED_WEIGHT * moved / (weight + _STRENGTH)),
        Factor("overdue", overdue, len(scheduled), -_OVERDUE_WEIGHT * overdue),
        Factor("held", held_now, held_now),
        Factor("scheduled", len(now), len(now)),
        *_called_off(now, history),
        Factor("slip_hours", sum(each.slip_seconds for each in now) / HOUR, moved_now),
        Factor("weeks_since_last", _weeks_since_last(scheduled, as_of), len(scheduled)),
        Factor("usual_kept", usual_share, len(usual)),
        Factor("change", _kept(held, weight, usual_share, usual_share)),
        *baseline_factors("kept", baseline),
        *baseline_weight("norm_weight", baseline, observed=weight, usual=len(usual), strength=_STRENGTH),
    )
    return Measure(
        value=score(logit(factors)),
        confidence=own_share(weight, _STRENGTH),
        factors=factors,
        evidence=len(scheduled),
        spread=share_uncertainty(
            _KEPT_WEIGHT, spread=_KEPT_SPREAD, prior=KEPT_SHARE, observed=weight, strength=_STRENGTH
        ),
    )


def _kept(held: float, weight: float, usual: float, expected: float) -> float:
    """What the share of kept one-to-ones adds, against the share to expect; nothing where none was planned."""
    if not weight:
        return 0.0
    share = shrunk(held, weight, prior=usual, strength=_STRENGTH)
    return _KEPT_WEIGHT * clipped((share - expected) / _KEPT_SPREAD)


def _called_off(now: list[OneOnOne], history: PairHistory) -> tuple[Factor, ...]:
    """Cancelled or declined one-to-ones by who called them off."""
    off = [each.called_off_by for each in now if not each.held]
    first, second = off.count(history.first), off.count(history.second)
    unknown = len(off) - first - second
    return (
        Factor("cancelled_by_first", first, first),
        Factor("cancelled_by_second", second, second),
        Factor("cancelled_by_unknown", unknown, unknown),
    )


def _weeks_since_last(scheduled: tuple[OneOnOne, ...], as_of: int) -> float:
    """Weeks since the last one that was held; since the first that was scheduled when none was."""
    last = next((each.start for each in reversed(scheduled) if each.held), scheduled[0].start)
    return (as_of - last) / (WEEK_DAYS * DAY)


def overdue_doublings(scheduled: tuple[OneOnOne, ...], as_of: int) -> float:
    """By how many doublings (0 to 3) the time since the last one-to-one exceeds one and a half of the own interval.

    `scheduled` is sorted and may be empty: where there never was a one-to-one none is overdue.
    """
    if not scheduled:
        return 0.0
    starts = [each.start for each in scheduled]
    gaps = sorted(later - earlier for earlier, later in pairwise(starts))
    interval = max(median(gaps) / (WEEK_DAYS * DAY), 1.0) if gaps else _DEFAULT_INTERVAL_WEEKS
    late = _weeks_since_last(scheduled, as_of) / (LAPSED_INTERVALS * interval)
    return clipped(math.log2(late), low=0.0) if late > 1.0 else 0.0


ONE_ON_ONE: Final = PairSignal(
    name="one_on_one",
    title="One-to-ones",
    unit="points",
    window_days=WINDOW_DAYS,
    compute=_compute,
    bands=HEALTH_BANDS,
    family="leading",
    floor=3,
    meaning=(
        "Whether the one-to-ones that were planned take place: held against scheduled, called off and moved. It also "
        "falls when the last one is longer ago than one and a half of the pair's own intervals."
    ),
    caution=(
        "It says nothing about what was talked about, and nothing about pairs who never planned a one-to-one. "
        "Talks outside the calendar are not seen."
    ),
    formula=(
        "L = 1 + 0.6 z(kept) - 0.6 moved share - 0.5 log2(weeks since the last / 1.5 own intervals), value = 100 / (1 "
        "+ e^-L); z compares the decayed share of one-to-ones that took place with 0.8 moved 30% to the pair's own "
        "past, in spreads of 0.2; it is shrunk with strength 2 towards that past, and that towards the baseline of "
        "their leader, team or organisation, 0.8 where there is none."
    ),
    inputs=("meetings of exactly the two: planned and actual start, called off by whom, declined by whom",),
    evidence=(
        "Cancelled one-to-ones are used as a sign of isolation by people-analytics products; the weight is not "
        "validated on data here."
    ),
    source=(
        "Manager one-to-one metrics of Viva Insights (cadence, cancelled rate); the lapse rule is one and a half own "
        "intervals."
    ),
    action="restore_one_on_one",
    # Figures of a team of five move by half a step, such as by two whose leader is on leave. That is no collapse.
    swing=1.0,
    alert="OneOnOneCollapse",
)
