"""Tables of the directory: people, their accounts, reporting lines, teams and goals, each dated where it changes."""

from typing import Final

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, Text
from sqlmodel import SQLModel

from shared.storage.tables.declarations import (
    ALL,
    READ,
    Ages,
    Erasure,
    Grants,
    Names,
    NotShown,
    Shown,
    column,
    nobody,
    people,
)
from shared.storage.tables.types import Big, Flag, Person, Seconds, String

DIRECTORY: Final = Grants(writer=ALL, reader=READ)
"""The API reads who is who."""
_AS_LONG_AS_TRUE: Final = "kept as long as it is true"


class PersonRow(SQLModel, table=True):
    """A person of the directory, as of the watermark."""

    __tablename__ = "person"
    __table_args__ = (people(access=Shown("person"), retention=_AS_LONG_AS_TRUE, grants=DIRECTORY),)
    key: str = column(Text, names=Names.PERSON, key=True)  # what it stands for is in the register
    team: str | None = column(Text, names=Names.NOBODY, default=None)
    active: Flag = True


class MembershipRow(SQLModel, table=True):
    """Somebody is there or not, in a team or in none, for a time. Of stores before this table, people have none."""

    __tablename__ = "membership"
    __table_args__ = (
        Index("ix_membership_person", "person"),
        people(access=Shown("memberships"), retention=_AS_LONG_AS_TRUE),
    )
    entity: bytes = column(LargeBinary, names=Names.NOBODY, key=True)
    person: Person
    valid_from: Seconds
    valid_to: Seconds
    revision: Big
    active: Flag
    team: str | None = column(Text, names=Names.NOBODY, default=None)


class IdentityLinkRow(SQLModel, table=True):
    """An identity belongs to a person for a time."""

    __tablename__ = "identity_link"
    __table_args__ = (people(access=Shown("accounts"), retention=_AS_LONG_AS_TRUE, grants=DIRECTORY),)
    entity: bytes = column(LargeBinary, names=Names.NOBODY, key=True)
    # Somebody else's links of a shared account stay.
    identity: int = column(
        BigInteger, names=Names.ACCOUNT, erasure=Erasure.KEEP, not_found_by="then it is also somebody else's account"
    )
    person: str = column(Text, names=Names.PERSON, not_found_by="found first")
    valid_from: Seconds
    valid_to: Seconds


class ReportingLineRow(SQLModel, table=True):
    """A person reports to a manager for a time."""

    __tablename__ = "reporting_line"
    __table_args__ = (
        Index("ix_reporting_line_person", "person"),
        Index("ix_reporting_line_manager", "manager"),
        people(access=Shown("reporting_lines"), retention=_AS_LONG_AS_TRUE, grants=DIRECTORY),
    )
    entity: bytes = column(LargeBinary, names=Names.NOBODY, key=True)
    person: Person
    manager: Person  # empty at the top of the tree
    valid_from: Seconds
    valid_to: Seconds


class WorkScheduleRow(SQLModel, table=True):
    """When a person, or the owner of an account, works, for a time; what is empty is as in the whole organisation."""

    __tablename__ = "work_schedule"
    __table_args__ = (
        Index("ix_work_schedule_person", "person"),
        people(access=Shown("work_schedules"), retention=_AS_LONG_AS_TRUE),
    )
    entity: bytes = column(LargeBinary, names=Names.NOBODY, key=True)
    person: Person
    valid_from: Seconds
    valid_to: Seconds
    time_zone: str | None = column(Text, names=Names.NOBODY, default=None)
    days: int | None = column(Integer, names=Names.NOBODY, default=None)  # bit 0 is Monday
    opens: int | None = column(Integer, names=Names.NOBODY, default=None)  # seconds after local midnight
    closes: int | None = column(Integer, names=Names.NOBODY, default=None)
    holidays: str | None = column(Text, names=Names.NOBODY, default=None)


class AbsenceRow(SQLModel, table=True):
    """A person, or the owner of an account, is not at work for a time. Why is not known."""

    __tablename__ = "absence"
    __table_args__ = (
        Index("ix_absence_person", "person"),
        people(access=Shown("absences"), retention=Ages("facts", by="valid_to")),
    )
    entity: bytes = column(LargeBinary, names=Names.NOBODY, key=True)
    person: Person
    valid_from: Seconds
    valid_to: Seconds


class TeamRow(SQLModel, table=True):
    """A node of the organisation, by its key; what it is called is in the register."""

    __tablename__ = "team"
    __table_args__ = (nobody(retention=_AS_LONG_AS_TRUE, grants=DIRECTORY),)
    key: str = column(Text, names=Names.NOBODY, key=True)
    parent: str | None = column(Text, names=Names.NOBODY, default=None)


class GoalRow(SQLModel, table=True):
    """A goal of the KPI tree, by its key; what it is called is in the register."""

    __tablename__ = "goal"
    __table_args__ = (people(access=Shown("goals"), retention=_AS_LONG_AS_TRUE),)
    key: str = column(Text, names=Names.NOBODY, key=True)
    parent: str | None = column(Text, names=Names.NOBODY, default=None)
    team: str | None = column(Text, names=Names.NOBODY, default=None)
    owner: str | None = column(Text, names=Names.PERSON, erasure=Erasure.EMPTY, default=None)
    valid_from: Seconds
    valid_to: Seconds


class DirectoryChangeRow(SQLModel, table=True):
    """What a table of people recorded on its day, so that it can be undone."""

    __tablename__ = "directory_change"
    __table_args__ = (
        people(
            access=NotShown("what it changed is shown with their lines and accounts"),
            retention=Ages("facts", by="day"),
        ),
    )
    day: int = column(BigInteger, names=Names.NOBODY, instant=True, key=True)
    kind: str = column(Text, names=Names.NOBODY, key=True)  # person, line, identity, schedule or absence
    person: str = column(Text, names=Names.PERSON, key=True)
    account: str = column(Text, names=Names.PERSON, key=True)  # empty for what is no account
    valid_from: int = column(BigInteger, names=Names.NOBODY, instant=True, key=True)
    source: String
