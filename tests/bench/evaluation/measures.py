"""How a ranking and its probabilities are judged, with intervals that know that weeks of one chain are alike."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
REFRACTORY_WEEKS = 2
_RESAMPLES = 500


@dataclass(frozen=True, slots=True)
class Scored:
    """One ranking: a score for each (cluster, week), what came true, and in how many days."""

    score: Floats
    happened: Flags
    cluster: NDArray[np.int64]
    week: NDArray[np.int64]
    days_until: Floats  # infinite where nothing follows


def auroc(happened: Flags, score: Floats) -> float:
    """Area under the ROC curve; NaN where only one kind of outcome is there."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(happened, score)) if 0 < happened.sum() < len(happened) else float("nan")


def auprc(happened: Flags, score: Floats) -> float:
    """Average precision."""
    from sklearn.metrics import average_precision_score

    return float(average_precision_score(happened, score)) if happened.any() else float("nan")


def interval(scored: Scored, measure: Callable[[Flags, Floats], float], *, seed: int = 7) -> tuple[float, float]:
    """95 % of the cluster bootstrap: whole chains are drawn, with all their weeks."""
    return _interval(scored.cluster, lambda rows: measure(scored.happened[rows], scored.score[rows]), seed=seed)


def difference_interval(
    scored: Scored, other: Scored, measure: Callable[[Flags, Floats], float], *, seed: int = 7
) -> tuple[float, float]:
    """95 % of the cluster bootstrap of the difference between two rankings of the same rows."""
    return _interval(
        scored.cluster,
        lambda rows: (
            measure(scored.happened[rows], scored.score[rows]) - measure(other.happened[rows], other.score[rows])
        ),
        seed=seed,
    )


def _interval(
    cluster: NDArray[np.int64], measure: Callable[[NDArray[np.int64]], float], *, seed: int
) -> tuple[float, float]:
    chance = np.random.default_rng(seed)
    rows_of = [np.flatnonzero(cluster == each) for each in np.unique(cluster)]
    found = []
    for _ in range(_RESAMPLES):
        drawn = chance.integers(0, len(rows_of), len(rows_of))
        value = measure(np.concatenate([rows_of[each] for each in drawn]))
        if not np.isnan(value):
            found.append(value)
    low, high = np.percentile(found, [2.5, 97.5])
    return float(low), float(high)


def precision_at(scored: Scored, top: int) -> float:
    """Mean over weeks of the share of the `top` highest that came true; ties are broken by the order of the rows."""
    shares = []
    for week in np.unique(scored.week):
        rows = np.flatnonzero(scored.week == week)
        best = rows[np.argsort(-scored.score[rows], kind="stable")[:top]]
        shares.append(scored.happened[best].mean())
    return float(np.mean(shares))


@dataclass(frozen=True, slots=True)
class AlertResult:
    """What a fixed workload of alerts catches: the share of events, and how many days ahead at the median."""

    alerts: int
    recall: float
    median_lead_days: float


def alerts(scored: Scored, *, per_100_people: int, horizon_days: int) -> AlertResult:
    """The highest of each week are raised within the budget, none twice within two weeks; a fraction carries over.

    An event is caught by an alert of the horizon before it. Events are told apart by chain and instant.
    """
    last: dict[int, int] = {}
    credit = 0.0
    leads: dict[tuple[int, float], float] = {}
    every: set[tuple[int, float]] = set()
    raised = 0
    for week in np.unique(scored.week):
        rows = np.flatnonzero(scored.week == week)
        every |= {_event(scored, row) for row in rows if scored.happened[row]}
        credit = min(credit, 1.0) + len(rows) * per_100_people / 100
        rested = [
            row for row in rows if week - last.get(int(scored.cluster[row]), -REFRACTORY_WEEKS) >= REFRACTORY_WEEKS
        ]
        for row in sorted(rested, key=lambda each: -scored.score[each])[: int(credit)]:
            raised += 1
            credit -= 1
            last[int(scored.cluster[row])] = int(week)
            if scored.days_until[row] <= horizon_days:
                event = _event(scored, row)
                leads[event] = max(leads.get(event, 0.0), float(scored.days_until[row]))
    return AlertResult(
        alerts=raised,
        recall=len(leads) / max(len(every), 1),
        median_lead_days=float(np.median(list(leads.values()))) if leads else float("nan"),
    )


def _event(scored: Scored, row: Any) -> tuple[int, float]:
    """The event that follows a row: its chain, and when, to a hundredth of a day."""
    at = float(scored.week[row]) * 7 + float(scored.days_until[row])
    return int(scored.cluster[row]), round(at, 2)


def recall_at_workload(score: Floats, happened: Flags, period: Sequence[str], *, share: float = 0.2) -> float:
    """Share of what came true among the highest `share` of each period: what reviewing so much would find."""
    found = 0
    periods = np.array(period)
    for each in np.unique(periods):
        rows = np.flatnonzero(periods == each)
        best = rows[np.argsort(-score[rows], kind="stable")[: int(share * len(rows))]]
        found += int(happened[best].sum())
    return found / max(int(happened.sum()), 1)
