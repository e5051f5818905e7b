"""Raw records and how they are read. Every record is decoded or becomes a dead letter."""

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final, Generic, Protocol, TypeVar

import msgspec

from shared.schemas.output import DeadLetter
from shared.transport.errors import TooManyDeadLettersError

T = TypeVar("T")

# Before this many records a share says nothing: the first record of a test topic may well be broken.
_SHARE_FLOOR: Final = 100
# An event that claims to be from later than a day after it was sent would drag the watermark into the future.
FUTURE_SECONDS: Final = 24 * 3600
# PostgreSQL cannot store this character in text, so a record that holds it would never get in.
_NUL: Final = "\0"
_ESCAPE: Final = b"\\"
# What a decoder says of a text where its type allows none.
_TEXT: Final = "Expected `null`, got `str` - at `$.data.text`"
_ESCAPED_NUL: Final = b"\\u0000"


class Record(Protocol):
    """A record as aiokafka gives it."""

    @property
    def topic(self) -> str:
        """Physical name."""

    @property
    def partition(self) -> int:
        """Partition number."""

    @property
    def offset(self) -> int:
        """Place in the partition."""

    @property
    def timestamp(self) -> int:
        """Milliseconds since the epoch, by the producer's clock."""

    @property
    def key(self) -> bytes | None:
        """Key, as sent."""

    @property
    def value(self) -> bytes | None:
        """Value, as sent."""

    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]:
        """Headers, as sent."""


class UnreadableError(Exception):
    """A record can never be processed. The message is a reason code and quotes nothing of the record."""


class Reader(Generic[T]):
    """Decodes records of one kind. `event_seconds` gives the event time of a decoded value."""

    def __init__(self, decoder: "msgspec.json.Decoder[T]", event_seconds: Callable[[T], float]) -> None:
        self._decoder: Final = decoder
        self._event_seconds: Final = event_seconds

    def read(self, record: Record) -> T:
        """Decode a record. Raises UnreadableError with one of the reason codes in this module."""
        if record.value is None or not record.value:
            raise UnreadableError("no_value")
        if record.headers:
            _check_headers(record.headers)
        try:
            value = self._decoder.decode(record.value)
        except msgspec.ValidationError as error:
            raise UnreadableError(_reason(error)) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise UnreadableError("not_json") from None
        # To look for the first byte of the escape alone is far cheaper, and most records have none.
        if _ESCAPE in record.value and _ESCAPED_NUL in record.value and _holds_nul(msgspec.json.decode(record.value)):
            raise UnreadableError("invalid")
        if self._event_seconds(value) > record.timestamp / 1000 + FUTURE_SECONDS:
            raise UnreadableError("from_the_future")
        return value


class DeadLetters:
    """Makes dead letters for one service, and stops it when most records become dead letters."""

    def __init__(self, *, stage: str, topic_ids: Mapping[str, str], limit: float) -> None:
        self._stage: Final = stage
        self._topic_ids: Final = topic_ids
        self._limit: Final = limit
        self._seen = 0
        self._dead = 0

    def letter(self, record: Record, reason: str) -> DeadLetter:
        """The dead letter of a record: its place in the log, the hash of its bytes, and the reason."""
        return DeadLetter(
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            topic_id=self._topic_ids[record.topic],
            sha256=sha256(record.value or b"").hexdigest(),
            reason=reason,
            stage=self._stage,
        )

    def check(self, *, seen: int, dead: int) -> None:
        """Count a batch before it takes effect. Raises TooManyDeadLettersError when too many records are unreadable."""
        self._seen += seen
        self._dead += dead
        if self._seen >= _SHARE_FLOOR and self._dead > self._seen * self._limit:
            raise TooManyDeadLettersError(
                f"{self._stage}: {self._dead} of the last {self._seen} records cannot be read, more than "
                f"{self._limit:.0%}; nothing was skipped: look at the producer, then start the service again"
            )
        if self._seen > _SHARE_FLOOR * 100:
            self._seen //= 2
            self._dead //= 2


def letter_key(letter: DeadLetter) -> bytes:
    """Key on the dead-letters topic. The same record always has the same key."""
    return f"{letter.topic}:{letter.partition}:{letter.offset}".encode()


def _check_headers(headers: Sequence[tuple[str, bytes | None]]) -> None:
    for _, value in headers:
        if value is None:
            raise UnreadableError("bad_header")
        try:
            value.decode()
        except UnicodeDecodeError:
            raise UnreadableError("bad_header") from None


def _holds_nul(value: Any) -> bool:
    match value:
        case str():
            return _NUL in value
        case dict():
            return any(_holds_nul(each) for each in value.values())
        case list():
            return any(map(_holds_nul, value))
    return False


def _reason(error: msgspec.ValidationError) -> str:
    """The reason code of a validation error. Its own message may quote the record."""
    message = str(error)
    if message == _TEXT:
        return "text"
    if "$.type" in message or "$.kind" in message or "missing required field `type`" in message:
        return "unknown_type"
    if "$.v" in message or "$.specversion" in message:
        return "unknown_version"
    return "invalid"
