"""What a consumer shows of its partitions."""

from collections.abc import Iterable
from typing import Final

from aiokafka import TopicPartition

from shared.telemetry import names
from shared.telemetry.metrics import Metrics


class PartitionMetrics:
    """Records taken and records still to do, by partition."""

    def __init__(self, service: str, metrics: Metrics) -> None:
        self._service: Final = service
        self._metrics: Final = metrics

    def assigned(self, partitions: Iterable[TopicPartition]) -> None:
        """Partitions are ours: what is never taken from one shows as nothing, and not as no number."""
        for partition in partitions:
            self.taken(partition, 0)

    def revoked(self, partitions: Iterable[TopicPartition]) -> None:
        """Partitions are no longer ours; gauges that would go stale are cleared."""
        for partition in partitions:
            self.left(partition, 0)

    def taken(self, partition: TopicPartition, records: int) -> None:
        """So many more are done."""
        self._metrics.counter(names.CONSUMED).labels(*self._labels(partition)).inc(records)

    def left(self, partition: TopicPartition, records: int) -> None:
        """So many are still to do."""
        self._metrics.gauge(names.OFFSET_LAG).labels(*self._labels(partition)).set(max(0, records))

    def _labels(self, partition: TopicPartition) -> tuple[str, str, str]:
        return self._service, partition.topic, str(partition.partition)
