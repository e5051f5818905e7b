"""A small company in the store, and a client of the API for any role."""

import json
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from sqlalchemy import insert, select
from sqlalchemy.engine import Connection, make_url

from services.api.app import build
from services.api.settings import ApiSettings
from shared.domain.facts.digests import digest
from shared.domain.organisation.hierarchy import FOREVER, SINCE_EVER
from shared.domain.privacy.cases import CaseSubjectKind
from shared.domain.privacy.roles import CASE_PURPOSES, DEFAULT_TENANT, PERSONAL_ROLES, Mode, Purpose, Role
from shared.domain.signals import SIGNAL_BY_NAME
from shared.domain.week import DAY, LIVE_WEEK, week_end
from shared.keyring import CLOSED, Keyring
from shared.storage.access.cases import NewCase, approve_case, open_case
from shared.storage.access.key_issue import create_key
from shared.storage.access.modes import put_mode
from shared.storage.access.role_names import READER
from shared.storage.access.visibility import Viewer
from shared.storage.engine.bulk import table_of
from shared.storage.engine.database import Database, open_database
from shared.storage.engine.schema import upgrade
from shared.storage.tables.alerts import AlertRow
from shared.storage.tables.audit import AuditRow
from shared.storage.tables.directory import PersonRow, ReportingLineRow, TeamRow
from shared.storage.tables.readings import ReadingRow
from shared.storage.tables.register import ConfirmedNameRow
from shared.storage.tables.releases import ReleaseRow
from shared.telemetry.health import Health
from shared.telemetry.metrics import Metrics
from tests.names import confirmed
from tests.storage.roles import as_service
from tests.storage.templates import CASE_MODE

NOW = 1_770_000_000
WEEK = 2926  # 2026-W05
WATERMARK = week_end(WEEK) + 2 * DAY
UNLIMITED: dict[str, Any] = {
    "requests_per_credential": 10**9, "requests_per_tenant": 10**9,
    "wrong_credentials": 10**9, "wrong_credentials_per_address": 10**9,
}  # fmt: skip
PURPOSE = {"Purpose": "relationship-support"}

# Keys that PostgreSQL's languages and plain code points sort differently.
MEMBERS = ("Zoe", "adam", "Élodie", "_kim", "a-b", "a b", "Adam", "éva", "o'neil", "x%7Cy", "p|q", "日向")
LEADER, OTHER_LEADER, SKIP, TOP = "lena", "leo", "vera", "theo"
HOLDER, HOLDERS_REPORT, HOLDERS_FORMER = "hanna", "ivo", "jana"
PARTNER = "petra"  # reports to nobody and leads nobody: nothing is kept from her
LINES = [
    *((member, LEADER, SINCE_EVER, FOREVER) for member in MEMBERS),
    (LEADER, SKIP, SINCE_EVER, FOREVER),
    (OTHER_LEADER, SKIP, SINCE_EVER, FOREVER),
    (SKIP, TOP, SINCE_EVER, FOREVER),
    (TOP, TOP, SINCE_EVER, FOREVER),
    (HOLDER, TOP, SINCE_EVER, FOREVER),
    (HOLDERS_REPORT, HOLDER, SINCE_EVER, FOREVER),
    # Reported to the holder's report until a year ago, and to somebody else since.
    (HOLDERS_FORMER, HOLDERS_REPORT, SINCE_EVER, NOW - 365 * DAY),
    (HOLDERS_FORMER, OTHER_LEADER, NOW - 365 * DAY, FOREVER),
]
TEAMS = {"engines": "works", "looms": "works", "works": None, "people": None}
CONFLICTED = {HOLDER, HOLDERS_REPORT, HOLDERS_FORMER}


ALERT = "alert_adam"


def alert() -> dict[str, Any]:
    """One about adam, of a signal that no rule looks at, so that it stays as it is."""
    return {
        "id": ALERT, "fingerprint": "f" * 32, "signal": "escalation_risk_28d", "first": "adam", "second": LEADER,
        "third": SKIP, "first_week": WEEK, "raised_week": WEEK, "raised_at": week_end(WEEK), "value": 0.3,
        "confidence": 0.8, "threshold": 0.2, "action": "close_the_loop", "model_version": "1", "latest_value": 0.3,
        "latest_week": WEEK, "state": "open", "handling": "new",
    }  # fmt: skip


def team_of(person: str) -> str:
    if person in MEMBERS or person == LEADER:
        return "engines"
    return "people" if person in CONFLICTED else "looms"


