"""Tables of what was released about groups. Rows are only ever added; a correction is a new revision."""

from typing import ClassVar

from sqlalchemy import Index, Integer, SmallInteger, Text
from sqlalchemy.schema import SchemaItem
from sqlmodel import Field, SQLModel

from shared.storage.tables.types import Big, Digest, String

NO_PANEL = -1
"""Panel of a release that is suppressed."""


class ReleaseRow(SQLModel, table=True):
    """What was said about a cohort in a closed week; suppressed ones hold no value."""

    __tablename__ = "release"
    __table_args__: ClassVar[tuple[SchemaItem, ...]] = (Index("ix_release_week", "week"),)
    signal: str = Field(sa_type=Text, primary_key=True)
    cohort: str = Field(sa_type=Text, primary_key=True)
    week: int = Field(sa_type=Integer, primary_key=True)
    revision: int = Field(sa_type=Integer, primary_key=True)
    as_of: Big
    panel: int  # place in release_panel
    suppressed: bool
    leaders: bool  # leaders may see it as well
    people: int  # in steps of five
    mean: float
    shares: String  # JSON: {band: share}
    factors: String  # JSON: {factor: mean}


class ReleasePanelRow(SQLModel, table=True):
    """People over whom a signal was released: what later releases are checked against."""

    __tablename__ = "release_panel"
    signal: str = Field(sa_type=Text, primary_key=True)
    place: int = Field(sa_type=Integer, primary_key=True)
    cohort: String
    leaders: bool
    people: Digest  # sorted 64-bit numbers of `person_number`, big-endian


class ReleaseStateRow(SQLModel, table=True):
    """How far releases have come. One row."""

    __tablename__ = "release_state"
    id: int = Field(default=1, primary_key=True, sa_type=SmallInteger)
    released_week: Big = -1  # last week released
    dirty_week: Big = 1 << 30  # earliest week whose readings have changed since
