"""Tables of the event log: what counts, offsets of consumers, dead letters, and what waits to be published."""

from typing import ClassVar

from sqlalchemy import BigInteger, Integer, LargeBinary, Text
from sqlmodel import Field, SQLModel

from shared.storage.tables.types import Big, Digest, RowId, Small, String


class EventLogRow(SQLModel, table=True):
    """The event log: the latest revision of every entity. De-duplicates, retracts and replays."""

    __tablename__ = "applied"
    entity: bytes = Field(sa_type=LargeBinary, primary_key=True)  # 128-bit digest of the entity
    revision: Big
    kind: Small  # 1 interaction, 2 directory
    at: Big
    body: Digest  # the record as it came: text-free JSON


class PartitionOffsetRow(SQLModel, table=True):
    """How far a consumer has come in a partition; moved by compare-and-set with the facts."""

    __tablename__ = "partition_offset"
    consumer: str = Field(sa_type=Text, primary_key=True)
    topic: str = Field(sa_type=Text, primary_key=True)
    partition: int = Field(sa_type=Integer, primary_key=True)
    incarnation: String  # `cluster id/topic id` that the offset belongs to
    next_offset: Big
    watermark: Big = 0  # latest event time seen in this partition, under any topic id


class DeadLetterRow(SQLModel, table=True):
    """A record that can never work: where it lies and why, never what it said."""

    __tablename__ = "dead_letter"
    incarnation: str = Field(sa_type=Text, primary_key=True)
    topic: str = Field(sa_type=Text, primary_key=True)
    partition: int = Field(sa_type=Integer, primary_key=True)
    offset: int = Field(sa_type=BigInteger, primary_key=True)
    sha256: String
    reason: String
    stage: String


class AcceptedRow(SQLModel, table=True):
    """Events accepted and not yet processed, for a broker that forgets. Text-free; deleted once processed."""

    __tablename__ = "accepted"
    # Row ids are never used twice: the relay goes by them.
    __table_args__: ClassVar[dict[str, bool]] = {"sqlite_autoincrement": True}
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    event: bytes = Field(sa_type=LargeBinary, index=True)  # digest of the event id
    sha256: str = Field(sa_type=Text, index=True)  # of the value, to find it when it becomes a dead letter
    topic: String
    key: Digest
    value: Digest


class OutboxRow(SQLModel, table=True):
    """Records to publish, written with the state that they tell of; deleted once Kafka has them."""

    __tablename__ = "outbox"
    # Row ids are never used twice: the relay goes by them.
    __table_args__: ClassVar[dict[str, bool]] = {"sqlite_autoincrement": True}
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    topic: String
    key: Digest
    value: Digest
