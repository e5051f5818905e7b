"""Tables of readings, and of what has to be computed anew."""

from typing import ClassVar

from sqlalchemy import Index, Integer, SmallInteger, Text
from sqlalchemy.schema import SchemaItem
from sqlmodel import Field, SQLModel

from shared.storage.tables.types import Big, String


class DirtyRow(SQLModel, table=True):
    """What readings are out of date, from which day on. `shared.storage.dirty_marks` reads and writes `who`."""

    __tablename__ = "dirty"
    who: str = Field(sa_type=Text, primary_key=True)
    from_day: Big
    generation: Big = 0  # grows with every mark, so that a mark made while scoring runs is not lost


class ReadingRow(SQLModel, table=True):
    """Value of a signal for a subject as of a closed week, or as of the watermark (`week` is LIVE)."""

    __tablename__ = "reading"
    __table_args__: ClassVar[tuple[SchemaItem, ...]] = (
        Index("ix_reading_value", "week", "signal", "value"),
        Index("ix_reading_first", "first", "week"),
        Index("ix_reading_second", "second", "week"),
        Index("ix_reading_third", "third"),
    )
    signal: str = Field(sa_type=Text, primary_key=True)
    first: str = Field(sa_type=Text, primary_key=True)
    second: str = Field(sa_type=Text, primary_key=True)
    third: str = Field(sa_type=Text, primary_key=True)  # empty for a pair
    week: int = Field(sa_type=Integer, primary_key=True)
    as_of: Big
    value: float
    confidence: float
    band: String
    factors: String  # JSON: [[name, value, count, contribution, what if (where known)], ...]
    action: String
    model_version: String


class ScoringStateRow(SQLModel, table=True):
    """How far scoring has come. One row; `version` fences a scorer that lost its place."""

    __tablename__ = "scoring_state"
    id: int = Field(default=1, primary_key=True, sa_type=SmallInteger)
    version: Big = 0
    scored_week: Big = -1  # last closed week that has readings
    scored_at: Big = 0  # watermark of the live readings
    first_day: Big = 1 << 62  # earliest day that any fact has had
    frozen_week: Big = -1  # last week whose baselines an erasure has frozen: the one that was running then
