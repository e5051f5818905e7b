"""A channel service reads one topic of events and writes interactions. Calendar, tickets and chat are such services."""

import re
from collections.abc import Callable, Iterable
from typing import Any, Final, Generic, TypeVar

import msgspec

from shared import topics
from shared.domain.privacy.pseudonym import ArrivingNames, NotPseudonymousError, PseudonymChecks, is_pseudonym
from shared.schemas.envelope import Event
from shared.schemas.interaction import AnyInteraction
from shared.schemas.names import KIND_PATTERN
from shared.settings import ArrivalSettings
from shared.sources.places import as_travelling, place_under, places_of
from shared.telemetry.metrics import Metrics
from shared.topics import Topic
from shared.transport.consumer import BatchConsumer
from shared.transport.producer import RecordProducer
from shared.transport.records import DeadLetters, Reader, Record, UnreadableError
from shared.transport.stage import Stage
from shared.transport.topics import topic_ids

E = TypeVar("E", bound=Event)

_PSEUDONYMOUS_ID: Final = re.compile(rf"[a-z][a-z0-9_]{{0,39}}:(?:{KIND_PATTERN}:)?p-[a-z2-7]{{26}}(?::[0-9]+)?")


class ChannelService(Generic[E]):
    """Runs one channel service, which lets in nothing but what passed the edge.

    A record that names somebody other than by a pseudonym of this deployment, or a thing by what its source calls it,
    is a dead letter for the reason `not_pseudonymous`.
    """

    def __init__(
        self,
        *,
        name: str,
        topic: Topic,
        schema: Any,
        convert: Callable[[E, ArrivingNames], AnyInteraction],
        things: tuple[str, ...] = (),
        settings: ArrivalSettings,
        metrics: Metrics,
        checks: PseudonymChecks,
    ) -> None:
        """`schema` is the union of the topic's events, and `things` are the fields of their data that hold ids.

        `convert` is pure. It looks up everybody whom the event names, also where it passes nobody on.
        """
        self.name: Final = name
        self._topic: Final = settings.topic(topic.name)
        self._reader: Final[Reader[E]] = Reader(msgspec.json.Decoder(schema), _event_seconds)
        self._convert: Final = convert
        self._things: Final = things
        self._settings: Final = settings
        self._metrics: Final = metrics
        self._checks: Final = checks
        self._names: Final = ArrivingNames(checks)
        self._unchecked_names: Final = ArrivingNames(checks, unchecked=True)
        self._unchecked_until_ms: Final = settings.unchecked_until_ms
        self._consumer: BatchConsumer | None = None
        self.exclude_places(())

    def exclude_places(self, places: Iterable[str]) -> None:
        """Drop events in these places from the next event on. They are under pseudonyms. The list replaces the last."""
        self._excluded = as_travelling((place_under(each, None) for each in places), self._checks)

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
        ids = await topic_ids(self._settings, wanted)
        async with RecordProducer(self._settings) as producer:
            stage = Stage(
                service=self.name,
                convert=self.interaction,
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

    def interaction(self, record: Record) -> AnyInteraction | None:
        """What a record says of people; None of one in an excluded place. Raises UnreadableError."""
        event = self._reader.read(record)
        names = self._unchecked_names if record.timestamp < self._unchecked_until_ms else self._names
        try:
            interaction = self._convert(event, names) if self._hides_ids(event) else None
        except NotPseudonymousError:
            interaction = None
        if interaction is None:
            raise UnreadableError("not_pseudonymous")
        if self._excluded and not self._excluded.isdisjoint(places_of(event)):
            return None
        return interaction

    def _hides_ids(self, event: E) -> bool:
        """Whether a source's own ids, which may hold addresses, are under pseudonyms."""
        if not _PSEUDONYMOUS_ID.fullmatch(event.id):
            return False
        data: Any = getattr(event, "data", None)
        for thing in self._things:
            native = getattr(data, thing, None)
            if native is not None and not is_pseudonym(native):
                return False
        return True


def _event_seconds(event: Event) -> float:
    return event.time.timestamp()
