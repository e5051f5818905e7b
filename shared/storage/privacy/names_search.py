"""Looks for the names of those who are erased where others typed them: in what teams, goals and queues are called."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.facts.digests import digest
from shared.domain.privacy.named_things import ThingKind, key_prefix
from shared.domain.privacy.names_in_text import Match, PeopleNames, name_in_id
from shared.storage.directory.confirmed_names import hold_back, noted_names, withdraw, withdraw_renamed
from shared.storage.directory.register import Register, erased
from shared.storage.engine import bulk
from shared.storage.privacy.subject import Subject
from shared.storage.tables.register import ErasureRow

_NO_PROOF: Final = "{}"  # of a key: it is in that of the person


@dataclass(frozen=True, slots=True)
class NamedThings:
    """Keys of teams, goals and queues that are called after somebody, and how many were looked at."""

    searched: int
    named: Sequence[str]
    perhaps: Sequence[str]  # which hold one word of a name


async def names_of(connection: AsyncConnection, subjects: Iterable[Subject], register: Register) -> PeopleNames:
    """Names and accounts of these people, as the register or the store has them in clear. To be read before they go."""
    pseudonyms = [name for each in subjects for name in each.pseudonyms]
    entries = await connection.run_sync(register.find, pseudonyms)
    in_clear = [each for each in pseudonyms if each not in entries]
    texts = [each.text for each in entries.values()] + in_clear
    natives = [each.partition(":")[2] or each for each in texts]
    names = [each.name for each in entries.values() if each.name]
    return PeopleNames(names or filter(None, map(name_in_id, natives)), natives)


async def named_things(connection: AsyncConnection, people: PeopleNames, register: Register) -> NamedThings:
    """What of the register, and of what is shown, is called after these people."""
    texts: dict[str, set[str]] = {}
    for kind in ThingKind:
        for key, entry in (await connection.run_sync(register.beginning_with, key_prefix(kind))).items():
            texts.setdefault(key, set()).update(filter(None, (entry.text, entry.name)))
    for key, shown in (await connection.run_sync(noted_names)).items():
        texts.setdefault(key, set()).update({shown.name} if shown is not None else ())
    found = {key: {each.match for text in called if (each := people.find(text))} for key, called in texts.items()}
    return NamedThings(
        searched=len(texts),
        named=sorted(key for key, matches in found.items() if Match.NAME in matches),
        perhaps=sorted(key for key, matches in found.items() if matches == {Match.PART}),
    )


async def forget_names(
    connection: AsyncConnection, found: NamedThings, people: PeopleNames, register: Register, *, at: int
) -> None:
    """Take what is called after these people out of the register for good, and show neutral names.

    What still comes in of it stays out. An operator's own words stay, unless they name them too. What holds a word of
    their name is confirmed by its key alone from now on: once they are gone, nobody would be found in it.
    """
    keys = list(found.named)
    await register.forget(connection, keys)
    shown = await connection.run_sync(noted_names)
    own = [key for key in keys if (each := shown.get(key)) is not None and people.find(each.name) is not None]
    await connection.run_sync(withdraw, own)
    await connection.run_sync(withdraw_renamed, keys)
    await connection.run_sync(hold_back, [*keys, *found.perhaps])
    known = await erased(connection, keys)
    rows = [{"digest": digest(key), "erased_at": at, "proof": _NO_PROOF} for key in keys if key not in known]
    if rows:
        await connection.execute(insert(bulk.table_of(ErasureRow)), rows)
