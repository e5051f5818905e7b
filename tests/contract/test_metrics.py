import re
import shutil
import subprocess

import msgspec
import pytest
from prometheus_client import CollectorRegistry, generate_latest
from sqlalchemy import text

from shared.domain.release.cell import Cell
from shared.domain.week import week_end
from shared.schemas.chat import Markers
from shared.schemas.envelope import utc
from shared.schemas.interaction import Contact
from shared.storage.privacy.gauges import PrivacyGauges
from shared.storage.releases.gauges import show_release_gauges
from shared.storage.releases.ledger import Release, ReleaseStore
from shared.storage.tables.releases import NO_PANEL
from shared.telemetry import names
from shared.telemetry.cohorts import CohortGauges
from shared.telemetry.metrics import Metrics
from tests.storage.company import DIRECTORY, INTERACTIONS, Store, line, link, opened, person

CANARY = "zyxcanary"
START = 1_699_833_600
PERSONAL = re.compile(r"person|pair|identity|name|mail|user|leader|subject", re.IGNORECASE)
SAMPLE = re.compile(r"^(?P<metric>\w+)\{(?P<labels>.*)\} (?P<value>\S+)$", re.MULTILINE)


def exposed(metrics: Metrics) -> str:
    return generate_latest(metrics.registry).decode()


def test_promtool_finds_nothing_to_say() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not on the path: install Prometheus")
    metrics = Metrics(CollectorRegistry())
    for metric in names.METRICS:
        some = ["some" for _ in metric.labels]
        match metric.kind:
            case "counter":
                counter = metrics.counter(metric)
                (counter.labels(*some) if some else counter).inc()
            case "gauge":
                gauge = metrics.gauge(metric)
                (gauge.labels(*some) if some else gauge).set(1)
            case "histogram":
                histogram = metrics.histogram(metric)
                (histogram.labels(*some) if some else histogram).observe(1)
    said = subprocess.run(
        [promtool, "check", "metrics"], input=exposed(metrics), text=True, capture_output=True, check=False, timeout=30
    )
    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")


@pytest.mark.parametrize("metric", names.METRICS, ids=lambda metric: metric.name)
def test_a_metric_is_declared_well(metric: names.Metric) -> None:
    assert metric.name.startswith("bellwether_")
    assert metric.help.endswith(".")
    assert not any(PERSONAL.search(label) for label in metric.labels), "no label may name a person or a pair"


@pytest.mark.parametrize("metric", names.METRICS, ids=lambda metric: metric.name)
def test_a_metric_says_its_unit_and_its_name_agrees(metric: names.Metric) -> None:
    assert metric.unit.strip() == metric.unit != ""
    assert ("seconds" in metric.unit) == metric.name.endswith("_seconds")
    assert (metric.unit == "Unix seconds") == metric.name.endswith("_timestamp_seconds")
    assert (metric.unit == "ratio") == metric.name.endswith("_ratio")
    assert not metric.advice or metric.advice.endswith(".")


def test_every_metric_is_declared_once() -> None:
    assert names.CONSUMED in names.METRICS
    assert len({metric.name for metric in names.METRICS}) == len(names.METRICS)


def test_a_metric_is_handed_out_as_its_kind_only() -> None:
    metrics = Metrics(CollectorRegistry())
    with pytest.raises(TypeError):
        metrics.gauge(names.CONSUMED)
    with pytest.raises(TypeError):
        metrics.counter(names.OUTBOX)
    with pytest.raises(TypeError):
        metrics.histogram(names.OUTBOX)


async def release(store: Store, week: int, **shown: int) -> None:
    """Cells of one signal over teams of these sizes, 0 for suppressed ones."""
    releases = ReleaseStore(store.database.engine.dialect)
    async with store.database.write() as connection:
        await releases.add(
            connection,
            [
                Release(
                    Cell("unheard", cohort, suppressed=not people, people=people, mean=2.0, shares={"low": 0.95}),
                    week=week, revision=0, as_of=week_end(week), panel=0 if people else NO_PANEL, leaders=True,
                    exact=False,
                )
                for cohort, people in shown.items()
            ],
        )  # fmt: skip


def samples(metrics: Metrics, cohort: str) -> dict[str, float]:
    """Signal metrics of a cohort, of shares the largest."""
    found: dict[str, float] = {}
    for each in SAMPLE.finditer(exposed(metrics)):
        if f'cohort="{cohort}"' in each["labels"]:
            found[each["metric"]] = max(float(each["value"]), found.get(each["metric"], 0.0))
    return found


async def test_a_suppressed_cell_exports_that_it_is_suppressed_and_nothing_else(database_url: str) -> None:
    async with opened(database_url) as store:
        gauges = CohortGauges(store.metrics)
        await release(store, 2800, small=0, organisation=15)
        await show_release_gauges(store.database, store.metrics, gauges)
        assert samples(store.metrics, "small") == {names.SIGNAL_SUPPRESSED.name: 1.0}
        assert samples(store.metrics, "organisation") == {
            names.SIGNAL_MEAN.name: 2.0, names.SIGNAL_PEOPLE.name: 15.0, names.SIGNAL_SHARE.name: 0.95,
        }  # fmt: skip


async def test_a_cell_that_is_suppressed_takes_its_values_along(sqlite_url: str) -> None:
    async with opened(sqlite_url) as store:
        gauges = CohortGauges(store.metrics)
        await release(store, 2800, team=5, other=5)
        await show_release_gauges(store.database, store.metrics, gauges)
        assert samples(store.metrics, "team")[names.SIGNAL_MEAN.name] == 2.0
        await release(store, 2801, team=0, other=5)
        await show_release_gauges(store.database, store.metrics, gauges)
        assert samples(store.metrics, "team") == {names.SIGNAL_SUPPRESSED.name: 1.0}


async def test_nobody_is_named(sqlite_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """People, their identities and a record that cannot be read go in; none of them is in the metrics or the log."""
    caplog.set_level("DEBUG")
    people = [f"{CANARY}{number}" for number in range(8)]
    async with opened(sqlite_url) as store:
        lines = [line(each, people[0]) for each in people[1:5]] + [line(people[0], people[7])]
        await store.take(
            [*(person(each, "works") for each in people), *(link(f"mail:{each}", each) for each in people)]
        )
        await store.take(lines)
        await store.take(
            [
                Contact(
                    id=f"mail:{CANARY}:{number}", entity=f"mail:{CANARY}:{number}", at=utc(START + number * 7200),
                    channel="mail", actor=f"mail:{people[number % 8]}", recipients=(f"mail:{people[number % 5]}",),
                    audience=1, thread=CANARY, markers=Markers(basis="text", words=3, questions=1),
                )
                for number in range(400)
            ]
        )  # fmt: skip
        await store.process(INTERACTIONS, [CANARY.encode()])
        await store.process(DIRECTORY, [msgspec.json.encode({"type": CANARY})])
        await store.scorer.settle()
        await show_release_gauges(store.database, store.metrics, CohortGauges(store.metrics))
        await PrivacyGauges(store.metrics, kept_days={"readings": 399}, k=5).show(store.database)
        async with store.database.read() as connection:
            scored = (await connection.execute(text("SELECT count(*) FROM reading"))).scalar_one()
    shown = exposed(store.metrics)
    assert scored > 50
    assert 'cohort="works"' in shown
    assert 'reason="not_json"' in shown
    assert 'reason="unknown_type"' in shown
    assert CANARY not in shown
    assert not [
        record for record in caplog.records if record.name.startswith("bellwether") and CANARY in record.getMessage()
    ]
