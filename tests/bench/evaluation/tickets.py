"""Tickets: what a review of the riskiest fifth would find, for the product's models beside plain baselines."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from shared.domain.escalation.hazard_learning import Sample, learnt
from shared.domain.escalation.hazard_model import TicketTarget, probability
from shared.domain.escalation.ticket_hazard import DEFAULT_TICKET_MODELS, log_hazard, terms
from shared.domain.signals.ticket_heat import TICKET_HEAT
from tests.bench.evaluation.classifiers import boosted_trees, logistic_regression
from tests.bench.evaluation.measures import Floats, auprc, auroc, recall_at_workload
from tests.bench.evaluation.ticket_logs import Moment

# A week with fewer moments says little; the first of those tested has two months before it.
_LEAST_MOMENTS = 1_000
_LEAST_POSITIVES = 20
# Learning needs no more than this many of the latest moments, and more would take minutes.
_LATEST = 8_000
Scorer = Callable[[TicketTarget, Sequence[Moment], Sequence[Moment]], Floats]


def evaluate(moments: Sequence[Moment], target: TicketTarget, *, only: Sequence[str] = ()) -> dict[str, Any]:
    """Every model, or only those named, week by week, trained on moments whose outcome was known before."""
    weeks: dict[datetime, list[Moment]] = {}
    for moment in moments:
        weeks.setdefault(_monday(moment.at), []).append(moment)
    # The last week's outcomes are not all in the log.
    test = [week for week in sorted(weeks)[1:-1] if len(weeks[week]) >= _LEAST_MOMENTS]
    known = {week: [moment for moment in moments if moment.known_at <= week] for week in test}
    test = [week for week in test if sum(moment.outcomes[target] for moment in known[week]) >= _LEAST_POSITIVES]
    happened = np.array([moment.outcomes[target] for week in test for moment in weeks[week]])
    period = [week.date().isoformat() for week in test for _ in weeks[week]]
    result: dict[str, Any] = {
        "moments": len(happened),
        "tickets": len({moment.ticket for week in test for moment in weeks[week]}),
        "positives": int(happened.sum()),
        "weeks": len(test),
    }
    models: dict[str, dict[str, float]] = {}
    for name, score in SCORERS.items():
        if (only and name not in only) or (name == "product, ticket heat" and moments[0].scene is None):
            continue
        scores = np.concatenate([score(target, known[week], weeks[week]) for week in test])
        models[name] = {
            "auroc": auroc(happened, scores),
            "auprc": auprc(happened, scores),
            "recall_at_20_percent": recall_at_workload(scores, happened, period),
        }
    return result | {"models": models}


def _monday(at: datetime) -> datetime:
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=at.weekday())


def _age(_: TicketTarget, __: Sequence[Moment], now: Sequence[Moment]) -> Floats:
    return np.array([moment.state.hours_open for moment in now])


def _handoffs(_: TicketTarget, __: Sequence[Moment], now: Sequence[Moment]) -> Floats:
    return np.array([float(moment.state.handoffs) for moment in now])


def _logistic(target: TicketTarget, known: Sequence[Moment], now: Sequence[Moment]) -> Floats:
    return _trained(logistic_regression(), target, known, now)


def _boosting(target: TicketTarget, known: Sequence[Moment], now: Sequence[Moment]) -> Floats:
    return _trained(boosted_trees(), target, known, now)


def _trained(model: object, target: TicketTarget, known: Sequence[Moment], now: Sequence[Moment]) -> Floats:
    model.fit(_counts(known), [moment.outcomes[target] for moment in known])  # type: ignore[attr-defined]
    return np.asarray(model.predict_proba(_counts(now))[:, 1])  # type: ignore[attr-defined]


def _counts(moments: Sequence[Moment]) -> Floats:
    return np.log1p(np.array([moment.counts for moment in moments], dtype=np.float64))


def _heat(_: TicketTarget, __: Sequence[Moment], now: Sequence[Moment]) -> Floats:
    """The online signal as it is, with the rates of a pass at the last midnight."""
    values = []
    for moment in now:
        measure = TICKET_HEAT.compute(moment.scene, int(moment.at.timestamp()), {}) if moment.scene else None
        values.append(measure.value if measure else 0.0)
    return np.array(values)


def _hazard(target: TicketTarget, _: Sequence[Moment], now: Sequence[Moment]) -> Floats:
    model = DEFAULT_TICKET_MODELS[target]
    return np.array([probability(log_hazard(model, moment.shares[target]), weeks=1) for moment in now])


def _learnt_hazard(target: TicketTarget, known: Sequence[Moment], now: Sequence[Moment]) -> Floats:
    default = DEFAULT_TICKET_MODELS[target]
    samples = [Sample(terms(default, moment.shares[target]), moment.outcomes[target]) for moment in known[-_LATEST:]]
    model = learnt(default, samples, version="rolling", weeks=0)
    return np.array([probability(log_hazard(model, moment.shares[target]), weeks=1) for moment in now])


SCORERS: dict[str, Scorer] = {
    "age": _age,
    "handoffs": _handoffs,
    "logistic regression on counts": _logistic,
    "gradient boosting on counts": _boosting,
    "product, ticket heat": _heat,
    "product, ticket hazard, default weights": _hazard,
    "product, ticket hazard, learnt": _learnt_hazard,
}
