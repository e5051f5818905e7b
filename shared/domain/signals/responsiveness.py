"""Responsiveness: whether and how soon what one asks of the other is answered, in both directions."""

import math
from collections.abc import Sequence
from typing import Final

import msgspec

from shared.domain.evidence.direction import direction_weights
from shared.domain.evidence.reading import Factor, Measure
from shared.domain.evidence.weighing import (
    ANSWER_SHARE,
    ANSWER_SPREAD,
    ANSWER_STRENGTH,
    DECAY,
    FLOOR,
    REPLY_LOG_HOURS,
    REPLY_LOG_SPREAD,
    TYPICAL,
    WINDOW_DAYS,
    clipped,
    combined,
    logit,
    median,
    own_share,
    percentile_90,
    reference,
    score,
    share_uncertainty,
    shrunk,
    window_start,
)
from shared.domain.facts.asks import Ask, ask_ledger
from shared.domain.facts.baselines import DEFAULT_BASELINES, Baselines, baseline_factors, baseline_weight
from shared.domain.facts.history import PairHistory
from shared.domain.signals.signal import HEALTH_BANDS, Earlier, PairSignal
from shared.domain.week import DAY, HOUR, day_of

# Four times the weights of 5.2 (reply rate .30, reply time -.20), because here they stand alone: a pair that never
# answered for months is strained, although its habit is partly forgiven.
_SHARE_WEIGHT: Final = 1.2
_TIME_WEIGHT: Final = -0.8
# Ours: within a pair, reply times of one side spread as widely as those of pairs do.
_LOG_HOURS_WITHIN: Final = 1.0


class Answers(msgspec.Struct, frozen=True):
    """How one side answers the other's asks: contributions to the logit, and what was measured in the window."""

    share: float
    time: float
    change: float
    weight: float
    usual_asks: int  # before the window
    asks: int
    answered: int
    dropped: int
    open: int
    oldest_open_days: float
    waiting_hours: float
    reply_hours: tuple[float, ...]  # working hours of the answered asks, sorted

    @property
    def uncertainty(self) -> float:
        """Standard deviation of the logit."""
        share = share_uncertainty(
            _SHARE_WEIGHT, spread=ANSWER_SPREAD, prior=ANSWER_SHARE, observed=self.weight, strength=ANSWER_STRENGTH
        )
        time = _TIME_WEIGHT * _LOG_HOURS_WITHIN / REPLY_LOG_SPREAD / math.sqrt(self.answered + ANSWER_STRENGTH)
        return combined((share, time))

    @property
    def logit(self) -> float:
        """Both contributions together."""
        return self.share + self.time


def answers(asks: Sequence[Ask], as_of: int, baselines: Baselines = DEFAULT_BASELINES) -> Answers:
    """How asks of one direction fare. `asks` are sorted; those of the window are compared with those before it.

    Every ask counts in the denominator except one that still waits within its grace. Few asks are drawn towards what
    was usual between the two, and that towards what is usual around them.
    """
    start = window_start(as_of)
    today = day_of(as_of)
    weights: list[float] = []
    done_weights: list[float] = []
    done_logs: list[float] = []
    hours: list[float] = []
    usual_logs: list[float] = []
    unresolved: list[Ask] = []
    usual = dropped = 0
    for ask in asks:
        if ask.resolved_at is None:
            unresolved.append(ask)
            if not ask.overdue:
                continue
        if ask.opened_at < start:
            usual += 1
            if ask.state == "answered":
                usual_logs.append(_log_hours(ask))
            continue
        weight = DECAY[today - day_of(ask.opened_at)]
        weights.append(weight)
        if ask.state == "answered":
            done_weights.append(weight)
            done_logs.append(weight * _log_hours(ask))
            hours.append(ask.waiting_seconds / HOUR)
        elif ask.state == "dropped":
            dropped += 1
    weight, done_weight, log_sum = math.fsum(weights), math.fsum(done_weights), math.fsum(done_logs)
    usual_share = shrunk(len(usual_logs), usual, prior=baselines.answered.value, strength=ANSWER_STRENGTH)
    usual_log = shrunk(
        math.fsum(usual_logs), len(usual_logs), prior=baselines.reply_log_hours.value, strength=ANSWER_STRENGTH
    )
    share = _share(done_weight, weight, usual_share, reference(ANSWER_SHARE, usual_share))
    time = _time(log_sum, done_weight, usual_log, reference(REPLY_LOG_HOURS, usual_log))
    change = _share(done_weight, weight, usual_share, usual_share) + _time(log_sum, done_weight, usual_log, usual_log)
    return Answers(
        share=share,
        time=time,
        change=change,
        weight=weight,
        usual_asks=usual,
        asks=len(weights),
        answered=len(hours),
        dropped=dropped,
        open=len(unresolved),
        oldest_open_days=(as_of - unresolved[0].opened_at) / DAY if unresolved else 0.0,
        waiting_hours=sum([ask.waiting_seconds for ask in unresolved]) / HOUR,
        reply_hours=tuple(sorted(hours)),
    )


def _log_hours(ask: Ask) -> float:
    return math.log1p(ask.waiting_seconds / HOUR)


