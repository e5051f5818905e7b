"""Tables of the store, declared with SQLModel. Nothing here holds message content.

Identities are interned to integers: facts name people by source identity, and who is whom is decided when readings
are computed, so that a late or corrected directory changes readings and never facts.
"""

from typing import Annotated, ClassVar

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, SmallInteger, Text
from sqlalchemy.schema import SchemaItem
from sqlmodel import Field, SQLModel

# SQLite only counts up by itself in a column of type INTEGER; PostgreSQL wants 64 bits.
RowId = BigInteger().with_variant(Integer, "sqlite")

Big = Annotated[int, Field(sa_type=BigInteger)]
Small = Annotated[int, Field(sa_type=SmallInteger)]
Digest = Annotated[bytes, Field(sa_type=LargeBinary)]
String = Annotated[str, Field(sa_type=Text)]


class IdentityRow(SQLModel, table=True):
    """A source identity (`mail:...`) and the integer that facts use for it."""

    __tablename__ = "identity"
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    key: str = Field(sa_type=Text, unique=True)


class AppliedRow(SQLModel, table=True):
    """The log of what counts: the latest revision of every entity. De-duplicates, retracts and replays."""

    __tablename__ = "applied"
    entity: bytes = Field(sa_type=LargeBinary, primary_key=True)  # 128-bit digest of the entity
    revision: Big
    kind: Small  # 1 interaction, 2 directory
    at: Big
    body: Digest  # the record as it came: text-free JSON


class PairDayRow(SQLModel, table=True):
    """Additive counters per direction of a pair, day and channel; columns follow `history.COUNTERS`.

    Contacts are not counted in here: read `pair_days`, which adds them.
    """

    __tablename__ = "pair_day"
    __table_args__: ClassVar[tuple[SchemaItem, ...]] = (Index("ix_pair_day_recipient", "recipient"),)
    sender: int = Field(sa_type=BigInteger, primary_key=True)
    recipient: int = Field(sa_type=BigInteger, primary_key=True)
    day: int = Field(sa_type=Integer, primary_key=True)
    channel: int = Field(sa_type=SmallInteger, primary_key=True)
    messages: int = 0
    broadcasts: int = 0
    replies: int = 0
    asks: int = 0
    acknowledgements: int = 0
    reactions: int = 0
    meetings: int = 0
    cancelled_meetings: int = 0
    comments: int = 0
    handoffs: int = 0
    reopens: int = 0
    priority_raises: int = 0
    escalations: int = 0
    sla_breaches: int = 0


class ContactRow(SQLModel, table=True):
    """A direct message to one of at most three recipients."""

    __tablename__ = "contact"
    __table_args__: ClassVar[tuple[SchemaItem, ...]] = (Index("ix_contact_recipient", "recipient"),)
    sender: int = Field(sa_type=BigInteger, primary_key=True)
    recipient: int = Field(sa_type=BigInteger, primary_key=True)
    at: int = Field(sa_type=BigInteger, primary_key=True)
    locator: int = Field(sa_type=BigInteger, primary_key=True)  # 64 bits of the entity's digest
    channel: Small
    thread: Big
    marks: Small
    others: String  # identities of the other recipients, comma separated


class MeetingRow(SQLModel, table=True):
    """A small meeting as it stands after its last change."""

    __tablename__ = "meeting"
    locator: int = Field(sa_type=BigInteger, primary_key=True)
    start: Big
    end: Big
    organiser: Big
    people: String  # identities of those who did not decline, organiser included, comma separated
    invited: String  # identities of everybody invited, organiser included
    series: Big
    original_start: Big
    cancelled: bool
    changed_by: Big  # 0 when not known
    changed_at: Big


class AttendanceRow(SQLModel, table=True):
    """Finds the meetings of an identity."""

    __tablename__ = "attendance"
    identity: int = Field(sa_type=BigInteger, primary_key=True)
    start: int = Field(sa_type=BigInteger, primary_key=True)
    locator: int = Field(sa_type=BigInteger, primary_key=True)


class TicketStepRow(SQLModel, table=True):
    """A step of a ticket between two identities."""

    __tablename__ = "ticket_step"
    __table_args__: ClassVar[tuple[SchemaItem, ...]] = (Index("ix_ticket_step_target", "target"),)
    actor: int = Field(sa_type=BigInteger, primary_key=True)
    target: int = Field(sa_type=BigInteger, primary_key=True)
    at: int = Field(sa_type=BigInteger, primary_key=True)
    step: int = Field(sa_type=SmallInteger, primary_key=True)
    locator: int = Field(sa_type=BigInteger, primary_key=True)
    ticket: Big


class DirtyRow(SQLModel, table=True):
    """Whose readings are out of date, from which day on.

    `who` is `#identity` for new facts, `=identity` for a corrected link, `@person`, `!ticket`, or `~norms`.
    """

    __tablename__ = "dirty"
    who: str = Field(sa_type=Text, primary_key=True)
    from_day: Big
    generation: Big = 0  # grows with every mark, so that a mark made while scoring runs is not lost


