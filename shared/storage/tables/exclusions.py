"""The table of what does not count: people who object, offices, places, and skip-level talks that were planned."""

from sqlalchemy import Text
from sqlmodel import SQLModel

from shared.storage.tables.declarations import Erasure, Names, Shown, column, people
from shared.storage.tables.types import Seconds, String


class ExclusionRow(SQLModel, table=True):
    """A person or an account that is in no signal on either side, a place, or two people whose talks are planned."""

    __tablename__ = "exclusion"
    __table_args__ = (people(access=Shown("exclusions"), retention="holds until it is taken back"),)
    # Pseudonym of a person, an identity, KIND:ID of a place, or skip:PERSON/ABOVE.
    name: str = column(Text, names=Names.PERSON, erasure=Erasure.OWN, key=True)
    reason: String
    since: Seconds  # when it was recorded; it holds for all time
