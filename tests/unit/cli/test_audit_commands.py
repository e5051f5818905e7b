"""`bellwether audit`: sound or not, the first entry that is not, and roots to keep elsewhere."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from secrets import token_hex

import pytest
from sqlalchemy.engine import Connection

from services.cli.errors import DifferentError, UsageError
from shared.domain.privacy.audit_chain import ChainKeys
from shared.keyring import KEYS_DIRECTORY, KeySettings, read_keyring
from shared.storage.access.audit import AuditStore, Disclosure
from shared.storage.engine.database import open_database, sqlite_url
from shared.storage.engine.schema import upgrade
from tests.unit.cli.program import bellwether


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with keys, and an audit of six entries sealed under them."""
    asyncio.run(_written(tmp_path, 6))
    return tmp_path


async def _written(data: Path, count: int, keys: ChainKeys | None = None) -> None:
    """So many looks, written with the keys of the directory or with those that a running service still has."""
    database = open_database(sqlite_url(data / "bellwether.db"))
    await upgrade(database)
    audit = AuditStore(database.engine.dialect, keys or read_keyring(KeySettings().below(data)).audit)

    def write(connection: Connection) -> None:
        for number in range(count):
            told = Disclosure(1_770_000_000 + number, "key", "listRelationships", "relationship-support")
            audit.write(connection, told, {"ann": 1})

    async with database.write() as connection:
        await connection.run_sync(write)
    await database.close()


def tamper(data: Path, statement: str) -> None:
    with closing(sqlite3.connect(data / "bellwether.db", isolation_level=None)) as store:
        for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            store.execute(f"DROP TRIGGER {name}")
        store.execute(statement)


def test_a_sound_audit_is_called_so(data: Path) -> None:
    answer = bellwether("audit", "verify", "--data", data)
    assert answer.exit_code == 0, answer.exception
    assert answer.stdout == "sound: 6 entries, signed up to 0; 0 outside roots agree\n"
    assert answer.stderr == ""


@pytest.mark.parametrize(
    ("statement", "first"),
    [
        ("UPDATE audit_entry SET purpose = 'curiosity' WHERE sequence = 4", 4),
        ("UPDATE audit_entry SET at = at + 1 WHERE sequence IN (2, 5)", 2),
        ("DELETE FROM audit_entry WHERE sequence = 3", 3),
        ("DELETE FROM audit WHERE entry = 5", 5),
    ],
)
def test_the_first_entry_that_is_not_as_written_is_named(data: Path, statement: str, first: int) -> None:
    tamper(data, statement)
    answer = bellwether("audit", "verify", "--data", data)
    assert isinstance(answer.exception, DifferentError)
    assert answer.exception.exit_code == 9
    assert str(answer.exception).startswith(f"entry {first}: ")
    assert answer.stdout == ""


def test_without_a_store_there_is_nothing_to_verify(tmp_path: Path) -> None:
    assert isinstance(bellwether("audit", "verify", "--data", tmp_path).exception, UsageError)


def test_roots_are_signed_once_and_added_to_the_file(data: Path, tmp_path: Path) -> None:
    kept = tmp_path / "roots"
    first = bellwether("audit", "roots", "--out", kept, "--data", data)
    assert first.exit_code == 0, first.exception
    assert "1 new roots" in first.stderr
    before = kept.read_bytes()
    assert "0 new roots" in bellwether("audit", "roots", "--out", kept, "--data", data).stderr
    assert kept.read_bytes() == before
    asyncio.run(_written(data, 2))
    assert "1 new roots" in bellwether("audit", "roots", "--out", kept, "--data", data).stderr
    assert kept.read_bytes().startswith(before)
    assert bellwether("audit", "roots", "--data", data).stdout.encode() == kept.read_bytes(), "without a file: shown"
    verified = bellwether("audit", "verify", "--roots", kept, "--data", data)
    assert verified.stdout == "sound: 8 entries, signed up to 8; 2 outside roots agree\n"


def test_keys_that_seal_and_sign_change_while_services_write_and_nothing_is_lost(data: Path, tmp_path: Path) -> None:
    """A new key in front; services started before it was there go on with the old one until they are restarted."""
    kept, keys = tmp_path / "roots", data / KEYS_DIRECTORY
    bellwether("audit", "roots", "--out", kept, "--data", data)
    old = read_keyring(KeySettings().below(data)).audit
    before = {name: (keys / name).read_text() for name in ("audit.key", "audit-signing.key")}
    for name, key in before.items():
        (keys / name).write_text(f"{token_hex(32)}\n{key}")
    for writer in (None, old, None, old):
        asyncio.run(_written(data, 2, writer))
        assert bellwether("audit", "verify", "--roots", kept, "--data", data).exit_code == 0
    assert "1 new roots" in bellwether("audit", "roots", "--out", kept, "--data", data).stderr
    verified = bellwether("audit", "verify", "--roots", kept, "--data", data)
    assert verified.stdout == "sound: 14 entries, signed up to 14; 2 outside roots agree\n"
    for name, key in before.items():  # whoever drops the old one too early is told, and can put it back
        both = (keys / name).read_text()
        (keys / name).write_text(both.removesuffix(key))
        assert bellwether("audit", "verify", "--roots", kept, "--data", data).exit_code != 0
        (keys / name).write_text(both)
    assert bellwether("audit", "verify", "--roots", kept, "--data", data).stdout == verified.stdout


def test_roots_kept_outside_find_what_was_cut_off_with_all_its_traces(data: Path, tmp_path: Path) -> None:
    kept = tmp_path / "roots"
    bellwether("audit", "roots", "--out", kept, "--data", data)
    for table in ("audit_entry", "audit", "audit_head", "audit_root"):
        tamper(data, f"DELETE FROM {table}")  # noqa: S608 - our own names
    asyncio.run(_written(data, 2))
    assert bellwether("audit", "verify", "--data", data).exit_code == 0, "by itself a shorter chain is sound"
    assert isinstance(bellwether("audit", "verify", "--roots", kept, "--data", data).exception, DifferentError)
    assert isinstance(bellwether("audit", "roots", "--out", kept, "--data", data).exception, DifferentError)


def test_what_holds_no_roots_or_no_key_is_told(data: Path, tmp_path: Path) -> None:
    nonsense = tmp_path / "nonsense"
    nonsense.write_text("nonsense\n")
    for arguments in (("verify", "--roots", nonsense), ("verify", "--public-key", "00"), ("roots", "--out", nonsense)):
        assert isinstance(bellwether("audit", *arguments, "--data", data).exception, UsageError)
