"""Tables of what happened between people. Nothing here holds message content.

Identities are interned to integers: facts name people by source identity, and who is whom is decided when readings
are computed, so that a late or corrected directory changes readings and never facts.
"""

from typing import Final

from sqlalchemy import BigInteger, Index, Integer, SmallInteger, Text
from sqlmodel import SQLModel

from shared.storage.tables.declarations import ALL, READ, Ages, Erasure, Grants, Names, Shown, column, people
from shared.storage.tables.types import Big, Count, Flag, RowId, Seconds, Small

_BY_START: Final = Ages("facts", by="start")
_BY_TIME: Final = Ages("facts", by="at")
_ATTENDANCE: Final = "found by attendance"


class IdentityRow(SQLModel, table=True):
    """A source identity (`mail:...`) and the integer that facts use for it."""

    __tablename__ = "identity"
    __table_args__ = (
        # The API looks whether an account is there, and whose, when an operator decides on it.
        people(
            access=Shown("accounts"), retention="kept as long as it is true", grants=Grants(writer=ALL, reader=READ)
        ),
    )
    id: int | None = column(RowId, names=Names.NOBODY, key=True, default=None)
    key: str = column(Text, names=Names.PERSON, not_found_by="found first", unique=True)


class PairDayRow(SQLModel, table=True):
    """Additive counters per direction of a pair, day and channel; columns follow `history.COUNTERS`.

    Contacts are not counted in here: read `pair_days`, which adds them.
    """

    __tablename__ = "pair_day"
    __table_args__ = (
        Index("ix_pair_day_recipient", "recipient"),
        people(access=Shown("counters"), retention=Ages("facts", by="day", unit="day")),
    )
    sender: int = column(BigInteger, names=Names.ACCOUNT, key=True)
    recipient: int = column(BigInteger, names=Names.ACCOUNT, key=True)
    day: int = column(Integer, names=Names.NOBODY, key=True)
    channel: int = column(SmallInteger, names=Names.NOBODY, key=True)
    messages: Count = 0
    broadcasts: Count = 0
    replies: Count = 0
    asks: Count = 0
    acknowledgements: Count = 0
    reactions: Count = 0
    meetings: Count = 0
    cancelled_meetings: Count = 0
    comments: Count = 0
    handoffs: Count = 0
    reopens: Count = 0
    priority_raises: Count = 0
    escalations: Count = 0
    sla_breaches: Count = 0


class ContactRow(SQLModel, table=True):
    """A direct message to one of at most three recipients."""

    __tablename__ = "contact"
    __table_args__ = (
        Index("ix_contact_recipient", "recipient"),
        people(access=Shown("messages"), retention=_BY_TIME),
    )
    sender: int = column(BigInteger, names=Names.ACCOUNT, erasure=Erasure.REWRITE_LOG, key=True)
    recipient: int = column(BigInteger, names=Names.ACCOUNT, erasure=Erasure.REWRITE_LOG, key=True)
    at: int = column(BigInteger, names=Names.NOBODY, instant=True, key=True)
    locator: int = column(BigInteger, names=Names.NOBODY, key=True)  # 64 bits of the entity's digest
    channel: Small
    thread: Big
    marks: Small
    # The other recipients.
    others: str = column(
        Text, names=Names.ACCOUNTS, erasure=Erasure.REWRITE_LOG, not_found_by="each recipient has a row"
    )


class MeetingRow(SQLModel, table=True):
    """A small meeting as it stands after its last change."""

    __tablename__ = "meeting"
    __table_args__ = (people(access=Shown("meetings"), retention=_BY_START),)
    locator: int = column(BigInteger, names=Names.NOBODY, key=True)
    start: Seconds
    end: Seconds
    organiser: int = column(BigInteger, names=Names.ACCOUNT, erasure=Erasure.REWRITE_LOG, not_found_by=_ATTENDANCE)
    # Those who did not decline, organiser included, and everybody invited.
    people: str = column(Text, names=Names.ACCOUNTS, erasure=Erasure.REWRITE_LOG, not_found_by=_ATTENDANCE)
    invited: str = column(Text, names=Names.ACCOUNTS, erasure=Erasure.REWRITE_LOG, not_found_by=_ATTENDANCE)
    series: Big
    original_start: Seconds
    cancelled: Flag
    # 0 when not known.
    changed_by: int = column(BigInteger, names=Names.ACCOUNT, erasure=Erasure.REWRITE_LOG, not_found_by=_ATTENDANCE)
    changed_at: Seconds


class AttendanceRow(SQLModel, table=True):
    """Finds the meetings of an identity."""

    __tablename__ = "attendance"
    __table_args__ = (people(access=Shown("meetings"), retention=_BY_START),)
    identity: int = column(BigInteger, names=Names.ACCOUNT, key=True)
    start: int = column(BigInteger, names=Names.NOBODY, instant=True, key=True)
    locator: int = column(BigInteger, names=Names.NOBODY, key=True)


class TicketStepRow(SQLModel, table=True):
    """A step of a ticket between two identities."""

    __tablename__ = "ticket_step"
    __table_args__ = (
        Index("ix_ticket_step_target", "target"),
        people(access=Shown("ticket_steps"), retention=_BY_TIME),
    )
    actor: int = column(BigInteger, names=Names.ACCOUNT, erasure=Erasure.REWRITE_LOG, key=True)
    target: int = column(BigInteger, names=Names.ACCOUNT, erasure=Erasure.REWRITE_LOG, key=True)
    at: int = column(BigInteger, names=Names.NOBODY, instant=True, key=True)
    step: int = column(SmallInteger, names=Names.NOBODY, key=True)
    locator: int = column(BigInteger, names=Names.NOBODY, key=True)
    ticket: Big
