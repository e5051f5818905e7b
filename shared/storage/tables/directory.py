"""Tables of the directory: people, their accounts, reporting lines, teams and goals, each dated where it changes."""

from typing import ClassVar

from sqlalchemy import Index, LargeBinary, Text
from sqlalchemy.schema import SchemaItem
from sqlmodel import Field, SQLModel

from shared.storage.tables.types import Big, String


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
