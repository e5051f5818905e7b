"""Where a log ends. Fetching is the only way of asking that every broker answers correctly."""

import asyncio
from collections.abc import Mapping
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition

# A broker holds back an empty answer for half a second; one that is busy gets ten times as much.
_LIMIT_SECONDS: Final = 5.0
_POLL_MS: Final = 50


async def fetched_end_offsets(bootstrap: str, listed: Mapping[TopicPartition, int]) -> dict[TopicPartition, int]:
    """Offsets after the last record of each partition. `listed` are those that the broker lists.

    The embedded broker lists offsets that are too low after batches of several records, and never too high. The
    high-water mark that comes with a fetch is right. A partition that does not answer within five seconds keeps its
    listed offset.
    """
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign(list(listed))
        for partition, end in listed.items():
            consumer.seek(partition, end)
        deadline = asyncio.get_running_loop().time() + _LIMIT_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            await consumer.getmany(timeout_ms=_POLL_MS)
            if all(consumer.highwater(partition) is not None for partition in listed):
                break
        return {partition: max(end, consumer.highwater(partition) or 0) for partition, end in listed.items()}
    finally:
        await consumer.stop()
