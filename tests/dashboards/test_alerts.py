"""The alert rules: sound as files, the same in both forms, and right about when to begin and when to end."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from dashboards.alert_files import GROUPS, RECEIVERS, files
from dashboards.alerts import Rule
from dashboards.build import GENERATED
from dashboards.promql import exposed_names
from dashboards.signal_queries import band_width
from shared.domain.release.aggregate import Aggregate, aggregate, aggregate_of_steps
from shared.domain.release.contribution import Contribution
from shared.domain.release.steps import EVIDENCE_WEEKS, FEWEST_EXACT, Steps
from shared.domain.signals import SIGNAL_BY_NAME, SIGNALS
from shared.telemetry.names import METRICS

FILES = {name: yaml.safe_load(text) for name, text in files().items()}
RULES = [rule for group in GROUPS.values() for rule in group]
RISK = list(GROUPS["risk"])
PROMETHEUS = {
    rule["alert"]: rule for group in FILES["prometheus/bellwether.rules.yml"]["groups"] for rule in group["rules"]
}
GRAFANA = {rule["title"]: rule for group in FILES["alerting/rules.yaml"]["groups"] for rule in group["rules"]}
RULE_FILE = GENERATED / "prometheus" / "bellwether.rules.yml"
INTERVAL_HOURS = 6
needs_promtool = pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed (prometheus)")


@needs_promtool
def test_promtool_finds_nothing_to_say() -> None:
    command = ["promtool", "check", "rules", "--lint=all", "--lint-fatal", str(RULE_FILE)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert f"{len(RULES)} rules found" in answer.stdout


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_both_forms_say_the_same(rule: Rule) -> None:
    one, other = PROMETHEUS[rule.name], GRAFANA[rule.name]
    query, threshold = other["data"]
    assert rule.expr == query["model"]["expr"]
    assert rule.expr in one["expr"]
    assert one["for"] == other["for"] == rule.pending
    assert one["labels"] == other["labels"] == {"area": rule.area, "severity": rule.severity}
    (condition,) = threshold["model"]["conditions"]
    assert condition["evaluator"] == {"type": "lt" if rule.below else "gt", "params": [rule.fires_at]}
    if rule.clears_at != rule.fires_at:
        assert condition["unloadEvaluator"]["params"] == [rule.clears_at]
        assert f"{rule.clears_at:g} and on" in one["expr"]
    assert other["condition"] == threshold["refId"]
    assert query["datasourceUid"] == "prometheus"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_says_why_it_matters_and_what_to_do_first(rule: Rule) -> None:
    board = json.loads((GENERATED / f"{rule.dashboard}.json").read_text(encoding="utf-8"))
    for written in (PROMETHEUS[rule.name]["annotations"], GRAFANA[rule.name]["annotations"]):
        assert len(written["description"]) > 40
        assert len(written["action"]) > 40
        assert written["dashboard"].startswith(f"/d/{board['uid']}")
    assert GRAFANA[rule.name]["annotations"]["__dashboardUid__"] == board["uid"]
    # Grafana fills in its environment wherever it finds a dollar sign.
    assert "$" not in json.dumps(GRAFANA[rule.name])


@pytest.mark.parametrize("rule", RISK, ids=lambda rule: rule.name)
def test_rules_about_relationships_speak_of_teams_and_of_nobody(rule: Rule) -> None:
    assert rule.labels == ("cohort",)
    exported = {exposed for metric in METRICS for exposed in exposed_names(metric)}
    asked = set(re.findall(r"bellwether_\w+", rule.expr))
    assert asked <= exported
    labels = {label for metric in METRICS if set(exposed_names(metric)) & asked for label in metric.labels}
    assert labels <= {"signal", "cohort", "band", "title"}
    # The whole organisation is no team, and a message about it would name nobody who can act.
    assert 'cohort!="organisation"' in rule.expr
    assert set(re.findall(r"\.Labels\.(\w+)", json.dumps(PROMETHEUS[rule.name]))) <= {"title", "cohort"}


def test_every_signal_of_pairs_and_chains_has_a_rule() -> None:
    asked = " ".join(rule.expr for rule in RISK)
    for signal in SIGNALS:
        if signal.kind in ("pair", "chain") and signal.name != "escalation_risk_28d":
            assert f'signal="{signal.name}"' in asked


def test_risks_reach_hr_partners_in_working_hours_and_nobody_else() -> None:
    (policy,) = FILES["alerting/policies.yaml"]["policies"]
    risk, pipeline = policy["routes"]
    (quiet,) = FILES["alerting/mute-timings.yaml"]["muteTimes"]
    assert risk["receiver"] == RECEIVERS["risk"]
    assert risk["mute_time_intervals"] == [quiet["name"]]
    assert pipeline["receiver"] == policy["receiver"] == RECEIVERS["pipeline"]
    assert "mute_time_intervals" not in pipeline


# --- promtool test rules


def weeks(value: float, number: float) -> str:
    """A value that stays for a number of weeks, in promtool's notation."""
    return f"{value:g}x{round(number * 7 * 24 / INTERVAL_HOURS) - 1}"


