"""Reciprocity: whether both start contact and both reply."""

from bisect import bisect_left
from collections.abc import Sequence
from operator import attrgetter
from typing import Final

import msgspec

from shared.domain.evidence.reading import Factor, Measure
from shared.domain.evidence.weighing import (
    ANSWER_SHARE,
    ANSWER_SPREAD,
    ANSWER_STRENGTH,
    DECAY,
    FLOOR,
    QUIETER_SHARE,
    TYPICAL,
    WINDOW_DAYS,
    clipped,
    first_day,
    logit,
    own_share,
    reference,
    score,
    share_uncertainty,
    shrunk,
    window_start,
)
from shared.domain.facts.baselines import baseline_factors, baseline_weight
from shared.domain.facts.history import COUNTER_INDEX, DayCount, Meeting, PairHistory
from shared.domain.facts.one_on_ones import both_met
from shared.domain.signals.signal import HEALTH_BANDS, Earlier, PairSignal
from shared.domain.week import day_of

_MESSAGES: Final = COUNTER_INDEX["messages"]
_REPLIES: Final = COUNTER_INDEX["replies"]

_QUIETER_SPREAD: Final = 0.15
# Derived: two shares drawn with the spread of answers differ by 2/sqrt(pi) spreads on average.
_REPLY_GAP: Final = 0.25
# Ours: a one-way tie, seen often, loses 1.4 and stands at 40; replies count half as much as who starts.
_START_WEIGHT: Final = 0.9
_REPLY_WEIGHT: Final = -0.45


class _Flow(msgspec.Struct, frozen=True):
    """Who started contact and who replied in one stretch, by side (first, second)."""

    starts: tuple[float, float]
    messages: tuple[float, float]
    replies: tuple[float, float]

    @property
    def quieter(self) -> float:
        """Contact started by the side that starts less."""
        return min(self.starts)


def _flow(
    days: Sequence[DayCount], meetings: Sequence[Meeting], pair: tuple[str, str], *, newest: int | None = None
) -> _Flow:
    """Sums by side, decayed by the age in days before `newest` when it is given.

    Contact is started by a message that does not reply, and by asking the other to a meeting: of two guests of
    somebody else neither started it. `days` and `meetings` are sorted, so the sums are stable.
    """
    first = pair[0]
    starts, messages, replies = [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]
    for entry in days:
        counts = entry.counts
        sent = counts[_MESSAGES]
        if not sent:
            continue
        direction = 0 if entry.sender == first else 1
        replied = counts[_REPLIES]
        weight = 1.0 if newest is None else DECAY[newest - entry.day]
        starts[direction] += (sent - replied) * weight
        messages[direction] += sent * weight
        replies[direction] += replied * weight
    for meeting in meetings:
        if meeting.organiser in pair and both_met(meeting, pair):
            weight = 1.0 if newest is None else DECAY[newest - day_of(meeting.start)]
            starts[meeting.organiser != first] += weight
    return _Flow((starts[0], starts[1]), (messages[0], messages[1]), (replies[0], replies[1]))


