"""How FastStream is told to consume: batches of raw records, and no acknowledgement of its own.

What FastStream would do with acknowledgement is switched off: a processor either finishes its batch, or the batch is
tried again, or the process ends.
"""

import logging
from collections.abc import Sequence
from typing import Any, Final

from aiokafka.abc import ConsumerRebalanceListener
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import FAKE_CONSUMER, KafkaMessage

from shared.settings import ServiceSettings
from shared.transport.records import Record

# FastStream warns at every start that it will not create topics, which is as we want it.
_framework_log: Final = logging.getLogger("faststream.bellwether")


def kafka_broker(settings: ServiceSettings) -> KafkaBroker:
    """A connection that has not been made yet."""
    return KafkaBroker(
        settings.broker,
        apply_types=False,
        logger=_framework_log,
        log_level=logging.DEBUG,
        allow_auto_create_topics=False,
        graceful_timeout=settings.stall_seconds / 2,
    )


def batch_subscriber(
    broker: KafkaBroker,
    topics: Sequence[str],
    *,
    group: str,
    settings: ServiceSettings,
    listener: ConsumerRebalanceListener,
) -> Any:
    """A subscriber for a consumer group. Call it with the handler of batches; `listener` hears of rebalances."""
    return broker.subscriber(
        *topics,
        group_id=group,
        batch=True,
        max_records=settings.batch_records,
        batch_timeout_ms=settings.batch_timeout_ms,
        # Where offsets come from the store the client may start too early while they are looked up, which is harmless:
        # records before the stored offset are passed over, and a gap makes the processor seek.
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.MANUAL,
        listener=listener,
        parser=_as_it_is,
        decoder=_records,
        # The longest batch must fit between two polls, and a rebalance must wait for it.
        max_poll_interval_ms=300_000,
        session_timeout_ms=settings.session_timeout_ms,
        heartbeat_interval_ms=max(200, settings.session_timeout_ms // 8),
        rebalance_timeout_ms=60_000,
        # Bounds memory per fetch; some brokers ignore the smaller one.
        fetch_max_bytes=16 * 1024 * 1024,
        max_partition_fetch_bytes=2 * 1024 * 1024,
    )


async def _as_it_is(records: tuple[Record, ...]) -> KafkaMessage:
    """A parser that cannot raise: FastStream's own fails on headers that are null or not UTF-8."""
    return KafkaMessage(raw_message=records, body=b"", consumer=FAKE_CONSUMER)


async def _records(message: KafkaMessage) -> Any:
    return message.raw_message
