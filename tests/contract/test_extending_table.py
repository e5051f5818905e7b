"""A new table is its class and its migration: inventory, grants, erasure, access, retention and docs follow.

The test adds one to a copy of the tree, as whoever extends the product would, and changes nothing else.
"""

import json
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from tests.contract.tree_copy import ROOT, TreeCopy, copy_tree

TABLE = '''
    """The table of coaching that a leader was offered."""

    from sqlalchemy import BigInteger, Index, Text
    from sqlmodel import SQLModel

    from shared.storage.tables.declarations import ALL, READ, Ages, Grants, Names, Shown, column, people
    from shared.storage.tables.types import Account, Person, RowId, Seconds, String


    class CoachingRow(SQLModel, table=True):
        """Somebody was offered coaching."""

        __tablename__ = "coaching"
        __table_args__ = (
            Index("ix_coaching_person", "person"),
            people(
                access=Shown("coachings"),
                retention=Ages("cases", by="ends_at", begins="offered_at"),
                grants=Grants(writer=ALL, reader=READ),
            ),
        )
        id: int | None = column(RowId, names=Names.NOBODY, key=True, default=None)
        person: Person
        account: Account  # where it was offered
        coach: str | None = column(Text, names=Names.PERSON, not_found_by="what they do for others", default=None)
        topic: String
        offered_at: Seconds
        ends_at: int = column(BigInteger, names=Names.NOBODY, instant=True, hidden=True)


    class CoachingNoteRow(SQLModel, table=True):
        """A note that belongs to a coaching."""

        __tablename__ = "coaching_note"
        __table_args__ = (people(access=Shown("coaching_notes"), retention="goes with its coaching"),)
        id: int | None = column(RowId, names=Names.NOBODY, key=True, default=None)
        coaching: int = column(BigInteger, names=Names.NOBODY, belongs_to=("coaching", "id"))
        author: Person
'''
MIGRATION = '''
    """Coaching."""

    import sqlalchemy as sa
    from alembic import op

    revision = "{revision}"
    down_revision = "{before}"
    branch_labels = None
    depends_on = None

    ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


    def upgrade() -> None:
        op.create_table(
            "coaching",
            sa.Column("id", ROW_ID, primary_key=True),
            sa.Column("person", sa.Text(), nullable=False),
            sa.Column("account", sa.BigInteger(), nullable=False),
            sa.Column("coach", sa.Text(), nullable=True),
            sa.Column("topic", sa.Text(), nullable=False),
            sa.Column("offered_at", sa.BigInteger(), nullable=False),
            sa.Column("ends_at", sa.BigInteger(), nullable=False),
        )
        op.create_index("ix_coaching_person", "coaching", ["person"])
        op.create_table(
            "coaching_note",
            sa.Column("id", ROW_ID, primary_key=True),
            sa.Column("coaching", sa.BigInteger(), nullable=False),
            sa.Column("author", sa.Text(), nullable=False),
        )


    def downgrade() -> None:
        op.drop_table("coaching_note")
        op.drop_table("coaching")
'''
# The rights of a person over the new rows, on a store of the copy.
RIGHTS = """
import asyncio, json, sys
from sqlalchemy import text
from sqlalchemy.engine import make_url
from shared.keyring import CLOSED
from shared.storage.directory.register import Register
from shared.storage.engine.database import open_database
from shared.storage.engine.schema import differences, upgrade
from shared.storage.privacy.data_inventory import data_inventory
from shared.storage.privacy.erasure import remove
from shared.storage.privacy.erasure_check import occurrences
from shared.storage.privacy.retention import oldest_days, sweep
from shared.storage.privacy.subject import Subject
from shared.storage.privacy.subject_access import report_on

DAY = 86_400
ADA = Subject("p-ada", {7: "mail:ada"})
ROWS = [
    (1, "p-ada", 1, None, "asking", 9 * DAY, 10 * DAY),
    (2, "p-bob", 7, None, "listening", 19 * DAY, 20 * DAY),
    (3, "p-bob", 1, "p-ada", "patience", 29 * DAY, 30 * DAY),
    (4, "p-cyd", 1, None, "trust", 39 * DAY, 40 * DAY),
]


async def count(connection, table):
    return (await connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one()


async def main():
    database = open_database(make_url(sys.argv[1]))
    await upgrade(database)
    told = {"differences": await differences(database)}
    told["inventory"] = [each.place for each in data_inventory() if each.table.name.startswith("coaching")]
    async with database.write() as connection:
        await connection.execute(text("INSERT INTO identity (id, key) VALUES (1, 'mail:cyd'), (7, 'mail:ada')"))
        for row in ROWS:
            values = dict(zip(("id", "person", "account", "coach", "topic", "offered_at", "ends_at"), row))
            columns = ", ".join(f":{name}" for name in values)
            await connection.execute(text(f"INSERT INTO coaching VALUES ({columns})"), values)
            await connection.execute(
                text("INSERT INTO coaching_note (id, coaching, author) VALUES (:id, :id, 'p-dan')"), {"id": row[0]}
            )
        told["report"] = (await report_on(connection, ADA, Register(connection.dialect, CLOSED.register)))["coachings"]
        told["found"] = sorted(await occurrences(connection, ADA.pseudonyms, [7]))
        told["removed"] = await remove(connection, ADA, at=1)
        told["left"] = sorted(await occurrences(connection, ADA.pseudonyms, [7]))
        told["notes"] = await count(connection, "coaching_note")
        told["oldest"] = (await oldest_days(connection))["cases"]
        told["swept"] = await sweep(connection, {"cases": 41})
        told["rows"] = [await count(connection, table) for table in ("coaching", "coaching_note")]
    await database.close()
    print(json.dumps(told))


asyncio.run(main())
"""
GRANTS = """
import asyncio, json, sys
from sqlalchemy import text
from sqlalchemy.engine import make_url
from shared.storage.access.database_roles import Login, set_roles
from shared.storage.access.role_names import READER, WRITER
from shared.storage.engine.database import open_database
from shared.storage.engine.schema import upgrade


async def main():
    database = open_database(make_url(sys.argv[1]))
    await upgrade(database)
    async with database.write() as connection:
        await set_roles(connection, tenant="default", reader=Login(READER), writer=Login(WRITER))
        asked = "SELECT has_table_privilege(:role, 'coaching', :right)"
        told = {
            f"{role} {right}": (await connection.execute(text(asked), {"role": role, "right": right})).scalar_one()
            for role in (READER, WRITER) for right in ("SELECT", "INSERT", "DELETE")
        }
        await connection.execute(text("INSERT INTO coaching VALUES (1, 'p', 1, NULL, 't', 1, 2)"))
    await database.close()
    reading = open_database(make_url(sys.argv[1]).set(username=READER))
    for tenant in ("", "default"):
        async with reading.read() as connection:
            await connection.execute(text("SELECT set_config('bellwether.tenant', :tenant, true)"), {"tenant": tenant})
            told[tenant] = (await connection.execute(text("SELECT count(*) FROM coaching"))).scalar_one()
    await reading.close()
    print(json.dumps(told))


asyncio.run(main())
"""

