import re
import shutil
import subprocess

import msgspec
import pytest
from prometheus_client import CollectorRegistry, generate_latest
from sqlalchemy import text

from shared.domain.cells import CellBuilder
from shared.domain.reading import Reading, Subject
from shared.schemas.chat import Markers
from shared.schemas.envelope import utc
from shared.schemas.interaction import Contact
from shared.storage.cells import show_cells
from shared.storage.readings import ReadingStore
from shared.storage.stewardship import Stewardship
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


def test_every_declared_metric_is_in_the_list() -> None:
    declared = {value.name for value in vars(names).values() if isinstance(value, names.Metric)}
    assert declared == {metric.name for metric in names.METRICS}
    assert len(declared) == len(names.METRICS)


def test_a_metric_is_handed_out_as_its_kind_only() -> None:
    metrics = Metrics(CollectorRegistry())
    with pytest.raises(TypeError):
        metrics.gauge(names.CONSUMED)
    with pytest.raises(TypeError):
        metrics.counter(names.OUTBOX)
    with pytest.raises(TypeError):
        metrics.histogram(names.OUTBOX)


async def write_cells(store: Store, **teams: int) -> None:
    """Cells of one signal over teams of these sizes."""
    of = {f"{team}{number}": team for team, count in teams.items() for number in range(count)}
    builder = CellBuilder(of, k=5)
    builder.add(
        Reading("unheard", Subject("chain", (each, "lead", "skip")), START, 2.0, 1.0, "low", (), "") for each in of
    )
    readings = ReadingStore(store.database.engine.dialect)
    async with store.database.write() as connection:
        await readings.replace_cells(connection, builder.cells(), START)


def samples(metrics: Metrics, cohort: str) -> dict[str, float]:
    """Signal metrics of a cohort, of shares the largest."""
    found: dict[str, float] = {}
    for each in SAMPLE.finditer(exposed(metrics)):
        if f'cohort="{cohort}"' in each["labels"]:
            found[each["metric"]] = max(float(each["value"]), found.get(each["metric"], 0.0))
    return found


async def test_a_team_of_four_exports_that_it_is_suppressed_and_nothing_else(database_url: str) -> None:
    async with opened(database_url) as store:
        await write_cells(store, small=4, large=12)
        await show_cells(store.database, store.metrics, CohortGauges(store.metrics))
        assert samples(store.metrics, "small") == {names.SIGNAL_SUPPRESSED.name: 1.0}
        # The twelve would tell of the four: only one of the team and the whole can be shown.
        assert samples(store.metrics, "large") == {names.SIGNAL_SUPPRESSED.name: 1.0}
        assert samples(store.metrics, "organisation") == {
            names.SIGNAL_MEAN.name: 2.0, names.SIGNAL_PEOPLE.name: 15.0, names.SIGNAL_SHARE.name: 1.0,
        }  # fmt: skip


async def test_a_cell_that_becomes_too_small_takes_its_values_along(sqlite_url: str) -> None:
    async with opened(sqlite_url) as store:
        gauges = CohortGauges(store.metrics)
        await write_cells(store, team=9, other=9)
        await show_cells(store.database, store.metrics, gauges)
        assert samples(store.metrics, "team")[names.SIGNAL_MEAN.name] == 2.0
        await write_cells(store, team=4, other=9)
        await show_cells(store.database, store.metrics, gauges)
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
        await show_cells(store.database, store.metrics, CohortGauges(store.metrics))
        await Stewardship(store.metrics, kept_days={"readings": 399}).show(store.database)
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
