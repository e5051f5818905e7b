"""What must not count: everything that concerns excluded people and accounts, taken out where facts are loaded.

Works council, ethics, human resources and whistle-blowing: contact with them is in no signal and is no label. Facts
stay in the store, so that an exclusion can be added and lifted; nothing that is computed sees them.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from itertools import combinations
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.facts.history import CHANNELS, COUNTER_INDEX
from shared.domain.organisation.hierarchy import Organisation
from shared.domain.week import day_of
from shared.storage.engine import bulk
from shared.storage.tables.facts import IdentityRow

_MEETING: Final = CHANNELS.index("meeting")

_Key = tuple[int, int, int, int]
"""Both ends, sorted, day and place of the counter."""


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
    """Decides fact by fact. Give it meetings before the day counters, which it corrects for them.

    A message to somebody and an excluded account says whom the person turned to: it is no contact with either.
    """

    def __init__(self, identities: frozenset[int]) -> None:
        self._identities: Final = identities
        self._taken: Final[Counter[_Key]] = Counter()
        self._mixed: Final[set[tuple[int, ...]]] = set()
        self._seen: Final[set[int]] = set()

    def between(self, *ends: int) -> bool:
        """Whether one of these is excluded."""
        return not self._identities.isdisjoint(ends)

    def contact(self, row: Any, others: Iterable[int]) -> bool:
        """Whether a contact (a row of its table) does not count."""
        if not self._identities:
            return False
        sender, recipient, at, _, channel, *_ = row
        if not self.between(sender, recipient, *others):
            return False
        self._mixed.add((sender, recipient, day_of(at), channel))
        return True

    def meeting(self, row: Any, invited: Collection[int], people: Collection[int]) -> bool:
        """Whether a meeting does not count: one excluded person takes it out for everybody."""
        if not self._identities or not self.between(*invited):
            return False
        if row.locator not in self._seen:
            self._seen.add(row.locator)
            counter = COUNTER_INDEX["cancelled_meetings" if row.cancelled else "meetings"]
            for one, other in combinations(sorted(people), 2):
                if not self.between(one, other):
                    # Either direction may hold the count: one of them is corrected, whichever comes.
                    self._taken[min(one, other), max(one, other), day_of(row.start), counter] += 1
        return True

    def corrected(self, sender: int, recipient: int, day: int, channel: int, counts: list[int]) -> list[int]:
        """Counters of a day without the meetings that were taken out."""
        if not self._taken or channel != _MEETING:
            return counts
        left = list(counts)
        for place, count in enumerate(counts):
            key = (min(sender, recipient), max(sender, recipient), day, place)
            taken = min(count, self._taken.get(key, 0))
            if taken:
                left[place] -= taken
                self._taken[key] -= taken
        return left

    def mixed(self, sender: int, recipient: int, day: int, channel: int) -> bool:
        """Whether a day holds messages that were left out: what texts did cannot be told apart and goes with them."""
        return (sender, recipient, day, channel) in self._mixed
