"""Tables of what scoring derives from facts before it scores: weeks of people, and baselines."""

from sqlalchemy import Integer, Text
from sqlmodel import Field, SQLModel

from shared.storage.tables.types import Small, String


class PersonWeekRow(SQLModel, table=True):
    """What a person did in a closed week: days, and sums in the order of `baselines.SUMS`."""

    __tablename__ = "person_week"
    person: str = Field(sa_type=Text, primary_key=True)
    week: int = Field(sa_type=Integer, primary_key=True, index=True)
    days: Small  # on which they did anything, bit 0 is Monday
    asks: int
    answered: int
    reply_centilogs: int
    one_on_ones: int
    one_on_ones_held: int
    ties: int
    tie_centilogs: int
    starts: int
    quieter_starts: int


class BaselineRow(SQLModel, table=True):
    """The baselines of a group in a week; of the organisation the name is empty.

    Of a group whose leader was erased there is one row for each of the others, called after them.
    """

    __tablename__ = "norm"
    week: int = Field(sa_type=Integer, primary_key=True)
    level: str = Field(sa_type=Text, primary_key=True)  # leader, team or organisation, or `former` and a number
    name: str = Field(sa_type=Text, primary_key=True)  # of the leader (a pseudonym) or the team
    norms: String  # JSON: [[value, level it was learnt at, people], ...] in the order of `baselines.Baselines`
