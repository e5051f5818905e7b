"""Fifty-two weeks of everything that is said about groups, and an attacker who takes all of it together."""

import json
import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from math import isnan
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.api.formats.weeks import week_number
from services.signals.alerts.outcomes import AlertOutcomes
from services.signals.release.release_publisher import ReleasePublisher
from services.signals.settings import SignalsSettings
from shared.domain.organisation.hierarchy import ORGANISATION
from shared.domain.release import panels
from shared.domain.release.contribution import Contributions
from shared.domain.release.lattice import Lattice
from shared.domain.release.steps import EVIDENCE_WEEKS, FEWEST_EXACT
from shared.domain.week import DAY, week_of
from shared.storage import export
from shared.storage.alerts.gauges import show_alert_gauges
from shared.storage.engine.bulk import table_of
from shared.storage.privacy.gauges import PrivacyGauges
from shared.storage.releases.gauges import show_release_gauges
from shared.storage.tables.alerts import AlertRow, AlertWeekRow
from shared.storage.tables.releases import ReleasePanelRow, ReleaseRow
from shared.telemetry import names
from shared.telemetry.cohorts import CohortGauges
from tests.api.company import Api, running_api
from tests.release.attacker import exposed
from tests.release.company import CHAIN_SIGNAL, FIRST_WEEK, PAIR_SIGNAL, Company, Told, live_a_week, readings_of
from tests.release.ledgers import Book

K, K_LEADER = 5, 10
STEP = 10  # of counts of alerts
SCRAPE_TOKEN = "t" * 32
WEEKS = 52
CHANGES = 0.6  # a week, of 55 people: more than every second person in a year
OF_COHORTS = {
    each.name
    for each in (
        names.COHORT_INFO, names.SIGNAL_MEAN, names.SIGNAL_SHARE, names.SIGNAL_FACTOR, names.SIGNAL_PEOPLE,
        names.SIGNAL_SUPPRESSED,
    )
}  # fmt: skip
OF_ALERTS = {  # labels: nothing but kinds of alerts
    names.ALERTS.name: "state", names.ALERT_VERDICTS.name: "verdict", names.ALERTS_FOLLOWED.name: "outcome",
}  # fmt: skip
COUNTS_OF_THE_WHOLE = {*OF_ALERTS, names.AUDIT_ENTRIES.name}
AT_RISK = 60.0  # whoever has a higher level has an alert

Key = tuple[str, str, int]
"""Signal, cohort and week."""


@dataclass(slots=True)
class Heard:
    """Means by signal, cohort and week, from everywhere, and how many cells were suppressed."""

    means: dict[Key, set[float]] = field(default_factory=lambda: defaultdict(set))
    leaders: set[Key] = field(default_factory=set)
    told_at: dict[Key, int] = field(default_factory=dict)  # the week that the numbers are of
    counts: dict[str, set[float]] = field(default_factory=lambda: defaultdict(set))  # of the whole organisation
    alerts: dict[tuple[str, str, int], float] = field(default_factory=dict)  # by metric, kind and week


async def listen(api: Api, heard: Heard, gauges: CohortGauges, week: int) -> None:
    """The API as every role that may ask, the metrics and the export."""
    for role in ("hr_partner", "analyst", "leader"):
        cursor: str | None = ""
        while cursor is not None:
            page = (await api.get("/v1/teams", role=role, limit=200, **({"cursor": cursor} if cursor else {}))).json()
            for row in page["data"]:
                key = row["signal"], row["cohort"], week
                assert row["suppressed"] is (row["mean"] is None) is (row["people"] is None) is (row["bands"] is None)
                if row["suppressed"]:
                    continue
                assert row["people"] % 5 == 0
                assert all(0.05 <= share <= 0.95 for share in row["bands"].values())
                heard.means[key].add(row["mean"])
                heard.told_at[key] = week_of(int(datetime.fromisoformat(row["as_of"]).timestamp()))
                if role == "leader":
                    heard.leaders.add(key)
            cursor = page["next_cursor"]
    await show_release_gauges(api.database, api.metrics, gauges)
    await show_alert_gauges(api.database, api.metrics, k=K)
    settings = SignalsSettings(database=str(api.database.engine.url))
    await AlertOutcomes(database=api.database, settings=settings, metrics=api.metrics).show()
    await PrivacyGauges(api.metrics, kept_days={}, k=K).show(api.database)
    api.clock.now += DAY  # counts of what people do are shown a day late
    api.metrics.exposition.settle()
    async with api.client(None, Authorization=f"Bearer {SCRAPE_TOKEN}") as client:
        exposed = (await client.get("/metrics")).text
    samples = [each for family in text_string_to_metric_families(exposed) for each in family.samples]
    may_be_counted = week % 4 and (CHAIN_SIGNAL, ORGANISATION, week) in heard.means
    assert {each.name for each in samples if each.name in OF_ALERTS} == (set(OF_ALERTS) if may_be_counted else set())
    for sample in samples:
        hear(heard, sample.name, sample.labels, sample.value, week)


