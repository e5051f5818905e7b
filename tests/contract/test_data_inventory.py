"""Every table that names people has a place in what is held about them, in erasure and in retention."""

from typing import Any, Final

from sqlalchemy import Boolean, Float, LargeBinary, Text, insert
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

from shared.domain.release.lattice import person_number
from shared.keyring import CLOSED
from shared.storage.directory.register import Register
from shared.storage.engine.bulk import table_of
from shared.storage.engine.database import open_database
from shared.storage.engine.schema import upgrade
from shared.storage.privacy.data_inventory import DATA_INVENTORY, NAMES_NOBODY, Naming
from shared.storage.privacy.erasure import KEPT_TABLES, Subject, occurrences, remove
from shared.storage.privacy.retention import AGING
from shared.storage.privacy.subject_access import report_on
from shared.storage.tables.facts import IdentityRow, MeetingRow

PERSON, ACCOUNT, NUMBER = "person-7f3e9a", "mail:account-51c2d0", 31_415
SUBJECT: Final = Subject(PERSON, {NUMBER: ACCOUNT})

# Written out and not read from the code: which section of the report shows the rows of a table, or why none does.
HELD: Final[dict[str, str]] = {
    "person": "person", "identity": "accounts", "identity_link": "accounts", "reporting_line": "reporting_lines",
    "pair_day": "counters", "text_day": "text_counters", "contact": "messages", "meeting": "meetings",
    "attendance": "meetings", "ticket_step": "ticket_steps", "ticket_move": "ticket_moves",
    "goal_week": "goal_weeks", "goal": "goals", "person_week": "weeks",
    "reading": "readings", "alert": "alerts", "api_key": "keys",
    "access_case": "cases", "delegation": "delegations", "webhook_endpoint": "webhooks", "exclusion": "exclusions",
    "audit": "looks", "release_panel": "counted_in", "register": "person",
}  # fmt: skip
NOT_SHOWN: Final[dict[str, str]] = {
    "applied": "the records that the facts are made of",
    "accepted": "records under way, for seconds",
    "outbox": "records under way, for seconds",
    "dirty": "marks of what is to be scored next",
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
    ("register", "pseudonym"): "sealed",
    ("webhook_endpoint", "created_by"): "what they set up for others",
}
# What belongs to no class of data, and how it goes instead.
NOT_AGING: Final[dict[str, str]] = {
    **dict.fromkeys(("person", "identity", "identity_link", "reporting_line", "goal"), "kept as long as it is true"),
    **dict.fromkeys(("register", "register_key"), "kept as long as what it opens"),
    **dict.fromkeys(("accepted", "outbox", "dirty"), "gone once it is done"),
    "alert_event": "goes with its alert",
    "delegation": "a conflict of interest does not end",
    "exclusion": "holds until it is taken back",
    "webhook_endpoint": "goes when it is removed",
    "release_panel": "what was said cannot be unsaid: later releases are checked against it",
    "erasure": "keeps out what still comes in",
}
# Rows of facts go with the record of the log that made them: see tests/storage/test_erasure.py.
WITH_THE_LOG: Final = {"applied", "contact", "meeting", "ticket_step", "ticket_move"}
SHARED: Final = {"identity_link"}  # an account that is somebody else's as well stays theirs
UNDER_WAY: Final = {"accepted"}  # erasure refuses until they have arrived


def test_every_table_says_whether_it_names_people() -> None:
    named = [each.table.name for each in DATA_INVENTORY]
    others = [str(model.__tablename__) for model in NAMES_NOBODY]
    assert sorted([*named, *others]) == sorted(SQLModel.metadata.tables)


def test_every_table_that_does_has_its_place() -> None:
    named = {each.table.name for each in DATA_INVENTORY}
    assert HELD.keys() | NOT_SHOWN.keys() == named
    assert not HELD.keys() & NOT_SHOWN.keys()
    aging = {each.table.name for each in AGING}
    assert named - aging == NOT_AGING.keys()


def row(naming: Naming, column: str, number: int) -> dict[str, Any]:
    """A row that names the person in one column and nobody elsewhere."""
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
    if column in naming.account:
        return values | {column: NUMBER}
    if column in naming.accounts:
        return values | {column: f"4,{NUMBER},9"}
    if column in naming.digest:
        return values | {column: person_number(PERSON).to_bytes(8)}
    name = ACCOUNT if naming.table.name == "identity" else PERSON
    named = {"dirty": f"@{PERSON}", "alert_event": f"oidc:{PERSON}", "audit_entry": f'{{"{PERSON}":1}}'}
    text = named.get(naming.table.name, name)
    return values | {column: text.encode() if isinstance(naming.table.c[column].type, LargeBinary) else text}


OF_ITS_KIND: Final[dict[str, dict[str, Any]]] = {
    "reading": {"signal": "relationship_health", "third": "", "factors": "[]"},
    "person": {"team": "works"},
    "audit": {"operation": "listRelationships"},
    "attendance": {"locator": 9},
}


async def added(connection: AsyncConnection, naming: Naming, column: str, *, number: int) -> None:
    await connection.execute(insert(naming.table), row(naming, column, number))
    if naming.table.name == "attendance":  # finds meetings
        meeting = {"locator": 9, "start": 1, "end": 2, "organiser": NUMBER, "people": "1", "invited": "1", "series": 1}
        rest = {"original_start": 1, "cancelled": False, "changed_by": 1, "changed_at": 1}
        await connection.execute(insert(table_of(MeetingRow)), meeting | rest)


async def report(connection: AsyncConnection) -> dict[str, Any]:
    return await report_on(connection, SUBJECT, Register(connection.dialect, CLOSED.register))


async def test_what_names_somebody_is_shown_to_them_and_goes_with_them(sqlite_url: str) -> None:
    database = open_database(make_url(sqlite_url))
    await upgrade(database)
    searched = [each for each in DATA_INVENTORY if each.table.name not in {"erasure", "identity"}]
    async with database.write() as connection:
        others = [{"id": number, "key": f"mail:other{number}"} for number in range(1, 10)]
        await connection.execute(insert(table_of(IdentityRow)), [*others, {"id": NUMBER, "key": ACCOUNT}])
        told = await report(connection)
        for naming in searched:
            for number, column in enumerate(naming.columns, 1):
                await added(connection, naming, column, number=number)
                section = HELD.get(naming.table.name)
                if section and (naming.table.name, column) not in NOT_SHOWN_BY:
                    before, told = told, await report(connection)
                    assert told[section] != before[section], (naming.table.name, column)
        found = await occurrences(connection, SUBJECT.pseudonyms, [NUMBER])
        assert found.keys() >= {
            f"{each.table.name}.{column}"
            for each in searched
            for column in each.columns
            if each.table.name not in KEPT_TABLES
        }
        await remove(connection, SUBJECT, at=1)
        left = {each.partition(".")[0] for each in await occurrences(connection, SUBJECT.pseudonyms, [NUMBER])}
        assert left == WITH_THE_LOG | UNDER_WAY | SHARED
    await database.close()
