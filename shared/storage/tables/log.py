"""Tables of the event log: what counts, offsets of consumers, dead letters, and what waits to be published."""

from typing import Final

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, Text, text
from sqlmodel import SQLModel

from shared.storage.tables.declarations import ALL, Ages, Erasure, Grants, Names, NotShown, column, nobody, people
from shared.storage.tables.types import Big, RowId, Seconds, Small, String

_UNDER_WAY: Final = NotShown("records under way, for seconds")
_DONE: Final = "gone once it is done"
# Kinds of entries of the event log.
INTERACTION: Final = 1
DIRECTORY: Final = 2

# Most records are messages, which no index of meetings needs to hold.
_TOLD: Final = text("meeting IS NOT NULL")


class EventLogRow(SQLModel, table=True):
    """The event log: the latest revision of every entity. De-duplicates, retracts and replays."""

    __tablename__ = "applied"
    __table_args__ = (
        Index("ix_applied_meeting", "meeting", sqlite_where=_TOLD, postgresql_where=_TOLD),
        people(
            access=NotShown("the records that the facts are made of"),
            # The directory is in the log as well, and is kept as long as it is true.
            retention=Ages("facts", by="at", only={"kind": INTERACTION}),
        ),
    )
    entity: bytes = column(LargeBinary, names=Names.NOBODY, key=True)  # 128-bit digest of the entity
    revision: Big
    kind: Small  # INTERACTION or DIRECTORY
    at: Seconds
    # The record as it came: text-free JSON.
    body: bytes = column(LargeBinary, names=Names.MENTION, erasure=Erasure.REWRITE_LOG)
    # 128-bit digest of the meeting that the record tells of together with others; NULL where it stands alone.
    meeting: bytes | None = column(LargeBinary, names=Names.NOBODY, default=None)


class PartitionOffsetRow(SQLModel, table=True):
    """How far a consumer has come in a partition; moved by compare-and-set with the facts."""

    __tablename__ = "partition_offset"
    __table_args__ = (nobody(retention="as long as the store"),)
    consumer: str = column(Text, names=Names.NOBODY, key=True)
    topic: str = column(Text, names=Names.NOBODY, key=True)
    partition: int = column(Integer, names=Names.NOBODY, key=True)
    incarnation: String  # `cluster id/topic id` that the offset belongs to
    next_offset: Big
    watermark: Seconds = 0  # latest event time seen in this partition, under any topic id


class DeadLetterRow(SQLModel, table=True):
    """A record that can never work: where it lies and why, never what it said."""

    __tablename__ = "dead_letter"
    __table_args__ = (nobody(retention="as long as the store"),)
    incarnation: str = column(Text, names=Names.NOBODY, key=True)
    topic: str = column(Text, names=Names.NOBODY, key=True)
    partition: int = column(Integer, names=Names.NOBODY, key=True)
    offset: int = column(BigInteger, names=Names.NOBODY, key=True)
    sha256: String
    reason: String
    stage: String


class AcceptedRow(SQLModel, table=True):
    """Events accepted and not yet processed, for a broker that forgets. Text-free; deleted once processed."""

    __tablename__ = "accepted"
    # Row ids are never used twice: the relay goes by them.
    __table_args__ = people(access=_UNDER_WAY, retention=_DONE) | {"sqlite_autoincrement": True}
    id: int | None = column(RowId, names=Names.NOBODY, key=True, default=None)
    event: bytes = column(LargeBinary, names=Names.NOBODY, index=True)  # digest of the event id
    # Of the value, to find it when it becomes a dead letter.
    sha256: str = column(Text, names=Names.NOBODY, index=True)
    topic: String
    key: bytes = column(LargeBinary, names=Names.MENTION, erasure=Erasure.REFUSE)
    value: bytes = column(LargeBinary, names=Names.MENTION, erasure=Erasure.REFUSE)


class OutboxRow(SQLModel, table=True):
    """Records to publish, written with the state that they tell of; deleted once Kafka has them."""

    __tablename__ = "outbox"
    # Row ids are never used twice: the relay goes by them.
    __table_args__ = people(access=_UNDER_WAY, retention=_DONE, grants=Grants(writer=ALL)) | {
        "sqlite_autoincrement": True
    }
    id: int | None = column(RowId, names=Names.NOBODY, key=True, default=None)
    topic: String
    key: bytes = column(LargeBinary, names=Names.MENTION)
    value: bytes = column(LargeBinary, names=Names.MENTION)
