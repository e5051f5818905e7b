"""The audit in both databases: the chain under concurrent writers, what the database refuses, and the commands."""

import asyncio
from collections import Counter
from functools import partial

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import text
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import DBAPIError

from services.signals.settings import SignalsSettings
from services.signals.upkeep.audit_signer import AuditKeeper
from shared.domain.privacy.audit_verification import Audit, find_fault
from shared.domain.week import DAY
from shared.storage.access.audit import AuditStore, Disclosure, looks_at, read_audit, sign_root, signed_roots
from shared.storage.access.role_names import WRITER
from shared.storage.engine.database import Database, open_database
from shared.storage.engine.schema import upgrade
from shared.storage.engine.transactions import transactions
from shared.telemetry.metrics import Metrics
from tests.audit.tampering import KEYS, SIGNER
from tests.storage.roles import as_service

AT = 1_770_000_000


def told(number: int, operation: str = "listRelationships") -> Disclosure:
    return Disclosure(at=AT + number, key_id=f"key{number % 3}", operation=operation, purpose="relationship-support")


async def written(database: Database, count: int, *, writer: str = "w") -> None:
    store, audit = transactions(database), AuditStore(database.engine.dialect, KEYS)

    def write(connection: Connection, *, number: int) -> None:
        audit.write(connection, told(number), {"ann": 1 + number % 4, f"{writer}{number}": 1})

    for number in range(count):
        await store.write(partial(write, number=number))


async def read(database: Database) -> Audit:
    async with database.read() as connection:
        return await connection.run_sync(read_audit)


async def test_replicas_that_write_at_once_make_one_chain(database_url: str) -> None:
    replicas = [open_database(make_url(database_url)) for _ in range(3)]
    try:
        await upgrade(replicas[0])
        await asyncio.gather(*(written(each, 20, writer=f"r{place}-") for place, each in enumerate(replicas)))
        audit = await read(replicas[0])
        assert len(audit.entries) == 60
        assert find_fault(audit, KEYS, verifier=SIGNER.verifier) is None
        people = Counter(person for entry, _ in audit.entries for person in entry.rows_by_person)
        assert people["ann"] == 60
        assert len(people) == 61
    finally:
        for each in replicas:
            await each.close()


async def test_a_read_that_fails_leaves_no_entry(sqlite_url: str) -> None:
    database = open_database(make_url(sqlite_url))
    await upgrade(database)
    await written(database, 2)
    audit = AuditStore(database.engine.dialect, KEYS)

    def fail(connection: Connection) -> None:
        audit.write(connection, told(9), {"ann": 1})
        raise LookupError

    with pytest.raises(LookupError):
        await transactions(database).write(fail)
    found = await read(database)
    assert len(found.entries) == 2
    assert find_fault(found, KEYS, verifier=SIGNER.verifier) is None
    await database.close()


@pytest.mark.parametrize("table", ["audit", "audit_entry", "audit_root"])
async def test_the_database_itself_refuses_to_change_the_audit(database_url: str, table: str) -> None:
    database = open_database(make_url(database_url))
    await upgrade(database)
    await written(database, 3)
    async with database.write() as connection:
        await connection.run_sync(sign_root, SIGNER, at=AT)
    changes = ["UPDATE {} SET at = 0", "DELETE FROM {}"] + ([] if database.is_sqlite else ["TRUNCATE {}"])
    for change in (each.format(table) for each in changes):
        with pytest.raises(DBAPIError, match="only ever added to"):
            async with database.write() as connection:
                await connection.execute(text(change))
    assert find_fault(await read(database), KEYS, verifier=SIGNER.verifier) is None
    await database.close()


TAMPERINGS = (
    "UPDATE audit_entry SET purpose = 'curiosity' WHERE sequence = 4",
    "UPDATE audit_entry SET people = '{}' WHERE sequence = 7",
    "UPDATE audit_entry SET seal = (SELECT seal FROM audit_entry AS e WHERE e.sequence = 2) WHERE sequence = 3",
    "DELETE FROM audit_entry WHERE sequence = 5",
    "DELETE FROM audit_entry WHERE sequence >= 9",
    "DELETE FROM audit_entry",
    "DELETE FROM audit WHERE subject = 'ann'",
    "UPDATE audit SET subject = 'bob' WHERE subject = 'ann' AND entry = 6",
    "UPDATE audit SET at = at + 1 WHERE entry = 2",
    "INSERT INTO audit SELECT id + 99, entry, at, key_id, operation, purpose, subject, rows FROM audit WHERE entry = 3",
    "UPDATE audit_head SET sequence = 9",
    "DELETE FROM audit_head",
    "DELETE FROM audit_root WHERE first = 1",
    "UPDATE audit_root SET last = last - 1 WHERE first = 7",
)


