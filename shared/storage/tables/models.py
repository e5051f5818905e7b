"""Tables of escalation models, and of what the readings were computed with."""

from sqlalchemy import SmallInteger, Text
from sqlmodel import SQLModel

from shared.storage.tables.declarations import Names, column, nobody
from shared.storage.tables.types import Seconds, String


class HazardModelRow(SQLModel, table=True):
    """A versioned model document. Documents never change: a new one takes a new version."""

    __tablename__ = "hazard_model"
    __table_args__ = (nobody(retention="as long as the store"),)
    version: str = column(Text, names=Names.NOBODY, key=True)
    created_at: Seconds
    document: String  # JSON


class ScoringConfigurationRow(SQLModel, table=True):
    """One row: which model is in use, and a digest of the configuration that readings were last computed with."""

    __tablename__ = "scoring_configuration"
    __table_args__ = (nobody(retention="as long as the store"),)
    id: int = column(SmallInteger, names=Names.NOBODY, key=True, default=1)
    model: String = ""  # empty for the default
    digest: String = ""
