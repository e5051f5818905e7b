"""The dashboards: up to date, about every signal, and asking only for what services export."""

import json
import re
import shutil
import subprocess
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from dashboards.build import GENERATED, build_all, differences, write
from dashboards.promql import exposed_names, gauge, quantile, rate
from shared.domain.signals import SIGNALS
from shared.telemetry import names
from shared.telemetry.names import METRICS

DASHBOARDS: dict[str, dict[str, Any]] = {name: json.loads(text) for name, text in build_all().items()}
# What Grafana puts in before it asks Prometheus.
VARIABLES = {"$__rate_interval": "1m", "$__range": "1h", "$cohort": ".*"}


def queries(dashboard: dict[str, Any]) -> list[str]:
    return [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]


def test_generated_files_are_up_to_date() -> None:
    assert differences(GENERATED) == []


def test_equal_code_gives_equal_bytes() -> None:
    assert build_all() == build_all()


def test_writing_replaces_removes_and_reports(tmp_path: Path) -> None:
    assert len(differences(tmp_path)) == len(DASHBOARDS)
    (tmp_path / "gone.json").write_text("{}", encoding="utf-8")
    write(tmp_path)
    assert sorted(path.stem for path in tmp_path.iterdir()) == sorted(DASHBOARDS)
    (tmp_path / "overview.json").write_text("{}", encoding="utf-8")
    (tmp_path / "old.json").write_text("{}", encoding="utf-8")
    assert differences(tmp_path) == ["old.json belongs to no dashboard", "overview.json is out of date"]


def test_every_signal_is_on_the_overview_with_its_caution() -> None:
    panels = DASHBOARDS["overview"]["panels"]
    for signal in SIGNALS:
        assert [panel for panel in panels if panel["type"] == "row" and panel["title"] == signal.title]
        assert [panel for panel in panels if signal.caution in panel.get("description", "")]
        assert [expr for expr in queries(DASHBOARDS["overview"]) if f'signal="{signal.name}"' in expr]


@pytest.mark.parametrize("name", DASHBOARDS)
def test_queries_name_only_metrics_that_services_export(name: str) -> None:
    exported = {exposed for metric in METRICS for exposed in exposed_names(metric)}
    asked = set(re.findall(r"bellwether_\w+", " ".join(queries(DASHBOARDS[name]))))
    assert asked
    assert asked <= exported


def test_prometheus_can_parse_every_query(tmp_path: Path) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (Debian package prometheus)")
    expressions = [expr for dashboard in DASHBOARDS.values() for expr in queries(dashboard)]
    for variable, value in VARIABLES.items():
        expressions = [expr.replace(variable, value) for expr in expressions]
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
    with pytest.raises(ValueError, match="is a counter, not a gauge"):
        gauge(names.CONSUMED, "sum")
    with pytest.raises(ValueError, match="is a gauge, not a histogram"):
        quantile(names.WATERMARK, 0.5)
