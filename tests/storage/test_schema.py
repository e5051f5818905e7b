from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, insert, inspect, select, text
from sqlalchemy.engine import make_url

import shared.storage
from shared.domain.facts.history import COUNTERS
from shared.domain.privacy.cases import CaseState
from shared.domain.week import DAY
from shared.storage.access.cases import list_cases
from shared.storage.alerts.endpoints import list_everybodys
from shared.storage.engine.bulk import table_of
from shared.storage.engine.database import open_database
from shared.storage.engine.schema import differences, newest_revision, upgrade
from shared.storage.facts.pair_days import pair_days
from shared.storage.tables import metadata
from shared.storage.tables.facts import ContactRow, PairDayRow
from shared.storage.tables.work import TicketMoveRow
from tests.api.company import NOW
from tests.storage.company import opened


async def test_the_migrations_make_the_declared_tables(empty_database_url: str) -> None:
    async with opened(empty_database_url) as store:
        assert await differences(store.database) == []
        async with store.database.read() as connection:
            made = await connection.run_sync(lambda sync: set(inspect(sync).get_table_names()))
    assert made == {*metadata().tables, "alembic_version"}


async def test_an_empty_store_differs(empty_database_url: str) -> None:
    """The comparison above can fail."""
    database = open_database(make_url(empty_database_url))
    assert len(await differences(database)) >= len(metadata().tables)
    await database.close()


def test_the_newest_revision_is_known_without_alembic() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(shared.storage.__path__[0]) / "migrations"))
    assert newest_revision() == ScriptDirectory.from_config(config).get_current_head()


async def test_upgrading_again_does_nothing(empty_database_url: str) -> None:
    async with opened(empty_database_url) as store:
        async with store.database.write() as connection:
            await connection.execute(text("INSERT INTO person (key, active) VALUES ('ann', true)"))
        await upgrade(store.database)
        async with store.database.read() as connection:
            assert (await connection.execute(text("SELECT key FROM person"))).scalars().all() == ["ann"]
            revisions = (await connection.execute(text("SELECT version_num FROM alembic_version"))).all()
    assert len(revisions) == 1


async def test_contacts_that_were_counted_twice_over_count_the_same_after_the_upgrade(empty_database_url: str) -> None:
    """Until 0016 counters of pairs held contacts as well: two replies of a day, one of which asks, and a broadcast."""
    database, day = open_database(make_url(empty_database_url)), 19_000
    stored, contact = table_of(PairDayRow), table_of(ContactRow)
    zeros = dict.fromkeys(COUNTERS, 0)
    of_two = {"sender": 1, "recipient": 2, "day": day, "channel": 0, **zeros}
    counted = of_two | {"messages": 2, "replies": 2, "asks": 1, "broadcasts": 1}
    common = {"sender": 1, "recipient": 2, "channel": 0, "thread": 0, "others": ""}
    async with database.write() as connection:
        await connection.run_sync(_migrate, "0015")
        for locator, (at, marks) in enumerate(((day * DAY, 1), (day * DAY + DAY - 1, 3))):
            await connection.execute(insert(contact).values(**common, at=at, locator=locator, marks=marks))
        await connection.execute(insert(stored).values(counted))
    await upgrade(database)
    async with database.write() as connection:
        found = [dict(row) for row in (await connection.execute(select(pair_days()))).mappings()]
        kept = [dict(row) for row in (await connection.execute(select(stored))).mappings()]
        await connection.run_sync(_migrate, "0015")
        again = [dict(row) for row in (await connection.execute(select(stored))).mappings()]
    await database.close()
    assert found == [counted]
    assert kept == [of_two | {"broadcasts": 1}]
    assert again == [counted]


async def test_moves_of_tickets_outlive_the_column_that_nobody_read(empty_database_url: str) -> None:
    """Until 0017 a move also told whether the ticket had been handed over."""
    database = open_database(make_url(empty_database_url))
    moved = {"ticket": "t", "at": 5, "locator": 1, "move": 3, "actor": 1, "reporter": 2, "assignee": 3}
    moved |= {"waits": True, "priority": 4, "due": 9, "support_group": "desk"}
    async with database.write() as connection:
        await connection.run_sync(_migrate, "0016")
        names = ", ".join([*moved, "handed"])
        values = ", ".join(f":{name}" for name in [*moved, "handed"])
        await connection.execute(text(f"INSERT INTO ticket_move ({names}) VALUES ({values})"), moved | {"handed": True})  # noqa: S608
    await upgrade(database)
    async with database.write() as connection:
        kept = [dict(row) for row in (await connection.execute(select(table_of(TicketMoveRow)))).mappings()]
        await connection.run_sync(_migrate, "0016")
        handed = (await connection.execute(text("SELECT handed FROM ticket_move"))).scalars().all()
    await database.close()
    assert kept == [moved]
    assert [bool(each) for each in handed] == [False]


