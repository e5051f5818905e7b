"""Sends live readings to their topic when their band changes, and deletes readings from it that are gone.

Readings of chains and of groups stay in the store, and so does that there were any: a record that deletes one names its
subject. Readers of the topic have no case, so they must not learn who is at risk, nor of whom there is a reading to go;
and of groups they are told what is released.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.signals.settings import SignalsSettings
from shared import topics
from shared.domain.evidence.reading import GROUPS, Reading
from shared.domain.signals import SIGNALS
from shared.storage.log.event_log import EventLogStore, Outgoing
from shared.storage.readings.store import Named, key_columns, live_bands, reading_record, record_key

_PUBLISHED: Final = frozenset(signal.name for signal in SIGNALS if signal.kind not in {*GROUPS, "chain"})

TOMBSTONE: Final = b""
"""Value of a record in the outbox that deletes its key from a compacted topic."""


def withdrawals(topic: str, gone: Iterable[Named]) -> Iterator[Outgoing]:
    """Records that delete from the topic what may be on it of these readings, in order."""
    for name in sorted(gone):
        if name[0] in _PUBLISHED:
            yield Outgoing(topic, record_key(name), TOMBSTONE)


class ReadingOutbox:
    """Puts readings into the outbox, in the transaction that writes them.

    The topic is compacted. A reading stays on it for good unless it is deleted from it as well as from the store.
    """

    def __init__(self, settings: SignalsSettings, event_log: EventLogStore) -> None:
        self._topic: Final = settings.topic(topics.READINGS.name)
        self._wanted: Final = settings.publish_readings
        self._event_log: Final = event_log

    async def bands(
        self, connection: AsyncConnection, signals: Collection[str], *, owners: Collection[str] | None = None
    ) -> Mapping[Named, str]:
        """The bands of live readings of these signals, before they are replaced. Empty when publishing is off."""
        told = [signal for signal in signals if signal in _PUBLISHED]
        return await live_bands(connection, told, owners=owners) if self._wanted and told else {}

    async def put(self, connection: AsyncConnection, live: Sequence[Reading], before: Mapping[Named, str]) -> None:
        """Send live readings whose band differs from that in `before`, and withdraw readings that are gone."""
        if not self._wanted:
            return
        now = {(each.signal, *key_columns(each.subject)): each for each in live if each.signal in _PUBLISHED}
        changed = [
            Outgoing(self._topic, record_key(name), msgspec.json.encode(reading_record(reading)))
            for name, reading in now.items()
            if before.get(name) != reading.band
        ]
        await self._event_log.send(connection, changed)
        await self.withdraw(connection, before.keys() - now.keys())

    async def withdraw(self, connection: AsyncConnection, gone: Iterable[Named]) -> None:
        """Delete readings from the topic that are gone from the store."""
        if self._wanted:
            await self._event_log.send(connection, list(withdrawals(self._topic, gone)))
