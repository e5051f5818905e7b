"""Tables of the audit's chain. They and `audit` are only ever added to: triggers of the database refuse the rest.

Entries up to the cut may go, once the cut says so.
"""

from typing import ClassVar

from sqlalchemy import BigInteger, Index, SmallInteger, Text
from sqlalchemy.schema import SchemaItem
from sqlmodel import Field, SQLModel

from shared.storage.tables.types import Big, Digest, RowId, String


class AuditEntryRow(SQLModel, table=True):
    """A read that told of people, sealed together with the entry before it."""

    __tablename__ = "audit_entry"
    sequence: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    epoch: String  # which key sealed it
    at: Big
    key_id: String
    operation: String
    purpose: String
    people: String  # JSON: {person: rows}
    seal: Digest


class AuditHeadRow(SQLModel, table=True):
    """Where the chain ends. One row, which writers lock: the only one of the audit that changes."""

    __tablename__ = "audit_head"
    id: int = Field(default=1, primary_key=True, sa_type=SmallInteger)
    sequence: Big
    epoch: String
    last: Digest
    seal: Digest


class AuditRootRow(SQLModel, table=True):
    """A signed root of a stretch of the chain."""

    __tablename__ = "audit_root"
    first: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    last: Big
    at: Big
    root: Digest
    signer: str = Field(sa_type=Text)
    signature: Digest


class AuditCutRow(SQLModel, table=True):
    """Up to where entries were old enough to go. One row."""

    __tablename__ = "audit_cut"
    id: int = Field(default=1, primary_key=True, sa_type=SmallInteger)
    through: Big
    at: Big
    seal: Digest  # of the last entry that went
    signer: String
    signature: Digest


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
