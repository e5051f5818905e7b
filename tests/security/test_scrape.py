"""Somebody who reaches a port scrapes it, without a token, with a wrong one, from elsewhere, or time and again."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette

from services.api.app import build
from services.api.settings import ApiSettings
from shared.domain.organisation.hierarchy import ORGANISATION
from shared.domain.release.cell import Cell
from shared.storage.engine.database import open_database
from shared.telemetry import names
from shared.telemetry.cohorts import CohortGauges
from shared.telemetry.disclosure import LEAST_STEP
from shared.telemetry.health import Health, health_routes
from shared.telemetry.metrics import Metrics
from shared.telemetry.names import Metric
from shared.telemetry.scrape_access import ScrapeAccess, ScrapeTokenError

TOKEN, NEXT = "a" * 32, "b" * 43
ELSEWHERE = "10.1.2.3"
NOON = 1_700_000_000 // 86_400 * 86_400 + 43_200.0


@pytest.fixture
def tokens(tmp_path: Path) -> Path:
    file = tmp_path / "tokens"
    file.write_text(f"{TOKEN}\n", encoding="ascii")
    return file


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def reaching(app: Any, *, host: str = "127.0.0.1") -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app, client=(host, 5000))
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        yield client


def filled(clock: Clock) -> Metrics:
    """Every metric, moved by more than a step; and a cohort that is released."""
    metrics = Metrics(CollectorRegistry(), clock=clock)
    cell = Cell("unheard", ORGANISATION, suppressed=False, people=40, mean=1.5, shares={"high": 0.25})
    CohortGauges(metrics).show([cell])
    for metric in names.METRICS:
        act(metrics, metric, 100_000)
    metrics.exposition.settle()
    return metrics


def act(metrics: Metrics, metric: Metric, times: int) -> None:
    """Something is done, so many times; gauges stand for what they count."""
    some = ["some" for _ in metric.labels]
    match metric.kind:
        case "counter":
            counter = metrics.counter(metric)
            (counter.labels(*some) if some else counter).inc(times)
        case "gauge":
            gauge = metrics.gauge(metric)
            (gauge.labels(*some) if some else gauge).inc(times)
        case "histogram":
            histogram = metrics.histogram(metric)
            for _ in range(min(times, LEAST_STEP)):
                (histogram.labels(*some) if some else histogram).observe(0.3)


def face(metrics: Metrics, tokens: Path | None) -> Starlette:
    return Starlette(routes=health_routes(Health(), metrics, ScrapeAccess(tokens)))


def families(text: str) -> set[str]:
    return {family.name for family in text_string_to_metric_families(text) if family.samples}


BARE = {metric.name for metric in names.METRICS if metric.disclosure.operational}


async def test_without_the_token_only_the_machine_itself_sees_and_only_what_operators_need(tokens: Path) -> None:
    app = face(filled(Clock()), tokens)
    async with reaching(app) as local:
        answer = await local.get("/metrics")
        assert answer.status_code == 200
        assert families(answer.text) == BARE
        assert "cohort=" not in answer.text
        for header in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"):  # a proxy on the same machine
            assert (await local.get("/metrics", headers={header: "127.0.0.1"})).status_code == 401
    for host in (ELSEWHERE, "::ffff:10.1.2.3", "127.0.0.1.example", ""):
        async with reaching(app, host=host) as outsider:
            answer = await outsider.get("/metrics")
            assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
            assert "bellwether" not in answer.text
            assert (await outsider.get("/healthz")).status_code == 200
    for host in ("::1", "::ffff:127.0.0.1"):
        async with reaching(app, host=host) as local:
            assert (await local.get("/metrics")).status_code == 200


async def test_with_a_token_everything_is_there_and_a_wrong_one_gets_nothing(tokens: Path) -> None:
    app = face(filled(Clock()), tokens)
    for host in ("127.0.0.1", ELSEWHERE):
        async with reaching(app, host=host) as client:
            answer = await client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
            assert families(answer.text) == {metric.name for metric in names.METRICS}
            wrong = (NEXT, TOKEN[:-1], f"{TOKEN}a", "", f"{TOKEN} {TOKEN}", "bw_live_" + TOKEN)
            for given in [*(f"Bearer {each}" for each in wrong), f"Basic {TOKEN}", TOKEN, "Bearer"]:
                answer = await client.get("/metrics", headers={"Authorization": given})
                assert answer.status_code == 401, given


async def test_two_tokens_are_live_while_one_follows_the_other_and_no_restart_is_needed(tokens: Path) -> None:
    app = face(filled(Clock()), tokens)

    async def accepted() -> list[bool]:
        async with reaching(app, host=ELSEWHERE) as client:
            found = [
                await client.get("/metrics", headers={"Authorization": f"bearer {each}"}) for each in (TOKEN, NEXT)
            ]
        return [each.status_code == 200 for each in found]

    def hold(*written: str) -> None:
        tokens.write_text("".join(f"{each}\n" for each in written), encoding="ascii")

    assert await accepted() == [True, False]
    hold(NEXT, TOKEN)
    assert await accepted() == [True, True]
    hold(NEXT)
    assert await accepted() == [False, True]
    hold()
    assert await accepted() == [False, False]


async def test_where_no_token_is_set_none_opens_anything(tmp_path: Path) -> None:
    async with reaching(face(filled(Clock()), None)) as local:
        assert (await local.get("/metrics", headers={"Authorization": "Bearer "})).status_code == 401
        assert families((await local.get("/metrics")).text) == BARE
    short = tmp_path / "short"
    for content in ("", "x" * 31, f"{TOKEN}\nshort"):
        short.write_text(content, encoding="ascii")
        with pytest.raises(ScrapeTokenError, match="32 characters"):
            ScrapeAccess(short)
    with pytest.raises(ScrapeTokenError, match="cannot read"):
        ScrapeAccess(tmp_path / "missing")


async def test_the_api_keeps_to_the_same(tokens: Path, sqlite_url: str) -> None:
    database = open_database(ApiSettings(database=sqlite_url).database_url())
    app = build(ApiSettings(database=sqlite_url, metrics_token_file=tokens), filled(Clock()), database, Health())
    async with reaching(app, host=ELSEWHERE) as client:
        assert (await client.get("/metrics")).status_code == 401
        answer = await client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert ORGANISATION in answer.text
    await database.close()


DOINGS = [metric for metric in names.METRICS if metric.disclosure.kind in ("traffic", "acts")]


def test_whatever_people_do_is_declared_to_be_told_late_and_in_steps() -> None:
    """Lists by hand what moves with single acts: a new metric must be thought about here."""
    of_machines = {metric for metric in names.METRICS if metric.disclosure.kind == "machinery"}
    assert of_machines == {
        names.FENCED, names.RETRIES, names.ASSIGNED, names.STOPPED, names.STARTED, names.AUDIT_SIGNED,
        names.OLDEST_RECORD, names.KEPT_SECONDS,
    }  # fmt: skip
    of_groups = {metric for metric in names.METRICS if metric.disclosure.kind == "groups"}
    assert of_groups == {metric for metric in names.METRICS if "cohort" in metric.labels} | {
        names.CELLS, names.CELL_SERIES_LEFT_OUT,
    }  # fmt: skip
    for metric in DOINGS:
        disclosure = metric.disclosure
        assert disclosure.every_seconds >= 60, metric.name
        if metric.kind in ("counter", "histogram"):
            assert disclosure.step >= LEAST_STEP, metric.name
    # Without the token nothing is open that single people do.
    assert {metric.disclosure.kind for metric in names.METRICS if metric.disclosure.operational} == {
        "machinery", "traffic",
    }  # fmt: skip


@contextmanager
def watching(metric: Metric) -> Iterator[tuple[Clock, Callable[[int], None], Callable[[], dict[str, float]]]]:
    clock = Clock()
    metrics = Metrics(CollectorRegistry(), clock=clock)

    def seen() -> dict[str, float]:
        metrics.exposition.settle()  # as often as anybody asks
        text = metrics.exposition.text(everything=True).decode()
        return {
            f"{sample.name}{sorted(sample.labels.items())}": sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name.startswith(metric.name)
        }

    yield clock, lambda times: act(metrics, metric, times), seen


@pytest.mark.parametrize("metric", DOINGS, ids=lambda metric: metric.name)
def test_one_act_moves_nothing_and_many_move_whole_steps_at_their_instant(metric: Metric) -> None:
    step, every = metric.disclosure.step, metric.disclosure.every_seconds
    with watching(metric) as (clock, acts, seen):
        seen()
        clock.now += every
        before = seen()
        for second in range(30):  # one by one, watched all the time
            acts(1)
            clock.now += 1
            assert seen() == before, second
        acts(10 * step)
        clock.now = (clock.now // every + 1) * every - 0.5
        assert seen() == before
        clock.now += 1
        after = seen()
        assert after != before
        assert all(value % step == 0 for series, value in after.items() if "_sum" not in series)
        again = seen()
        acts(1)
        assert seen() == again == after
        # The next instant shows no single one more either.
        clock.now += every
        moved = {series: value - after[series] for series, value in seen().items() if value != after[series]}
        assert all(abs(value) >= step for series, value in moved.items() if "_sum" not in series)


@pytest.mark.parametrize("metric", [each for each in DOINGS if each.kind != "gauge"], ids=lambda metric: metric.name)
def test_counters_never_go_back(metric: Metric) -> None:
    with watching(metric) as (clock, acts, seen):
        before: dict[str, float] = {}
        for times in (3, 25, 1, 60, 0, 7, 19, 20, 21):
            acts(times)
            clock.now += metric.disclosure.every_seconds
            now = seen()
            assert all(now[series] >= value for series, value in before.items())
            before = now


def test_when_the_first_of_its_kind_was_done_is_nowhere() -> None:
    clock = Clock()
    metrics = filled(clock)
    assert b"_created" not in metrics.exposition.text(everything=True)
    quiet = Metrics(CollectorRegistry(), clock=clock)
    for metric in (each for each in names.METRICS if each.disclosure.kind == "acts" and not each.disclosure.zeros):
        act(quiet, metric, LEAST_STEP - 1)
    for _ in range(2):
        clock.now += 86_400
        quiet.exposition.settle()
        assert b'"some"' not in quiet.exposition.text(everything=True)


def test_a_message_to_the_ombuds_channel_moves_nothing() -> None:
    """The attack this began with: a counter beside the excluded channel, watched from one message to the next."""
    with watching(names.EXCLUDED) as (clock, acts, seen):
        shown = []
        for _ in range(LEAST_STEP - 1):
            acts(1)
            clock.now += 3_600
            shown.append(seen())
        assert all(each == {} for each in shown)