class PersonRow(SQLModel, table=True):
    """A person of the directory."""

    __tablename__ = "person"
    key: str = Field(sa_type=Text, primary_key=True)  # a pseudonym; what it stands for is in the register
    team: str | None = Field(default=None, sa_type=Text)
    active: bool = True


class IdentityLinkRow(SQLModel, table=True):
    """An identity belongs to a person for a time."""

    __tablename__ = "identity_link"
    entity: bytes = Field(sa_type=LargeBinary, primary_key=True)
    identity: Big
    person: String
    valid_from: Big
    valid_to: Big


class ReportingLineRow(SQLModel, table=True):
    """A person reports to a manager for a time."""

    __tablename__ = "reporting_line"
    __table_args__: ClassVar[tuple[SchemaItem, ...]] = (
        Index("ix_reporting_line_person", "person"),
        Index("ix_reporting_line_manager", "manager"),
    )
    entity: bytes = Field(sa_type=LargeBinary, primary_key=True)
    person: String
    manager: String  # empty at the top of the tree
    valid_from: Big
    valid_to: Big


class TeamRow(SQLModel, table=True):
    """A node of the organisation."""

    __tablename__ = "team"
    key: str = Field(sa_type=Text, primary_key=True)
    name: str | None = Field(default=None, sa_type=Text)
    parent: str | None = Field(default=None, sa_type=Text)


class GoalRow(SQLModel, table=True):
    """A goal of the KPI tree."""

    __tablename__ = "goal"
    key: str = Field(sa_type=Text, primary_key=True)
    name: str | None = Field(default=None, sa_type=Text)
    parent: str | None = Field(default=None, sa_type=Text)
    team: str | None = Field(default=None, sa_type=Text)
    owner: str | None = Field(default=None, sa_type=Text)
    valid_from: Big
    valid_to: Big


class PartitionOffsetRow(SQLModel, table=True):
    """How far a consumer has come in a partition; moved by compare-and-set with the facts."""

    __tablename__ = "partition_offset"
    consumer: str = Field(sa_type=Text, primary_key=True)
    topic: str = Field(sa_type=Text, primary_key=True)
    partition: int = Field(sa_type=Integer, primary_key=True)
    incarnation: String  # cluster id and topic id that the offset belongs to
    next_offset: Big
    watermark: Big = 0  # latest event time seen in this partition, in any incarnation


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


class ReadingRow(SQLModel, table=True):
    """Value of a signal for a subject as of a closed week, or as of the watermark (`week` is LIVE)."""

    __tablename__ = "reading"
    __table_args__: ClassVar[tuple[SchemaItem, ...]] = (
        Index("ix_reading_value", "week", "signal", "value"),
        Index("ix_reading_first", "first", "week"),
        Index("ix_reading_second", "second", "week"),
        Index("ix_reading_third", "third"),
    )
    signal: str = Field(sa_type=Text, primary_key=True)
    first: str = Field(sa_type=Text, primary_key=True)
    second: str = Field(sa_type=Text, primary_key=True)
    third: str = Field(sa_type=Text, primary_key=True)  # empty for a pair
    week: int = Field(sa_type=Integer, primary_key=True)
    as_of: Big
    value: float
    confidence: float
    band: String
    factors: String  # JSON: [[name, value, count, contribution, what if (where known)], ...]
    action: String
    model_version: String


class ScoringStateRow(SQLModel, table=True):
    """How far scoring has come. One row; `version` fences a scorer that lost its place."""

    __tablename__ = "scoring_state"
    id: int = Field(default=1, primary_key=True, sa_type=SmallInteger)
    version: Big = 0
    scored_week: Big = -1  # last closed week that has readings
    scored_at: Big = 0  # watermark of the live readings
    first_day: Big = 1 << 62  # earliest day that any fact has had
    frozen_week: Big = -1  # last week whose norms an erasure has frozen: the one that was running then


class ApiKeyRow(SQLModel, table=True):
    """An API key: its public id and the hash of its secret."""

    __tablename__ = "api_key"
    id: str = Field(sa_type=Text, primary_key=True)
    tenant: String
    name: String
    role: String
    scopes: str | None = Field(default=None, sa_type=Text)  # separated by spaces; NULL is all that the role grants
    person: str | None = Field(default=None, sa_type=Text)  # the holder, so that conflicts of interest are seen
    secret_sha256: String
    created_at: Big
    expires_at: Big
    revoked_at: int | None = Field(default=None, sa_type=BigInteger)


class AuditRow(SQLModel, table=True):
    """By whom an entry of the audit's chain is found: one row per person. Written in the transaction of the read."""

    __tablename__ = "audit"
    __table_args__: ClassVar[tuple[SchemaItem, ...]] = (Index("ix_audit_subject", "subject"),)
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    entry: Big  # sequence of the entry in the chain
    at: Big
    key_id: String
    operation: String
    purpose: String
    subject: String  # person key the rows were about; one row per person
    rows: int