def hear(heard: Heard, metric: str, labels: dict[str, str], value: float, week: int) -> None:
    """One number that is measured: every one that tells of a cohort, and every count of what concerns a person."""
    if metric in COUNTS_OF_THE_WHOLE:
        heard.counts[metric].add(value)
    if metric in OF_ALERTS:
        assert labels.keys() == {OF_ALERTS[metric]}, f"{metric} tells of alerts by more than their kind"
        heard.alerts[metric, labels[OF_ALERTS[metric]], week] = value
    elif metric.startswith("bellwether_alert"):
        assert metric == names.ALERT_LEAD.name, f"{metric} tells of alerts and nobody takes it into account"
        assert isnan(value), "nothing has followed yet"
    if "cohort" not in labels:
        return
    assert metric in {names.COHORT_INFO.name, names.SIGNAL_SUPPRESSED.name} or (
        (labels["signal"], labels["cohort"], week) in heard.leaders
    ), f"{metric} tells everybody what leaders may not see"
    assert metric in OF_COHORTS, f"{metric} has a cohort that nobody takes into account"
    if metric == names.COHORT_INFO.name:
        assert any(cohort == labels["cohort"] for _, cohort, _ in heard.means), "a title tells of a suppressed cohort"
        return
    key = labels["signal"], labels["cohort"], week
    if metric == names.SIGNAL_MEAN.name:
        heard.means[key].add(value)
    elif metric != names.SIGNAL_SUPPRESSED.name:
        assert heard.means[key], f"{metric} tells of a suppressed cell"


async def read_export(api: Api, heard: Heard) -> None:
    async with api.database.read() as connection:
        async for line in export.aggregates(connection):
            row = json.loads(line)
            assert row["suppressed"] is ("mean" not in row)
            if not row["suppressed"]:
                heard.means[row["signal"], row["cohort"], week_number(row["week"])].add(row["mean"])


@pytest.fixture
def scrape_tokens(tmp_path: Path) -> Path:
    file = tmp_path / "tokens"
    file.write_text(SCRAPE_TOKEN, encoding="ascii")
    return file


@dataclass(frozen=True, slots=True)
class Year:
    """Everything said in a year, whom it covered and which of it exactly, who led whom, and the truth."""

    heard: Heard
    covered: dict[Key, frozenset[str]]
    exact: set[Key]
    leaders: dict[str, list[str]]
    told: Told


async def a_year(url: str, seed: int, tokens: Path) -> Year:
    company, told, heard = Company(random.Random(seed)), Told(), Heard()
    everybody: set[str] = set()
    async with running_api(url, company=False, metrics_token_file=tokens) as api:
        gauges = CohortGauges(api.metrics)
        publisher = ReleasePublisher(api.database, SignalsSettings(database=url))
        for week in range(FIRST_WEEK, FIRST_WEEK + WEEKS):
            everybody |= company.team_of.keys()
            async with api.database.write() as connection:
                await live_a_week(connection, company, told, week)
                await raise_alerts(connection, company, week)
            assert await publisher.publish() == 1
            await listen(api, heard, gauges, week)
            company.churn(changes=CHANGES)
        await read_export(api, heard)
        covered, exact = await sets_released(api, {number(person): person for person in everybody})
    return Year(heard, covered, exact, company.leaders, told)


