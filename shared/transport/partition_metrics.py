"""Metrics of a consumer, by partition."""

from collections.abc import Iterable
from typing import Final

from aiokafka import TopicPartition

from shared.telemetry import names
from shared.telemetry.metrics import Metrics


class PartitionMetrics:
    """Counts processed records and shows how many wait, by partition."""

    def __init__(self, service: str, metrics: Metrics) -> None:
        self._service: Final = service
        self._metrics: Final = metrics

    def assigned(self, partitions: Iterable[TopicPartition]) -> None:
        """Start counting at zero, so that a partition without records shows 0 and not nothing."""
        for partition in partitions:
            self.taken(partition, 0)

    def revoked(self, partitions: Iterable[TopicPartition]) -> None:
        """Clear the gauges of partitions that another consumer owns now."""
        for partition in partitions:
            self.left(partition, 0)

    def taken(self, partition: TopicPartition, records: int) -> None:
        """Count records that were processed."""
        self._metrics.counter(names.CONSUMED).labels(*self._labels(partition)).inc(records)

    def left(self, partition: TopicPartition, records: int) -> None:
        """Show how many records wait."""
        self._metrics.gauge(names.OFFSET_LAG).labels(*self._labels(partition)).set(max(0, records))

    def _labels(self, partition: TopicPartition) -> tuple[str, str, str]:
        return self._service, partition.topic, str(partition.partition)