def series(rule: Rule, history: list[tuple[float, float]]) -> list[dict[str, str]]:
    """What a rule asks for, as `(value, weeks)` one after the other, beside what it needs to have at all."""
    signal = SIGNAL_BY_NAME[re.findall(r'signal="(\w+)"', rule.expr)[0]]
    values = " ".join(weeks(value, number) for value, number in history)
    whole = sum(number for _, number in history)
    of = f'signal="{signal.name}", cohort="t1"'
    metric = f"bellwether_signal_mean{{{of}}}"
    if rule.name == "EscalationRiskHigh":
        metric = f'bellwether_signal_band_ratio{{{of}, band="{signal.bands.names[-1]}"}}'
    return [
        {"series": metric, "values": values},
        {"series": f"bellwether_signal_people{{{of}}}", "values": weeks(100, whole)},
        {"series": 'bellwether_cohort_info{cohort="t1", title="Compass"}', "values": weeks(1, whole)},
    ]


def levels(rule: Rule) -> tuple[float, float, float, float]:
    """An ordinary value, one that is bad, one in between, and one that is nearly ordinary again."""
    if rule.name == "EscalationRiskHigh":
        return 0.05, 0.3, 0.07, 0.05
    signal = SIGNAL_BY_NAME[re.findall(r'signal="(\w+)"', rule.expr)[0]]
    if rule.name == "UnheardLoad":
        return 0.3, 0.9, 0.55, 0.4
    worse = -band_width(signal) if signal.bands.descending else band_width(signal)
    usual = 80.0 if signal.bands.descending else 0.0
    between = (rule.fires_at + rule.clears_at) / 2
    return usual, usual + 1.5 * rule.fires_at * worse, usual + between * worse, usual + 0.3 * rule.fires_at * worse


def run_promtool(tmp_path: Path, rule: Rule, inputs: list[dict[str, str]], firing: dict[str, bool]) -> None:
    """Run the rules over series; `firing` says for instants whether the rule fires then for t1."""
    # That rule alone, four times a day and not every five minutes, which takes promtool minutes; what looks back one
    # hour at an alert has to look back further then.
    group = {"name": "one", "interval": "6h", "rules": [PROMETHEUS[rule.name]]}
    text = yaml.safe_dump({"groups": [group]}).replace("[1h]", "[9h]")
    (tmp_path / "rules.yml").write_text(text, encoding="utf-8")
    query = f'count by (alertname) (ALERTS{{alertstate="firing", alertname="{rule.name}"}})'
    expected = [{"labels": f'{{alertname="{rule.name}"}}', "value": 1}]
    test: dict[str, Any] = {
        "interval": f"{INTERVAL_HOURS}h",
        "input_series": inputs,
        "promql_expr_test": [
            {"expr": query, "eval_time": at, "exp_samples": expected if fires else []} for at, fires in firing.items()
        ],
    }
    content = {"rule_files": ["rules.yml"], "evaluation_interval": "6h", "tests": [test]}
    file = tmp_path / "test.yml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    command = ["promtool", "test", "rules", str(file)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert answer.returncode == 0, f"{query}\n{answer.stdout}{answer.stderr}"


@needs_promtool
@pytest.mark.parametrize("rule", RISK, ids=lambda rule: rule.name)
def test_a_lasting_change_fires_and_a_passing_one_does_not(rule: Rule, tmp_path: Path) -> None:
    usual, bad, between, good = levels(rule)
    one_bad_week = series(rule, [(usual, 8), (bad, 0.9), (usual, 4)])
    run_promtool(tmp_path, rule, one_bad_week, {f"{day}d": False for day in (50, 58, 62, 64, 70)})
    lasting = series(rule, [(usual, 8), (bad, 3)])
    run_promtool(tmp_path, rule, lasting, {"56d": False, "60d": False, "66d": True, "70d": True})
    # Back to in between it goes on, which it would not have begun at; back to nearly ordinary it ends.
    back = series(rule, [(usual, 8), (bad, 2), (between, 2), (good, 4)])
    run_promtool(tmp_path, rule, back, {"69d": True, "80d": True, "97d": False})


@needs_promtool
@pytest.mark.parametrize("rule", RISK, ids=lambda rule: rule.name)
def test_a_cell_that_is_suppressed_raises_nothing(rule: Rule, tmp_path: Path) -> None:
    hidden = {"series": 'bellwether_signal_suppressed{signal="unheard", cohort="t1"}', "values": weeks(1, 10)}
    run_promtool(tmp_path, rule, [hidden], {"60d": False})


