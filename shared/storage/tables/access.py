"""Tables of who may read about named people, and of who acts for whom."""

from sqlalchemy import BigInteger, Index, Text
from sqlmodel import SQLModel

from shared.storage.tables.declarations import (
    READ,
    Ages,
    Erasure,
    Grants,
    Names,
    RowPolicy,
    Shown,
    column,
    people,
)
from shared.storage.tables.directory import DIRECTORY
from shared.storage.tables.types import Seconds, String


class CaseRow(SQLModel, table=True):
    """A named HR partner may read about named people for a purpose and a time. Opened by somebody else."""

    __tablename__ = "access_case"
    __table_args__ = (
        Index("ix_access_case_partner", "partner"),
        people(
            access=Shown("cases"),
            retention=Ages("cases", by="expires_at", begins="opened_at"),
            grants=Grants(writer="SELECT, DELETE", reader="SELECT, INSERT, UPDATE (closed_at, closed_by)"),
            policy=RowPolicy.CASES,
        ),
    )
    id: str = column(Text, names=Names.NOBODY, key=True)
    partner: str = column(Text, names=Names.PERSON, erasure=Erasure.KEEP)
    purpose: String
    opened_by: str = column(Text, names=Names.PERSON, erasure=Erasure.KEEP)
    opened_at: Seconds
    expires_at: Seconds
    closed_at: int | None = column(BigInteger, names=Names.NOBODY, instant=True, default=None)
    closed_by: str | None = column(Text, names=Names.PERSON, erasure=Erasure.KEEP, default=None)


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
