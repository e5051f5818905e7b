"""The gateway reads inbox topics and sends events on under pseudonyms."""

from typing import Final

from services.gateway.handle import InboxProcessor
from services.gateway.settings import GatewaySettings
from shared import topics
from shared.ingest.edge import Edge, EdgeKeyError
from shared.ingest.kafka_outlet import KafkaOutlet
from shared.ingest.outlets import Outlet, StoreOutlet
from shared.keyring import Keyring
from shared.storage.engine.database import Database
from shared.telemetry.metrics import Metrics
from shared.transport.consumer import BatchConsumer
from shared.transport.errors import ServiceError
from shared.transport.producer import RecordProducer
from shared.transport.records import DeadLetters
from shared.transport.topics import topic_ids


def build(settings: GatewaySettings, metrics: Metrics, database: Database, *, keyring: Keyring) -> "GatewayService":
    """Make the service. Nothing connects before it runs.

    Raises EdgeKeyError without the keys of pseudonyms and of the register.
    """
    return GatewayService(settings=settings, metrics=metrics, database=database, keyring=keyring)


class GatewayService:
    """Runs the gateway. Any number of processes share the inbox topics."""

    name: Final = "gateway"

    def __init__(self, *, settings: GatewaySettings, metrics: Metrics, database: Database, keyring: Keyring) -> None:
        """Raises EdgeKeyError without the keys of pseudonyms and of the register."""
        self._settings: Final = settings
        self._metrics: Final = metrics
        self._database: Final = database
        self._edge: Final = Edge(keyring, database, settings)
        self._consumer: BatchConsumer | None = None

    def unhealthy(self) -> str | None:
        """Why this service must be restarted; None while it works."""
        return self._consumer.unhealthy() if self._consumer else None

    def unready(self) -> str | None:
        """Why this service does not work yet; None once it does."""
        return self._consumer.unready() if self._consumer else f"{self.name}: not connected yet"

    async def run(self) -> None:
        """Consume until cancelled. Raises ServiceError when the process must end."""
        settings = self._settings
        inboxes = [settings.topic(each.name) for each in topics.INBOXES]
        # All topics, as a producer would wait a minute for one that is missing and then not say which.
        ids = await topic_ids(settings, [settings.topic(each.name) for each in topics.TOPICS])
        try:
            async with self._database.write() as transaction:
                await self._edge.open(transaction)
        except EdgeKeyError as error:
            raise ServiceError(f"{self.name}: {error}") from error
        async with RecordProducer(settings) as producer:
            processor = InboxProcessor(
                service=self.name,
                outlet=self._outlet(producer),
                producer=producer,
                dead_letters=DeadLetters(stage=self.name, topic_ids=ids, limit=settings.dead_letter_share),
                settings=settings,
                metrics=self._metrics,
            )
            self._consumer = BatchConsumer(
                service=self.name, topics=inboxes, processor=processor, settings=settings, metrics=self._metrics
            )
            await self._consumer.run()

    def _outlet(self, producer: RecordProducer) -> Outlet:
        prefix = self._settings.topic_prefix
        if self._settings.embedded:
            return StoreOutlet(edge=self._edge, database=self._database, topic_prefix=prefix)
        return KafkaOutlet(edge=self._edge, database=self._database, producer=producer, topic_prefix=prefix)
