"""Tables of readings, and of what has to be computed anew."""

from sqlalchemy import Index, Integer, SmallInteger, Text
from sqlmodel import SQLModel

from shared.storage.tables.declarations import (
    ALL,
    READ,
    About,
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
from shared.storage.tables.types import Big, Real, Seconds, String


class DirtyRow(SQLModel, table=True):
    """What readings are out of date, and from which day on.

    `shared.storage.dirty_marks` reads and writes `who`.
    """

    __tablename__ = "dirty"
    __table_args__ = (people(access=NotShown("marks of what is to be scored next"), retention="gone once it is done"),)
    who: str = column(Text, names=Names.MENTION, erasure=Erasure.OWN, key=True)
    from_day: Big
    generation: Big = 0  # grows with every mark, so that a mark made while scoring runs is not lost


class ReadingRow(SQLModel, table=True):
    """Value of a signal for a subject as of a closed week, or as of the watermark (`week` is LIVE)."""

    __tablename__ = "reading"
    __table_args__ = (
        Index("ix_reading_value", "week", "signal", "value"),
        Index("ix_reading_first", "first", "week"),
        Index("ix_reading_second", "second", "week"),
        Index("ix_reading_third", "third"),
        people(
            about=About.READINGS,
            access=Shown("readings"),
            retention=Ages("readings", by="week", unit="week"),
            grants=Grants(writer=ALL, reader=READ),
            policy=RowPolicy.CASE_OR_OWN,
        ),
    )
    signal: str = column(Text, names=Names.NOBODY, key=True)
    first: str = column(Text, names=Names.PERSON, key=True)
    second: str = column(Text, names=Names.PERSON, key=True)
    # Empty for a pair.
    third: str = column(Text, names=Names.PERSON, not_found_by="somebody may go to them", key=True)
    week: int = column(Integer, names=Names.NOBODY, key=True)
    as_of: Seconds
    value: Real
    confidence: Real
    band: String
    factors: String  # JSON: [[name, value, count, contribution, what if (where known)], ...]
    action: String
    model_version: String


class ScoringStateRow(SQLModel, table=True):
    """How far scoring has come. One row; `version` fences a scorer that lost its place."""

    __tablename__ = "scoring_state"
    __table_args__ = (nobody(retention="as long as the store"),)
    id: int = column(SmallInteger, names=Names.NOBODY, key=True, default=1)
    version: Big = 0
    scored_week: Big = -1  # last closed week that has readings
    scored_at: Seconds = 0  # watermark of the live readings
    first_day: Big = 1 << 62  # earliest day that any fact has had
    frozen_week: Big = -1  # last week whose baselines an erasure has frozen: the one that was running then
