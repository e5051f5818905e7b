"""Tables of what people work on: what happened to tickets, and under which goals. Declared with SQLModel."""

from sqlalchemy import BigInteger, Integer, Text
from sqlmodel import Field, SQLModel

from shared.storage.tables.types import Big, Small


class TicketMoveRow(SQLModel, table=True):
    """One thing that happened to a ticket, with where it stood afterwards; see `ticket_history.TicketMove`."""

    __tablename__ = "ticket_move"
    ticket: str = Field(sa_type=Text, primary_key=True)
    at: int = Field(sa_type=BigInteger, primary_key=True)
    locator: int = Field(sa_type=BigInteger, primary_key=True)
    move: Small
    actor: Big  # identities; 0 for nobody
    reporter: Big
    assignee: Big
    waits: bool
    priority: Small
    due: Big
    support_group: str = Field(default="", sa_type=Text)  # that has it afterwards; empty when not told


class GoalWeekRow(SQLModel, table=True):
    """Additive counter: how often an identity acted on or held tickets under a goal in a week."""

    __tablename__ = "goal_week"
    identity: int = Field(sa_type=BigInteger, primary_key=True)
    week: int = Field(sa_type=Integer, primary_key=True)
    goal: str = Field(sa_type=Text, primary_key=True)
    steps: int = 0
