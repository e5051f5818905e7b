"""Every table says whether it tells of people, and those that say no hold nothing that names anybody."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary, Text

from shared.schemas.directory import IdentityLinked, PersonRecorded
from shared.storage.access.grants import table_grants
from shared.storage.privacy.data_inventory import data_inventory
from shared.storage.tables import every_table, metadata
from shared.storage.tables.declarations import About, privacy_of
from tests.unit.cli.program import SMALL, chat_and_directory, fill

BY_NAME = {table.name: grants for table, grants in table_grants()}
FREE = sorted(table.name for table in every_table() if privacy_of(table).about is About.NOBODY)
# What tells of people is called so somewhere.
NAMES = {"person", "people", "subject", "identity", "sender", "recipient", "partner", "manager", "owner", "first"}


def test_every_table_is_declared() -> None:
    assert set(BY_NAME) == set(metadata().tables)


def test_whatever_names_people_is_kept_by_the_server_too() -> None:
    assert {naming.table.name for naming in data_inventory()}.isdisjoint(FREE)


@pytest.mark.parametrize("name", FREE)
def test_a_table_about_nobody_has_no_column_for_somebody(name: str) -> None:
    columns = set(metadata().tables[name].columns.keys())
    # A release counts its people; the first of a root is a number of an entry.
    assert columns & NAMES <= {"release": {"people"}, "audit_root": {"first"}}.get(name, set())


def test_a_table_about_nobody_names_nobody_of_a_company(tmp_path: Path) -> None:
    happened = chat_and_directory(SMALL)
    fill(f"sqlite+aiosqlite:///{tmp_path / 'bellwether.db'}", happened, scored=True)
    named = {event.data.person for event in happened if isinstance(event, PersonRecorded)}
    named |= {event.data.identity for event in happened if isinstance(event, IdentityLinked)}
    with closing(sqlite3.connect(tmp_path / "bellwether.db")) as store:

        def found(table: str) -> bool:
            columns = [
                column.name
                for column in metadata().tables[table].columns
                if isinstance(column.type, Text | LargeBinary)
            ]
            rows = store.execute(f"SELECT {', '.join(columns)} FROM {table}") if columns else ()  # noqa: S608 - our own
            texts = "\n".join(str(row) for row in rows)
            return any(name in texts for name in named)

        assert found("reading"), "the search can find somebody"
        assert [table for table in FREE if found(table)] == []


def test_services_get_no_more_than_they_need() -> None:
    """Written out a second time: what would undo the audit, the keys or the leave to read."""
    for name in ("audit", "audit_entry", "audit_root", "audit_cut"):
        assert set(BY_NAME[name].reader.split(", ")) <= {"SELECT", "INSERT", ""}
    for name in ("audit", "audit_entry"):
        assert BY_NAME[name].writer == "SELECT, DELETE"
    for name in ("api_key", "reading", "person", "reporting_line", "delegation", "register"):
        assert BY_NAME[name].reader == "SELECT"
    for name in ("api_key", "access_case"):
        assert "INSERT" not in BY_NAME[name].writer
    assert not [name for name, grants in BY_NAME.items() if "DELETE" in grants.reader]


def test_the_api_reads_what_it_answers_with_and_no_facts() -> None:
    """Written out a second time: facts, the log, the ledger of releases and who objected are no business of the API."""
    assert {name for name, grants in BY_NAME.items() if "SELECT" in grants.reader} == {
        "access_case", "access_case_person", "account_decision", "account_suggestion",
        "alert", "alert_event", "api_key", "audit", "audit_head",
        "confirmed_name", "delegation", "deployment_mode", "identity", "identity_link",
        "person", "reading", "register", "register_key", "release",
        "reporting_line", "source_share", "team", "unlinked_account", "webhook_endpoint",
    }  # fmt: skip
    assert {name for name, grants in BY_NAME.items() if grants.reader and "SELECT" not in grants.reader} == {
        "audit_entry",
    }  # fmt: skip