def reading(
    signal: str, people: Sequence[str], value: float, *, week: int = LIVE_WEEK, factors: Sequence[Any] = ()
) -> dict[str, Any]:
    first, second, third = (*people, "")[:3]
    return {
        "signal": signal,
        "first": first,
        "second": second,
        "third": third,
        "week": week,
        "as_of": WATERMARK if week == LIVE_WEEK else week_end(week),
        "value": value,
        "confidence": 0.75,
        "band": SIGNAL_BY_NAME[signal].bands.of(value),
        "factors": json.dumps(factors),
        "action": "close_the_loop",
        "model_version": "1",
    }


def pairs() -> list[tuple[str, str]]:
    """Every member with their leader, and the holder's own people with others."""
    with_leader = [(member, LEADER) for member in MEMBERS]
    conflicted = [(HOLDER, LEADER), (LEADER, HOLDERS_REPORT), (HOLDERS_FORMER, OTHER_LEADER), (HOLDER, TOP)]
    return [(min(pair), max(pair)) for pair in [*with_leader, (LEADER, OTHER_LEADER), *conflicted]]


def chains() -> list[tuple[str, str, str]]:
    return [
        *((member, LEADER, SKIP) for member in MEMBERS),
        (LEADER, SKIP, TOP),
        (HOLDERS_REPORT, HOLDER, TOP),
        (HOLDERS_FORMER, OTHER_LEADER, SKIP),
    ]


def readings() -> list[dict[str, Any]]:
    rows = []
    for number, pair in enumerate(pairs()):
        # Few different values, so that pages end between equal ones.
        rows.append(reading("relationship_health", pair, 35.0 + 10 * (number % 4)))
        rows.append(reading("cadence", pair, 70.123456789))
        ends = [["low_80", 44.5, 0, 0.0], ["high_80", 58.5, 0, 0.0]]
        rows += [reading("relationship_health", pair, 50.0 + age, week=WEEK - age, factors=ends) for age in range(3)]
    factors = [["open_asks", 5.0, 5, 2.5], ["oldest_open_days", 12.5, 0, 0.0]]
    for number, chain in enumerate(chains()):
        for signal, scale in (("escalation_risk_14d", 0.02), ("escalation_risk_28d", 0.04)):
            rows.append(reading(signal, chain, scale * (number % 5), factors=factors))
        rows.append(reading("unheard", chain, 3.5, factors=factors))
    return rows


def releases() -> list[dict[str, Any]]:
    """Two signals over four cohorts; only the largest two may be seen by leaders. The looms were corrected once."""
    rows: list[dict[str, Any]] = []
    shares = json.dumps({"healthy": 0.6, "watch": 0.4})
    for signal in ("cadence", "relationship_health"):
        for cohort, people in (("engines", 10), ("looms", 5), ("people", 0), ("organisation", 20)):
            hidden = people == 0
            row = {
                "signal": signal, "cohort": cohort, "week": WEEK, "revision": 0, "as_of": week_end(WEEK),
                "panel": -1 if hidden else len(rows), "suppressed": hidden, "leaders": people >= 10, "people": people,
                "exact": people >= 20, "mean": 0.0 if hidden else 60.5, "shares": "{}" if hidden else shares,
                "factors": "{}",
            }  # fmt: skip
            rows.append(row)
            if cohort == "looms":
                rows.append(row | {"revision": 1, "mean": 61.5})
    return rows


async def settle(database: Database, *, company: bool = True, mode: Mode = Mode.CASE) -> None:
    """The newest schema, the mode and the company."""
    await upgrade(database)
    async with database.write() as connection:
        await connection.run_sync(put_mode, replace(CASE_MODE, mode=mode))
        if not company:
            return
        everybody = sorted({line[0] for line in LINES})
        people = [{"key": key, "team": team_of(key), "active": key != "_kim"} for key in everybody]
        people.append({"key": PARTNER, "team": None, "active": True})
        await connection.execute(insert(table_of(PersonRow)), people)
        await connection.execute(
            insert(table_of(ReportingLineRow)),
            [
                {"entity": digest(f"{person}>{manager}"), "person": person, "manager": manager}
                | {"valid_from": valid_from, "valid_to": valid_to}
                for person, manager, valid_from, valid_to in LINES
            ],
        )
        teams = [{"key": key, "parent": parent} for key, parent in TEAMS.items()]
        await connection.execute(insert(table_of(TeamRow)), teams)
        await connection.execute(
            insert(table_of(ConfirmedNameRow)), confirmed({key: key.title() for key in TEAMS if key != "people"})
        )
        await connection.execute(insert(table_of(ReadingRow)), readings())
        await connection.execute(insert(table_of(ReleaseRow)), releases())