def _compute(history: PairHistory, as_of: int, _: Earlier) -> Measure | None:
    days = history.days
    split = bisect_left(days, first_day(as_of, WINDOW_DAYS), key=attrgetter("day"))
    window, earlier, pair = days[split:], days[:split], (history.first, history.second)
    cut = bisect_left(history.meetings, window_start(as_of), key=attrgetter("start"))
    met, usually_met = history.meetings[cut:], history.meetings[:cut]
    now = _flow(window, met, pair, newest=day_of(as_of))
    plain = _flow(window, met, pair)
    usual = _flow(earlier, usually_met, pair)
    started, usually_started = sum(plain.starts), sum(usual.starts)
    if not started and not usually_started:
        return None
    baseline = history.baselines.quieter
    usual_quieter = shrunk(usual.quieter, usually_started, prior=baseline.value, strength=ANSWER_STRENGTH)
    starts = _starts(now, usual_quieter, reference(QUIETER_SHARE, usual_quieter))
    gap, replies = _replies(now)
    factors = (
        TYPICAL,
        Factor("initiation_balance", _balance(plain.starts), int(started), starts),
        Factor("response_gap", gap, int(sum(plain.replies)), replies),
        Factor("response_balance", _balance(plain.replies), int(sum(plain.replies))),
        Factor("initiated_by_first", plain.starts[0], int(plain.starts[0])),
        Factor("initiated_by_second", plain.starts[1], int(plain.starts[1])),
        Factor("usual_initiation_balance", _balance(usual.starts), int(usually_started)),
        Factor("change", _starts(now, usual_quieter, usual_quieter)),
        *baseline_factors("quieter_share", baseline),
        *baseline_weight(
            "norm_weight", baseline, observed=sum(now.starts), usual=usually_started, strength=ANSWER_STRENGTH
        ),
    )
    return Measure(
        value=score(logit(factors)),
        confidence=own_share(sum(now.starts), ANSWER_STRENGTH),
        factors=factors,
        evidence=int(started),
        spread=share_uncertainty(
            _START_WEIGHT,
            spread=_QUIETER_SPREAD,
            prior=QUIETER_SHARE,
            observed=sum(now.starts),
            strength=ANSWER_STRENGTH,
        ),
    )


def _starts(flow: _Flow, usual: float, expected: float) -> float:
    """What the quieter side's share of started contact adds, against the share to expect; nothing without any."""
    started = sum(flow.starts)
    if not started:
        return 0.0
    share = shrunk(flow.quieter, started, prior=usual, strength=ANSWER_STRENGTH)
    return _START_WEIGHT * clipped((share - expected) / _QUIETER_SPREAD)


def _replies(flow: _Flow) -> tuple[float, float]:
    """Difference between the two reply rates, and what it adds; nothing where the sources mark no replies."""
    if not any(flow.replies):
        return 0.0, 0.0
    first, second = (
        shrunk(replies, received, prior=ANSWER_SHARE, strength=ANSWER_STRENGTH)
        for replies, received in zip(flow.replies, reversed(flow.messages), strict=True)
    )
    gap = abs(first - second)
    own = own_share(min(flow.messages), ANSWER_STRENGTH)
    return gap, _REPLY_WEIGHT * own * clipped((gap - _REPLY_GAP) / ANSWER_SPREAD)


def _balance(directions: tuple[float, float]) -> float:
    """(first - second) / (first + second), from -1 to 1; 0 when neither did anything (metric 39)."""
    total = sum(directions)
    return (directions[0] - directions[1]) / total if total else 0.0


RECIPROCITY: Final = PairSignal(
    name="reciprocity",
    title="Reciprocity",
    unit="points",
    window_days=WINDOW_DAYS,
    compute=_compute,
    bands=HEALTH_BANDS,
    floor=FLOOR,
    meaning=(
        "Whether both start contact and both reply. It falls when one side does nearly all of the starting, or when "
        "one replies far more than the other, compared with how the two usually are."
    ),
    caution=(
        "Leaders and people on support duty naturally receive more than they start. A one-way tie for a few weeks "
        "may just be a hand-over."
    ),
    formula=(
        "L = 1 + 0.9 z(share of starts by the quieter side) - 0.45 own share * z(difference of reply rates), value = "
        "100 / (1 + e^-L); z in spreads of 0.15 around 0.4 moved 30% to the pair's own past, and of the "
        "spread of answers around 0.25. The share is shrunk with strength 4 towards that past, and that towards the "
        "baseline of their leader, team or organisation, 0.4 where there is none."
    ),
    inputs=("who starts contact (messages that do not reply, meetings) and who replies, by day",),
    evidence=(
        "One-way ties are dropped as no relationship by several network products; the weights are not validated on "
        "data here."
    ),
    source="Give-receive balance (given - received) / (given + received), as in SWOOP; cut-off of 20% as in Yva.",
    action="lead_with_curiosity",
)
