"""Settings that every service shares, read once from the environment (`BELLWETHER_...`) and handed down.

`docs/configuration.md` is generated from these classes and those of the services: the docstring of a class introduces
its settings, and every setting has a description.
"""

from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import AwareDatetime, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import URL, make_url

from shared.domain.privacy.excluded_place import PLACE_PATTERN

PASSWORD_FILE: Final = "password_file"  # noqa: S105 - the name of a parameter
"""Parameter of a database URL: the file that is read for the password with every new connection."""

_SERVER: Final = r"(\[[0-9A-Fa-f:.]+\]|[^\s,:/\[\]]+)(:\d{1,5})?"
_BOOTSTRAP: Final = f"^{_SERVER}(,{_SERVER})*$"


class ServiceSettings(BaseSettings):
    """Where a service listens and what it talks to."""

    model_config = SettingsConfigDict(env_prefix="BELLWETHER_", frozen=True, extra="ignore")

    broker: Annotated[
        str, Field(pattern=_BOOTSTRAP, description="Kafka bootstrap servers, as `HOST:PORT[,HOST:PORT...]`.")
    ] = "127.0.0.1:9092"
    # Secret because somebody may put a password into it; a file is the better place.
    database: Annotated[SecretStr, Field(description="SQLAlchemy URL of the store.")] = SecretStr(
        "sqlite+aiosqlite:///.bellwether/bellwether.db"
    )
    database_password_file: Annotated[
        Path | None,
        Field(
            description="File that holds the password for the store. While the password changes it holds two: the new "
            "one first."
        ),
    ] = None
    host: Annotated[str, Field(description="Address of `/healthz`, `/readyz`, `/metrics` and the API.")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="Port of the same; 0 takes any that is free.")] = 8080
    connections: Annotated[
        int,
        Field(
            ge=1,
            description="Most connections to that port. When there are more, those whose request is not complete make "
            "room, the oldest first. Fewer where the process may not open so many files.",
        ),
    ] = 512
    connections_per_address: Annotated[
        int, Field(ge=1, description="The same for connections from one address. A proxy is one address.")
    ] = 256
    wrong_credentials_per_address: Annotated[
        int,
        Field(
            ge=1,
            description="Wrong keys and tokens a minute from one address. Beyond, only those that were right before "
            "are looked at, and others answered with 429.",
        ),
    ] = 20
    wrong_credentials: Annotated[
        int,
        Field(
            ge=1,
            description="The same for all addresses together. An address that presented no wrong one is still looked "
            "at once.",
        ),
    ] = 200
    head_seconds: Annotated[
        float, Field(gt=0, description="Seconds that a connection may take for the head of a request.")
    ] = 10.0
    body_seconds: Annotated[
        float, Field(gt=0, description="Seconds that it may take for the body. The API itself gives up after ten.")
    ] = 15.0
    metrics_token_file: Annotated[
        Path | None,
        Field(
            description="File with the tokens that open `/metrics`, one a line, of 32 characters or more. Without one "
            "it shows operational metrics alone, and on loopback alone. `bellwether up` makes one."
        ),
    ] = None
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"], Field(description="Least level of what is logged.")
    ] = "INFO"
    topic_prefix: Annotated[
        str, Field(description="Stands before the name of every topic and consumer group; for tests.")
    ] = ""
    partitions: Annotated[
        int | None,
        Field(ge=1, le=1000, description="Partitions of new topics. By default each topic has its own number."),
    ] = None
    replication_factor: Annotated[int, Field(ge=1, le=9, description="Copies of new topics.")] = 1

    webhook_loopback: Annotated[
        bool, Field(description="Let webhooks go to this machine, also unencrypted; for tests and local receivers.")
    ] = False
    batch_records: Annotated[int, Field(ge=1, description="Most records that a consumer takes at once.")] = 10_000
    batch_timeout_ms: Annotated[int, Field(ge=1, description="Longest wait for a batch to fill, in milliseconds.")] = (
        100
    )
    # A broker on the same machine answers in milliseconds; one that is electing a leader needs a few seconds.
    connect_seconds: Annotated[
        float, Field(gt=0, description="How long a process that starts tries to reach Kafka, in seconds.")
    ] = 15.0
    # The embedded broker also lets a new group wait half of it.
    session_timeout_ms: Annotated[
        int, Field(ge=1000, description="Milliseconds that Kafka waits for a silent consumer.")
    ] = 20_000
    # A stalled consumer is ended rather than left looking healthy; one minute is far above any batch and far below
    # the five minutes after which Kafka would give its partitions away.
    stall_seconds: Annotated[
        float, Field(gt=0, description="A consumer that stands still for so many seconds ends its process.")
    ] = 60.0
    # A bad deployment should build lag, not empty the topic.
    dead_letter_share: Annotated[
        float,
        Field(
            gt=0,
            le=1,
            description="Above this share of dead letters, counted after the first hundred records, a service stops.",
        ),
    ] = 0.5
    stop_alone: Annotated[
        bool,
        Field(
            description="A service that such a share stops keeps its process, which `/readyz` and a metric then tell. "
            "Always so in `bellwether up`, where other services share the process."
        ),
    ] = False

    @model_validator(mode="after")
    def _password_file_is_readable(self) -> Self:
        if self.database_password_file is not None and not self.database_password_file.is_file():
            raise ValueError(f"BELLWETHER_DATABASE_PASSWORD_FILE: no such file: {self.database_password_file}")
        return self

    def database_url(self) -> URL:
        """URL of the store for `open_database`, which reads the password file. May hold a password: never log it."""
        url = make_url(self.database.get_secret_value())
        if self.database_password_file is not None:
            url = url.update_query_dict({PASSWORD_FILE: str(self.database_password_file)})
        return url

    def topic(self, name: str) -> str:
        """Physical name of a topic or consumer group."""
        return f"{self.topic_prefix}{name}"


class ArrivalSettings(ServiceSettings):
    """What calendar, tickets, chat and signals let in from behind the edge."""

    unchecked_until: Annotated[
        AwareDatetime | None,
        Field(
            description="Let in records sent before this time whose pseudonyms bear no check, as those of versions "
            "before 0.2 did not. For what was on the topics at an upgrade; leave it out once that is processed."
        ),
    ] = None

    @property
    def unchecked_until_ms(self) -> float:
        """The same in milliseconds since the epoch; before everything where none is set."""
        return float("-inf") if self.unchecked_until is None else self.unchecked_until.timestamp() * 1000


class EdgeSettings(ServiceSettings):
    """What happens where events come in: in the gateway, in `bellwether up` and in commands that import."""

    excluded_places: Annotated[
        frozenset[Annotated[str, Field(pattern=PLACE_PATTERN)]],
        Field(
            description="Places whose events are dropped: `channel:ID`, `list:ADDRESS`, `calendar:ID`, `series:ID` or "
            "`queue:ID`."
        ),
    ] = frozenset()
    text_sources: Annotated[frozenset[str], Field(description="Sources whose text may be looked at.")] = frozenset()
