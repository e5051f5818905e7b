"""`bellwether cases`: who did it is an account and a user of the system, and a second person shares neither."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import insert

from services.cli import store_calls
from services.cli.connection import connect
from services.cli.errors import UsageError
from services.cli.operator_account import OPERATOR_FILE, system_user
from shared.keyring import KEYS_DIRECTORY
from shared.storage.engine.bulk import table_of
from shared.storage.tables.directory import PersonRow
from tests.unit.cli.program import bellwether

MODE = ("mode", "set", "case", "--dpia", "an assessment", "--agreement", "an agreement")
CASE = ("cases", "open", "--partner", "4711", "--person", "2", "--purpose", "escalation-prevention")


def account(token: str) -> str:
    return token.removeprefix("bw_").rpartition("_")[0]


def test_a_case_names_the_account_and_another_account_and_user_approves_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = ("--data", tmp_path)
    assert bellwether(*MODE, *where).exit_code == 0
    connection = connect(database=None, data=tmp_path)
    there = insert(table_of(PersonRow)).values(key=connection.pseudonym("2"), active=True)
    store_calls.write(connection, lambda transaction: transaction.execute(there))
    opened = bellwether(*CASE, *where)
    assert opened.exit_code == 0, opened.exception
    case = opened.stdout.partition(":")[0]
    first = (tmp_path / KEYS_DIRECTORY / OPERATOR_FILE).read_text().strip()
    second = tmp_path / "second.key"
    made = bellwether("keys", "create", "--role", "operator", "--name", "joan", *where)
    second.write_text(made.stdout.split()[0])

    def approved(*, key: Path | None, user: str) -> bool:
        with monkeypatch.context() as other:
            other.setattr("services.cli.operator_account.system_user", lambda: user)
            if key is not None:
                other.setenv("BELLWETHER_OPERATOR_KEY_FILE", str(key))
            done = bellwether("cases", "approve", case, *where)
        assert done.exit_code == 0 or isinstance(done.exception, UsageError), done.exception
        return done.exit_code == 0

    assert not approved(key=None, user=system_user())
    assert not approved(key=second, user=system_user())  # a second account of one person
    assert not approved(key=None, user="joan")  # a second user with the account of the first
    assert approved(key=second, user="joan")
    assert bellwether("cases", "close", case, *where).exit_code == 0
    with sqlite3.connect(tmp_path / "bellwether.db") as store:
        found = store.execute("SELECT opened_by, approved_by, closed_by FROM access_case").fetchall()
    us = f"{account(first)} ({system_user()})"
    assert found == [(us, f"{account(second.read_text())} (joan)", us)]
