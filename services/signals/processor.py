"""The signals service as a batch processor: offsets live in the store and move with everything a batch does."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.signals.apply import Applier, Work, directory_candidate, interaction_candidate, newest
from services.signals.arrivals import without_erased
from services.signals.settings import SignalsSettings
from shared import topics
from shared.schemas.directory import DirectoryEvent
from shared.schemas.interaction import AnyInteraction
from shared.schemas.output import DeadLetter
from shared.storage.applied import Outgoing
from shared.storage.database import Database
from shared.storage.erasure import load_erased
from shared.storage.offsets import FencedError, OffsetStore, Position
from shared.telemetry import names
from shared.telemetry.metrics import Metrics
from shared.transport.consumer import Batch
from shared.transport.errors import FencedBatchError, LogChangedError
from shared.transport.records import Burials, Reader, Record, UnreadableError, letter_key

SERVICE: Final = "signals"
# Live traffic of a large company comes in batches of some hundreds; a backlog comes in thousands.
_LARGE_BATCH: Final = 1_000
_CATCHING_UP_SECONDS: Final = 1.5


class SignalsProcessor:
    """Applies batches of interactions, directory records and dead letters, exactly once in effect."""

    transient: tuple[type[Exception], ...] = (DBAPIError, OSError, TimeoutError)

    def __init__(
        self,
        *,
        database: Database,
        settings: SignalsSettings,
        metrics: Metrics,
        incarnations: Mapping[str, str],
        owns_scoring: asyncio.Event,
    ) -> None:
        self._database: Final = database
        self._settings: Final = settings
        self._metrics: Final = metrics
        self._incarnations: Final = incarnations
        self._owns_scoring: Final = owns_scoring
        dialect = database.engine.dialect
        self._applier: Final = Applier(dialect, forgets_accepted=settings.embedded)
        self._offsets: Final = OffsetStore(settings.topic(SERVICE), dialect)
        self._burials: Final = Burials(stage=SERVICE, incarnations=incarnations, limit=settings.dead_letter_share)
        self._interactions: Final = settings.topic(topics.INTERACTIONS.name)
        self._directory: Final = settings.topic(topics.DIRECTORY.name)
        self._dead_letters: Final = settings.topic(topics.DEAD_LETTERS.name)
        self._read_interaction: Final[Reader[AnyInteraction]] = Reader(
            msgspec.json.Decoder(AnyInteraction), lambda value: value.at.timestamp()
        )
        self._read_directory: Final[Reader[DirectoryEvent]] = Reader(
            msgspec.json.Decoder(DirectoryEvent), lambda value: value.time.timestamp()
        )
        self._read_letter: Final[Reader[DeadLetter]] = Reader(msgspec.json.Decoder(DeadLetter), lambda _: 0.0)
        self._encode: Final = msgspec.json.Encoder().encode
        self._last_large_batch = -_CATCHING_UP_SECONDS  # by the monotonic clock

    def catching_up(self) -> bool:
        """Whether large batches are coming in: then more of the log is about to follow."""
        return time.monotonic() - self._last_large_batch < _CATCHING_UP_SECONDS

    async def assigned(self, consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition]) -> None:
        """Seek to the stored offsets. Raises LogChangedError when they do not apply to this log any more.

        The embedded broker forgets with every start: there, a new incarnation starts at its beginning, and what
        was accepted and not processed is sent again from the store.
        """
        begins = await consumer.beginning_offsets(list(partitions)) if partitions else {}
        ends = await consumer.end_offsets(list(partitions)) if partitions and not self._settings.embedded else {}
        for partition in partitions:
            offset = await self._starting_offset(partition, begins[partition], ends.get(partition))
            consumer.seek(partition, offset)
        # The directory has one partition: whoever owns it is the one that scores.
        if any(partition.topic == self._directory for partition in partitions):
            self._owns_scoring.set()
        else:
            self._owns_scoring.clear()

    async def stored(self, partition: TopicPartition) -> int | None:
        """Where to go on."""
        async with self._database.read() as connection:
            position = await self._offsets.load(connection, *partition)
        return position.next_offset if position else None

    async def process(self, batch: Batch) -> Mapping[TopicPartition, int]:
        """Apply a batch in one transaction. Raises FencedBatchError, or a transient database error."""
        try:
            async with self._database.write() as connection:
                return await self._process(connection, batch)
        except FencedError as error:
            self._applier.facts.forget()
            raise FencedBatchError(str(error)) from error
        except BaseException:
            self._applier.facts.forget()
            raise

    async def _process(self, connection: AsyncConnection, batch: Batch) -> Mapping[TopicPartition, int]:
        work = Work()
        offsets: dict[TopicPartition, int] = {}
        seen = 0
        for partition, records in batch.items():
            position = await self._offsets.load(connection, *partition)
            if position is None or position.incarnation != self._incarnations[partition.topic]:
                raise FencedError(f"{partition.topic}/{partition.partition} has no offset in this incarnation")
            todo = [record for record in records if record.offset >= position.next_offset]
            if not todo:
                offsets[partition] = position.next_offset
                continue
            if todo[0].offset != position.next_offset and partition.topic != self._directory:
                raise FencedError(f"{partition.topic}/{partition.partition}: records are missing before this batch")
            seen += len(todo)
            before = len(work.candidates)
            self._read(work, partition.topic, todo)
            offsets[partition] = todo[-1].offset + 1
            await self._offsets.advance(
                connection, position, to=offsets[partition], watermark=newest(work.candidates[before:])
            )
        dead = [letter for letter in work.letters if letter.stage == SERVICE]
        self._burials.check(seen=seen, dead=len(dead))
        if seen >= _LARGE_BATCH:
            self._last_large_batch = time.monotonic()
        # Read after the offsets have moved, which an erasure holds: none can have come between.
        erased = await load_erased(connection)
        if erased:
            work.candidates = without_erased(work.candidates, erased)
        applied = await self._applier.apply(connection, work)
        self._metrics.counter(names.INTERACTIONS).labels(SERVICE, "applied").inc(applied.counted)
        self._metrics.counter(names.DUPLICATES).labels(SERVICE).inc(applied.duplicates)
        for letter in dead:
            self._metrics.counter(names.DEAD_LETTERS).labels(SERVICE, letter.topic, letter.reason).inc()
        return offsets

    def _read(self, work: Work, topic: str, records: Sequence[Record]) -> None:
        for record in records:
            try:
                if topic == self._interactions:
                    value = self._read_interaction.read(record)
                    work.candidates.append(interaction_candidate(value, record.value or b""))
                elif topic == self._directory and record.value is None:
                    continue  # a tombstone: what it deletes from the topic is gone from the store already
                elif topic == self._directory:
                    entry = self._read_directory.read(record)
                    work.candidates.append(directory_candidate(entry, record.value or b""))
                else:
                    work.letters.append(self._read_letter.read(record))
            except UnreadableError as error:
                letter = self._burials.bury(record, str(error))
                work.letters.append(letter)
                if topic != self._dead_letters:
                    work.outgoing.append(Outgoing(self._dead_letters, letter_key(letter), self._encode(letter)))

    async def _starting_offset(self, partition: TopicPartition, begin: int, end: int | None) -> int:
        incarnation = self._incarnations[partition.topic]
        start = Position(partition.topic, partition.partition, incarnation, begin)
        async with self._database.write() as connection:
            position = await self._offsets.load(connection, *partition)
            if position is None:
                await self._offsets.begin(connection, start)
                return begin
            if position.incarnation != incarnation:
                if not self._settings.embedded:
                    raise LogChangedError(
                        f"topic {partition.topic} is another log than the one this store has read: stored "
                        f"{position.incarnation}, found {incarnation}. Was it created again, or is this another "
                        "cluster? Point BELLWETHER_BROKER at the right one, or start with an empty store."
                    )
                await self._offsets.rebase(connection, start)
                return begin
        if position.next_offset < begin or (end is not None and position.next_offset > end):
            raise LogChangedError(
                f"topic {partition.topic}, partition {partition.partition} now holds offsets {begin} to {end}, but "
                f"the store goes on at {position.next_offset}: the log was cut off. Restore it, or start with an "
                "empty store and import what is missing."
            )
        return position.next_offset