async def raise_alerts(connection: AsyncConnection, company: Company, week: int) -> None:
    """Whoever has a high value has ten alerts, so that rounding hides nobody; those of who left are withdrawn."""
    at_risk = [person for person, level in company.level.items() if level > AT_RISK]
    rest = {"signal": "escalation_risk_14d", "third": "skip", "first_week": week, "raised_at": 0, "value": 0.3}
    rest |= {"confidence": 1.0, "threshold": 0.2, "action": "", "model_version": "1", "latest_value": 0.3}
    rows = [
        {"id": f"alert_{person}_{place}", "fingerprint": person, "first": person, "second": "lead"}
        | {"raised_week": week, "latest_week": week}
        | rest
        | made_of(person)
        | ({} if person in company.team_of else {"ended": "withdrawn", "ended_week": week, "state": "resolved"})
        for person in at_risk
        for place in range(STEP)
    ]
    await connection.execute(delete(table_of(AlertRow)))
    await connection.execute(insert(table_of(AlertRow)), rows)
    # Every fourth week too few leaders are watched for anything to be said.
    leaders = K - 1 if week % 4 == 0 else K
    decided = {"signal": "escalation_risk_14d", "week": week, "watched": len(company.people()), "leaders": leaders}
    await connection.execute(insert(table_of(AlertWeekRow)), decided | {"credit": 0})


def made_of(person: str) -> dict[str, str | None]:
    """What partners made of an alert about somebody, for ever."""
    done = int(person[1:]) % 2
    return {
        "state": "acknowledged" if done else "open", "handling": "acknowledged" if done else "new",
        "verdict": "helpful" if done else None, "ended": None, "ended_week": None,
    }  # fmt: skip


def number(person: str) -> bytes:
    return blake2b(person.encode(), digest_size=8).digest()


async def sets_released(api: Api, known: dict[bytes, str]) -> tuple[dict[Key, frozenset[str]], set[Key]]:
    release, panel = table_of(ReleaseRow).c, table_of(ReleasePanelRow).c
    query = select(release.signal, release.cohort, release.week, panel.people, panel.exact).join(
        panel.signal.table, (panel.signal == release.signal) & (panel.place == release.panel)
    )
    covered: dict[Key, frozenset[str]] = {}
    exact: set[Key] = set()
    async with api.database.read() as connection:
        for signal, cohort, week, people, exactly in await connection.execute(query):
            key = signal, cohort, week
            covered[key] = frozenset(known[people[at : at + 8]] for at in range(0, len(people), 8))
            exact |= {key} if exactly else set()
    return covered, exact


async def test_nothing_about_fewer_than_k_people_can_be_worked_out(sqlite_url: str, scrape_tokens: Path) -> None:
    year = await a_year(sqlite_url, 0, scrape_tokens)
    heard, covered, told = year.heard, year.covered, year.told
    assert set(heard.means) == set(covered)
    for key, means in heard.means.items():
        assert len(means) == 1, key  # everywhere the same
        if key in year.exact:  # and truly the mean of the people it is said to cover
            values = [told.latest(key[0], heard.told_at[key], person) for person in covered[key]]
            assert means == {float(f"{sum(values) / len(values):.3g}")}, key
    for signal in (PAIR_SIGNAL, CHAIN_SIGNAL):
        answers = [people for (of, _, _), people in covered.items() if of == signal]
        assert not any(exposed(answers, fewer_than=K))
        exact = [covered[key] for key in year.exact if key[0] == signal]
        assert min(map(len, exact)) >= FEWEST_EXACT
        to_leaders = [covered[key] for key in heard.leaders if key[0] == signal]
        assert min(map(len, to_leaders)) >= K_LEADER
        assert not any(exposed(to_leaders, fewer_than=K))
    risk = {key: people for key, people in covered.items() if key[0] == CHAIN_SIGNAL}
    assert risk.keys() == {key for key in heard.leaders if key[0] == CHAIN_SIGNAL}  # to everybody or to nobody
    assert subtracted(list(risk.values()), year.leaders) == []
    # Counts move by fives, and are over the very people of a release: they add no set to what was just looked at.
    assert len({value for (metric, _, _), value in heard.alerts.items() if metric == names.ALERTS.name}) > 2
    for (metric, kind, week), value in heard.alerts.items():
        people = covered[CHAIN_SIGNAL, ORGANISATION, week]
        assert value == STEP * sum(counts_as(person, metric, kind, told) for person in people), (metric, kind, week)
    assert all(value % 5 == 0 for values in heard.counts.values() for value in values)
    # There is something to see once people are known: more than a quarter of all cells, of which two teams are too
    # small and all change. Risk there is of both departments and of everybody, as a team has one leader.
    assert len(heard.means) > (WEEKS - EVIDENCE_WEEKS) * (11 + 3) / 4


