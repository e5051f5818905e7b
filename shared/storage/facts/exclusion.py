"""Leaves out facts about excluded people and accounts where facts are loaded.

Works council, ethics, human resources and whistle-blowing: contact with them is in no signal and is no label. Facts
stay in the store, so that an exclusion can be added and lifted; nothing that is computed sees them.
"""

from collections.abc import Collection, Iterable
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.organisation.hierarchy import Organisation
from shared.domain.week import day_of
from shared.storage.engine import bulk
from shared.storage.tables.facts import IdentityRow


async def excluded_identities(
    connection: AsyncConnection, organisation: Organisation, names: Collection[str]
) -> frozenset[int]:
    """Identities of these people, and these identities themselves, all as the store knows them."""
    if not names:
        return frozenset()
    table = bulk.table_of(IdentityRow).c
    rows = await connection.execute(select(table.id).where(table.key.in_(sorted(names))))
    return frozenset(organisation.identities(names) | set(rows.scalars()))


class Exclusion:
    """Decides fact by fact.

    A message to somebody and an excluded account says whom the person turned to: it is no contact with either. One of
    `nobodys` is no person's: what goes to it goes to nobody, and everything else is as if it had not been there.
    """

    def __init__(self, identities: frozenset[int], nobodys: frozenset[int] = frozenset()) -> None:
        self._identities: Final = identities
        self._nobodys: Final = nobodys
        self._mixed: Final[set[tuple[int, ...]]] = set()

    def between(self, *ends: int) -> bool:
        """Whether one of these is excluded."""
        return not self._identities.isdisjoint(ends)

    def contact(self, row: Any, others: Iterable[int]) -> bool:
        """Whether a contact (a row of its table) does not count."""
        sender, recipient, at, _, channel, *_ = row
        if not self._nobodys.isdisjoint((sender, recipient)):
            return True
        if not self._identities:
            return False
        if not self.between(sender, recipient, *others):
            return False
        self._mixed.add((sender, recipient, day_of(at), channel))
        return True

    def without(self, identities: Collection[int]) -> tuple[int, ...]:
        """Those of these identities that are not excluded, in their order."""
        return tuple(each for each in identities if each not in self._identities and each not in self._nobodys)

    def mixed(self, sender: int, recipient: int, day: int, channel: int) -> bool:
        """Whether a day holds messages that were left out: what texts did cannot be told apart and goes with them."""
        return (sender, recipient, day, channel) in self._mixed
