"""The dashboards: up to date, about every signal, and asking only for what services export."""

import inspect
import json
import re
import shutil
import subprocess
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from dashboards.build import DASHBOARDS as BUILDERS
from dashboards.build import GENERATED, build_all, differences, write
from dashboards.leaders import FEWEST_CELLS
from dashboards.page import API
from dashboards.promql import cell, exposed_names, gauge, quantile, rate
from services.cli.commands.data import dashboards_build
from shared.domain.signals import SIGNALS
from shared.telemetry import names
from shared.telemetry.names import METRICS
from tests.dashboards.queries import filled, queries

BUILT = build_all()
DASHBOARDS: dict[str, dict[str, Any]] = {name: json.loads(BUILT[f"{name}.json"]) for name in BUILDERS}


def test_generated_files_are_up_to_date() -> None:
    assert differences(GENERATED) == []


def test_equal_code_gives_equal_bytes() -> None:
    assert build_all() == BUILT


def test_links_lead_to_where_the_api_is() -> None:
    there = "https://bellwether.example.com"
    elsewhere = build_all(there)
    assert (
        {name for name, text in elsewhere.items() if there in text}
        == {name for name, text in BUILT.items() if API in text}
        >= {"overview.json", "alerting/rules.yaml", "prometheus/bellwether.rules.yml"}
    )
    assert not [name for name, text in elsewhere.items() if "127.0.0.1" in text]
    default = inspect.signature(dashboards_build).parameters["api"].default
    assert default == API


def test_writing_replaces_removes_and_reports(tmp_path: Path) -> None:
    assert len(differences(tmp_path)) == len(BUILT)
    (tmp_path / "gone.json").write_text("{}", encoding="utf-8")
    write(tmp_path)
    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")) == sorted(BUILT)
    (tmp_path / "overview.json").write_text("{}", encoding="utf-8")
    (tmp_path / "alerting" / "rules.yaml").unlink()
    (tmp_path / "old.json").write_text("{}", encoding="utf-8")
    assert differences(tmp_path) == [
        "alerting/rules.yaml is missing", "old.json belongs to nothing", "overview.json is out of date",
    ]  # fmt: skip


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
def test_every_signal_is_shown_somewhere_with_what_it_does_not_mean(signal: Any) -> None:
    panels = [panel for dashboard in DASHBOARDS.values() for panel in dashboard["panels"]]
    with_caution = [panel for panel in panels if signal.caution in panel.get("description", "")]
    assert with_caution
    asked = [target["expr"] for panel in with_caution for target in panel["targets"]]
    assert [expr for expr in asked if f'signal="{signal.name}"' in expr or 'signal="escalation_risk_$horizon"' in expr]


@pytest.mark.parametrize("name", DASHBOARDS)
def test_every_panel_tells_the_reader_what_to_make_of_it(name: str) -> None:
    for panel in DASHBOARDS[name]["panels"]:
        match panel["type"]:
            case "row":
                assert panel["title"]
            case "text":
                assert len(panel["options"]["content"]) > 100
            case _:
                assert panel["title"]
                assert len(panel["description"]) > 20
                assert panel["targets"]


@pytest.mark.parametrize("name", DASHBOARDS)
def test_queries_name_only_metrics_that_services_export(name: str) -> None:
    exported = {exposed for metric in METRICS for exposed in exposed_names(metric)}
    asked = set(re.findall(r"bellwether_\w+", " ".join(queries(DASHBOARDS[name]))))
    assert asked
    assert asked <= exported


@pytest.mark.parametrize("name", DASHBOARDS)
def test_every_variable_that_is_used_is_offered(name: str) -> None:
    dashboard = DASHBOARDS[name]
    text = json.dumps([dashboard["panels"], dashboard["links"]])
    used = set(re.findall(r"\$\{?([a-z]\w*)", text)) - {"__rate_interval", "__range"}
    offered = {variable["name"] for variable in dashboard["templating"]["list"]}
    assert used <= offered
    assert offered <= used | {"api"}


@pytest.mark.parametrize("name", DASHBOARDS)
def test_dashboards_are_linked_to_each_other_the_console_and_the_api_and_nowhere_else(name: str) -> None:
    links = {link["title"]: link for link in DASHBOARDS[name]["links"]}
    assert links["Bellwether"]["tags"] == ["bellwether"]
    assert links["Bellwether"]["includeVars"]
    assert links["API"]["url"] == "${api}/openapi.json"
    assert links["Console"]["url"] == "${api}/"
    assert links.keys() == {"Bellwether", "Console", "API"}
    assert "bellwether" in DASHBOARDS[name]["tags"]


@pytest.mark.parametrize("name", DASHBOARDS)
def test_reorganisations_and_warnings_are_drawn_in(name: str) -> None:
    annotations = {each["name"]: each for each in DASHBOARDS[name]["annotations"]["list"]}
    assert names.MOVED_PEOPLE.name in annotations["Reorganisations"]["expr"]
    assert "ALERTS" in annotations["Warnings"]["expr"]


def test_no_panel_about_leaders_shows_a_team() -> None:
    for expr in queries(DASHBOARDS["leaders"]):
        assert "$team" not in expr
        # Cells of leaders themselves hold at least k of them, so no bar over such cells is of a team's one leader.
        of_leaders = 'signal="leadership_audit"' in expr
        if of_leaders:
            assert expr.startswith("quantile(") or 'cohort="organisation"' in expr
        elif 'cohort="organisation"' not in expr:
            assert not re.match(r"\(?avg by \((cohort|signal)", expr), expr
            assert f">= {FEWEST_CELLS}" in expr


def test_prometheus_can_parse_every_query(tmp_path: Path) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (Debian package prometheus)")
    expressions = [filled(expr) for dashboard in DASHBOARDS.values() for expr in queries(dashboard)]
    rules = [{"record": f"panel:{number}", "expr": expr} for number, expr in enumerate(expressions)]
    file = tmp_path / "rules.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}), encoding="utf-8")
    answer = subprocess.run([promtool, "check", "rules", file], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.parametrize("name", DASHBOARDS)
def test_panels_are_numbered_and_do_not_overlap(name: str) -> None:
    panels = DASHBOARDS[name]["panels"]
    assert [panel["id"] for panel in panels] == list(range(1, len(panels) + 1))
    for one, other in combinations([panel["gridPos"] for panel in panels], 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        below = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or below
        assert one["x"] + one["w"] <= 24


def test_a_query_for_something_undeclared_is_refused() -> None:
    with pytest.raises(ValueError, match="has no label person"):
        rate(names.CONSUMED, by=("person",))
    with pytest.raises(ValueError, match="has no label person"):
        cell(names.SIGNAL_MEAN, where={"person": '="p"'})
    with pytest.raises(ValueError, match="is a counter, not a gauge"):
        gauge(names.CONSUMED, "sum")
    with pytest.raises(ValueError, match="is a gauge, not a histogram"):
        quantile(names.WATERMARK, 0.5)
