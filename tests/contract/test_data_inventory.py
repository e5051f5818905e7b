"""Every table declares its privacy, and what it declares has its place in access, erasure and retention."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio
from sqlalchemy import Boolean, Column, Float, LargeBinary, MetaData, Table, Text, insert
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.release.lattice import person_number
from shared.keyring import CLOSED
from shared.schemas.directory import IdentityLinked, PersonRecorded
from shared.storage.directory.register import Register
from shared.storage.engine.bulk import table_of
from shared.storage.engine.database import Database, open_database
from shared.storage.engine.schema import upgrade
from shared.storage.privacy.data_inventory import NamingColumn, data_inventory, naming_columns
from shared.storage.privacy.erasure import OWN_ERASURE, remove
from shared.storage.privacy.erasure_check import kept_tables, occurrences
from shared.storage.privacy.retention import aging_tables
from shared.storage.privacy.subject import Subject
from shared.storage.privacy.subject_access import report_on
from shared.storage.tables import every_table
from shared.storage.tables.declarations import (
    About,
    Erasure,
    Names,
    NotShown,
    Shown,
    column,
    column_privacy,
    people,
    privacy_of,
)
from shared.storage.tables.facts import IdentityRow, MeetingRow
from tests.unit.cli.program import SMALL, chat_and_directory, fill

PERSON, ACCOUNT, NUMBER = "person-7f3e9a", "mail:account-51c2d0", 31_415
SUBJECT: Final = Subject(PERSON, {NUMBER: ACCOUNT})

# Written out a second time, so that no declaration becomes less by an oversight. A new table need not stand here.
NAMED: Final[dict[str, tuple[str, ...]]] = {
    "accepted": ("key mention refuse", "value mention refuse"),
    "access_case": (
        "partner person keep", "subject person keep", "reason mention keep", "opened_by person keep",
        "approved_by person keep", "closed_by person keep",
    ),
    "access_case_person": ("person person delete", "leader person delete"),
    "alert": ("first person delete", "second person delete", "third person delete"),
    "alert_event": ("actor mention replace",),
    "api_key": ("person person delete",),
    "applied": ("body mention rewrite-log",),
    "attendance": ("identity account delete",),
    "audit": ("key_id mention keep", "subject person keep"),
    "audit_entry": ("key_id mention keep", "people mention keep"),
    "contact": ("sender account rewrite-log", "recipient account rewrite-log", "others accounts rewrite-log"),
    "delegation": ("principal person delete", "delegate person delete"),
    "dirty": ("who mention own",),
    "erasure": ("digest digest own",),
    "exclusion": ("name person own",),
    "goal": ("owner person empty",),
    "goal_week": ("identity account delete",),
    "identity": ("key person delete",),
    "identity_link": ("identity account keep", "person person delete"),
    "meeting": (
        "organiser account rewrite-log", "people accounts rewrite-log", "invited accounts rewrite-log",
        "changed_by account rewrite-log",
    ),
    "norm": ("name person delete",),
    "outbox": ("key mention delete", "value mention delete"),
    "pair_day": ("sender account delete", "recipient account delete"),
    "person": ("key person delete",),
    "person_week": ("person person delete",),
    "reading": ("first person delete", "second person delete", "third person delete"),
    "register": ("pseudonym person delete",),
    "register_key": ("pseudonym person delete",),
    "release_panel": ("people digest own",),
    "release_step": ("people digest own",),
    "reporting_line": ("person person delete", "manager person delete"),
    "text_day": ("sender account delete", "recipient account delete"),
    "ticket_move": ("actor account rewrite-log", "reporter account rewrite-log", "assignee account rewrite-log"),
    "ticket_step": ("actor account rewrite-log", "target account rewrite-log"),
    "webhook_endpoint": ("person person delete", "created_by mention replace"),
}  # fmt: skip
# Which section of the report shows the rows of a table, or why none does.
SHOWN: Final[dict[str, str]] = {
    "person": "person", "identity": "accounts", "identity_link": "accounts", "reporting_line": "reporting_lines",
    "pair_day": "counters", "text_day": "text_counters", "contact": "messages", "meeting": "meetings",
    "attendance": "meetings", "ticket_step": "ticket_steps", "ticket_move": "ticket_moves",
    "goal_week": "goal_weeks", "goal": "goals", "person_week": "weeks",
    "reading": "readings", "alert": "alerts", "api_key": "keys",
    "access_case": "cases", "delegation": "delegations", "webhook_endpoint": "webhooks", "exclusion": "exclusions",
    "audit": "looks", "release_panel": "counted_in", "release_step": "counts_as",
    "register": "person",
}  # fmt: skip
NOT_SHOWN: Final[dict[str, str]] = {
    "applied": "the records that the facts are made of",
    "accepted": "records under way, for seconds",
    "outbox": "records under way, for seconds",
    "dirty": "marks of what is to be scored next",
    "access_case_person": "who looked stands in `looks`; whom a case is about must not be told to their leaders",
    "norm": "what is usual among at least five people",
    "alert_event": "what their credential did with alerts about others",
    "audit_entry": "the same reads as `looks`, sealed",
    "register_key": "a key that opens their entry in the register",
    "erasure": "there is nobody left to ask",
}
# Columns by which a row is not shown, though others of its table are.
NOT_SHOWN_BY: Final[dict[tuple[str, str], str]] = {
    **{("meeting", name): "found by attendance" for name in ("organiser", "changed_by", "people", "invited")},
    ("identity", "key"): "found first",
    ("identity_link", "person"): "found first",
    ("identity_link", "identity"): "then it is also somebody else's account",
    ("contact", "others"): "each recipient has a row",
    **{(table, "third"): "somebody may go to them" for table in ("reading", "alert")},
    ("alert", "second"): "somebody may go over their head",
    ("audit", "key_id"): "what they read of others",
    ("access_case", "subject"): "it may be about those who go over their head",
    ("access_case", "reason"): "it may be about those who go over their head",
    ("register", "pseudonym"): "sealed",
    ("webhook_endpoint", "created_by"): "what they set up for tools",
}
# What belongs to no class of data, and how it goes instead.
NOT_AGING: Final[dict[str, str]] = {
    **dict.fromkeys(("person", "identity", "identity_link", "reporting_line", "goal"), "kept as long as it is true"),
    **dict.fromkeys(("register", "register_key"), "kept as long as what it opens"),
    **dict.fromkeys(("accepted", "outbox", "dirty"), "gone once it is done"),
    "alert_event": "goes with its alert",
    "access_case_person": "goes with its case",
    "delegation": "a conflict of interest does not end",
    "exclusion": "holds until it is taken back",
    "webhook_endpoint": "goes when it is removed",
    "release_panel": "what was said cannot be unsaid: later releases are checked against it",
    "release_step": "until somebody leaves the directory",
    "erasure": "keeps out what still comes in",
}
KEPT: Final = {"audit", "audit_entry", "access_case"}
# Rows of facts go with the record of the log that made them: see tests/storage/test_erasure.py.
WITH_THE_LOG: Final = {"applied", "contact", "meeting", "ticket_step", "ticket_move"}
SHARED: Final = {"identity_link"}  # an account that is somebody else's as well stays theirs
UNDER_WAY: Final = {"accepted"}  # erasure refuses until they have arrived


def test_every_table_and_column_says_what_it_holds() -> None:
    for table in every_table():
        named = {column_privacy(each).names for each in table.columns} - {Names.NOBODY}
        privacy = privacy_of(table)
        assert not named or privacy.about is not About.NOBODY, f"{table.name} names people, and says it is about nobody"
        assert (privacy.access is None) == (privacy.about is About.NOBODY)


def test_a_table_and_a_column_that_say_nothing_are_refused() -> None:
    silent = Table("silent", MetaData(), Column("person", Text, primary_key=True))
    with pytest.raises(LookupError, match=r"silent\.person"):
        column_privacy(silent.c.person)
    with pytest.raises(LookupError, match="silent"):
        privacy_of(silent)


def test_a_declaration_that_would_protect_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="row policy"):
        people(access=Shown("readings"), retention="never", about=About.READINGS)
    with pytest.raises(ValueError, match="digest"):
        column(LargeBinary, names=Names.DIGEST)


def test_no_table_holds_less_than_it_did() -> None:
    declared: dict[str, tuple[str, ...]] = {}
    for each in data_inventory():
        said = f"{each.column.name} {each.privacy.names} {each.privacy.erasure}"
        declared[each.table.name] = (*declared.get(each.table.name, ()), said)
    assert {name: declared.get(name) for name in NAMED} == NAMED
    access = {table.name: privacy_of(table).access for table in every_table()}
    assert {name: access[name] for name in SHOWN} == {name: Shown(section) for name, section in SHOWN.items()}
    assert {name: access[name] for name in NOT_SHOWN} == {name: NotShown(why) for name, why in NOT_SHOWN.items()}
    assert SHOWN.keys() | NOT_SHOWN.keys() == NAMED.keys()
    not_found = {(each.table.name, each.column.name): each.privacy.why for each in data_inventory()}
    assert {place: why for place, why in not_found.items() if why and place[0] in NAMED} == NOT_SHOWN_BY


def test_everything_goes_some_day_or_says_why_not() -> None:
    aging = {each.table.name for each in aging_tables()}
    assert NAMED.keys() - aging == NOT_AGING.keys()
    assert {
        name: privacy_of(table).retention for table in every_table() if (name := table.name) in NOT_AGING
    } == NOT_AGING


def test_erasure_knows_what_only_its_own_code_finds() -> None:
    assert kept_tables() == KEPT
    own = {each.place for each in data_inventory() if each.privacy.erasure is Erasure.OWN}
    assert own == OWN_ERASURE.keys()


def test_no_column_names_somebody_without_saying_so(tmp_path: Path) -> None:
    happened = chat_and_directory(SMALL)
    fill(f"sqlite+aiosqlite:///{tmp_path / 'bellwether.db'}", happened, scored=True)
    named = {event.data.person for event in happened if isinstance(event, PersonRecorded)}
    named |= {event.data.identity for event in happened if isinstance(event, IdentityLinked)}
    found = set()
    with closing(sqlite3.connect(tmp_path / "bellwether.db")) as store:
        for table in every_table():
            for each in table.columns:
                if isinstance(each.type, Text | LargeBinary):
                    values = store.execute(f'SELECT "{each.name}" FROM {table.name}')  # noqa: S608 - our own names
                    text = "\n".join(str(value) for (value,) in values)
                    found |= {f"{table.name}.{each.name}"} if any(name in text for name in named) else set()
    assert {"reading.first", "applied.body"} <= found, "the search can find somebody"
    assert found <= {each.place for each in data_inventory() if each.privacy.names in (Names.PERSON, Names.MENTION)}


def row(naming: NamingColumn, number: int) -> dict[str, Any]:
    """A row that names the person in one column and nobody elsewhere."""
    column = naming.column
    values: dict[str, Any] = {}
    for each in naming.table.c:
        if each.nullable:
            continue
        match each.type:
            case Text():
                values[each.name] = f"{naming.table.name}{number}"
            case LargeBinary():
                values[each.name] = bytes([number])
            case Boolean():
                values[each.name] = False
            case Float():
                values[each.name] = 0.5
            case _:
                values[each.name] = number
    values |= OF_ITS_KIND.get(naming.table.name, {})
    match naming.privacy.names:
        case Names.ACCOUNT:
            return values | {column.name: NUMBER}
        case Names.ACCOUNTS:
            return values | {column.name: f"4,{NUMBER},9"}
        case Names.DIGEST:
            return values | {column.name: person_number(PERSON).to_bytes(8)}
    name = ACCOUNT if naming.table.name == "identity" else PERSON
    named = {"dirty": f"@{PERSON}", "alert_event": f"oidc:{PERSON}", "audit_entry": f'{{"{PERSON}":1}}'}
    text = named.get(naming.table.name, name)
    return values | {column.name: text.encode() if isinstance(column.type, LargeBinary) else text}


OF_ITS_KIND: Final[dict[str, dict[str, Any]]] = {
    "reading": {"signal": "relationship_health", "third": "", "factors": "[]"},
    "person": {"team": "works"},
    "audit": {"operation": "listRelationships"},
    "attendance": {"locator": 9},
}


async def added(connection: AsyncConnection, naming: NamingColumn, *, number: int) -> None:
    await connection.execute(insert(naming.table), row(naming, number))
    if naming.table.name == "attendance":  # finds meetings
        meeting = {"locator": 9, "start": 1, "end": 2, "organiser": NUMBER, "people": "1", "invited": "1", "series": 1}
        rest = {"original_start": 1, "cancelled": False, "changed_by": 1, "changed_at": 1}
        await connection.execute(insert(table_of(MeetingRow)), meeting | rest)


async def report(connection: AsyncConnection) -> dict[str, Any]:
    return await report_on(connection, SUBJECT, Register(connection.dialect, CLOSED.register))


@pytest_asyncio.fixture
async def store(sqlite_url: str) -> AsyncIterator[Database]:
    database = open_database(make_url(sqlite_url))
    await upgrade(database)
    yield database
    await database.close()


async def test_what_names_somebody_is_shown_to_them_and_goes_with_them(store: Database) -> None:
    searched = [each for each in data_inventory() if each.table.name not in {"erasure", "identity"}]
    async with store.write() as connection:
        others = [{"id": number, "key": f"mail:other{number}"} for number in range(1, 10)]
        await connection.execute(insert(table_of(IdentityRow)), [*others, {"id": NUMBER, "key": ACCOUNT}])
        shown = await report(connection)
        for naming in searched:
            await added(connection, naming, number=1 + naming_columns(naming.table).index(naming))
            access = privacy_of(naming.table).access
            if isinstance(access, Shown) and naming.privacy.finds:
                before, shown = shown, await report(connection)
                assert shown[access.section] != before[access.section], naming.place
        found = await occurrences(connection, SUBJECT.pseudonyms, [NUMBER])
        assert found.keys() >= {each.place for each in searched if each.table.name not in KEPT}
        await remove(connection, SUBJECT, at=1)
        left = {each.partition(".")[0] for each in await occurrences(connection, SUBJECT.pseudonyms, [NUMBER])}
        assert left == WITH_THE_LOG | UNDER_WAY | SHARED
