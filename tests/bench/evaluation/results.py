"""Everything that is measured, as one JSON document. Equal data gives equal figures."""

import importlib
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, get_args

import numpy as np

from shared.domain.escalation.hazard_model import DEFAULT_MODEL, Target
from shared.domain.signals.escalation_risk import risk
from tests.bench.evaluation.mail import BASELINES, HORIZON_DAYS, MODELS, Mail, read_mail, scored
from tests.bench.evaluation.measures import (
    Floats,
    Scored,
    alerts,
    auprc,
    auroc,
    difference_interval,
    interval,
    precision_at,
)
from tests.bench.evaluation.plain_measures import expected_calibration_error
from tests.bench.evaluation.ticket_logs import incident_moments, service_desk_moments
from tests.bench.evaluation.tickets import evaluate

Results = dict[str, Any]
PRODUCT = "product, default weights"
_PROBABILITIES = {name for name in MODELS if name not in {"persistence", "frequency"}}
_DIGITS = 4


def measure(data: Path, say: Callable[[str], None]) -> Results:
    """Measure everything. Takes minutes."""
    say("mail")
    mail = read_mail(data)
    rankings = {
        target: {name: scored(mail, target, model(mail, target)) for name, model in MODELS.items()}
        for target in get_args(Target)
    }
    results: Results = {"mail": _mail(mail, rankings)}
    say("tickets")
    incidents = incident_moments(data)
    results["tickets"] = {
        "ticket_goes_up": evaluate(incidents, "ticket_goes_up"),
        "ticket_jumps": evaluate(incidents, "ticket_jumps"),
        "ticket_misses_promise": evaluate(service_desk_moments(data), "ticket_misses_promise"),
    }
    say("text")
    results["text"] = text_tasks(data)
    results["signals"] = _signals(mail, results)
    rounded: Results = _rounded(results)
    return rounded


def text_tasks(data: Path) -> Results:
    """What the text features reach; empty where they are not part of this build."""
    try:
        module = importlib.import_module("tests.bench.evaluation.text_tasks")
    except ModuleNotFoundError:
        return {}
    found: Results = module.run(data)
    return found


def _mail(mail: Mail, rankings: dict[Target, dict[str, Scored]]) -> Results:
    return {
        "messages": mail.messages,
        "people": mail.people,
        "chains": len({each.chain.person for each in mail.test}),
        "chain_weeks": len(mail.test),
        "weeks": len({each.week for each in mail.test}),
        "horizon_days": HORIZON_DAYS,
        "targets": {target: _target(by_name) for target, by_name in rankings.items()},
        "largest_error_of_contributions": fidelity(mail),
    }


def _target(by_name: dict[str, Scored]) -> Results:
    product = by_name[PRODUCT]
    return {
        "positives": int(product.happened.sum()),
        "base_rate": float(product.happened.mean()),
        "models": {name: _model(name, each) for name, each in by_name.items()},
        "product_minus_baseline": {
            name: {
                "auroc": auroc(product.happened, product.score) - auroc(product.happened, by_name[name].score),
                "auroc_interval": difference_interval(product, by_name[name], auroc),
                "auprc": auprc(product.happened, product.score) - auprc(product.happened, by_name[name].score),
                "auprc_interval": difference_interval(product, by_name[name], auprc),
            }
            for name in BASELINES
        },
    }


def _model(name: str, each: Scored) -> Results:
    found: Results = {
        "auroc": auroc(each.happened, each.score),
        "auroc_interval": interval(each, auroc),
        "auprc": auprc(each.happened, each.score),
        "auprc_interval": interval(each, auprc),
        "precision_at_5": precision_at(each, 5),
    }
    for budget in (1, 3):
        result = alerts(each, per_100_people=budget, horizon_days=HORIZON_DAYS)
        found[f"alerts_{budget}"] = {"recall": result.recall, "median_lead_days": result.median_lead_days}
    if name in _PROBABILITIES:
        pairs = list(zip(each.score.tolist(), each.happened.tolist(), strict=True))
        found["ece"] = expected_calibration_error(pairs)
        found["reliability"] = reliability(pairs)
    return found


def reliability(pairs: Sequence[tuple[float, bool]], *, bins: int = 10) -> list[tuple[float, float]]:
    """Mean probability and share of events in bins of equally many, the lowest first."""
    ordered = sorted(pairs)
    parts = [ordered[number * len(ordered) // bins : (number + 1) * len(ordered) // bins] for number in range(bins)]
    return [
        (sum(value for value, _ in part) / len(part), sum(happened for _, happened in part) / len(part))
        for part in parts
        if part
    ]


def fidelity(mail: Mail) -> float:
    """The largest distance between the log-hazard and the sum of what the factors say they added to it."""
    worst = 0.0
    for each in mail.test:
        measure = risk(DEFAULT_MODEL, each.scene, horizon_days=HORIZON_DAYS)
        eta = math.log(-math.log1p(-measure.value) / (HORIZON_DAYS / 7))
        worst = max(worst, abs(eta - math.fsum(factor.contribution for factor in measure.factors)))
    return worst


def _signals(mail: Mail, results: Results) -> Results:
    """What readers of a signal's page want to know of it, by the signal's name."""
    risk_figures = results["mail"]["targets"]["unsolicited_onset"]["models"][PRODUCT]
    tickets = results["tickets"]["ticket_goes_up"]["models"]
    return {
        "escalation_risk_14d": {
            "auroc": risk_figures["auroc"],
            "auprc": risk_figures["auprc"],
            "precision_at_5": risk_figures["precision_at_5"],
            "recall_at_3_alerts": risk_figures["alerts_3"]["recall"],
            "median_lead_days": risk_figures["alerts_3"]["median_lead_days"],
            "ece": risk_figures["ece"],
        },
        "unheard": {"auroc": _alone(mail, lambda each: each.scene.unheard)},
        "bypass_contact": {"auroc": _alone(mail, lambda each: each.scene.bypass)},
        "ticket_heat": {
            key: tickets["product, ticket heat"][key] for key in ("auroc", "auprc", "recall_at_20_percent")
        },
    }


def _alone(mail: Mail, measured: Callable[[Any], Any]) -> float:
    """How well a signal by itself ranks who goes past their leader for the first time in four weeks."""
    found = [measured(each) for each in mail.test]
    scores: Floats = np.array([0.0 if each is None else each.value for each in found])
    ranking = scored(mail, "unsolicited_onset", scores)
    return auroc(ranking.happened, ranking.score)


def _rounded(value: Any) -> Any:
    """Four digits, and null for what could not be measured: JSON has no NaN."""
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(each) for each in value]
    if isinstance(value, float):
        # Errors far below one keep their size.
        return (
            None if math.isnan(value) else float(f"{value:.2g}") if abs(value) < 10**-_DIGITS else round(value, _DIGITS)
        )
    return value
