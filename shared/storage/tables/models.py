"""Tables of escalation models, and of what the readings were computed with."""

from sqlalchemy import SmallInteger, Text
from sqlmodel import Field, SQLModel

from shared.storage.tables.types import Big, String


class HazardModelRow(SQLModel, table=True):
    """A versioned model document. Documents never change: a new one takes a new version."""

    __tablename__ = "hazard_model"
    version: str = Field(sa_type=Text, primary_key=True)
    created_at: Big
    document: String  # JSON


class ScoringConfigurationRow(SQLModel, table=True):
    """One row: which model is in use, and a digest of the configuration that readings were last computed with."""

    __tablename__ = "scoring_configuration"
    id: int = Field(default=1, primary_key=True, sa_type=SmallInteger)
    model: String = ""  # empty for the default
    digest: String = ""
