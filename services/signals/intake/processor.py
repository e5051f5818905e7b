"""The batch processor of the signals service. Its offsets are in the store, in the transaction of each batch."""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.signals.intake.admission import Admission
from services.signals.intake.apply import Applier, Candidate, Work, directory_candidate
from services.signals.intake.erased_filter import without_erased
from services.signals.intake.interaction_reader import InteractionReader
from services.signals.settings import SignalsSettings
from shared import topics
from shared.schemas.directory import DirectoryEvent
from shared.schemas.output import DeadLetter
from shared.storage.engine.database import Database
from shared.storage.log.event_log import Outgoing, RevisedMeanwhileError
from shared.storage.log.offsets import FencedError, OffsetStore, Position
from shared.storage.privacy.erasure import load_erased
from shared.telemetry import names
from shared.telemetry.metrics import Metrics
from shared.transport.errors import FencedBatchError, LogChangedError
from shared.transport.log_end_offsets import fetched_end_offsets
from shared.transport.processor import Batch
from shared.transport.records import DeadLetters, Reader, Record, UnreadableError, letter_key

SERVICE: Final = "signals"
# Live traffic of a large company comes in batches of some hundreds; a backlog comes in thousands.
_LARGE_BATCH: Final = 1_000
_CATCHING_UP_SECONDS: Final = 1.5


