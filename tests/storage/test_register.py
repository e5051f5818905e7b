from pathlib import Path

import pytest
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import delete, insert
from sqlalchemy.engine import make_url

from shared.domain.facts.digests import digest
from shared.domain.privacy.pseudonym import Pseudonyms
from shared.keyring import KeyFileError, KeySettings, read_keyring
from shared.storage.directory.register import Entry, Register, Registration, claim_pseudonym_key
from shared.storage.engine.bulk import table_of
from shared.storage.engine.database import open_database
from shared.storage.engine.schema import upgrade
from shared.storage.tables.register import ErasureRow, RegisterKeyRow

ADA = Registration("p-ada", Entry("4711", "Ada Canary"))


async def test_entries_are_found_by_those_who_hold_a_key(database_url: str) -> None:
    database = open_database(make_url(database_url))
    old, new = Fernet(Fernet.generate_key()), Fernet(Fernet.generate_key())
    dialect = database.engine.dialect
    try:
        await upgrade(database)
        async with database.write() as connection:
            before = Register(dialect, MultiFernet([old]))
            assert await before.put(connection, [ADA, ADA, Registration("p-bob", Entry("1", None))]) == 2
            assert await connection.run_sync(before.find, ["p-ada", "p-none"]) == {"p-ada": ADA.entry}
            assert await connection.run_sync(Register(dialect, None).find, ["p-ada"]) == {}
            assert await connection.run_sync(Register(dialect, MultiFernet([new])).find, ["p-ada"]) == {}
            # While a key is replaced both open the register; afterwards the old one does not.
            assert await Register(dialect, MultiFernet([new, old])).rotate(connection) == 2
            after = Register(dialect, MultiFernet([new]))
            assert await connection.run_sync(after.find, ["p-ada"]) == {"p-ada": ADA.entry}
            assert await connection.run_sync(before.find, ["p-ada"]) == {}
            with pytest.raises(InvalidToken):
                await before.rotate(connection)
            # Without its own key an entry is lost, whatever the register key.
            await connection.execute(delete(table_of(RegisterKeyRow)))
            assert await connection.run_sync(Register(dialect, MultiFernet([new])).find, ["p-ada"]) == {}
    finally:
        await database.close()


async def test_who_was_erased_is_not_registered_again(database_url: str) -> None:
    database = open_database(make_url(database_url))
    register = Register(database.engine.dialect, MultiFernet([Fernet(Fernet.generate_key())]))
    try:
        await upgrade(database)
        async with database.write() as connection:
            row = {"digest": digest("p-ada"), "erased_at": 1, "proof": "{}"}
            await connection.execute(insert(table_of(ErasureRow)).values(row))
            assert await register.put(connection, [ADA]) == 0
            assert await connection.run_sync(register.find, ["p-ada"]) == {}
    finally:
        await database.close()


async def test_a_store_knows_people_under_one_key(database_url: str) -> None:
    database = open_database(make_url(database_url))
    try:
        await upgrade(database)
        async with database.write() as connection:
            assert await claim_pseudonym_key(connection, Pseudonyms(b"1" * 32))
            assert await claim_pseudonym_key(connection, Pseudonyms(b"1" * 32))
            assert not await claim_pseudonym_key(connection, Pseudonyms(b"2" * 32))
    finally:
        await database.close()


async def test_nothing_of_an_entry_lies_open_in_the_file(sqlite_url: str, tmp_path: Path) -> None:
    database = open_database(make_url(sqlite_url))
    key = Fernet.generate_key()
    try:
        await upgrade(database)
        async with database.write() as connection:
            await Register(database.engine.dialect, MultiFernet([Fernet(key)])).put(connection, [ADA])
        held = everything_in(tmp_path)
        assert b"p-ada" in held
        assert b"Canary" not in held
        assert b"4711" not in held
        assert key not in held
    finally:
        await database.close()


def everything_in(directory: Path) -> bytes:
    return b"".join(path.read_bytes() for path in directory.iterdir())


def test_key_files_are_made_once_and_for_the_owner_alone(tmp_path: Path) -> None:
    settings = KeySettings().below(tmp_path)
    assert settings == KeySettings().below(tmp_path)
    assert settings.register_key_file is not None
    assert settings.register_key_file.stat().st_mode & 0o077 == 0
    keyring = read_keyring(settings)
    assert keyring.pseudonyms is not None
    assert keyring.register is not None
    secret = settings.register_key_file.read_text().strip()
    assert secret not in repr(keyring)
    assert read_keyring(KeySettings()).pseudonyms is None


@pytest.mark.parametrize("content", ["", "abc", "zz" * 32, "é"])
def test_a_key_file_that_holds_no_key_is_named_without_its_content(tmp_path: Path, content: str) -> None:
    path = tmp_path / "some.key"
    path.write_text(content)
    for settings in (KeySettings(pseudonym_key_file=path), KeySettings(register_key_file=path)):
        with pytest.raises(KeyFileError, match=r"some\.key") as told:
            read_keyring(settings)
        assert not content or content not in str(told.value).replace("some.key", "")
    with pytest.raises(KeyFileError):
        read_keyring(KeySettings(register_key_file=tmp_path / "none.key"))