@dataclass(slots=True)
class Clock:
    """Unix seconds, as a test sets them."""

    now: float = NOW

    def __call__(self) -> float:
        return self.now


@dataclass(slots=True)
class Api:
    """The API over one store. `client` sends the key of a role, and a purpose."""

    app: FastAPI
    database: Database
    metrics: Metrics
    tokens: dict[str, str]
    clock: Clock

    @asynccontextmanager
    async def client(self, role: str | None = "hr_partner", **headers: str) -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://api", headers=PURPOSE) as client:
            if role:
                client.headers["Authorization"] = f"Bearer {self.tokens[role]}"
            client.headers.update(headers)
            yield client

    async def get(self, path: str, *, role: str | None = "hr_partner", **parameters: Any) -> httpx.Response:
        async with self.client(role) as client:
            return await client.get(path, params=parameters or None)

    async def audit(self) -> list[tuple[str, str, str, str, int]]:
        """Key, operation, purpose, subject and rows of every audit row, in the order written."""
        table = table_of(AuditRow).c
        query = select(table.key_id, table.operation, table.purpose, table.subject, table.rows).order_by(table.id)
        async with self.database.read() as connection:
            return [tuple(row) for row in await connection.execute(query)]


def open_cases(connection: Connection, *, partner: str, now: int = NOW, purposes: Iterable[Purpose] = ()) -> None:
    """Leave to read about everybody who is there now, for some purposes or for every one there is."""
    for purpose in sorted(purposes or CASE_PURPOSES):
        open_approved(
            connection, partner=partner, purpose=purpose, kind=CaseSubjectKind.UNIT, subject="organisation", now=now
        )


def open_approved(
    connection: Connection,
    *,
    partner: str,
    kind: CaseSubjectKind,
    subject: str,
    purpose: Purpose = Purpose.RELATIONSHIP_SUPPORT,
    now: int = NOW,
) -> str:
    """A case that one person opened and another approved; its id."""
    case = open_case(
        connection,
        NewCase(
            partner=partner, purpose=purpose, subject_kind=kind, subject=subject, opened_by="tests", now=now,
            lifetime_seconds=30 * DAY, reason="a test",
        ),
    )  # fmt: skip
    approve_case(connection, case.id, approver=Viewer(None), by="somebody else", now=now)
    return case.id


@asynccontextmanager
async def running_api(
    url: str, *, mode: Mode = Mode.CASE, company: bool = True, keyring: Keyring = CLOSED, **changed: Any
) -> AsyncIterator[Api]:
    """The API over an empty database, with the company in it, a key per role, and one whose holder has conflicts.

    On a server it has the restricted role of a deployment; `Api.database` is the owner's, for tests to change things.
    The HR partners among them have a case for every purpose. `changed` are settings.
    """
    database = open_database(make_url(url))
    served = database
    try:
        await settle(database, company=company, mode=mode)
        served = await as_service(database, READER, tenant=changed.get("tenant", DEFAULT_TENANT))
        if company:
            async with database.write() as connection:
                await connection.execute(insert(table_of(AlertRow)), [alert()])
        tokens = {}
        async with database.write() as connection:
            if not company:
                strangers = [{"key": key, "team": None, "active": False} for key in (LEADER, PARTNER)]
                await connection.execute(insert(table_of(PersonRow)), strangers)
            for name in [*(role.value for role in Role), *(["holder"] if company else [])]:
                role = Role.HR_PARTNER if name == "holder" else Role(name)
                holders = {"holder": HOLDER, Role.HR_PARTNER.value: PARTNER}
                person = holders.get(name, LEADER if role in PERSONAL_ROLES else None)
                tenant = changed.get("tenant", DEFAULT_TENANT)
                made = await create_key(connection, name=name, role=role, person=person, tenant=tenant, now=NOW)
                tokens[name] = made.token
                if role is Role.HR_PARTNER and person is not None:
                    await connection.run_sync(open_cases, partner=person)
        clock = Clock()
        metrics = Metrics(CollectorRegistry(), clock=clock)
        settings = ApiSettings(database=url, **UNLIMITED | changed)
        yield Api(
            build(settings, metrics, served, Health(), clock=clock, keyring=keyring), database, metrics, tokens, clock
        )
    finally:
        await served.close()
        await database.close()
