"""The batch consumer of every service: FastStream runs the loop, and the rules for offsets and failures are here.

Batches of raw records go to a `Processor`. Nothing before it can raise.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import IllegalStateError, KafkaError
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    RetryError,
    retry_if_exception_type,
    stop_after_attempt,
    wait_exponential,
)

from shared.settings import ServiceSettings
from shared.telemetry import names
from shared.telemetry.metrics import Metrics
from shared.transport.errors import (
    BrokerUnavailableError,
    FencedBatchError,
    ServiceError,
    StalledError,
    TooManyDeadLettersError,
    ending,
)
from shared.transport.partition_metrics import PartitionMetrics
from shared.transport.processor import Batch, Processor
from shared.transport.records import Record
from shared.transport.subscription import batch_subscriber, kafka_broker

# 0.1 s doubling to 5 s, twelve tries: some forty seconds, below the stall limit and far below the five minutes after
# which Kafka gives the partitions of a silent consumer away.
_TRIES: Final = 12
_FIRST_DELAY_SECONDS: Final = 0.1
_LONGEST_DELAY_SECONDS: Final = 5.0

_log: Final = logging.getLogger("bellwether.transport")


class BatchConsumer:
    """Consumes topics for one service until cancelled, or until it raises ServiceError."""

    def __init__(
        self,
        *,
        service: str,
        topics: Sequence[str],
        processor: Processor,
        settings: ServiceSettings,
        metrics: Metrics,
    ) -> None:
        self._service: Final = service
        self._topics: Final = topics
        self._processor: Final = processor
        self._settings: Final = settings
        self._metrics: Final = metrics
        self._partitions: Final = PartitionMetrics(service, metrics)
        self._owned: set[TopicPartition] = set()
        self._was_assigned = False
        self._next: dict[TopicPartition, int] = {}
        self._last_progress = 0.0
        self._failure: asyncio.Future[None] | None = None
        self._stopped = ""
        self._broker: Final = kafka_broker(settings)
        self._subscriber: Final = batch_subscriber(
            self._broker, topics, group=settings.topic(service), settings=settings, listener=_Listener(self)
        )
        self._subscriber(self._on_batch)

    def unhealthy(self) -> str | None:
        """Why this consumer must be restarted; None while it works."""
        return "consumer failed" if self._failure is not None and self._failure.done() else None

    def unready(self) -> str | None:
        """Why this consumer does not work: no partitions yet, or too many dead letters; None while it works."""
        if self._stopped:
            return f"stopped: {self._stopped}"
        return None if self._was_assigned else f"{self._service}: no partitions assigned yet"

    async def run(self) -> None:
        """Consume until cancelled. Raises ServiceError when the process must end."""
        loop = asyncio.get_running_loop()
        self._failure = failure = loop.create_future()
        self._last_progress = loop.time()
        self._metrics.gauge(names.STOPPED).labels(self._service).set(0)
        watchdog = None
        try:
            try:
                await self._broker.start()
            except KafkaError as error:
                raise BrokerUnavailableError(f"Kafka at {self._settings.broker} does not answer: {error!r}") from error
            watchdog = loop.create_task(self._watch())
            await failure
        finally:
            if watchdog is not None:
                watchdog.cancel()
            failure.cancel()
            await self._broker.stop()

    # `Any`, as FastStream builds a model from the annotation and cannot do so from a Protocol.
    async def _on_batch(self, records: Any) -> None:
        by_partition: dict[TopicPartition, list[Record]] = defaultdict(list)
        for record in records:
            by_partition[TopicPartition(record.topic, record.partition)].append(record)
        batch = {partition: part for partition, part in by_partition.items() if partition in self._owned}
        for partition, part in by_partition.items():
            if partition not in self._owned:
                self._give_back(partition, part[0].offset)
        if not batch or self._stopped or self._failure is None or self._failure.done():
            return
        with self._metrics.histogram(names.BATCH_SECONDS).labels(self._service).time():
            try:
                for partition, part in batch.items():  # so that even a first batch that never ends is seen to wait
                    position = self._next.setdefault(partition, part[0].offset)
                    self._partitions.left(partition, self._end(partition) - position)
                await self._attempt(batch)
            except FencedBatchError:
                # One lost partition must not hold up the others: each is tried alone, and the lost one is sought.
                for partition, part in batch.items():
                    await self._attempt_alone(partition, part)
            except Exception as error:  # noqa: BLE001 - FastStream would log it, and go on behind the batch
                self._fail(ending(self._service, error))

    async def _attempt_alone(self, partition: TopicPartition, records: Sequence[Record]) -> None:
        try:
            await self._attempt({partition: records})
        except FencedBatchError:
            self._metrics.counter(names.FENCED).labels(self._service).inc()
            await self._seek_to_stored(partition)
        except Exception as error:  # noqa: BLE001 - as above
            self._fail(ending(self._service, error))

    async def _attempt(self, batch: Batch) -> None:
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(self._processor.transient),
            stop=stop_after_attempt(_TRIES),
            wait=wait_exponential(multiplier=_FIRST_DELAY_SECONDS, max=_LONGEST_DELAY_SECONDS),
            after=self._tried,
        )
        try:
            offsets: Mapping[TopicPartition, int] = await retrying(self._processor.process, batch)
        except RetryError as error:
            last = error.last_attempt.exception()
            raise ServiceError(f"{self._service}: batch failed {_TRIES} times: {last!r}") from last
        await self._done(batch, offsets)

    def _tried(self, state: RetryCallState) -> None:
        """Count a try that failed. Of the error only the type is logged: its message may quote a record."""
        error = state.outcome.exception() if state.outcome else None
        self._metrics.counter(names.RETRIES).labels(self._service).inc()
        _log.warning(
            "%s: batch failed (try %d of %d): %s", self._service, state.attempt_number, _TRIES, type(error).__name__
        )

    async def _done(self, batch: Batch, offsets: Mapping[TopicPartition, int]) -> None:
        self._last_progress = asyncio.get_running_loop().time()
        self._next.update(offsets)
        consumer = self._subscriber.consumer
        for partition, records in batch.items():
            self._partitions.taken(partition, len(records))
            if consumer is not None and partition in self._owned:
                self._partitions.left(partition, self._end(partition) - offsets[partition])
                newest = consumer.last_poll_timestamp(partition) or records[-1].timestamp
                lag = max(0, newest - records[-1].timestamp) / 1000
                self._metrics.gauge(names.EVENT_LAG_SECONDS).labels(self._service, partition.topic).set(lag)
        await self._show(consumer, offsets)

    async def _show(self, consumer: AIOKafkaConsumer | None, offsets: Mapping[TopicPartition, int]) -> None:
        """Commit to Kafka. Services that keep offsets in the store do so only for lag tools."""
        owned = {partition: offset for partition, offset in offsets.items() if partition in self._owned}
        if consumer is None or not owned:
            return
        try:
            await consumer.commit(owned)
        except KafkaError as error:  # a rebalance is under way: the next owner starts from what is stored
            _log.info("%s: offsets not shown in Kafka: %s", self._service, type(error).__name__)

    def _give_back(self, partition: TopicPartition, offset: int) -> None:
        """Seek back to records that came before their partition was taken over. Without that they would be lost."""
        consumer = self._subscriber.consumer
        if consumer is not None and partition in consumer.assignment():
            consumer.seek(partition, offset)

    async def _seek_to_stored(self, partition: TopicPartition) -> None:
        consumer = self._subscriber.consumer
        if consumer is None or partition not in self._owned:
            return
        offset = await self._processor.stored(partition)
        try:
            if offset is not None:
                consumer.seek(partition, offset)
        except IllegalStateError:  # revoked in the meantime
            return

    def _fail(self, error: ServiceError) -> None:
        if isinstance(error, TooManyDeadLettersError) and self._settings.stop_alone:
            self._stand_still(error)
        elif self._failure is not None and not self._failure.done():
            self._failure.set_exception(error)

    def _stand_still(self, error: TooManyDeadLettersError) -> None:
        """Take nothing more and keep the partitions, so that their lag shows and the rest of the process goes on."""
        self._stopped = str(error)
        consumer = self._subscriber.consumer
        if consumer is not None:
            consumer.pause(*self._owned)
        self._metrics.gauge(names.STOPPED).labels(self._service).set(1)
        _log.error("stopped: %s", error)

    async def assigned(self, partitions: Sequence[TopicPartition]) -> None:
        """Take over partitions. The group coordinator calls this before anything is fetched from them."""
        consumer = self._subscriber.consumer
        if consumer is None:
            return
        # Nothing may be delivered while offsets are looked up and sought.
        consumer.pause(*partitions)
        try:
            await self._processor.assigned(consumer, partitions)
        except ServiceError as error:
            self._fail(error)
        except Exception as error:  # noqa: BLE001 - aiokafka would log it and go on without our offsets
            self._fail(ServiceError(f"{self._service}: could not take over partitions: {error!r}"))
        else:
            self._owned = set(partitions)
            if not self._stopped:
                consumer.resume(*partitions)
            self._was_assigned = True
            self._last_progress = asyncio.get_running_loop().time()
            self._metrics.gauge(names.ASSIGNED).labels(self._service).set(len(partitions))
            self._partitions.assigned(partitions)

    def revoked(self, partitions: Sequence[TopicPartition]) -> None:
        """Give up partitions, and clear the gauges that would go stale."""
        self._owned -= set(partitions)
        for partition in partitions:
            self._next.pop(partition, None)
        self._partitions.revoked(partitions)

    async def _watch(self) -> None:
        """End the process when records wait in its partitions and none was processed for too long."""
        limit, loop = self._settings.stall_seconds, asyncio.get_running_loop()
        while True:
            await asyncio.sleep(limit / 6)
            try:
                waits = await self._waits()
            except Exception as error:  # noqa: BLE001 - a watchdog that died would be missed by nobody
                self._fail(ending(self._service, error))
                return
            if self._stopped or not waits:
                self._last_progress = loop.time()  # a quiet night must not count against the first event after it
            idle = loop.time() - self._last_progress
            if idle > limit:
                self._fail(StalledError(f"{self._service}: no progress for {idle:.0f} s, and {waits}"))

    async def _waits(self) -> str:
        """What waits, in words, or what does not answer; empty when nothing waits."""
        consumer = self._subscriber.consumer
        if consumer is None or not self._owned:
            return ""
        try:
            end_offsets = await asyncio.wait_for(consumer.end_offsets(sorted(self._owned)), timeout=5)
        except (KafkaError, TimeoutError):
            return f"Kafka at {self._settings.broker} does not answer"
        waits = ""
        for partition, end in end_offsets.items():
            position = self._next.get(partition)
            if position is None:
                try:
                    position = await self._processor.stored(partition)
                except self._processor.transient:
                    return "the store does not answer"
            if position is None or partition not in self._owned:  # which may be lost while all this is asked
                continue
            left = max(end, self._end(partition)) - position
            self._partitions.left(partition, left)
            waits = "records wait" if left > 0 else waits
        return waits

    def _end(self, partition: TopicPartition) -> int:
        consumer = self._subscriber.consumer
        return (consumer.highwater(partition) or 0) if consumer is not None else 0


class _Listener(ConsumerRebalanceListener):
    def __init__(self, consumer: BatchConsumer) -> None:
        self._consumer = consumer

    async def on_partitions_revoked(self, revoked: Any) -> None:
        self._consumer.revoked(sorted(revoked))

    async def on_partitions_assigned(self, assigned: Any) -> None:
        await self._consumer.assigned(sorted(assigned))
