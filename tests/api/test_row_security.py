"""The second lock, on a real server: what the role of the API finds and may do, whatever the application asks."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
import pytest_asyncio
from asyncpg.exceptions import InsufficientPrivilegeError
from sqlalchemy import text
from sqlalchemy.engine import Connection, make_url

from services.api.auth.gate import Visit
from shared.domain.privacy.cases import CaseSubjectKind
from shared.domain.privacy.roles import Role
from shared.storage.access.audit import AuditStore
from shared.storage.access.database_roles import Login, UnsafeRoleError, set_roles
from shared.storage.access.grants import table_grants
from shared.storage.access.key_issue import create_key
from shared.storage.access.role_names import READER, WRITER
from shared.storage.alerts import reads as alert_reads
from shared.storage.directory.delegations import record_delegation
from shared.storage.engine.database import open_database
from shared.storage.readings import queries
from shared.storage.tables import every_table
from shared.storage.tables.declarations import About, privacy_of
from tests.api.company import (
    ALERT,
    LEADER,
    NOW,
    PARTNER,
    SKIP,
    TOP,
    Api,
    chains,
    open_approved,
    open_cases,
    running_api,
)
from tests.api.reader_session import Session, reader_session

TABLES = {table.name: grants for table, grants in table_grants()}
OF_PEOPLE = sorted(table.name for table in every_table() if privacy_of(table).about is not About.NOBODY)
OF_READINGS = sorted(table.name for table in every_table() if privacy_of(table).about is About.READINGS)
CASE = "relationship-support"
OPENED = (
    "id, partner, purpose, subject_kind, subject, people, reason, break_glass, opened_by, opened_at, expires_at,"
    " approved_by"
)

pytestmark = pytest.mark.postgres


@pytest_asyncio.fixture
async def api(postgres_url: str) -> AsyncIterator[Api]:
    async with running_api(postgres_url) as running:
        await running.get("/v1/relationships", limit=1)  # so that there is an audit
        async with running.database.write() as connection:
            await connection.execute(
                text("INSERT INTO alert_event (alert, at, kind, actor, detail) VALUES (:id, 1, 'raised', '', '{}')"),
                {"id": ALERT},
            )
        yield running


@pytest_asyncio.fixture
async def session(api: Api) -> AsyncIterator[Session]:
    async with reader_session(api) as made:
        yield made


async def everything(api: Api) -> dict[str, int]:
    """How many rows there are in every table about people."""
    async with api.database.read() as connection:
        found = {name: await connection.execute(text(f"TABLE {name}")) for name in OF_PEOPLE}
        return {name: len(rows.all()) for name, rows in found.items()}


async def test_a_session_that_says_nothing_finds_nobody(api: Api, session: Session) -> None:
    there = await everything(api)
    readable = [name for name in OF_PEOPLE if "SELECT" in TABLES[name].reader]
    assert {name for name in readable if there[name]} >= {"person", "reading", "alert", "alert_event", "audit"}
    assert {name: await session.rows(name) for name in readable} == {name: [] for name in readable}
    for name in set(OF_PEOPLE) - set(readable):
        assert await session.refuses(f"SELECT FROM {name}")


async def test_another_tenant_finds_nobody(session: Session) -> None:
    for tenant in ("", "other", "Default", "default ", "'default'"):
        async with session.connection.transaction():
            await session.declare(tenant=tenant, caller="hanna", purpose=CASE)
            for name in OF_PEOPLE:
                if "SELECT" in TABLES[name].reader:
                    assert await session.rows(name) == []


async def test_what_was_declared_ends_with_the_transaction(session: Session) -> None:
    async with session.connection.transaction():
        await session.declare(tenant="default")
        assert await session.rows("person")
        for name in OF_READINGS:
            assert await session.rows(name) == [], "readings need a purpose as well"
    assert await session.rows("person") == []


async def test_readings_that_do_not_stand_in_the_audit_cannot_be_committed(session: Session) -> None:
    for name in OF_READINGS:
        transaction = session.connection.transaction()
        await transaction.start()
        await session.declare(tenant="default", caller=PARTNER, purpose=CASE)
        assert await session.rows(name)
        with pytest.raises(InsufficientPrivilegeError, match="do not stand in the audit"):
            await transaction.commit()
    async with session.connection.transaction():
        await session.declare(tenant="default", caller=PARTNER, purpose=CASE)
        assert await session.rows("person"), "the directory leaves no entry"


async def test_without_a_caller_or_an_open_case_there_are_no_readings(api: Api, session: Session) -> None:
    async def found(**said: str) -> bool:
        transaction = session.connection.transaction()
        await transaction.start()
        await session.declare(tenant="default", **said)
        counts = [len(await session.rows(name)) for name in OF_READINGS]
        await transaction.rollback()
        return any(counts)

    assert await found(caller=PARTNER, purpose=CASE)
    for said in ({"purpose": CASE}, {"caller": PARTNER}, {"caller": "adam", "purpose": CASE},
                 {"caller": PARTNER, "purpose": "curiosity"}):  # fmt: skip
        assert not await found(**said), said
    async with api.database.write() as connection:
        await connection.execute(text("UPDATE access_case SET closed_at = :now"), {"now": NOW})
    assert not await found(caller=PARTNER, purpose=CASE)


async def test_nobody_opens_a_case_in_the_name_of_another_or_approves_their_own(api: Api, session: Session) -> None:
    async def may(caller: str, statement: str) -> bool:
        transaction = session.connection.transaction()
        await transaction.start()
        await session.declare(tenant="default", caller=caller)
        try:
            await session.connection.execute(statement)
        except InsufficientPrivilegeError:
            return False
        finally:
            await transaction.rollback()
        return True

    def opening(partner: str, opener: str, *, approver: str = "NULL", glass: str = "false", hours: int = 4) -> str:
        values = f"'x', '{partner}', 'x', 'person', 'adam', 1, '', {glass}, '{opener}', 0, {hours * 3600}, {approver}"
        return f"INSERT INTO access_case ({OPENED}) VALUES ({values})"  # noqa: S608 - our own names

    assert await may("theo", opening("hanna", "theo"))
    assert await may("theo", opening("theo", "theo")), "it waits for somebody else's approval"
    assert await may("theo", opening("theo", "theo", glass="true"))
    assert not await may("theo", opening("theo", "theo", glass="true", hours=5)), "longer than an emergency"
    assert not await may("theo", opening("hanna", "vera"))
    assert not await may("theo", opening("hanna", "theo", approver="'vera'"))
    async with api.database.write() as connection:
        await connection.execute(text(opening("hanna", "theo")))
    assert await may("vera", "UPDATE access_case SET approved_at = 1, approved_by = 'vera' WHERE id = 'x'")
    for approver in ("hanna", "theo"):
        one = f"UPDATE access_case SET approved_at = 1, approved_by = '{approver}' WHERE id = 'x'"  # noqa: S608 - our own names
        assert not await may(approver, one)
    assert not await may("vera", "UPDATE access_case SET approved_at = 1 WHERE id = 'x'"), "by nobody"
    one_more = "INSERT INTO access_case_person VALUES ('x', 'zoe', '')"
    assert await may("theo", one_more)
    assert not await may("hanna", one_more)
    async with api.database.write() as connection:
        await connection.execute(text("UPDATE access_case SET approved_at = 1, approved_by = 'vera' WHERE id = 'x'"))
    assert not await may("theo", one_more), "what was approved does not grow"


async def test_a_case_opens_what_it_is_about_and_nothing_else(api: Api, session: Session) -> None:
    """Without the filter of the application: the policies alone."""
    async with api.database.write() as connection:
        await connection.execute(text("UPDATE access_case SET closed_at = 1"))
        await connection.run_sync(open_approved, partner=PARTNER, kind=CaseSubjectKind.PERSON, subject="adam")
    found = await rows_found(session, PARTNER)
    assert ("adam", LEADER, SKIP) in found
    assert all("adam" in row[:2] for row in found)
    async with api.database.write() as connection:
        await connection.execute(text("UPDATE access_case SET approved_at = NULL"))
    assert await rows_found(session, PARTNER) == set(), "nobody approved it"
    async with api.database.write() as connection:
        await connection.run_sync(open_approved, partner=PARTNER, kind=CaseSubjectKind.LEADER, subject=SKIP)
    assert await rows_found(session, PARTNER) == {(LEADER, SKIP, TOP)}, "and no other chain of lena's people"


async def rows_found(session: Session, caller: str) -> set[tuple[str, str, str]]:
    transaction = session.connection.transaction()
    await transaction.start()
    await session.declare(tenant="default", caller=caller, purpose=CASE)
    found = {tuple(row) for row in await session.rows("reading", "first, second, third")}
    found |= {tuple(row) for row in await session.rows("alert", "first, second, third")}
    await transaction.rollback()
    return found


async def chains_found(session: Session, caller: str) -> set[tuple[str, str, str]]:
    return {row for row in await rows_found(session, caller) if row[2]}


async def test_nobody_finds_a_chain_of_theirs(api: Api, session: Session) -> None:
    named = {person for chain in await chains_found(session, PARTNER) for person in chain}
    assert named == {person for chain in chains() for person in chain}
    async with api.database.write() as connection:
        for person in sorted(named):
            await connection.run_sync(open_cases, partner=person)
    for caller in sorted(named):
        assert all(caller not in chain for chain in await chains_found(session, caller)), caller
    assert all(chain[1] != SKIP for chain in await chains_found(session, "hanna")), "a peer of vera's"
    assert any(chain[1] == LEADER for chain in await chains_found(session, "hanna"))
    assert any(TOP in chain for chain in await chains_found(session, "ivo"))
    async with api.database.write() as connection:
        await connection.run_sync(record_delegation, principal=LEADER, delegate="ivo", now=NOW)
    assert all(LEADER not in chain for chain in await chains_found(session, "ivo")), "nor does who acts for them"


async def test_the_own_view_finds_pairs_of_oneself_and_no_chain(session: Session) -> None:
    transaction = session.connection.transaction()
    await transaction.start()
    await session.declare(tenant="default", caller=LEADER, purpose="own-data")
    found = {tuple(row) for row in await session.rows("reading", "first, second, third")}
    assert found
    assert await session.rows("alert") == []
    assert all(LEADER in row and not row[2] for row in found)
    assert all("adam" not in row for row in found), "not those with one's own reports"
    await transaction.rollback()


async def test_the_audit_shows_only_what_is_about_the_caller(session: Session) -> None:
    async with session.connection.transaction():
        await session.declare(tenant="default", caller=LEADER)
        assert {row["subject"] for row in await session.rows("audit")} == {LEADER}


FORBIDDEN = (
    *(
        statement.format(table=table)
        for table in ("audit", "audit_entry", "audit_root")
        for statement in ("UPDATE {table} SET at = 0", "DELETE FROM {table}", "TRUNCATE {table}", "DROP TABLE {table}")
    ),
    "ALTER TABLE reading DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE audit DISABLE TRIGGER ALL",
    "DROP POLICY reads_all ON reading",
    "CREATE POLICY mine ON reading USING (true)",
    "SET ROLE bellwether_writer",
    "SET SESSION AUTHORIZATION bellwether_writer",
    "SET session_replication_role = replica",
    f"ALTER ROLE {READER} BYPASSRLS",
    "CREATE OR REPLACE FUNCTION bellwether_guard.tenant() RETURNS text LANGUAGE sql RETURN 'other'",
    "SELECT FROM bellwether_guard.owed",
    "CREATE TABLE reporting_line_too ()",
    "CREATE TEMPORARY TABLE reporting_line (person text)",
    "UPDATE reading SET value = 0",
    "INSERT INTO api_key SELECT * FROM api_key",
    "UPDATE alert SET value = 0",
    "UPDATE access_case SET expires_at = 0",
    "DELETE FROM access_case",
    "UPDATE access_case SET people = 1",
    "UPDATE access_case_person SET person = 'zoe'",
    "DELETE FROM access_case_person",
    "SELECT FROM pair_day",
    "SELECT FROM applied",
    "SELECT FROM audit_entry",
    "SELECT FROM pg_authid",
)


async def test_the_reader_may_not(session: Session) -> None:
    assert [statement for statement in FORBIDDEN if not await session.refuses(statement)] == []


async def test_row_security_cannot_be_switched_off(session: Session) -> None:
    await session.connection.execute("SET row_security = off")
    assert await session.refuses("SELECT FROM reading")


async def test_it_holds_where_the_filter_of_the_application_is_broken(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A leader with a case of an HR partner's: everything that the application adds for need to know is gone."""
    async with api.database.write() as connection:
        made = await create_key(connection, name="x", role=Role.HR_PARTNER, person=LEADER, now=NOW)
        await connection.run_sync(open_cases, partner=LEADER)
    tokens = (made.token, api.tokens["hr_partner"])
    for module in (queries, alert_reads):
        monkeypatch.setattr(module, "visible_readings", lambda *_, **__: [])

    async def found(token: str, path: str) -> Any:
        async with api.client(None, Authorization=f"Bearer {token}") as client:
            return await client.get(path)

    for path in ("/v1/escalation-risks?limit=200", "/v1/alerts", "/v1/relationships?limit=200"):
        kept, seen = [(await found(token, path)).json()["data"] for token in tokens]
        assert any(LEADER in str(row) for row in seen)
        assert not [row for row in kept if LEADER in str(row)]
    subject = f"/v1/subjects/chain:adam|{LEADER}|{SKIP}/evidence"
    assert [(await found(token, subject)).status_code for token in tokens] == [404, 200]
    assert [(await found(token, f"/v1/alerts/{ALERT}")).status_code for token in tokens] == [404, 200]


