"""The table of the mode: how far a deployment goes."""

from typing import Final

from sqlalchemy import SmallInteger, Text
from sqlmodel import SQLModel

from shared.storage.tables.declarations import READ, Grants, Names, column, nobody
from shared.storage.tables.types import Seconds, String

ONE_ROW: Final = 1


class DeploymentModeRow(SQLModel, table=True):
    """How far this deployment goes, and what allows that. One row; without it groups only."""

    __tablename__ = "deployment_mode"
    # Neither service can change it.
    __table_args__ = (nobody(retention="as long as the store", grants=Grants(writer=READ, reader=READ)),)
    id: int = column(SmallInteger, names=Names.NOBODY, key=True, default=ONE_ROW)
    mode: String
    dpia_reference: str = column(Text, names=Names.NOBODY, default="")
    agreement_reference: str = column(Text, names=Names.NOBODY, default="")
    since: Seconds