@pytest.mark.parametrize("statement", TAMPERINGS)
async def test_whoever_gets_past_that_is_found_out(sqlite_url: str, statement: str) -> None:
    database = open_database(make_url(sqlite_url))
    await upgrade(database)
    for part in (6, 4):
        await written(database, part)
        async with database.write() as connection:
            await connection.run_sync(sign_root, SIGNER, at=AT)
    assert find_fault(await read(database), KEYS, verifier=SIGNER.verifier) is None
    async with database.write() as connection:
        triggers = await connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
        for (name,) in triggers.all():
            await connection.execute(text(f"DROP TRIGGER {name}"))
        await connection.execute(text(statement))
    assert find_fault(await read(database), KEYS, verifier=SIGNER.verifier) is not None
    await database.close()


async def test_what_is_old_enough_goes_and_the_rest_can_still_be_verified(database_url: str) -> None:
    database = open_database(make_url(database_url))
    await upgrade(database)

    metrics = Metrics(CollectorRegistry())
    settings = SignalsSettings(database=database_url, audit_days=200)
    now = AT
    service = await as_service(database, WRITER)
    keeper = AuditKeeper(database=service, settings=settings, metrics=metrics, signer=SIGNER, clock=lambda: now)

    async def keep(days: int) -> list[int]:
        """Sequences that are left."""
        nonlocal now
        now = AT + days * DAY
        await keeper.keep()
        assert metrics.registry.get_sample_value("bellwether_audit_signed_timestamp_seconds") == now
        audit = await read(database)
        assert find_fault(audit, KEYS, verifier=SIGNER.verifier, kept_since=now - 200 * DAY) is None
        return [entry.sequence for entry, _ in audit.entries]

    await written(database, 4)
    assert await keep(0) == [1, 2, 3, 4]
    await written(database, 3)
    assert await keep(100) == [1, 2, 3, 4, 5, 6, 7]
    await written(database, 2)
    assert await keep(201) == [5, 6, 7, 8, 9]
    assert [(root.first, root.last) for root in (await read(database)).roots] == [(1, 4), (5, 7), (8, 9)]
    assert await keep(201) == [5, 6, 7, 8, 9]
    assert await keep(301) == [8, 9]
    await written(database, 2)
    assert await keep(900) == [10, 11]  # what was signed just now stays
    assert metrics.registry.get_sample_value("bellwether_swept_rows_total", {"data": "audit"}) == 9
    async with database.read() as connection:
        assert {row.entry for row in await connection.run_sync(looks_at, "ann", limit=99)} == {10, 11}
    # Entries after the cut cannot be deleted.
    for statement in ("DELETE FROM audit WHERE entry = 11", "DELETE FROM audit_entry WHERE sequence = 11"):
        with pytest.raises(DBAPIError, match="only ever added to"):
            async with database.write() as connection:
                await connection.execute(text(statement))
    # Whoever moves the cut to get rid of them is found out.
    async with database.write() as connection:
        for statement in ("UPDATE audit_cut SET through = 11", "DELETE FROM audit", "DELETE FROM audit_entry"):
            await connection.execute(text(statement))
    fault = find_fault(await read(database), KEYS, verifier=SIGNER.verifier)
    assert fault is not None
    assert "signature of the cut" in fault.reason
    await service.close()
    await database.close()


async def test_everybody_told_of_is_found(database_url: str) -> None:
    database = open_database(make_url(database_url))
    await upgrade(database)
    await written(database, 7)
    async with database.read() as connection:
        ann = await connection.run_sync(looks_at, "ann", limit=5)
        rest = await connection.run_sync(looks_at, "ann", limit=5, before=ann[-1].entry)
        nobody = await connection.run_sync(looks_at, "nobody", limit=5)
    assert [row.entry for row in (*ann, *rest)] == [7, 6, 5, 4, 3, 2, 1]
    assert nobody == []
    await database.close()


async def test_roots_go_on_where_the_last_one_ended(sqlite_url: str) -> None:
    database = open_database(make_url(sqlite_url))
    await upgrade(database)
    async with database.write() as connection:
        assert await connection.run_sync(sign_root, SIGNER, at=AT) is None
    for _ in range(2):
        await written(database, 3)
        async with database.write() as connection:
            assert await connection.run_sync(sign_root, SIGNER, at=AT) is not None
            assert await connection.run_sync(sign_root, SIGNER, at=AT) is None
    async with database.read() as connection:
        roots = await connection.run_sync(signed_roots)
    assert [(root.first, root.last) for root in roots] == [(1, 3), (4, 6)]
    assert all(SIGNER.verifier.holds(root) for root in roots)
    await database.close()