async def test_open_cases_that_say_nobody_whom_they_are_about_are_closed_by_the_upgrade(
    empty_database_url: str,
) -> None:
    """Until 0021 a case was about everybody. One that was closed stays as it was."""
    database = open_database(make_url(empty_database_url))
    far = 10**11
    async with database.write() as connection:
        await connection.run_sync(_migrate, "0020")
        for name, closed_at, closed_by in (("open", None, None), ("closed", 7, "joan")):
            values = {"id": name, "closed_at": closed_at, "closed_by": closed_by, "far": far}
            await connection.execute(
                text(
                    "INSERT INTO access_case"
                    " (id, partner, purpose, opened_by, opened_at, expires_at, closed_at, closed_by)"
                    " VALUES (:id, 'petra', 'relationship-support', 'joan', 1, :far, :closed_at, :closed_by)"
                ),
                values,
            )
    await upgrade(database)
    async with database.write() as connection:
        found = {each.id: each for each in await connection.run_sync(list_cases)}
        await connection.run_sync(_migrate, "0020")
        left = (await connection.execute(text("SELECT count(*) FROM access_case WHERE closed_at IS NULL"))).scalar_one()
    await database.close()
    assert found["open"].state(NOW) is CaseState.CLOSED
    assert (found["closed"].closed_at, found["closed"].closed_by) == (7, "joan")
    assert {each.people for each in found.values()} == {0}
    assert left == 0, "nor does going back open them to everybody"


async def test_webhooks_that_operators_set_up_for_others_are_dropped_by_the_upgrade(
    empty_database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Until 0024 an operator could tell anybody of alerts. Nobody is told by what was set up for somebody else."""
    database = open_database(make_url(empty_database_url))
    async with database.write() as connection:
        await connection.run_sync(_migrate, "0023")
        await connection.execute(
            text(
                "INSERT INTO webhook_endpoint (id, person, url, created_by, created_at, paused_until)"
                " VALUES ('wh_1', 'petra', 'https://hr.example/', 'an operator', 1, 0)"
            )
        )
    await upgrade(database)
    async with database.read() as connection:
        left = await connection.run_sync(list_everybodys)
    await database.close()
    assert left == []
    assert "1 webhooks are gone" in caplog.text


async def test_figures_of_before_there_were_steps_are_exact_after_the_upgrade(empty_database_url: str) -> None:
    """Of fewer than twenty people nobody is shown them any more. Those that 0030 made of steps stay."""
    database = open_database(make_url(empty_database_url))
    async with database.write() as connection:
        await connection.run_sync(_migrate, "0030")
        for place, (signal, exact) in enumerate((("one_on_one", True), ("cadence", False))):
            values = {"signal": signal, "place": place, "exact": exact, "true": True, "false": False, "nobody": b""}
            release = (
                "INSERT INTO release (signal, cohort, week, revision, as_of, panel, suppressed, leaders, people, mean,"
                " shares, factors) VALUES (:signal, 'looms', 1, 0, 1, :place, :false, :true, 5, 61.5, '{}', '{}')"
            )
            panel = (
                "INSERT INTO release_panel (signal, place, cohort, leaders, exact, people)"
                " VALUES (:signal, :place, 'looms', :true, :exact, :nobody)"
            )
            for statement in (release, panel):
                await connection.execute(text(statement), values)
    await upgrade(database)
    async with database.read() as connection:
        rows = await connection.execute(text("SELECT signal, exact FROM release"))
        found = {row.signal: bool(row.exact) for row in rows}
    await database.close()
    assert found == {"one_on_one": True, "cadence": False}


def _migrate(connection: Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", f"{shared.storage.__path__[0]}/migrations")
    config.attributes["connection"] = connection
    before = MigrationContext.configure(connection).get_current_revision()
    (command.upgrade if before is None else command.downgrade)(config, revision)