SILENT = """
from shared.storage.privacy.data_inventory import data_inventory
try:
    data_inventory()
except LookupError as error:
    print(error)
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> TreeCopy:
    tree = copy_tree(tmp_path_factory.mktemp("extended"))
    tree.add("shared/storage/tables/coaching.py", dedent(TABLE))
    numbers = sorted(path.name[:4] for path in (ROOT / "shared/storage/migrations/versions").glob("[0-9]*.py"))
    revision = f"{int(numbers[-1]) + 1:04}"
    migration = dedent(MIGRATION).format(revision=revision, before=numbers[-1])
    tree.add(f"shared/storage/migrations/versions/{revision}_coaching.py", migration)
    return tree


def run(tree: TreeCopy, code: str, url: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(tree.python(f"import sys; sys.argv.append({url!r})\n{code}"))
    return answer


def test_a_table_is_a_class_and_a_migration(tree: TreeCopy, tmp_path: Path) -> None:
    told = run(tree, RIGHTS, f"sqlite+aiosqlite:///{tmp_path / 'store.db'}")
    assert told["differences"] == []
    assert told["inventory"] == ["coaching.person", "coaching.account", "coaching.coach", "coaching_note.author"]
    # Shown: by person and by account, readable, without what is hidden; not what she did for others.
    assert told["report"] == [
        {"id": 1, "person": "p-ada", "account": "mail:cyd", "coach": None, "topic": "asking",
         "offered_at": "1970-01-10T00:00:00Z"},
        {"id": 2, "person": "p-bob", "account": "mail:ada", "coach": None, "topic": "listening",
         "offered_at": "1970-01-20T00:00:00Z"},
    ]  # fmt: skip
    # Erased: found, gone with what belongs to it, and nothing left.
    assert told["found"] == ["coaching.account", "coaching.coach", "coaching.person", "identity.key"]
    assert told["removed"] == {"coaching": 3, "coaching_note": 3, "identity": 1}
    assert told["left"] == []
    assert told["notes"] == 1
    # Kept as long as its class says.
    assert told["oldest"] == 39
    assert told["swept"] == {"cases": 2}
    assert told["rows"] == [0, 0]


@pytest.mark.postgres
def test_its_grants_and_policies_follow(tree: TreeCopy, postgres_url: str) -> None:
    told = run(tree, GRANTS, postgres_url)
    assert told == {
        "bellwether_reader SELECT": True, "bellwether_reader INSERT": False, "bellwether_reader DELETE": False,
        "bellwether_writer SELECT": True, "bellwether_writer INSERT": True, "bellwether_writer DELETE": True,
        "": 0, "default": 1,
    }  # fmt: skip


def test_the_privacy_page_names_it(tree: TreeCopy) -> None:
    tree.bellwether("generate")
    (row,) = [line for line in tree.read("docs/privacy.md").splitlines() if line.startswith("| `coaching` ")]
    assert row == (
        "| `coaching` | Somebody was offered coaching. | `person`, `account`, `coach` | as `cases` | as `coachings` "
        "| SELECT |"
    )


def test_the_tests_of_privacy_hold_it_too(tree: TreeCopy) -> None:
    tests = "tests/contract/test_data_inventory.py"
    said = tree.pytest(tests, "-k", "every_table or shown_to_them or no_table_holds_less or some_day")
    assert "4 passed" in said


def test_a_column_that_says_nothing_fails(tmp_path: Path) -> None:
    tree = copy_tree(tmp_path)
    team = "team: str | None = column(Text, names=Names.NOBODY, default=None)\n    active"
    tree.edit("shared/storage/tables/directory.py", team, "team: str | None = None\n    active")
    assert "person.team" in tree.python(SILENT)
