"""A channel service reads one topic of events and writes interactions. Calendar, tickets and chat are such services."""

from collections.abc import Callable, Iterable
from typing import Any, Final, Generic, TypeVar

import msgspec

from shared import topics
from shared.schemas.envelope import Event
from shared.schemas.interaction import AnyInteraction
from shared.settings import ChannelSettings
from shared.sources.places import place_under, places_of
from shared.telemetry.metrics import Metrics
from shared.topics import Topic
from shared.transport.consumer import BatchConsumer
from shared.transport.producer import RecordProducer
from shared.transport.records import DeadLetters, Reader
from shared.transport.stage import Stage
from shared.transport.topics import topic_ids

E = TypeVar("E", bound=Event)


class ChannelService(Generic[E]):
    """Runs one channel service. `convert` is pure. `schema` is the union of the event types on the topic."""

    def __init__(
        self,
        *,
        name: str,
        topic: Topic,
        schema: Any,
        convert: Callable[[E], AnyInteraction],
        settings: ChannelSettings,
        metrics: Metrics,
    ) -> None:
        self.name: Final = name
        self._topic: Final = settings.topic(topic.name)
        self._reader: Final[Reader[E]] = Reader(msgspec.json.Decoder(schema), _event_seconds)
        self._convert: Final = convert
        self._settings: Final = settings
        self._metrics: Final = metrics
        self._consumer: BatchConsumer | None = None
        self.exclude_places(settings.excluded_places)

    def exclude_places(self, places: Iterable[str]) -> None:
        """Drop events in these places, from the next event on. The list replaces the one before."""
        self._excluded = frozenset(place_under(each, None) for each in places)

    def unhealthy(self) -> str | None:
        """Why this service must be restarted; None while it works."""
        return self._consumer.unhealthy() if self._consumer else None

    def unready(self) -> str | None:
        """Why this service does not work yet; None once it does."""
        return self._consumer.unready() if self._consumer else f"{self.name}: not connected yet"

    async def run(self) -> None:
        """Consume until cancelled. Raises ServiceError when the process must end."""
        wanted = [
            self._topic,
            *(self._settings.topic(each.name) for each in (topics.INTERACTIONS, topics.DEAD_LETTERS)),
        ]
        ids = await topic_ids(self._settings.broker, wanted)
        async with RecordProducer(self._settings) as producer:
            stage = Stage(
                service=self.name,
                reader=self._reader,
                convert=self._interaction,
                producer=producer,
                dead_letters=DeadLetters(stage=self.name, topic_ids=ids, limit=self._settings.dead_letter_share),
                settings=self._settings,
                metrics=self._metrics,
            )
            self._consumer = BatchConsumer(
                service=self.name,
                topics=[self._topic],
                processor=stage,
                settings=self._settings,
                metrics=self._metrics,
            )
            await self._consumer.run()

    def _interaction(self, event: E) -> AnyInteraction | None:
        """The interaction of an event; None for an event in an excluded place."""
        if self._excluded and not self._excluded.isdisjoint(places_of(event)):
            return None
        return self._convert(event)


def _event_seconds(event: Event) -> float:
    return event.time.timestamp()
