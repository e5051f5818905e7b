"""Every surface that tells of groups, in search of cells that must not be there. What must not is worked out anew."""

import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families

from dashboards.alert_files import GROUPS
from dashboards.build import GENERATED
from services.api.formats.weeks import week_text
from services.signals.release.release_publisher import ReleasePublisher
from services.signals.settings import SignalsSettings
from shared.domain.organisation.hierarchy import ORGANISATION
from shared.domain.release.schedule import released_at
from shared.domain.week import DAY
from shared.storage import export
from shared.storage.privacy.gauges import PrivacyGauges
from shared.storage.releases.gauges import show_release_gauges
from shared.storage.releases.ledger import cells_of, weeks_released
from shared.telemetry.backfill import open_metrics
from shared.telemetry.cohorts import CohortGauges
from shared.telemetry.names import METRICS
from tests.api.company import Api, running_api
from tests.dashboards.queries import queries
from tests.release.company import CHAIN_SIGNAL, FIRST_WEEK, PAIR_SIGNAL, Company, Told, live_a_week

WEEKS = 14
SCRAPE_TOKEN = "t" * 32
ESCALATION = {"escalation_risk_14d", "escalation_risk_28d", "bypass_contact", "unheard"}
LEADING = {"one_on_one", "responsiveness", "cadence", "relational_share"}
# A team of six, one of twelve, and departments: one under three leaders, one under two, one mostly under one.
TEAMS = {
    "east": (6, 8, 12), "west": (12, 7), "south": (24, 5, 4),
}  # fmt: skip

Cell = tuple[str, str]
"""Signal and cohort."""


def settled(teams: Mapping[str, tuple[int, ...]]) -> Company:
    company = Company(random.Random(3), sizes=())
    company.team_of.clear()
    for department, sizes in teams.items():
        company.parents[department] = None
        for number, size in enumerate(sizes):
            team = f"{department}{number}"
            company.parents[team] = department
            for _ in range(size):
                company.hire(team)
    return company


def members(company: Company) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for person, team in company.team_of.items():
        for cohort in (team, company.parents[team] or "", ORGANISATION):
            found[cohort].append(person)
    return found


def must_not_be_told(company: Company, signal: str, cohort: str) -> bool:
    """Of everybody, by the words of the rule."""
    people = members(company)[cohort]
    if signal in ESCALATION:
        led = Counter(company.leaders[person][-1] for person in people)
        return len(people) < 10 or len(led) < 3 or max(led.values()) > 0.6 * len(people)
    return len(people) < (5 if signal in LEADING else 10)


@asynccontextmanager
async def living(directory: Path, company: Company) -> AsyncIterator[Api]:
    """A company that was released for as many weeks as it takes to be known."""
    (directory / "tokens").write_text(SCRAPE_TOKEN, encoding="ascii")
    url = f"sqlite+aiosqlite:///{directory / 'store.db'}"
    truth = Told()
    async with running_api(url, company=False, metrics_token_file=directory / "tokens") as api:
        publisher = ReleasePublisher(api.database, SignalsSettings(database=url))
        for week in range(FIRST_WEEK, FIRST_WEEK + WEEKS):
            async with api.database.write() as connection:
                await live_a_week(connection, company, truth, week)
            await publisher.publish()
        yield api


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def told(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Api, Company]]:
    company = settled(TEAMS)
    async with living(tmp_path_factory.mktemp("surfaces"), company) as api:
        yield api, company


def forbidden(company: Company, shown: set[Cell]) -> set[Cell]:
    return {cell for cell in shown if must_not_be_told(company, *cell)}


async def answers(api: Api, role: str) -> tuple[set[Cell], dict[Cell, str | None]]:
    """What the API shows of all weeks in lists, one by one, and what it names in place of what it does not."""
    shown: set[Cell] = set()
    named: dict[Cell, str | None] = {}
    for week in range(FIRST_WEEK, FIRST_WEEK + WEEKS):
        cursor: str | None = ""
        while cursor is not None:
            more = {"cursor": cursor} if cursor else {}
            page = (await api.get("/v1/teams", role=role, limit=200, as_of=week_text(week), **more)).json()
            cursor = page["next_cursor"]
            for row in page["data"]:
                key = row["signal"], row["cohort"]
                numbers = {row["people"], row["mean"], row["bands"] and json.dumps(row["bands"])}
                assert (numbers == {None}) is row["suppressed"]
                shown |= set() if row["suppressed"] else {key}
                named[key] = row["shown_in"]
                assert row["suppressed"] or row["shown_in"] is None
    return shown, named