def subtracted(answers: list[frozenset[str]], leaders: dict[str, list[str]]) -> list[str]:
    """Leaders who know their own people's values, and then work out something about fewer than four others."""
    found = []
    for leader in sorted({each for own in leaders.values() for each in own}):
        others = [frozenset(person for person in people if leader not in leaders[person]) for people in answers]
        found += [leader] if any(exposed(filter(None, others), fewer_than=4)) else []
    return found


def counts_as(person: str, metric: str, kind: str, told: Told) -> bool:
    if told.latest(CHAIN_SIGNAL, FIRST_WEEK + WEEKS - 1, person) * 500 <= AT_RISK:
        return False
    if metric == names.ALERTS_FOLLOWED.name:
        return kind == "too_early"
    made = made_of(person)
    return kind == made["state" if metric == names.ALERTS.name else "verdict"]


def test_counts_over_whoever_is_there_would_tell_of_them() -> None:
    """Why alerts are not counted over everybody: a year of such counts, were they exact, is a year of differences."""
    company, counted = Company(random.Random(0)), []
    for _ in range(WEEKS):
        counted.append(frozenset(company.people()))
        company.churn(changes=CHANGES)
    assert any(exposed(counted, fewer_than=K))


def decisions(seed: int) -> dict[str, list[frozenset[str]]]:
    """People of every release of a year, by signal, without a store between."""
    return year_of(seed)[0]


def year_of(seed: int) -> tuple[dict[str, list[frozenset[str]]], dict[str, list[str]]]:
    """The same, and who led whom."""
    company, told = Company(random.Random(seed)), Told()
    books = [Book(PAIR_SIGNAL), Book(CHAIN_SIGNAL)]
    names_of: dict[int, str] = {}
    for week in range(FIRST_WEEK, FIRST_WEEK + WEEKS):
        company.lead()
        lattice = Lattice(teams=company.team_of, parents=company.parents, leaders=company.leaders)
        contributions = Contributions()
        names_of |= lattice.people
        rows = readings_of(company, told, week)
        contributions.add((row["signal"], row["first"], row["second"], row["value"], row["band"], ()) for row in rows)
        for book in books:
            book.release(week, lattice, contributions)
        company.churn(changes=CHANGES)
    answers = {
        book.signal: [frozenset(names_of[each] for each in panel.people) for panel in book.panels] for book in books
    }
    return answers, company.leaders


@pytest.mark.parametrize("seed", range(1, 9))
def test_nor_in_any_other_year(seed: int) -> None:
    found, leaders = year_of(seed)
    assert len(found[PAIR_SIGNAL]) >= 8
    assert len(found[CHAIN_SIGNAL]) >= 2
    for answers in found.values():
        assert not any(exposed(answers, fewer_than=K))
    assert min(map(len, found[CHAIN_SIGNAL])) >= K_LEADER
    assert subtracted(found[CHAIN_SIGNAL], leaders) == []


def all_of_them(history: object, candidates: dict[str, frozenset[int]], enough: object) -> set[str]:
    return set(candidates)


def never(people: object, other: object, k: int) -> bool:
    return False


@pytest.mark.parametrize("broken", ["complementary suppression", "the rule on churn"])
def test_the_attacker_wins_against_a_publisher_without(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if broken == "complementary suppression":
        monkeypatch.setattr(panels, "clear", all_of_them)
    else:  # only what is released in the same week is compared
        clear: Callable[..., set[str]] = panels.clear
        monkeypatch.setattr(panels, "_told_apart", never)
        monkeypatch.setattr(panels, "clear", lambda _, candidates, enough: clear([], candidates, enough))
    assert all(any(exposed(answers, fewer_than=K)) for answers in decisions(1).values())
