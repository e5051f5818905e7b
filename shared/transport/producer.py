"""Sends records to Kafka. A call returns when Kafka has acknowledged all of its records."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any, Final, NamedTuple, Self
from zlib import crc32

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError

from shared.settings import ServiceSettings
from shared.transport.errors import BrokerUnavailableError


def _partition(key: bytes | None, all_partitions: Sequence[int], _available: Sequence[int]) -> int:
    """Partition of a key. Equal keys go to equal partitions, from every process.

    The client's own murmur2 is written in Python and took a quarter of the time of a channel service. Nothing joins
    these topics with others by partition, so any stable hash will do.
    """
    return all_partitions[crc32(key or b"") % len(all_partitions)]


class Outbound(NamedTuple):
    """A record to send. `topic` is the physical name; a value of None deletes the key from a compacted topic."""

    topic: str
    key: bytes
    value: bytes | None


class RecordProducer:
    """A producer of one process, used as an async context manager.

    Records of one key stay in order. Sending the same record twice is harmless: ids are deterministic and the next
    stage drops duplicates. So the idempotent producer is not needed, which the embedded broker does not support.
    """

    def __init__(self, settings: ServiceSettings) -> None:
        self._settings: Final = settings
        self._producer: AIOKafkaProducer | None = None

    async def __aenter__(self) -> Self:
        """Connect. Raises BrokerUnavailableError."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self._settings.broker,
            acks="all",
            # Five milliseconds let a batch form without being felt; 256 KiB holds some 500 interactions.
            linger_ms=5,
            max_batch_size=262_144,
            # Half a microsecond an interaction, and a fifth of the bytes are left: the embedded broker keeps batches in
            # memory as they were sent. zstd makes them smaller but the channel services a fifth slower.
            compression_type="snappy",
            partitioner=_partition,
        )
        try:
            await producer.start()
        except KafkaConnectionError as error:
            await producer.stop()
            raise BrokerUnavailableError(f"Kafka at {self._settings.broker} does not answer") from error
        self._producer = producer
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Flush and disconnect."""
        if self._producer is not None:
            await self._producer.stop()
            self._producer = None

    async def send(self, records: Iterable[Outbound]) -> None:
        """Send in order and wait for every acknowledgement. Raises KafkaError; any of the records may have been sent.

        Records are collected into batches here. Handing them to the client one by one costs more than everything else
        that a channel service does.
        """
        producer = self._producer
        if producer is None:
            raise RuntimeError("producer is not connected")
        partitions: dict[str, list[int]] = {}
        batches: dict[tuple[str, int], list[Any]] = {}
        now = int(time.time() * 1000)
        for topic, key, value in records:
            known = partitions.get(topic)
            if known is None:
                known = partitions[topic] = sorted(await producer.partitions_for(topic))
            place = (topic, _partition(key, known, known))
            own = batches.get(place)
            if own is None:
                own = batches[place] = []
            elif own[-1].append(timestamp=now, key=key, value=value) is not None:
                continue
            batch = producer.create_batch()  # takes a first record of any size
            batch.append(timestamp=now, key=key, value=value)
            own.append(batch)
        await asyncio.gather(*(_sent(producer, *place, own) for place, own in batches.items()))


async def _sent(producer: AIOKafkaProducer, topic: str, partition: int, batches: Sequence[Any]) -> None:
    """Send batches of one partition in order, and wait for their acknowledgements."""
    pending = []
    for batch in batches:
        batch.close()
        pending.append(await producer.send_batch(batch, topic, partition=partition))
    await asyncio.gather(*pending)
