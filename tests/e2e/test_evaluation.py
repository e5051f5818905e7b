"""The headline figures of docs/evaluation.md, guarded with margins; `make bench-signals` measures them all."""

from pathlib import Path

import pytest

from shared.domain.escalation.hazard_model import DEFAULT_MODEL
from shared.domain.signals.escalation_risk import risk
from tests.bench.evaluation.mail import MODELS, Mail, read_mail, scored
from tests.bench.evaluation.measures import Scored, auprc, auroc
from tests.bench.evaluation.results import PRODUCT, fidelity
from tests.bench.evaluation.ticket_logs import incident_moments
from tests.bench.evaluation.tickets import evaluate

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def mail(data_directory: Path) -> Mail:
    return read_mail(data_directory)


def ranking(mail: Mail, name: str, target: str) -> Scored:
    return scored(mail, target, MODELS[name](mail, target))  # type: ignore[arg-type]  # one of three


def test_unsolicited_onset_is_ranked_better_than_by_frequency(mail: Mail) -> None:
    ours, frequency = (ranking(mail, name, "unsolicited_onset") for name in (PRODUCT, "frequency"))
    assert auroc(ours.happened, ours.score) >= 0.85  # measured .91; the goal is .80
    assert auprc(ours.happened, ours.score) >= 0.28  # measured .36; the goal is .25
    assert auprc(ours.happened, ours.score) > auprc(frequency.happened, frequency.score) + 0.1


def test_contact_is_ranked_no_worse_than_by_frequency(mail: Mail) -> None:
    ours, frequency = (ranking(mail, name, "contact") for name in (PRODUCT, "frequency"))
    assert auroc(ours.happened, ours.score) >= auroc(frequency.happened, frequency.score) - 0.005
    assert auprc(ours.happened, ours.score) >= auprc(frequency.happened, frequency.score) - 0.01


def test_contributions_sum_to_the_score_on_real_chains(mail: Mail) -> None:
    assert fidelity(mail) <= 1e-9


def test_a_prediction_knows_nothing_of_what_follows(mail: Mail, data_directory: Path) -> None:
    """Cutting the log after a week changes no reading as of that week."""
    week = mail.test[0].week
    now = {
        each.chain: risk(DEFAULT_MODEL, each.scene, horizon_days=14).value for each in mail.test if each.week == week
    }
    cut = read_mail(data_directory, until=mail.test[0].as_of)
    then = {
        each.chain: risk(DEFAULT_MODEL, each.scene, horizon_days=14).value for each in cut.weeks if each.week == week
    }
    assert len(now) > 80
    assert then == now


def test_tickets_that_go_up_are_found_ahead_of_counts(data_directory: Path) -> None:
    names = ("logistic regression on counts", "product, ticket hazard, default weights", "product, ticket heat")
    models = evaluate(incident_moments(data_directory), "ticket_goes_up", only=names)["models"]
    counts, hazard, online = (models[name]["recall_at_20_percent"] for name in names)
    assert hazard >= counts + 0.05  # measured .40 beside .29
    assert online >= counts + 0.05
