"""Tables of what scoring derives from facts before it scores: weeks of people, and baselines."""

from sqlalchemy import Integer, Text
from sqlmodel import SQLModel

from shared.storage.tables.declarations import Ages, Names, NotShown, Shown, column, people
from shared.storage.tables.types import Count, Small, String


class PersonWeekRow(SQLModel, table=True):
    """What a person did in a closed week: days, and sums in the order of `baselines.SUMS`."""

    __tablename__ = "person_week"
    __table_args__ = (people(access=Shown("weeks"), retention=Ages("facts", by="week", unit="week")),)
    person: str = column(Text, names=Names.PERSON, key=True)
    week: int = column(Integer, names=Names.NOBODY, key=True, index=True)
    days: Small  # on which they did anything, bit 0 is Monday
    asks: Count
    answered: Count
    reply_centilogs: Count
    one_on_ones: Count
    one_on_ones_held: Count
    ties: Count
    tie_centilogs: Count
    starts: Count
    quieter_starts: Count


class BaselineRow(SQLModel, table=True):
    """The baselines of a group in a week; of the organisation the name is empty.

    Of a group whose leader was erased there is one row for each of the others, called after them.
    """

    __tablename__ = "norm"
    __table_args__ = (
        people(
            access=NotShown("what is usual among at least five people"),
            retention=Ages("readings", by="week", unit="week"),
        ),
    )
    week: int = column(Integer, names=Names.NOBODY, key=True)
    level: str = column(Text, names=Names.NOBODY, key=True)  # leader, team or organisation, or `former` and a number
    name: str = column(Text, names=Names.PERSON, key=True)  # the pseudonym of the leader, or the key of the team
    norms: String  # JSON: [[value, level it was learnt at, people], ...] in the order of `baselines.Baselines`
