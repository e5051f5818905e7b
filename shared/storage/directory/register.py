"""The register: who is behind a pseudonym, and what a team, a goal or a queue is called by those who named it.

The only place where that is known, and the only code that opens it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.facts.digests import digest
from shared.domain.privacy.named_things import is_key
from shared.domain.privacy.pseudonym import Pseudonyms
from shared.storage.directory.confirmed_names import withdraw_renamed
from shared.storage.engine import bulk
from shared.storage.tables.log import EventLogRow
from shared.storage.tables.register import ErasureRow, PseudonymKeyRow, RegisterKeyRow, RegisterRow

_REGISTER: Final = bulk.table_of(RegisterRow).c
_KEYS: Final = bulk.table_of(RegisterKeyRow).c
_LOG: Final = bulk.table_of(EventLogRow).c


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a pseudonym or a key stands for: an id of the HR system or of a source with a name, or a source identity."""

    text: str
    name: str | None = None

    @property
    def called(self) -> str:
        """The name, or the id where there is none."""
        return self.name or self.text


@dataclass(frozen=True, slots=True)
class Registration:
    """An entry to make or to replace; one of a mention is only made where there is none."""

    pseudonym: str
    entry: Entry
    mention: bool = False


_PROVED: Final = "the pseudonym key of this store"
_DECODE: Final = msgspec.json.Decoder(Entry).decode


class Register:
    """Reads and writes entries in the caller's transaction. Without keys it is closed: nothing is found."""

    def __init__(self, dialect: Dialect, keys: MultiFernet | None) -> None:
        self._keys: Final = keys
        self._put_keys = bulk.replacing(RegisterKeyRow, dialect)
        self._put_entries = bulk.replacing(RegisterRow, dialect)

    @property
    def is_open(self) -> bool:
        """Whether it has a key."""
        return self._keys is not None

    async def put(self, connection: AsyncConnection, registrations: Iterable[Registration]) -> int:
        """Make or replace entries, each under a fresh key; those of erased people are left out. Says how many it made.

        What is called otherwise from now on is not shown by the name that was confirmed before.

        Raises RuntimeError when the register is closed.
        """
        latest: dict[str, Registration] = {}
        for each in registrations:
            if not (each.mention and each.pseudonym in latest):
                latest[each.pseudonym] = each
        if not latest:
            return 0
        if self._keys is None:
            raise RuntimeError("the register needs its key to take entries")
        gone = await erased(connection, latest)
        gone |= await _there(connection, [name for name, each in latest.items() if each.mention])
        await self._withdraw_renamed(connection, [each for name, each in latest.items() if name not in gone])
        keys, entries = [], []
        for pseudonym, each in sorted(latest.items()):
            if pseudonym not in gone:
                own = Fernet.generate_key()
                keys.append((pseudonym, self._keys.encrypt(own)))
                entries.append((pseudonym, Fernet(own).encrypt(msgspec.json.encode(each.entry))))
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

    def beginning_with(self, connection: Connection, prefix: str) -> Mapping[str, Entry]:
        """Entries whose pseudonym or key begins with this, in their order; see `find`."""
        names = connection.execute(
            select(_REGISTER.pseudonym).where(_REGISTER.pseudonym.startswith(prefix, autoescape=True))
        ).scalars()
        return dict(sorted(self.find(connection, names).items()))

    async def forget(self, connection: AsyncConnection, names: Collection[str]) -> None:
        """Take entries out, with the keys that open them."""
        for part in bulk.parts(sorted(names)):
            for column in (_KEYS.pseudonym, _REGISTER.pseudonym):
                await connection.execute(delete(column.table).where(column.in_(part)))

    async def rotate(self, connection: AsyncConnection) -> int:
        """Wrap every key anew by the first of the register keys; says how many. Raises InvalidToken for a lost key."""
        if self._keys is None:
            raise RuntimeError("the register needs its keys to rotate them")
        rows = (await connection.execute(select(_KEYS.pseudonym, _KEYS.wrapped).order_by(_KEYS.pseudonym))).all()
        await self._put_keys.run(connection, [(name, self._keys.rotate(wrapped)) for name, wrapped in rows])
        return len(rows)

    async def _withdraw_renamed(self, connection: AsyncConnection, made: Sequence[Registration]) -> None:
        things = {each.pseudonym: each.entry for each in made if is_key(each.pseudonym) and not each.mention}
        before = await connection.run_sync(self.find, things)
        renamed = [key for key, entry in things.items() if key in before and before[key].called != entry.called]
        await connection.run_sync(withdraw_renamed, renamed)

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
        filled = (await connection.execute(select(_LOG.entity).limit(1))).first() is not None
        await connection.execute(insert(table).values(id=1, proof=proof, things_keyed=not filled))
        return True
    return bool(known == proof)


async def names_things_in_clear(connection: AsyncConnection) -> bool:
    """Whether the store is of an earlier version, which knew teams, goals and queues by what they are called."""
    keyed = (await connection.execute(select(bulk.table_of(PseudonymKeyRow).c.things_keyed))).scalar_one_or_none()
    return keyed is False


async def note_things_keyed(connection: AsyncConnection) -> None:
    """From now on the store knows teams, goals and queues by their keys."""
    await connection.execute(update(bulk.table_of(PseudonymKeyRow)).values(things_keyed=True))


async def erased(connection: AsyncConnection, pseudonyms: Iterable[str]) -> frozenset[str]:
    """Which of these pseudonyms were erased."""
    by_digest = {digest(each): each for each in pseudonyms}
    table = bulk.table_of(ErasureRow).c
    found: set[str] = set()
    for part in bulk.parts(sorted(by_digest)):
        rows = await connection.execute(select(table.digest).where(table.digest.in_(part)))
        found.update(by_digest[each] for (each,) in rows)
    return frozenset(found)


async def _there(connection: AsyncConnection, names: Collection[str]) -> frozenset[str]:
    found: set[str] = set()
    for part in bulk.parts(sorted(names)):
        found.update(
            (await connection.execute(select(_REGISTER.pseudonym).where(_REGISTER.pseudonym.in_(part)))).scalars()
        )
    return frozenset(found)


def _entries(part: Sequence[str]) -> Any:
    return (
        select(_REGISTER.pseudonym, _REGISTER.sealed, _KEYS.wrapped)
        .select_from(
            bulk.table_of(RegisterRow).join(bulk.table_of(RegisterKeyRow), _KEYS.pseudonym == _REGISTER.pseudonym)
        )
        .where(_REGISTER.pseudonym.in_(part))
    )
