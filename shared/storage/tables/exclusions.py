"""The table of what does not count: people who object, offices, places, and skip-level talks that were planned."""

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from shared.storage.tables.types import Big, String


class ExclusionRow(SQLModel, table=True):
    """A person or an account that is in no signal on either side, a place, or two people whose talks are planned."""

    __tablename__ = "exclusion"
    name: str = Field(
        sa_type=Text, primary_key=True
    )  # pseudonym of a person, an identity, KIND:ID of a place, or skip:PERSON/ABOVE
    reason: String
    since: Big  # when it was recorded, Unix seconds; it holds for all time