@needs_promtool
@pytest.mark.parametrize(
    ("signed", "firing"),
    [
        # Every hour; by two processes, of which one hands over; and once more after a long pause.
        ({"one": list(range(31))}, {"8h": False, "30h": False}),
        ({"one": [0, 1, 2, 3], "two": [None] * 3 + list(range(3, 31))}, {"8h": False, "30h": False}),
        ({"one": [0, 1] + [1] * 9 + list(range(11, 31))}, {"3h": False, "8h": True, "13h": False}),
        # Nobody signs, whether the process goes on or was started again and has no value.
        ({"one": [0, 1] + [1] * 40}, {"3h": False, "8h": True, "30h": True}),
        ({"one": [0, 1] + [None] * 40}, {"3h": False, "8h": True, "30h": True}),
        # No service has the key: the rule has nothing to say.
        ({}, {"8h": False, "30h": False}),
    ],
)
def test_an_audit_that_nobody_signs_is_told_of_after_hours(
    signed: dict[str, list[int | None]], firing: dict[str, bool], tmp_path: Path
) -> None:
    """`signed` has the hour of the last signature, by process and hour."""
    inputs = [
        {
            "series": f'bellwether_audit_signed_timestamp_seconds{{instance="{instance}"}}',
            "values": " ".join("_" if hour is None else str(hour * 3_600) for hour in hours),
        }
        for instance, hours in signed.items()
    ]
    rule = {key: value for key, value in PROMETHEUS["AuditUnsigned"].items() if key != "annotations"}
    group = {"name": "one", "interval": "5m", "rules": [rule]}
    (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": [group]}), encoding="utf-8")
    expected = [{"exp_labels": rule["labels"]}]
    tests = [
        {"alertname": "AuditUnsigned", "eval_time": at, "exp_alerts": expected if fires else []}
        for at, fires in firing.items()
    ]
    content = {
        "rule_files": ["rules.yml"], "evaluation_interval": "5m",
        "tests": [{"interval": "1h", "input_series": inputs, "alert_rule_test": tests}],
    }  # fmt: skip
    (tmp_path / "test.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    command = ["promtool", "test", "rules", "test.yml"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert answer.returncode == 0, answer.stdout + answer.stderr


# What the scorer gives for the simulated company: an ordinary chain, and one that is high (0.09 to 0.2).
ORDINARY_RISK, HIGH_RISK = 0.0115, 0.145


def risk_cell(people: int, high: int) -> Aggregate:
    """What is released of a unit in which so many are at high risk, by the model's own bands."""
    signal = SIGNAL_BY_NAME["escalation_risk_14d"]
    values = [HIGH_RISK] * high + [ORDINARY_RISK] * (people - high)
    contributions = {
        person: Contribution(value=value, bands={signal.bands.of(value): 1.0}, factors={}, others=frozenset({person}))
        for person, value in enumerate(values)
    }
    if people >= FEWEST_EXACT:
        return aggregate(range(people), contributions, signal=signal)
    known = Steps(weeks=dict.fromkeys(contributions, EVIDENCE_WEEKS))
    steps = known.after_a_week(contributions, {}, people=contributions, bands=signal.bands)
    return aggregate_of_steps(range(people), contributions, steps, signal=signal)


def told(cell: Aggregate, before: Aggregate, *, weeks_before: int = 8) -> list[dict[str, str]]:
    """The series of a unit that was one thing for weeks and is another for three."""

    def values(usual: float, now: float) -> str:
        return f"{weeks(usual, weeks_before)} {weeks(now, 3)}"

    of = 'signal="escalation_risk_14d", cohort="t1"'
    shares = f'bellwether_signal_band_ratio{{{of}, band="high"}}'
    return [
        {"series": f"bellwether_signal_mean{{{of}}}", "values": values(before.mean, cell.mean)},
        {"series": shares, "values": values(before.shares["high"], cell.shares["high"])},
        {"series": f"bellwether_signal_people{{{of}}}", "values": values(before.people, cell.people)},
        {"series": 'bellwether_cohort_info{cohort="t1", title="Compass"}', "values": weeks(1, weeks_before + 3)},
    ]


@needs_promtool
@pytest.mark.parametrize(
    ("name", "people", "least"),
    [
        ("EscalationRiskHigh", 10, 2),
        ("EscalationRiskHigh", 24, 2),
        ("EscalationRiskHigh", 31, 3),
        ("EscalationRiskHigh", 100, 8),
        ("EscalationRiskRising", 10, 2),
        ("EscalationRiskRising", 20, 3),
        ("EscalationRiskRising", 31, 4),
    ],
)
def test_a_part_of_a_unit_at_high_risk_warns_of_it_and_one_person_does_not(
    name: str, people: int, least: int, tmp_path: Path
) -> None:
    """By what is released of them: one person who is not heard is for the alert about that person, and no unit's."""
    rule = next(rule for rule in RISK if rule.name == name)
    before = risk_cell(people, 0)
    for high in sorted({1, least - 1, least}):
        run_promtool(tmp_path, rule, told(risk_cell(people, high), before), {"55d": False, "66d": high >= least})
