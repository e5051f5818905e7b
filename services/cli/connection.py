"""The system that a command works on: its store and, when one is named, its broker."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.fernet import MultiFernet
from sqlalchemy.engine import URL, Dialect
from sqlalchemy.exc import ArgumentError

from services.cli.errors import UsageError
from services.cli.options import DATA
from shared.domain.facts.digests import digest
from shared.domain.privacy.audit_chain import ChainKeys
from shared.domain.privacy.pseudonym import PseudonymChecks, PseudonymGivenError
from shared.ingest.edge import Edge, EdgeKeyError
from shared.ingest.outlets import Delivered, StoreOutlet, sync_every_commit
from shared.keyring import KEYS_DIRECTORY, Keyring, KeySettings, make_key_file, read_keyring
from shared.schemas.registry import CanonicalEvent
from shared.settings import EdgeSettings, ServiceSettings
from shared.storage.directory.register import Register
from shared.storage.engine.database import Database, open_database, sqlite_url
from shared.storage.log.progress import Sent
from shared.storage.privacy.subject import OutsideId
from shared.telemetry.scrape_access import new_scrape_token
from shared.topics import TOPICS
from shared.transport.errors import BrokerUnavailableError

Send = Callable[[Sequence[CanonicalEvent]], Awaitable[int]]
"""Send events on; returns how many."""


@dataclass(frozen=True, slots=True)
class Connection:
    """A store and a broker, by address. Made by `connect`. Opens nothing by itself."""

    database_url: URL
    broker: str | None
    data: Path
    topic_prefix: str = ""

    @property
    def embedded(self) -> bool:
        """Whether events go into the store, from where `bellwether up` sends them to its broker."""
        return self.broker is None

    def keyring(self) -> Keyring:
        """The keys that the environment names, or else those of the data directory. Raises KeyFileError."""
        return read_keyring(KeySettings().below(self.data))

    def checks(self) -> PseudonymChecks:
        """What verifies pseudonyms of this deployment. Raises UsageError without their key, and KeyFileError."""
        checks = self.keyring().checks
        if checks is None:
            raise UsageError("there is no pseudonym key: name its file with BELLWETHER_PSEUDONYM_KEY_FILE")
        return checks

    def audit_keys(self) -> ChainKeys:
        """The keys that seal the audit, if they are named or in the data directory. Makes none. Raises KeyFileError."""
        named = KeySettings().audit_key_file is not None
        return self.keyring().audit if named or self._has_keys() else ChainKeys()

    def register_keys(self) -> MultiFernet | None:
        """The keys that open the register, if they are named or in the data directory. Makes none."""
        named = KeySettings().register_key_file is not None
        return self.keyring().register if named or self._has_keys() else None

    def _has_keys(self) -> bool:
        return (self.data / KEYS_DIRECTORY).is_dir()

    def scrape_token_file(self) -> Path:
        """The file of tokens for /metrics that the environment names, or else that of the data directory.

        That one is made when missing. Raises KeyFileError.
        """
        named = ServiceSettings().metrics_token_file
        return named or make_key_file(self.data / KEYS_DIRECTORY / "metrics.token", new_scrape_token())

    def pseudonym(self, person: str) -> str:
        """The pseudonym of a person, given the HR system's id. Raises KeyFileError, and UsageError for a pseudonym."""
        pseudonyms = self.keyring().pseudonyms
        try:
            return person if pseudonyms is None else pseudonyms.person(person)
        except PseudonymGivenError as error:
            raise UsageError(f"{error}: people are named by that, as they name themselves") from error

    def outside(self, person: str, dialect: Dialect) -> OutsideId:
        """How a store may know somebody of this id of the HR system. Raises KeyFileError and UsageError."""
        keys = self.keyring()
        if keys.pseudonyms is None:
            raise UsageError("there is no pseudonym key: name its file with BELLWETHER_PSEUDONYM_KEY_FILE")
        self.pseudonym(person)  # which nobody outside has
        return OutsideId(person, keys.pseudonyms, Register(dialect, keys.register))

    def settings(self) -> ServiceSettings:
        """The settings of the environment, with this broker and this store instead."""
        given: dict[str, Any] = {"database": self.database_url.render_as_string(hide_password=False)}
        if self.broker is not None:
            given["broker"] = self.broker
        return ServiceSettings(**given)


