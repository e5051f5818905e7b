"""Tables of what texts do: counters alone, so there is nowhere for a text to be kept."""

from typing import ClassVar

from sqlalchemy import BigInteger, Index, Integer, SmallInteger
from sqlalchemy.schema import SchemaItem
from sqlmodel import Field, SQLModel


class TextDayRow(SQLModel, table=True):
    """Additive counters per direction of a pair, day and channel; columns follow `history.TEXT_COUNTERS`.

    Apart from `pair_day`, so that a company that reads metadata only pays nothing for them.
    """

    __tablename__ = "text_day"
    __table_args__: ClassVar[tuple[SchemaItem, ...]] = (Index("ix_text_day_recipient", "recipient"),)
    sender: int = Field(sa_type=BigInteger, primary_key=True)
    recipient: int = Field(sa_type=BigInteger, primary_key=True)
    day: int = Field(sa_type=Integer, primary_key=True)
    channel: int = Field(sa_type=SmallInteger, primary_key=True)
    texts: int = 0
    other_language: int = 0
    questions: int = 0
    hedges: int = 0
    reasons: int = 0
    advocacy: int = 0
    inquiry: int = 0
    responses: int = 0
    acknowledged_halves: int = 0
    follow_ups: int = 0
    uptake_texts: int = 0
    uptake: int = 0
    receptiveness_texts: int = 0
    receptiveness: int = 0