@pytest.mark.asyncio(loop_scope="module")
async def test_the_api(told: tuple[Api, Company]) -> None:
    api, company = told
    shown, named = await answers(api, "leader")
    assert shown >= {(CHAIN_SIGNAL, "east"), (PAIR_SIGNAL, "east2")}  # there is something to see
    assert forbidden(company, shown) == set()
    to_partners, _ = await answers(api, "hr_partner")
    escalation = {cell for cell in to_partners if cell[0] in ESCALATION}
    assert escalation == {cell for cell in shown if cell[0] in ESCALATION}
    assert {cell for cell in to_partners if len(members(company)[cell[1]]) < 5} == set()
    # Risk of a team is named by its department, or by the whole where that has too few leaders.
    assert named[CHAIN_SIGNAL, "east0"] == "east"
    assert named[CHAIN_SIGNAL, "west0"] == named[CHAIN_SIGNAL, "west"] == ORGANISATION
    for cell in to_partners:
        one = (await api.get("/v1/teams", role="leader", signal=cell[0], team=cell[1])).json()["data"]
        assert [row["suppressed"] for row in one] == [cell not in shown]


@pytest.mark.asyncio(loop_scope="module")
async def test_the_export(told: tuple[Api, Company]) -> None:
    api, company = told
    async with api.database.read() as connection:
        rows = [json.loads(line) async for line in export.aggregates(connection)]
    shown = {(row["signal"], row["cohort"]) for row in rows if not row["suppressed"]}
    assert forbidden(company, {cell for cell in shown if cell[0] in ESCALATION}) == set()
    everybody = {(row["signal"], row["cohort"]) for row in rows if row.get("everybody")}
    assert everybody == (await answers(api, "leader"))[0]


@pytest.mark.asyncio(loop_scope="module")
async def test_metrics_of_now_and_of_the_past(told: tuple[Api, Company]) -> None:
    api, company = told
    gauges = CohortGauges(api.metrics)
    await show_release_gauges(api.database, api.metrics, gauges)
    await PrivacyGauges(api.metrics, kept_days={}, k=5).show(api.database)
    api.clock.now += DAY
    api.metrics.exposition.settle()
    async with api.client(None, Authorization=f"Bearer {SCRAPE_TOKEN}") as client:
        now = (await client.get("/metrics")).text
    async with api.database.read() as connection:
        past = [(released_at(week), (await cells_of(connection, week))[1]) for week in await weeks_released(connection)]
    last = past[-1][0] + 7 * DAY
    lines = "".join(open_metrics(past, {}, since=past[0][0], until=last))
    by_leaders = (await answers(api, "leader"))[0]
    for text in (now, lines.replace("# EOF\n", "")):
        shown = {
            (sample.labels["signal"], sample.labels["cohort"])
            for family in text_string_to_metric_families(re.sub(r" \d+$", "", text, flags=re.MULTILINE))
            for sample in family.samples
            if "cohort" in sample.labels and "signal" in sample.labels
            if sample.name != "bellwether_signal_suppressed"
        }
        assert shown
        assert forbidden(company, shown) == set()
        assert shown <= by_leaders
    assert 'bellwether_signal_suppressed{cohort="east0",shown_in="east",signal="escalation_risk_14d"} 1.0' in now


async def test_a_company_of_forty_has_a_first_row(tmp_path: Path) -> None:
    """What the overview begins with: risk and health of everybody, and teams that can be shown."""
    async with living(tmp_path, settled({"works": (8, 12, 8, 6, 5)})) as api, api.database.read() as connection:
        _, cells = await cells_of(connection)
    shown = {(cell.signal, cell.cohort) for cell in cells if not cell.suppressed}
    assert {(CHAIN_SIGNAL, ORGANISATION), (PAIR_SIGNAL, ORGANISATION), (PAIR_SIGNAL, "works1")} <= shown


def test_dashboards_and_rules_ask_for_metrics_and_for_nothing_else() -> None:
    """So they show no cell that is not in the metrics."""
    boards = [json.loads(path.read_text(encoding="utf-8")) for path in GENERATED.glob("*.json")]
    asked = [
        *(each for board in boards for each in queries(board)),
        *(rule.expr for each in GROUPS.values() for rule in each),
    ]
    exposed = {metric.name for metric in METRICS}
    for query in asked:
        found = {re.sub(r"_(total|bucket|sum|count)$", "", each) for each in re.findall(r"bellwether_\w+", query)}
        assert found <= exposed | {"bellwether_services"}, query


@pytest.mark.asyncio(loop_scope="module")
async def test_every_suppressed_cell_looks_the_same(told: tuple[Api, Company]) -> None:
    """Too few people, too few leaders, others that would tell of it, nothing known yet: nothing says which."""
    api, _ = told
    async with api.database.read() as connection:
        rows = [json.loads(line) async for line in export.aggregates(connection)]
    hidden = [row for row in rows if row["suppressed"]]
    assert {tuple(row) for row in hidden} == {("signal", "cohort", "week", "revision", "as_of", "suppressed")}
    data = (await api.get("/v1/teams", role="leader", limit=200)).json()["data"]
    blank = [row for row in data if row["suppressed"]]
    assert len({row["cohort"] for row in blank}) > 3
    assert {(row["people"], row["mean"], row["bands"]) for row in blank} == {(None, None, None)}
