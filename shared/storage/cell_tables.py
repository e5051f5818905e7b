"""Tables beside the cells: what the readings of a shown cell are made of."""

from sqlalchemy import Integer, Text
from sqlmodel import Field, SQLModel


class CellFactorRow(SQLModel, table=True):
    """Mean of a factor over the subjects of a shown cell; a suppressed cell has no rows."""

    __tablename__ = "cell_factor"
    signal: str = Field(sa_type=Text, primary_key=True)
    cohort: str = Field(sa_type=Text, primary_key=True)
    factor: str = Field(sa_type=Text, primary_key=True)
    week: int = Field(sa_type=Integer, primary_key=True)
    mean: float