def _share(done: float, weight: float, usual: float, expected: float) -> float:
    """What the share of answered asks adds, against the share to expect; nothing where nothing was asked."""
    if not weight:
        return 0.0
    share = shrunk(done, weight, prior=usual, strength=ANSWER_STRENGTH)
    return _SHARE_WEIGHT * clipped((share - expected) / ANSWER_SPREAD)


def _time(log_sum: float, weight: float, usual: float, expected: float) -> float:
    """What the reply time adds, against the reply time to expect; nothing where nothing was answered."""
    if not weight:
        return 0.0
    log_hours = shrunk(log_sum, weight, prior=usual, strength=ANSWER_STRENGTH)
    return _TIME_WEIGHT * clipped((log_hours - expected) / REPLY_LOG_SPREAD)


def _compute(history: PairHistory, as_of: int, _: Earlier) -> Measure | None:
    asks = ask_ledger(history.contacts, as_of, history.calendars)
    if not asks:
        return None
    baselines = history.baselines
    by_first = answers([ask for ask in asks if ask.askee == history.first], as_of, baselines)
    by_second = answers([ask for ask in asks if ask.askee == history.second], as_of, baselines)
    first_share, second_share = direction_weights(
        by_first.logit if by_first.asks else None, by_second.logit if by_second.asks else None
    )
    factors = (
        TYPICAL,
        *_direction_factors("first", by_first, first_share),
        *_direction_factors("second", by_second, second_share),
        Factor("change", first_share * by_first.change + second_share * by_second.change),
        *baseline_factors("answered", baselines.answered),
        *baseline_factors("reply_hours", baselines.reply_log_hours, value=math.expm1(baselines.reply_log_hours.value)),
        *_baseline_weight("first", baselines, by_first),
        *_baseline_weight("second", baselines, by_second),
    )
    return Measure(
        value=score(logit(factors)),
        confidence=own_share(by_first.weight + by_second.weight, ANSWER_STRENGTH),
        factors=factors,
        evidence=by_first.asks + by_second.asks,
        spread=combined((first_share * by_first.uncertainty, second_share * by_second.uncertainty)),
    )


def _baseline_weight(direction: str, baselines: Baselines, answers: Answers) -> tuple[Factor, ...]:
    return baseline_weight(
        f"norm_weight_by_{direction}",
        baselines.answered,
        observed=answers.weight,
        usual=answers.usual_asks,
        strength=ANSWER_STRENGTH,
    )


def _direction_factors(direction: str, answers: Answers, share: float) -> tuple[Factor, ...]:
    """What one side shows, named after who answers."""
    hours = answers.reply_hours
    answered = answers.answered / answers.asks if answers.asks else 0.0
    return (
        Factor(f"answered_by_{direction}", answered, answers.asks, share * answers.share),
        Factor(f"reply_hours_median_by_{direction}", median(hours), len(hours), share * answers.time),
        Factor(f"reply_hours_p90_by_{direction}", percentile_90(hours), len(hours)),
        Factor(f"logit_by_{direction}", answers.logit, answers.asks),
        Factor(f"dropped_by_{direction}", answers.dropped, answers.asks),
        Factor(f"open_asks_to_{direction}", answers.open, answers.open),
        Factor(f"oldest_open_days_to_{direction}", answers.oldest_open_days, answers.open),
        Factor(f"waiting_hours_for_{direction}", answers.waiting_hours, answers.open),
    )


RESPONSIVENESS: Final = PairSignal(
    name="responsiveness",
    title="Responsiveness",
    unit="points",
    window_days=WINDOW_DAYS,
    compute=_compute,
    bands=HEALTH_BANDS,
    family="leading",
    floor=FLOOR,
    meaning=(
        "Whether what one asks of the other is answered, and how many working hours of whoever is asked it takes. All "
        "asks count, also those nobody answered; the less-heard side weighs three quarters."
    ),
    caution=(
        "A slow answer may come by telephone or in person, and leave that is not recorded looks like silence. Without "
        "text markers an ask is presumed from a message to one person, so half of them unanswered is ordinary."
    ),
    formula=(
        "For each direction l = 1.2 z(answered share) - 0.8 z(log hours); L = 1 + 3/4 of the lower l + 1/4 of the "
        "higher, value = 100 / (1 + e^-L). All asks are in the denominator except those still within their grace; "
        "shares and times are decayed (30 days), shrunk with strength 4 towards the pair's own past, and that "
        "towards the baseline of their leader, team or organisation (51% and 1.9 working hours where there is none); z "
        "compares them with 51% and 1.9 hours, moved 30% to that past."
    ),
    inputs=("direct messages: sender, recipient, thread, reply, ask and acknowledgement markers where text is read",),
    evidence=(
        "51% of one-to-one mails are answered within three days and half of the answers come within 1.9 hours in real "
        "mail; a leader's reply rate alone ranks later unsolicited contact weakly (AUROC .555, 61 cases)."
    ),
    source="Time to first response as in CHAOSS, with unanswered asks counted; shrinkage is beta-binomial.",
    action="close_the_loop",
    swing=0.40,
    alert="ResponsivenessDrop",
)
