"""What is told of sources to operators and analysts: about nobody, and coarse."""

from sqlalchemy import Text
from sqlmodel import SQLModel

from shared.storage.tables.declarations import ALL, READ, Grants, Names, column, nobody
from shared.storage.tables.types import Seconds, Small


class SourceShareRow(SQLModel, table=True):
    """How many in a hundred events of a source are about people who are known, in steps of five."""

    __tablename__ = "source_share"
    __table_args__ = (nobody(retention="made anew every day", grants=Grants(writer=ALL, reader=READ)),)
    # A word of a closed list: what a producer calls itself may name somebody.
    source: str = column(Text, names=Names.NOBODY, key=True)
    percent: Small
    measured_at: Seconds
