"""The table of who does not count: people who object, and offices that nobody may be watched turning to."""

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from shared.storage.tables import Big, String


class ExclusionRow(SQLModel, table=True):
    """A person, or an account, that is in no signal: neither as its subject nor on the other side."""

    __tablename__ = "exclusion"
    name: str = Field(sa_type=Text, primary_key=True)  # pseudonym of a person, or an identity
    reason: String
    since: Big  # when it was recorded, Unix seconds; it holds for all time
