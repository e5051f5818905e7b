"""Tables of the audit's chain. They and `audit` are only ever added to: triggers of the database refuse the rest.

Entries up to the cut may go, once the cut says so.
"""

from sqlalchemy import BigInteger, Index, SmallInteger, Text
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
    nobody,
    people,
)
from shared.storage.tables.types import Big, Bytes, Count, RowId, Seconds, String

_CHAINED = Ages("audit", by="at", disclosed=False, chained=True)


class AuditEntryRow(SQLModel, table=True):
    """A read that told of people, or what was refused or administered, sealed together with the entry before it."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        people(
            access=NotShown("the same reads as `looks`, sealed"),
            retention=_CHAINED,
            grants=Grants(writer="SELECT, DELETE", reader="INSERT"),
        ),
    )
    sequence: int = column(BigInteger, names=Names.NOBODY, key=True, autoincrement=False)
    epoch: String  # which key sealed it
    at: Seconds
    key_id: str = column(Text, names=Names.MENTION, erasure=Erasure.KEEP)
    operation: String
    purpose: String
    people: str = column(Text, names=Names.MENTION, erasure=Erasure.KEEP)  # JSON: {person: rows}
    seal: Bytes


class AuditHeadRow(SQLModel, table=True):
    """Where the chain ends. One row, which writers lock: the only one of the audit that changes."""

    __tablename__ = "audit_head"
    __table_args__ = (
        nobody(retention="as long as the store", grants=Grants(writer=READ, reader="SELECT, INSERT, UPDATE")),
    )
    id: int = column(SmallInteger, names=Names.NOBODY, key=True, default=1)
    sequence: Big
    epoch: String
    last: Bytes
    seal: Bytes


class AuditRootRow(SQLModel, table=True):
    """A signed root of a stretch of the chain."""

    __tablename__ = "audit_root"
    __table_args__ = (nobody(retention="as long as the store", grants=Grants(writer="SELECT, INSERT")),)
    first: int = column(BigInteger, names=Names.NOBODY, key=True, autoincrement=False)
    last: Big
    at: Seconds
    root: Bytes
    signer: String
    signature: Bytes


class AuditCutRow(SQLModel, table=True):
    """Up to where entries were old enough to go. One row."""

    __tablename__ = "audit_cut"
    __table_args__ = (nobody(retention="as long as the store", grants=Grants(writer="SELECT, INSERT, UPDATE")),)
    id: int = column(SmallInteger, names=Names.NOBODY, key=True, default=1)
    through: Big
    at: Seconds
    seal: Bytes  # of the last entry that went
    signer: String
    signature: Bytes


class AuditRow(SQLModel, table=True):
    """Finds entries of the audit's chain by person: one row per person, written in the transaction of the read."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_subject", "subject"),
        people(
            access=Shown("looks"),
            retention=_CHAINED,
            grants=Grants(writer="SELECT, DELETE", reader="SELECT, INSERT"),
            policy=RowPolicy.OWN_AUDIT,
        ),
    )
    id: int | None = column(RowId, names=Names.NOBODY, key=True, default=None)
    entry: Big  # sequence of the entry in the chain
    at: Seconds
    key_id: str = column(Text, names=Names.MENTION, erasure=Erasure.KEEP, not_found_by="what they read of others")
    operation: String
    purpose: String
    # Key of the person that the rows were about. With the entry of the register gone, it is a pseudonym of nobody.
    subject: str = column(Text, names=Names.PERSON, erasure=Erasure.KEEP)
    rows: Count
