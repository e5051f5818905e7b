"""Tables of what texts do: counters alone, so there is nowhere for a text to be kept."""

from sqlalchemy import BigInteger, Index, Integer, SmallInteger
from sqlmodel import SQLModel

from shared.storage.tables.declarations import Ages, Names, Shown, column, people
from shared.storage.tables.types import Count


class TextDayRow(SQLModel, table=True):
    """Additive counters per direction of a pair, day and channel; columns follow `history.TEXT_COUNTERS`.

    Apart from `pair_day`, so that a company that reads metadata only pays nothing for them.
    """

    __tablename__ = "text_day"
    __table_args__ = (
        Index("ix_text_day_recipient", "recipient"),
        people(access=Shown("text_counters"), retention=Ages("facts", by="day", unit="day")),
    )
    sender: int = column(BigInteger, names=Names.ACCOUNT, key=True)
    recipient: int = column(BigInteger, names=Names.ACCOUNT, key=True)
    day: int = column(Integer, names=Names.NOBODY, key=True)
    channel: int = column(SmallInteger, names=Names.NOBODY, key=True)
    texts: Count = 0
    other_language: Count = 0
    questions: Count = 0
    hedges: Count = 0
    reasons: Count = 0
    advocacy: Count = 0
    inquiry: Count = 0
    responses: Count = 0
    acknowledged_halves: Count = 0
    follow_ups: Count = 0
    uptake_texts: Count = 0
    uptake: Count = 0
    receptiveness_texts: Count = 0
    receptiveness: Count = 0
