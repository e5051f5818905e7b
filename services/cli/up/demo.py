"""The simulated company of a demo: its past sent at once, then something every few seconds."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

from aiokafka.errors import KafkaError

from services.cli.connection import Connection
from services.cli.event_sender import event_sender
from services.cli.operator_account import Operator, record, system_user
from services.signals.settings import SignalsSettings
from services.signals.upkeep.mode_change import change_mode
from services.simulator.app import build
from services.simulator.scenario import Scenario
from services.simulator.settings import SimulatorSettings
from services.simulator.world import events
from shared import topics
from shared.domain.privacy.named_things import ThingKind
from shared.domain.privacy.roles import Mode
from shared.ingest.routing import inbox_record_of
from shared.schemas.directory import Person, PersonRecorded
from shared.schemas.envelope import event_id
from shared.schemas.registry import CanonicalEvent
from shared.settings import ServiceSettings
from shared.storage.access.api_keys import is_active
from shared.storage.access.key_issue import list_keys
from shared.storage.access.modes import DeploymentMode, stored_mode
from shared.storage.directory.name_review import NameReview
from shared.storage.directory.register import Register
from shared.storage.engine.database import Database
from shared.transport.errors import BrokerUnavailableError
from shared.transport.producer import Outbound, RecordProducer
from shared.transport.topics import topic_ids

ENVIRONMENT: Final = "demo"
"""In the ids of a demo's keys."""
Clock = Callable[[], datetime]
SendAll = Callable[[Sequence[CanonicalEvent]], Awaitable[object]]
"""Send events on."""

_BATCH: Final = 2_000
_PARTNER: Final = "demo-partner"
_BEFORE_ALL: Final = datetime(2020, 1, 1, tzinfo=UTC)  # the same at every start: the same record


def now() -> datetime:
    """The clock, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def company_clock(settings: SimulatorSettings) -> Clock:
    """The company's time: the clock's, or from where its past is set to end on, as fast as the clock."""
    if settings.ends_at is None:
        return now
    ends_at, started = settings.ends_at, time.monotonic()
    return lambda: ends_at + timedelta(seconds=int(time.monotonic() - started))


async def send_past(
    connection: Connection, settings: SimulatorSettings, *, ends_at: datetime, progress: Callable[[int], None]
) -> int:
    """Import a company's past. `progress` is called with the number of events sent. Doing it twice changes nothing."""
    async with event_sender(connection) as send:
        return await _send_past(send, settings, ends_at=ends_at, progress=progress)


async def _send_past(
    send: SendAll, settings: SimulatorSettings, *, ends_at: datetime, progress: Callable[[int], None]
) -> int:
    scenario = Scenario(
        seed=settings.seed, ends_at=ends_at, people=settings.people, weeks=settings.weeks, stories=settings.stories
    )
    count = 0
    batch: list[CanonicalEvent] = []
    for event in events(scenario):
        batch.append(event)
        if len(batch) == _BATCH:
            await send(batch)
            count += len(batch)
            progress(count)
            batch.clear()
            await asyncio.sleep(0)
    await send(batch)
    progress(count + len(batch))
    return count + len(batch)


async def is_demo(connection: Connection, database: Database) -> bool:
    """Whether the store was filled by a demo.

    A demo marks its store while that is empty, with a key that nothing else makes. Keys are deleted after a time; by
    then the demo's partner is in the directory.
    """
    async with database.read() as reading:
        marked = any(key.id.startswith(f"{ENVIRONMENT}_") for key in await list_keys(reading))
        return marked or await reading.run_sync(is_active, partner_of(connection)) is not None


async def show_named_people(connection: Connection, database: Database, *, operator: str) -> None:
    """Put the store of a demo into case mode, unless somebody has said how far it goes. Only for a simulated company.

    A broker that is not the embedded one may hold events of real people. `operator` is the account that does it.
    """
    if not connection.embedded:
        return
    nobody = "none needed: everybody in this store is simulated"
    wanted, doer = DeploymentMode(Mode.CASE, nobody, nobody, int(time.time())), Operator(operator, system_user())
    async with database.write() as transaction:
        if await transaction.run_sync(stored_mode) is not None:
            return
        await change_mode(transaction, wanted, settings=SignalsSettings(), by=doer.name, now=wanted.since)
        await record(connection, transaction, doer, f"mode set {wanted.mode}")


def partner_of(connection: Connection) -> str:
    """The pseudonym of the HR partner of the demo."""
    return connection.pseudonym(_PARTNER)


async def send_partner(connection: Connection) -> None:
    """Put an HR partner into the directory who reports to nobody and leads nobody. So nothing is hidden from them."""
    record = PersonRecorded(
        id=event_id(source=ENVIRONMENT, kind="person", native_id=_PARTNER),
        source=ENVIRONMENT,
        time=_BEFORE_ALL,
        data=Person(person=_PARTNER, name="HR partner of the demo"),
    )
    async with event_sender(connection) as send:
        await send([record])


async def confirm_names(connection: Connection, database: Database) -> None:
    """Show what teams, goals and queues of a simulated company are called: they are called after nobody."""
    review = NameReview(Register(database.engine.dialect, connection.keyring().register))
    async with database.write() as writing:
        await writing.run_sync(lambda sync: review.confirm_all(sync, tuple(ThingKind), now=int(time.time())))


@asynccontextmanager
async def inbox_sender(settings: ServiceSettings) -> AsyncIterator[SendAll]:
    """A way to send canonical events as a producer of the organisation does: with real ids, to the inbox topics.

    It needs Kafka and nothing else. Raises BrokerUnavailableError or TopicsMissingError.
    """
    # A producer would wait a minute for a topic that is missing and then not say which.
    await topic_ids(settings, [settings.topic(each.name) for each in topics.INBOXES])
    async with RecordProducer(settings) as producer:

        async def send(events: Sequence[CanonicalEvent]) -> None:
            records = [inbox_record_of(event, topic_prefix=settings.topic_prefix) for event in events]
            try:
                await producer.send(Outbound(each.topic, each.key, each.value) for each in records)
            except KafkaError as error:
                raise BrokerUnavailableError(f"Kafka did not take the events: {error!r}") from error

        yield send


class SimulatorService:
    """Keeps a simulated company alive, as a producer like any other: `with_past` first sends its past."""

    name: Final = "simulator"

    def __init__(
        self, settings: ServiceSettings, company: SimulatorSettings, clock: Clock, *, with_past: bool = True
    ) -> None:
        """`settings` say where Kafka is."""
        self._settings: Final = settings
        self._company: Final = company
        self._clock: Final = clock
        self._with_past: Final = with_past
        self._ready = False

    def unhealthy(self) -> str | None:
        """None: it ends its process by itself when it cannot send."""
        return None

    def unready(self) -> str | None:
        """Why this service does not work yet; None once its past is sent."""
        return None if self._ready else "simulator: sending the past"

    async def run(self) -> None:
        """Send until cancelled. Raises ServiceError when Kafka does not answer."""
        async with inbox_sender(self._settings) as send:
            if self._with_past:
                await _send_past(send, self._company, ends_at=self._clock(), progress=lambda _: None)
            self._ready = True

            async def send_one(event: CanonicalEvent) -> None:
                await send([event])

            await build(self._company, send=send_one, now=self._clock).run()