async def test_it_holds_where_the_application_forgets_the_audit(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AuditStore, "write", lambda *_: None)
    for path in ("/v1/relationships", "/v1/escalation-risks", "/v1/alerts", f"/v1/alerts/{ALERT}"):
        response = await api.get(path)
        assert response.status_code == 500
        assert "adam" not in response.text
    assert (await api.get("/v1/relationships", person="nobody")).status_code == 200, "nothing to tell, nothing owed"


async def test_it_holds_where_the_application_forgets_to_declare(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Visit, "read", _undeclared_read)
    assert (await api.get("/v1/people")).json()["data"] == []


async def _undeclared_read(visit: Visit, query: Any) -> Any:
    return await visit._store.transactions.read(query)


def _explained(connection: Connection, statement: str) -> Sequence[Any]:
    return connection.execute(text(f"EXPLAIN (ANALYZE) {statement}")).scalars().all()


async def test_whom_to_keep_things_from_is_worked_out_once_a_statement(api: Api) -> None:
    reader = open_database(api.database.engine.url.set(username=READER))
    async with reader.engine.connect() as connection:
        await connection.execute(text("SELECT set_config('bellwether.tenant', 'default', true)"))
        said = {"caller": PARTNER, "purpose": CASE}
        await connection.execute(
            text("SELECT set_config('bellwether.caller', :caller, true),"
                 " set_config('bellwether.purpose', :purpose, true)"), said,
        )  # fmt: skip
        plan = "\n".join(await connection.run_sync(_explained, "SELECT value FROM reading"))
        await connection.rollback()
    await reader.close()
    once = [line for line in plan.splitlines() if "actual time" in line and "Result" in line]
    assert once
    assert all("loops=1)" in line for line in once), plan


