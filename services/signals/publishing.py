"""Publishing of live readings: those whose band is new, which is what subscribers of the topic need to know."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.signals.settings import SignalsSettings
from shared import topics
from shared.domain.reading import Reading
from shared.storage.applied import AppliedStore, Outgoing
from shared.storage.readings import key_columns, live_bands, reading_record


class Publishing:
    """Puts readings into the outbox, in the transaction that writes them."""

    def __init__(self, settings: SignalsSettings, applied: AppliedStore) -> None:
        self._topic: Final = settings.topic(topics.READINGS.name)
        self._wanted: Final = settings.publish_readings
        self._applied: Final = applied

    async def bands(self, connection: AsyncConnection, owners: Collection[str]) -> Mapping[Any, str]:
        """Bands of the live readings of these owners before they are replaced; none where nothing is published."""
        return await live_bands(connection, owners) if self._wanted else {}

    async def publish(self, connection: AsyncConnection, live: Sequence[Reading], before: Mapping[Any, str]) -> None:
        """Publish live readings whose band differs from the one `before`, by signal and parts of the subject."""
        if not self._wanted:
            return
        encode = msgspec.json.encode
        changed = [
            Outgoing(self._topic, f"{reading.signal}|{reading.subject}".encode(), encode(reading_record(reading)))
            for reading in live
            if before.get((reading.signal, *key_columns(reading.subject))) != reading.band
        ]
        await self._applied.send(connection, changed)
