"""The records that leave the signals service: readings, alerts and dead letters."""

from typing import Annotated, Literal

import msgspec

from shared.schemas.envelope import Instant


class FactorRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One factor of a reading: its value, how many observations it has, what it added, and the reading without it."""

    name: str
    value: float
    count: int = 0
    contribution: float = 0.0
    what_if: float | None = None


class ReadingRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A reading on topic `signals.readings`, keyed by signal and subject. Equal readings are equal bytes.

    A record without a value says that the reading under its key is gone. Readings of groups are never sent.
    """

    signal: str
    subject: Annotated[str, msgspec.Meta(description="`pair:a|b`, `ticket:id`, ...; never a chain.")]
    as_of: Instant
    value: float
    confidence: float
    band: str
    factors: tuple[FactorRecord, ...]
    action: str
    model_version: str
    v: Literal[1] = 1


class ListsRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The record of a week on topic `alerts`: the same every week, whether there are alerts or not.

    It is time to read one's list at /v1/alerts.
    """

    type: Annotated[str, msgspec.Meta(description="`list.changed`")]
    at: Instant
    v: Literal[1] = 1


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A record that can never work, on topic `dead-letters`, keyed `topic:partition:offset`.

    It carries the place of the record, the hash of its bytes and a reason code, but never its content.
    """

    topic: str
    partition: Annotated[int, msgspec.Meta(ge=0, lt=2**31)]
    offset: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
    topic_id: Annotated[str, msgspec.Meta(description="Cluster and topic id the offset belongs to.")] = msgspec.field(
        name="incarnation"
    )
    sha256: str
    reason: str
    stage: Annotated[str, msgspec.Meta(description="Service that gave the record up.")]
    v: Literal[1] = 1
