"""Tables of who may read about named people, and of who acts for whom."""

from typing import ClassVar

from sqlalchemy import BigInteger, Index, Text
from sqlalchemy.schema import SchemaItem
from sqlmodel import Field, SQLModel

from shared.storage.tables.types import Big, String


class CaseRow(SQLModel, table=True):
    """A named HR partner may read about named people for a purpose and a time. Opened by somebody else."""

    __tablename__ = "access_case"
    __table_args__: ClassVar[tuple[SchemaItem, ...]] = (Index("ix_access_case_partner", "partner"),)
    id: str = Field(sa_type=Text, primary_key=True)
    partner: String  # key of a person
    purpose: String
    opened_by: String
    opened_at: Big
    expires_at: Big
    closed_at: int | None = Field(default=None, sa_type=BigInteger)
    closed_by: str | None = Field(default=None, sa_type=Text)


class DelegationRow(SQLModel, table=True):
    """A delegate acts for a principal: reads their mail, sits in their meetings, and so is kept from what they are.

    It stays after it ended: a conflict of interest does not end with a transfer.
    """

    __tablename__ = "delegation"
    __table_args__: ClassVar[tuple[SchemaItem, ...]] = (Index("ix_delegation_delegate", "delegate"),)
    principal: str = Field(sa_type=Text, primary_key=True)
    delegate: str = Field(sa_type=Text, primary_key=True)
    recorded_at: Big


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
