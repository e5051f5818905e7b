"""The system that a command works on: its store and, when one is named, its broker."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import URL, Dialect
from sqlalchemy.exc import ArgumentError

from services.cli.errors import UsageError
from services.cli.options import DATA
from shared.domain.organisation.hierarchy import ORGANISATION
from shared.domain.privacy.audit_chain import ChainKeys
from shared.domain.privacy.named_things import ThingKind
from shared.domain.privacy.pseudonym import PseudonymChecks, PseudonymGivenError
from shared.keyring import KEYS_DIRECTORY, Keyring, KeySettings, make_key_file, read_keyring
from shared.settings import ServiceSettings
from shared.storage.engine.database import Database, open_database, sqlite_url

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

    from shared.storage.privacy.subject import OutsideId


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

    def register_keys(self) -> "MultiFernet | None":
        """The keys that open the register, if they are named or in the data directory. Makes none."""
        named = KeySettings().register_key_file is not None
        return self.keyring().register if named or self._has_keys() else None

    def has_keys(self) -> bool:
        """Whether there is a key of pseudonyms: named, or in the data directory. Makes none."""
        return KeySettings().pseudonym_key_file is not None or self._has_keys()

    def has_store(self) -> bool:
        """Whether the SQLite file is there; of another store that is not known before it is opened."""
        return _missing_file(self.database_url) is None

    def _has_keys(self) -> bool:
        return (self.data / KEYS_DIRECTORY).is_dir()

    def scrape_token_file(self) -> Path:
        """The file of tokens for /metrics that the environment names, or else that of the data directory.

        That one is made when missing. Raises KeyFileError.
        """
        from shared.telemetry.scrape_access import new_scrape_token

        named = ServiceSettings().metrics_token_file
        return named or make_key_file(self.data / KEYS_DIRECTORY / "metrics.token", new_scrape_token())

    def pseudonym(self, person: str) -> str:
        """The pseudonym of a person, given the HR system's id. Raises KeyFileError, and UsageError for a pseudonym."""
        pseudonyms = self.keyring().pseudonyms
        try:
            return person if pseudonyms is None else pseudonyms.person(person)
        except PseudonymGivenError as error:
            raise UsageError(f"{error}: people are named by that, as they name themselves") from error

    def team_key(self, team: str) -> str:
        """The key of a team, given that or what the HR system calls it. Raises KeyFileError."""
        pseudonyms = self.keyring().pseudonyms
        if pseudonyms is None or team == ORGANISATION:
            return team
        return pseudonyms.named(ThingKind.TEAM, team)

    def outside(self, person: str, dialect: Dialect) -> "OutsideId":
        """How a store may know somebody of this id of the HR system. Raises KeyFileError and UsageError."""
        from shared.storage.directory.register import Register
        from shared.storage.privacy.subject import OutsideId

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
