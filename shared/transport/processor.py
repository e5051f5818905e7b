"""What a service does with the batches that its consumer hands it."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.transport.records import Record

Batch = Mapping[TopicPartition, Sequence[Record]]
"""Records by partition, in the order of their offsets."""


class Processor(Protocol):
    """Handles batches for one service. Every offset that it gives is that of the next record to read."""

    transient: tuple[type[Exception], ...]
    """Errors after which the same batch may work later."""

    async def assigned(self, consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition]) -> None:
        """Take partitions over, and seek where the store keeps offsets. Raises ServiceError to end the process."""

    async def process(self, batch: Batch) -> Mapping[TopicPartition, int]:
        """Do all of a batch or nothing of it. Returns the next offset of each partition.

        Raises FencedBatchError when another consumer owns a partition, one of `transient` to be called again with the
        same batch, and ServiceError to end the process with the batch undone.
        """

    async def stored(self, partition: TopicPartition) -> int | None:
        """The offset to seek to after a FencedBatchError. None leaves that to Kafka's committed offset."""