class SignalsProcessor:
    """Applies batches of interactions, directory records and dead letters, exactly once in effect."""

    transient: tuple[type[Exception], ...] = (DBAPIError, RevisedMeanwhileError, OSError, TimeoutError)

    def __init__(
        self,
        *,
        database: Database,
        settings: SignalsSettings,
        metrics: Metrics,
        topic_ids: Mapping[str, str],
        owns_scoring: asyncio.Event,
        admission: Admission,
    ) -> None:
        self._database: Final = database
        self._settings: Final = settings
        self._metrics: Final = metrics
        self._topic_ids: Final = topic_ids
        self._owns_scoring: Final = owns_scoring
        dialect = database.engine.dialect
        self._applier: Final = Applier(dialect, forgets_accepted=settings.embedded)
        self._offsets: Final = OffsetStore(settings.topic(SERVICE), dialect)
        self._dead_letters: Final = DeadLetters(stage=SERVICE, topic_ids=topic_ids, limit=settings.dead_letter_share)
        self._interactions: Final = settings.topic(topics.INTERACTIONS.name)
        self._directory: Final = settings.topic(topics.DIRECTORY.name)
        self._dead_letter_topic: Final = settings.topic(topics.DEAD_LETTERS.name)
        self._read_interaction: Final = InteractionReader(self._applier.known_identities, admission).read
        self._admission: Final = admission
        self._read_directory: Final[Reader[DirectoryEvent]] = Reader(
            msgspec.json.Decoder(DirectoryEvent), lambda value: value.time.timestamp()
        )
        self._read_letter: Final[Reader[DeadLetter]] = Reader(msgspec.json.Decoder(DeadLetter), lambda _: 0.0)
        self._encode: Final = msgspec.json.Encoder().encode
        self._all_new = True  # whether the next batch is likely to hold nothing that was applied before
        self._last_large_batch = -_CATCHING_UP_SECONDS  # by the monotonic clock

    def catching_up(self) -> bool:
        """Whether large batches came in just now, so that more of the log is about to follow."""
        return time.monotonic() - self._last_large_batch < _CATCHING_UP_SECONDS

    async def assigned(self, consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition]) -> None:
        """Seek to the stored offsets. Raises LogChangedError when they do not apply to this log any more.

        The embedded broker forgets everything when it stops. There, a topic with a new id is read from its beginning,
        and events that were accepted and not processed are sent again from the store.
        """
        begin_offsets = await consumer.beginning_offsets(list(partitions)) if partitions else {}
        end_offsets = await consumer.end_offsets(list(partitions)) if partitions else {}
        for partition in partitions:
            begin, end = begin_offsets[partition], end_offsets[partition]
            offset = await self._starting_offset(partition, begin)
            if not begin <= offset <= end:
                end = (await fetched_end_offsets(self._settings.broker, {partition: end}))[partition]
            if not begin <= offset <= end:
                raise LogChangedError(
                    f"topic {partition.topic}, partition {partition.partition} now holds offsets {begin} to {end}, but "
                    f"the store goes on at {offset}: the log was cut off. Restore it, or start with an empty store and "
                    "import what is missing."
                )
            consumer.seek(partition, offset)
        # The directory has one partition: whoever owns it is the one that scores.
        if any(partition.topic == self._directory for partition in partitions):
            self._owns_scoring.set()
        else:
            self._owns_scoring.clear()

    async def stored(self, partition: TopicPartition) -> int | None:
        """The stored offset of a partition; None when there is none."""
        async with self._database.read() as connection:
            position = await self._offsets.load(connection, *partition, reading=True)
        return position.next_offset if position else None

    async def process(self, batch: Batch) -> Mapping[TopicPartition, int]:
        """Apply a batch in one transaction. Raises FencedBatchError, or a transient database error."""
        try:
            if self._all_new:
                try:
                    async with self._database.write() as connection:
                        return await self._process(connection, batch)
                except RevisedMeanwhileError:  # what was applied before seldom comes alone
                    self._all_new = False
                    self._applier.forget()
            async with self._database.write() as connection:
                return await self._process(connection, batch)
        except FencedError as error:
            self._applier.forget()
            raise FencedBatchError(str(error)) from error
        except BaseException:
            self._applier.forget()
            raise

    async def _process(self, connection: AsyncConnection, batch: Batch) -> Mapping[TopicPartition, int]:
        todo: list[tuple[Position, Sequence[Record]]] = []
        offsets: dict[TopicPartition, int] = {}
        for partition, records in batch.items():
            position = await self._position(connection, partition)
            offsets[partition] = position.next_offset
            after = records
            if records[0].offset < position.next_offset:
                after = [record for record in records if record.offset >= position.next_offset]
            if after and after[0].offset != position.next_offset and partition.topic != self._directory:
                raise FencedError(f"{partition.topic}/{partition.partition}: records are missing before this batch")
            if after:
                offsets[partition] = after[-1].offset + 1
                todo.append((position, after))
        seen = sum(len(records) for _, records in todo)
        if seen >= _LARGE_BATCH:
            self._last_large_batch = time.monotonic()
        work = Work(all_new=self._all_new)
        newest: dict[Position, int] = {}
        dead: list[DeadLetter] = []
        work.candidates = self._candidates(work, todo, newest, dead)
        # Read after the offsets were taken, which an erasure holds: none can come between.
        erased = await load_erased(connection)
        if erased:
            work.candidates = without_erased(work.candidates, erased)
        applied = await self._applier.apply(connection, work)
        self._all_new = not applied.known
        self._dead_letters.check(seen=seen, dead=len(dead))
        for position, records in todo:
            to, watermark = records[-1].offset + 1, newest.get(position, 0)
            await self._offsets.advance(connection, position, to=to, watermark=watermark)
        self._metrics.counter(names.INTERACTIONS).labels(SERVICE, "applied").inc(applied.counted)
        self._metrics.counter(names.DUPLICATES).labels(SERVICE).inc(applied.duplicates)
        for letter in dead:
            self._metrics.counter(names.DEAD_LETTERS).labels(SERVICE, letter.topic, letter.reason).inc()
        return offsets

    async def _position(self, connection: AsyncConnection, partition: TopicPartition) -> Position:
        position = await self._offsets.load(connection, *partition)
        if position is None or position.topic_id != self._topic_ids[partition.topic]:
            raise FencedError(f"{partition.topic}/{partition.partition} has no offset under this topic id")
        return position

    def _candidates(
        self,
        work: Work,
        todo: Sequence[tuple[Position, Sequence[Record]]],
        newest: dict[Position, int],
        dead: list[DeadLetter],
    ) -> Iterator[Candidate]:
        """Read records one by one. Dead letters go to the work, those made here also to `dead`.

        The latest event time of each partition goes to `newest`.
        """
        for position, records in todo:
            latest = 0  # of interactions: directory records are not events of the world
            of_interactions = position.topic == self._interactions
            for record in records:
                try:
                    if of_interactions:
                        candidate = self._read_interaction(record)
                        latest = max(latest, candidate.at)
                        yield candidate
                    elif position.topic == self._directory and record.value is None:
                        continue  # a tombstone: what it deletes from the topic is gone from the store already
                    elif position.topic == self._directory:
                        yield self._directory_candidate(record)
                    else:
                        work.letters.append(self._read_letter.read(record))
                except UnreadableError as error:
                    dead.append(self._dead_letter(work, record, str(error)))
            newest[position] = latest

    def _dead_letter(self, work: Work, record: Record, reason: str) -> DeadLetter:
        letter = self._dead_letters.letter(record, reason)
        work.letters.append(letter)
        if record.topic != self._dead_letter_topic:
            work.outgoing.append(Outgoing(self._dead_letter_topic, letter_key(letter), self._encode(letter)))
        return letter

    def _directory_candidate(self, record: Record) -> Candidate:
        """A candidate whose body says what the wire knows, and no more. Raises UnreadableError."""
        event = self._admission.directory(self._read_directory.read(record), sent_ms=record.timestamp)
        return directory_candidate(event, self._encode(event))

    async def _starting_offset(self, partition: TopicPartition, begin: int) -> int:
        topic_id = self._topic_ids[partition.topic]
        start = Position(partition.topic, partition.partition, topic_id, begin)
        async with self._database.write() as connection:
            position = await self._offsets.load(connection, *partition)
            if position is None:
                await self._offsets.begin(connection, start)
                return begin
            if position.topic_id != topic_id:
                if not self._settings.embedded:
                    raise LogChangedError(
                        f"topic {partition.topic} is another log than the one this store has read: stored "
                        f"{position.topic_id}, found {topic_id}. Was it created again, or is this another "
                        "cluster? Point BELLWETHER_BROKER at the right one, or start with an empty store."
                    )
                await self._offsets.rebase(connection, start)
                return begin
        return position.next_offset