async def test_setting_the_roles_again_changes_nothing(api: Api) -> None:
    catalogue = text("SELECT tablename, policyname, roles::text, cmd, qual, with_check FROM pg_policies ORDER BY 1, 2")
    async with api.database.write() as connection:
        before = (await connection.execute(catalogue)).all()
        await set_roles(connection, tenant="default", reader=Login(READER), writer=Login(WRITER))
        assert (await connection.execute(catalogue)).all() == before
    assert {row.tablename for row in before} == set(OF_PEOPLE)
    assert (await api.get("/v1/relationships")).json()["data"]


async def test_a_role_that_is_more_than_that_is_refused(api: Api) -> None:
    for more in ("SUPERUSER", "BYPASSRLS", "CREATEROLE", "IN ROLE bellwether"):
        async with api.database.engine.connect() as connection:
            await connection.execute(text(f"CREATE ROLE mighty LOGIN {more}"))
            with pytest.raises(UnsafeRoleError, match="mighty"):
                await set_roles(connection, tenant="default", reader=Login("mighty"), writer=Login(WRITER))
            await connection.rollback()


async def test_sqlite_has_none_of_it_and_says_so(sqlite_url: str) -> None:
    database = open_database(make_url(sqlite_url))
    async with database.write() as connection:
        with pytest.raises(ValueError, match="SQLite has no roles"):
            await set_roles(connection, tenant="default", reader=Login(READER), writer=Login(WRITER))
    await database.close()


async def test_readers_do_not_wait_for_each_other(api: Api) -> None:
    answers = await asyncio.gather(*(api.get("/v1/escalation-risks") for _ in range(8)))
    assert {answer.status_code for answer in answers} == {200}
