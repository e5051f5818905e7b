"""Accounts that belong to nobody: suggested as they come in, listed, linked and ignored."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from services.cli.connection import connect, existing_store
from services.cli.errors import UsageError
from shared.storage.directory.account_decisions import Decision, latest_decisions
from shared.storage.engine.bulk import table_of
from shared.storage.tables.accounts import AccountSuggestionRow
from shared.storage.tables.directory import IdentityLinkRow, PersonRow, ReportingLineRow
from shared.storage.tables.facts import ContactRow, IdentityRow
from shared.storage.tables.register import RegisterRow
from tests.unit.cli.program import bellwether

PEOPLE = """\
id,name,mail,manager
1,Ana Ruiz,ana.ruiz@example.com,
2,Ben Okafor,ben.okafor@example.com,1
3,Dan Young,dan.young@example.com,1
"""
MAIL = """\
from,to,date,message-id
ana.ruiz@example.com,ben.okafor@example.com;b.okafor@gmail.com,2024-03-04T09:00:00Z,<1>
jenkins@example.com,ana.ruiz@example.com,2024-03-04T10:00:00Z,<2>
eve@customer.test,Ana.Ruiz+x@Example.com,2024-03-04T11:00:00Z,<3>
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for kind, text in (("people", PEOPLE), ("mail", MAIL)):
        (tmp_path / f"{kind}.csv").write_text(text)
        result = bellwether("import", kind, tmp_path / f"{kind}.csv", "--data", tmp_path / "data")
        assert result.exit_code == 0, result.exception
    asyncio.run(processed(tmp_path / "data"))
    return tmp_path / "data"


def account(data: Path, identity: str) -> str:
    pseudonyms = connect(data=data).keyring().pseudonyms
    assert pseudonyms is not None
    return pseudonyms.identity(identity)


async def processed(data: Path) -> None:
    """As if the services had taken everything in."""
    connection = connect(data=data)
    owners = {f"mail:{name}@example.com": key for key, name in (("1", "ana.ruiz"), ("2", "ben.okafor"))}
    met = [*owners, "mail:b.okafor@gmail.com", "mail:jenkins@example.com", "mail:eve@customer.test"]
    async with existing_store(connection) as database, database.write() as writing:
        identities = [{"id": number, "key": account(data, each)} for number, each in enumerate(met, start=1)]
        await writing.execute(insert(table_of(IdentityRow)), identities)
        people = [connection.pseudonym(each) for each in ("1", "2", "3")]
        await writing.execute(insert(table_of(PersonRow)), [{"key": each, "active": True} for each in people])
        span = {"valid_from": -1, "valid_to": 1}
        lines = [span | {"entity": each.encode(), "person": each, "manager": people[0]} for each in people[1:]]
        await writing.execute(insert(table_of(ReportingLineRow)), lines)
        links = [
            span | {"entity": str(number).encode(), "identity": number, "person": people[number - 1]}
            for number in (1, 2)
        ]
        await writing.execute(insert(table_of(IdentityLinkRow)), links)
        blank = {"channel": 0, "thread": 0, "marks": 0, "others": "", "at": 10**9}
        ends = [(1, 2), (1, 3), (4, 1), (5, 1)]
        contacts = [
            blank | {"sender": one, "recipient": other, "locator": place} for place, (one, other) in enumerate(ends)
        ]
        await writing.execute(insert(table_of(ContactRow)), contacts)


def decisions(data: Path) -> dict[str, Decision]:
    async def look() -> dict[str, Decision]:
        async with existing_store(connect(data=data)) as database, database.read() as connection:
            return await connection.run_sync(latest_decisions)

    return asyncio.run(look())


def test_accounts_of_nobody_are_listed_with_whose_they_may_be(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "250")
    listed = bellwether("identities", "list", "--data", data)
    assert listed.exit_code == 0, listed.exception
    rows = {line.split("│")[1].strip(): line for line in listed.stdout.splitlines() if "mail:p-" in line}
    assert rows.keys() == {
        account(data, each)
        for each in ("mail:b.okafor@gmail.com", "mail:jenkins@example.com", "mail:eve@customer.test")
    }
    mine = rows[account(data, "mail:b.okafor@gmail.com")]
    assert "of 2 Ben Okafor, by initial" in mine
    assert "b.okafor" in mine
    assert "up to 10" in mine
    assert "a bot, by its name" in rows[account(data, "mail:jenkins@example.com")]
    assert "customer" not in listed.stdout  # what strangers are called is kept nowhere
    assert "unlinked" in rows[account(data, "mail:eve@customer.test")]


def test_the_store_keeps_what_an_account_is_called_sealed_and_only_where_somebody_is_suggested(data: Path) -> None:
    async def look() -> tuple[set[str], set[str]]:
        async with existing_store(connect(data=data)) as database, database.read() as connection:
            registered = await connection.execute(select(table_of(RegisterRow).c.pseudonym))
            suggested = await connection.execute(select(table_of(AccountSuggestionRow).c.account))
            return set(registered.scalars()), set(suggested.scalars())

    registered, suggested = asyncio.run(look())
    assert account(data, "mail:b.okafor@gmail.com") in registered & suggested
    assert account(data, "mail:jenkins@example.com") in suggested - registered
    assert account(data, "mail:eve@customer.test") not in registered | suggested
    assert not [file for file in data.rglob("*.db*") if b"okafor@gmail" in file.read_bytes()]


def test_suggestions_are_accepted_and_taken_back(data: Path) -> None:
    mine, machine = account(data, "mail:b.okafor@gmail.com"), account(data, "mail:jenkins@example.com")
    for name in (mine, "mail:Jenkins@example.com"):
        done = bellwether("identities", "accept", name, "--data", data)
        assert done.exit_code == 0, done.exception
    found = decisions(data)
    assert (found[mine].act, found[mine].person) == ("link", connect(data=data).pseudonym("2"))
    assert (found[machine].act, found[machine].kind, found[machine].done) == ("ignore", "bot", True)
    assert bellwether("identities", "restore", machine, "--data", data).exit_code == 0
    assert decisions(data)[machine].act == "restore"


def test_what_cannot_be_decided_is_refused(data: Path) -> None:
    for arguments, reason in (
        (("link", "mail:nobody@example.com", "1"), "no account"),
        (("link", "mail:eve@customer.test", "77"), "no person"),
        (("link", "mail:ben.okafor@example.com", "3"), "two people"),
        (("unlink", "mail:eve@customer.test"), "belongs to nobody"),
        (("accept", "mail:eve@customer.test"), "nothing is suggested"),
        (("ignore", "eve", "--as", "bot"), "an account is written"),
        (("link", "mail:eve@customer.test", connect(data=data).pseudonym("2")), "pseudonym"),
    ):
        refused = bellwether("identities", *arguments, "--data", data)
        assert isinstance(refused.exception, UsageError), arguments
        assert reason in str(refused.exception)
    assert (
        bellwether(
            "identities", "link", "mail:eve@customer.test", "3", "--from", "2024-01-01", "--data", data
        ).exit_code
        == 0
    )
    assert not decisions(data)[account(data, "mail:eve@customer.test")].done
