"""Tables of who may read about named people, and of who acts for whom."""

from typing import Final

from sqlalchemy import BigInteger, Index, Text
from sqlmodel import SQLModel

from shared.storage.tables.declarations import (
    READ,
    Ages,
    Erasure,
    Grants,
    Names,
    NotShown,
    RowPolicy,
    Shown,
    column,
    people,
)
from shared.storage.tables.directory import DIRECTORY
from shared.storage.tables.types import Count, Flag, Seconds, String

_SUBJECT_NOT_TOLD: Final = "it may be about those who go over their head"


class CaseRow(SQLModel, table=True):
    """A named HR partner may read about some named people for a purpose and a time, once somebody else approved it."""

    __tablename__ = "access_case"
    __table_args__ = (
        Index("ix_access_case_partner", "partner"),
        people(
            access=Shown("cases"),
            retention=Ages("cases", by="expires_at", begins="opened_at"),
            grants=Grants(
                writer="SELECT, DELETE",
                reader="SELECT, INSERT, UPDATE (closed_at, closed_by, approved_at, approved_by)",
            ),
            policy=RowPolicy.CASES,
        ),
    )
    id: str = column(Text, names=Names.NOBODY, key=True)
    partner: str = column(Text, names=Names.PERSON, erasure=Erasure.KEEP)
    purpose: String
    subject_kind: String = ""  # empty for a case of an earlier version, in which nothing can be read
    # A person, or the key of a unit.
    subject: str = column(
        Text, names=Names.PERSON, erasure=Erasure.KEEP, not_found_by=_SUBJECT_NOT_TOLD, hidden=True, default=""
    )
    people: Count = 0  # how many it was opened about
    reason: str = column(
        Text, names=Names.MENTION, erasure=Erasure.KEEP, not_found_by=_SUBJECT_NOT_TOLD, hidden=True, default=""
    )
    opened_by: str = column(Text, names=Names.PERSON, erasure=Erasure.KEEP)
    opened_at: Seconds
    expires_at: Seconds
    approved_at: int | None = column(BigInteger, names=Names.NOBODY, instant=True, default=None)
    approved_by: str | None = column(Text, names=Names.PERSON, erasure=Erasure.KEEP, default=None)
    break_glass: Flag = False  # may be read in before anybody approves it
    closed_at: int | None = column(BigInteger, names=Names.NOBODY, instant=True, default=None)
    closed_by: str | None = column(Text, names=Names.PERSON, erasure=Erasure.KEEP, default=None)


class CasePersonRow(SQLModel, table=True):
    """A case is about a person: about all chains and pairs of theirs, or only about those with one leader.

    Written when the case is opened, so that who approves it knows how many it is about, and nobody is added later.
    """

    __tablename__ = "access_case_person"
    __table_args__ = (
        Index("ix_access_case_person_person", "person"),
        people(
            access=NotShown("who looked stands in `looks`; whom a case is about must not be told to their leaders"),
            retention="goes with its case",
            grants=Grants(writer="SELECT, DELETE", reader="SELECT, INSERT"),
            policy=RowPolicy.CASE_PEOPLE,
        ),
    )
    case: str = column(Text, names=Names.NOBODY, belongs_to=("access_case", "id"), key=True)
    person: str = column(Text, names=Names.PERSON, key=True)
    leader: str = column(Text, names=Names.PERSON, key=True)  # empty for any


class DelegationRow(SQLModel, table=True):
    """A delegate acts for a principal: reads their mail, sits in their meetings, and so is kept from what they are.

    It stays after it ended: a conflict of interest does not end with a transfer.
    """

    __tablename__ = "delegation"
    __table_args__ = (
        Index("ix_delegation_delegate", "delegate"),
        people(access=Shown("delegations"), retention="a conflict of interest does not end", grants=DIRECTORY),
    )
    principal: str = column(Text, names=Names.PERSON, key=True)
    delegate: str = column(Text, names=Names.PERSON, key=True)
    recorded_at: Seconds


class ApiKeyRow(SQLModel, table=True):
    """An API key: its public id and the hash of its secret."""

    __tablename__ = "api_key"
    # Neither service can make a key.
    __table_args__ = (
        people(
            access=Shown("keys"),
            retention=Ages("keys", by="expires_at", begins="created_at"),
            grants=Grants(writer="SELECT, DELETE", reader=READ),
            policy=RowPolicy.OWN_KEYS,
        ),
    )
    id: str = column(Text, names=Names.NOBODY, key=True)
    tenant: str = column(Text, names=Names.NOBODY, hidden=True)
    name: String
    role: String
    scopes: str | None = column(Text, names=Names.NOBODY, default=None)  # by spaces; NULL is all that the role grants
    # The holder, so that conflicts of interest are seen.
    person: str | None = column(Text, names=Names.PERSON, hidden=True, default=None)
    secret_sha256: str = column(Text, names=Names.NOBODY, hidden=True)
    created_at: Seconds
    expires_at: Seconds
    revoked_at: int | None = column(BigInteger, names=Names.NOBODY, instant=True, default=None)
