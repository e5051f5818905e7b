"""The register: who is behind a pseudonym. The only place where that is known, and the only code that opens it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import insert, select
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.facts.digests import digest
from shared.domain.privacy.pseudonym import Pseudonyms
from shared.storage.engine import bulk
from shared.storage.tables.register import ErasureRow, PseudonymKeyRow, RegisterKeyRow, RegisterRow

_REGISTER: Final = bulk.table_of(RegisterRow).c
_KEYS: Final = bulk.table_of(RegisterKeyRow).c


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a pseudonym stands for: the HR system's id with a name, or a source identity."""

    text: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Registration:
    """An entry to make or to replace."""

    pseudonym: str
    entry: Entry


_PROVED: Final = "the pseudonym key of this store"
_DECODE: Final = msgspec.json.Decoder(Entry).decode


class Register:
    """Reads and writes entries in the caller's transaction. Without keys it is closed: nothing is found."""

    def __init__(self, dialect: Dialect, keys: MultiFernet | None) -> None:
        self._keys: Final = keys
        self._put_keys = bulk.replacing(RegisterKeyRow, dialect)
        self._put_entries = bulk.replacing(RegisterRow, dialect)

    async def put(self, connection: AsyncConnection, registrations: Iterable[Registration]) -> int:
        """Make or replace entries, each under a fresh key; those of erased people are left out. Says how many it made.

        Raises RuntimeError when the register is closed.
        """
        latest = {each.pseudonym: each.entry for each in registrations}
        if not latest:
            return 0
        if self._keys is None:
            raise RuntimeError("the register needs its key to take entries")
        gone = await erased(connection, latest)
        keys, entries = [], []
        for pseudonym, entry in sorted(latest.items()):
            if pseudonym not in gone:
                own = Fernet.generate_key()
                keys.append((pseudonym, self._keys.encrypt(own)))
                entries.append((pseudonym, Fernet(own).encrypt(msgspec.json.encode(entry))))
        await self._put_keys.run(connection, keys)
        await self._put_entries.run(connection, entries)
        return len(entries)

    def find(self, connection: Connection, pseudonyms: Iterable[str]) -> Mapping[str, Entry]:
        """Entries by pseudonym; those that are not there, or cannot be opened with these keys, are left out."""
        wanted = sorted(set(pseudonyms))
        if self._keys is None or not wanted:
            return {}
        found: dict[str, Entry] = {}
        for part in bulk.parts(wanted):
            for pseudonym, sealed, wrapped in connection.execute(_entries(part)):
                entry = self._open(sealed, wrapped)
                if entry is not None:
                    found[pseudonym] = entry
        return found

    async def rotate(self, connection: AsyncConnection) -> int:
        """Wrap every key anew by the first of the register keys; says how many. Raises InvalidToken for a lost key."""
        if self._keys is None:
            raise RuntimeError("the register needs its keys to rotate them")
        rows = (await connection.execute(select(_KEYS.pseudonym, _KEYS.wrapped).order_by(_KEYS.pseudonym))).all()
        await self._put_keys.run(connection, [(name, self._keys.rotate(wrapped)) for name, wrapped in rows])
        return len(rows)

    def _open(self, sealed: bytes, wrapped: bytes) -> Entry | None:
        if self._keys is None:
            return None
        try:
            return _DECODE(Fernet(self._keys.decrypt(wrapped)).decrypt(sealed))
        except InvalidToken:
            return None


async def claim_pseudonym_key(connection: AsyncConnection, pseudonyms: Pseudonyms) -> bool:
    """Note the key that this store is filled under, the first time; False when it was another one before."""
    table, proof = bulk.table_of(PseudonymKeyRow), pseudonyms.person(_PROVED)
    known = (await connection.execute(select(table.c.proof))).scalar_one_or_none()
    if known is None:
        await connection.execute(insert(table).values(id=1, proof=proof))
        return True
    return bool(known == proof)


async def erased(connection: AsyncConnection, pseudonyms: Iterable[str]) -> frozenset[str]:
    """Which of these pseudonyms were erased."""
    by_digest = {digest(each): each for each in pseudonyms}
    table = bulk.table_of(ErasureRow).c
    found: set[str] = set()
    for part in bulk.parts(sorted(by_digest)):
        rows = await connection.execute(select(table.digest).where(table.digest.in_(part)))
        found.update(by_digest[each] for (each,) in rows)
    return frozenset(found)


def _entries(part: Sequence[str]) -> Any:
    return (
        select(_REGISTER.pseudonym, _REGISTER.sealed, _KEYS.wrapped)
        .select_from(
            bulk.table_of(RegisterRow).join(bulk.table_of(RegisterKeyRow), _KEYS.pseudonym == _REGISTER.pseudonym)
        )
        .where(_REGISTER.pseudonym.in_(part))
    )
