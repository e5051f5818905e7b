"""Tables of what happened between people. Nothing here holds message content.

Identities are interned to integers: facts name people by source identity, and who is whom is decided when readings
are computed, so that a late or corrected directory changes readings and never facts.
"""

from typing import ClassVar

from sqlalchemy import BigInteger, Index, Integer, SmallInteger, Text
from sqlalchemy.schema import SchemaItem
from sqlmodel import Field, SQLModel

from shared.storage.tables.types import Big, RowId, Small, String


class IdentityRow(SQLModel, table=True):
    """A source identity (`mail:...`) and the integer that facts use for it."""

    __tablename__ = "identity"
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    key: str = Field(sa_type=Text, unique=True)


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