def connect(*, broker: str | None = None, database: str | None = None, data: Path = DATA) -> Connection:
    """Take what the options name, or else the environment, or else the embedded default.

    Raises ValueError for an invalid setting, and UsageError for a text that is no database URL.
    """
    given: dict[str, Any] = {"broker": broker, "database": database}
    settings = ServiceSettings(**{name: value for name, value in given.items() if value is not None})
    named = settings.model_fields_set
    try:
        url = settings.database_url() if "database" in named else sqlite_url(data / "bellwether.db")
    except ArgumentError as error:
        raise UsageError("the database is not a URL such as sqlite+aiosqlite:///file.db") from error
    return Connection(
        database_url=url,
        broker=settings.broker if "broker" in named else None,
        data=data,
        topic_prefix=settings.topic_prefix,
    )


@asynccontextmanager
async def store(connection: Connection) -> AsyncIterator[Database]:
    """Open the store, upgrade its schema, and close it at the end of the block."""
    from shared.storage.engine.schema import upgrade

    async with _opened(connection) as database:
        await upgrade(database)
        yield database


@asynccontextmanager
async def existing_store(connection: Connection) -> AsyncIterator[Database]:
    """Open the store as it is, for a command that reads. Raises UsageError when the SQLite file is missing."""
    missing = _missing_file(connection.database_url)
    if missing is not None:
        raise UsageError(f"there is no store at {missing}; start one with `bellwether up`, or name it with --data")
    async with _opened(connection) as database:
        yield database


def event_sender(connection: Connection, *, sent: list[Sent] | None = None) -> AbstractAsyncContextManager[Send]:
    """Open a way in for events: publish to the named broker, or accept into the store for the embedded one.

    This is the edge: behind it there is no text, and people have pseudonyms. Who they are goes into the register.

    Events in excluded places are dropped here, by the list as it is at the time of each call; `send` says how many of
    the others there were.

    `send` returns once the events are safe: acknowledged by Kafka, or on the disk. Sending the same again is
    harmless. What was sent is added to `sent`, for `wait_until_settled`. Entering raises BrokerUnavailableError,
    TopicsMissingError, KeyFileError, UsageError for a store that was filled under another key, or a database error.
    """
    if connection.broker is None:
        return _accepting(connection, sent)
    return _producing(connection, connection.broker, sent)


@asynccontextmanager
async def _opened(connection: Connection) -> AsyncIterator[Database]:
    database = open_database(connection.database_url, pool_size=2)
    try:
        yield database
    finally:
        await database.close()


def _missing_file(url: URL) -> Path | None:
    if not url.drivername.startswith("sqlite") or not url.database:
        return None
    path = Path(url.database)
    return None if path.is_file() else path


async def _open_edge(connection: Connection, database: Database) -> Edge:
    try:
        edge = Edge(connection.keyring(), database, EdgeSettings())
        async with database.write() as transaction:
            await edge.open(transaction)
    except EdgeKeyError as error:
        raise UsageError(str(error)) from error
    return edge


@asynccontextmanager
async def _accepting(connection: Connection, sent: list[Sent] | None) -> AsyncIterator[Send]:
    async with store(connection) as database:
        await sync_every_commit(database)
        edge = await _open_edge(connection, database)
        outlet = StoreOutlet(edge=edge, database=database, topic_prefix=connection.topic_prefix)

        async def send(events: Sequence[CanonicalEvent]) -> int:
            delivered = await outlet.deliver(events)
            _note(sent, delivered)
            return len(delivered.events)

        yield send


@asynccontextmanager
async def _producing(connection: Connection, broker: str, sent: list[Sent] | None) -> AsyncIterator[Send]:
    from aiokafka.errors import KafkaError

    from shared.ingest.kafka_outlet import KafkaOutlet
    from shared.transport.producer import RecordProducer
    from shared.transport.topics import topic_ids

    settings = connection.settings()
    # A producer would wait a minute for a topic that is missing and then not say which.
    await topic_ids(settings, [settings.topic(topic.name) for topic in TOPICS])
    async with store(connection) as database, RecordProducer(settings) as producer:
        edge = await _open_edge(connection, database)
        outlet = KafkaOutlet(edge=edge, database=database, producer=producer, topic_prefix=connection.topic_prefix)

        async def send(events: Sequence[CanonicalEvent]) -> int:
            try:
                delivered = await outlet.deliver(events)
            except KafkaError as error:
                raise BrokerUnavailableError(f"Kafka at {broker} did not take the events: {error!r}") from error
            _note(sent, delivered)
            return len(delivered.events)

        yield send


def _note(sent: list[Sent] | None, delivered: Delivered) -> None:
    if sent is not None:
        sent.extend(
            Sent(digest(event.entity), digest(event.id), event.revision, sha256(record.value).hexdigest())
            for event, record in zip(delivered.events, delivered.records, strict=True)
        )
