"""The alert rules about the flow of events: each fires in the trouble that it is for, and is silent in the next thing
to it that is no trouble.
"""

import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest
import yaml

from dashboards.alert_files import GROUPS, files

pytestmark = pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed (prometheus)")

Series = dict[str, str]
"""Values a minute, or an hour where a rule is SLOW, in promtool's notation, by metric without its prefix."""

SLOW: Final = {"WatermarkBehind", "SourceShareFell"}

RULES: Final = {
    rule["alert"]: rule
    for group in yaml.safe_load(files()["prometheus/bellwether.rules.yml"])["groups"]
    for rule in group["rules"]
}
CHAT: Final = 'service="chat", topic="events.chat"'
LAG: Final = f'offset_lag_records{{{CHAT}, partition="0", instance="chat:8080"}}'
TAKEN: Final = f'consumed_records_total{{{CHAT}, partition="0", instance="chat:8080"}}'
DEAD: Final = f'dead_letters_total{{{CHAT}, reason="invalid"}}'
STARTED: Final = 'started_timestamp_seconds{instance="chat:8080"}'
ANSWERS: Final = 'api_requests_total{status="200"}'
SHARE: Final = 'source_known_percent{source="chat"}'
FAILED: Final = 'api_requests_total{status="500"}'
# A minute and a half between two starts: gone for half a minute of it, as scrapes see it.
RESTARTS: Final = " ".join(f"{90 * number} {90 * number} stale" for number in range(40))

TROUBLE: Final[list[tuple[str, Series]]] = [
    ("ScrapeDown", {'up{job="bellwether", instance="chat-1:8080"}': "1x9 0x110"}),
    # The container is gone: no address, and so no process, but a service of that name.
    ("ScrapeDown", {'up{job="bellwether-services", instance="chat:8080"}': "1x9 0x110"}),
    ("ConsumerStalled", {LAG: "0x9 70x110", TAKEN: "500x119"}),
    # From its start on, which the watchdog repeats.
    ("ConsumerStalled", {LAG: "stale 70 stale " * 40, TAKEN: "0 0 stale " * 40}),
    ("ServiceRestarting", {STARTED: RESTARTS}),
    ("LagHigh", {LAG: "0x9 60000x110"}),
    ("LagInTime", {f"event_lag_seconds{{{CHAT}}}": "0x9 1000x110"}),
    ("WatermarkBehind", {"watermark_timestamp_seconds": "3600x119"}),
    ("DeadLetterShare", {DEAD: "0+5x119", TAKEN: "0+100x119"}),
    ("SourceShareFell", {SHARE: "95x60 80x59"}),
    ("ReadingsStale", {"watermark_timestamp_seconds": "9000x119", "scored_timestamp_seconds": "100x119"}),
    ("OutboxStuck", {"outbox_records": "0x9 5x110"}),
    ("ApiErrors", {ANSWERS: "0+100x119", FAILED: "0+5x119"}),
]
CALM: Final[list[tuple[str, Series]]] = [
    ("ScrapeDown", {'up{job="bellwether", instance="chat-1:8080"}': "1x60 0x2 1x60"}),
    ("ScrapeDown", {'up{job="another", instance="elsewhere:80"}': "0x119"}),
    ("ConsumerStalled", {LAG: "70x119", TAKEN: "0+1x119"}),
    ("ConsumerStalled", {LAG: "0x119", TAKEN: "500x119"}),
    ("ServiceRestarting", {STARTED: "0x50 3000x5 3300x70"}),
    ("LagHigh", {LAG: "0x50 60000x20 0x60"}),
    ("LagInTime", {f"event_lag_seconds{{{CHAT}}}": "0x50 1000x20 0x60"}),
    ("WatermarkBehind", {"watermark_timestamp_seconds": "0x119"}),
    ("WatermarkBehind", {"watermark_timestamp_seconds": "3600+3600x119"}),
    ("DeadLetterShare", {DEAD: "0x60 30x60", TAKEN: "0+100x119"}),
    ("SourceShareFell", {SHARE: "95x60 85x59"}),
    ("SourceShareFell", {SHARE: "40x60 95x59"}),
    ("ReadingsStale", {"watermark_timestamp_seconds": "9000x119", "scored_timestamp_seconds": "8000x119"}),
    ("OutboxStuck", {"outbox_records": "0 5 5 0 " * 30}),
    ("ApiErrors", {ANSWERS: "0+100x119", FAILED: "0x60 9x60"}),
]


def fires(name: str, series: Series, directory: Path) -> bool:
    """Whether a rule fires while these series go on."""
    inputs = [
        {"series": metric if metric.startswith("up{") else f"bellwether_{metric}", "values": values}
        for metric, values in series.items()
    ]
    step = "1h" if name in SLOW else "1m"
    query = f'count(count_over_time(ALERTS{{alertname="{name}", alertstate="firing"}}[5d]))'
    test = {
        "interval": step,
        "input_series": inputs,
        "promql_expr_test": [{"expr": query, "eval_time": f"119{step[1]}", "exp_samples": []}],
    }
    rules = {"groups": [{"name": "one", "interval": step, "rules": [RULES[name]]}]}
    content = {"rule_files": ["rules.yml"], "evaluation_interval": step, "tests": [test]}
    for file, text in (("rules.yml", rules), ("test.yml", content)):
        (directory / file).write_text(yaml.safe_dump(text), encoding="utf-8")
    command = ["promtool", "test", "rules", "test.yml"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, cwd=directory)
    said = answer.stdout + answer.stderr
    assert answer.returncode == 0 or "got:" in said, said
    return answer.returncode != 0


def told(name: str, series: Series) -> str:
    return f"{name}-{min(series)[:24]}"


@pytest.mark.parametrize(("name", "series"), TROUBLE, ids=[told(*each) for each in TROUBLE])
def test_a_rule_fires_in_the_trouble_it_is_for(name: str, series: Series, tmp_path: Path) -> None:
    assert fires(name, series, tmp_path)


@pytest.mark.parametrize(("name", "series"), CALM, ids=[told(*each) for each in CALM])
def test_a_rule_is_silent_where_there_is_none(name: str, series: Series, tmp_path: Path) -> None:
    assert not fires(name, series, tmp_path)


def test_every_rule_about_the_pipeline_is_tried() -> None:
    tried = {name for name, _ in TROUBLE}
    assert tried == {name for name, _ in CALM}
    # That one has tests of its own.
    assert {rule.name for rule in GROUPS["pipeline"]} == tried | {"AuditUnsigned"}
