"""Tables of what people work on: what happened to tickets, and under which goals."""

from sqlalchemy import BigInteger, Integer, Text
from sqlmodel import SQLModel

from shared.storage.tables.declarations import Ages, Erasure, Names, Shown, column, people
from shared.storage.tables.types import Count, Flag, Seconds, Small, String


class TicketMoveRow(SQLModel, table=True):
    """One thing that happened to a ticket, with where it stood afterwards; see `ticket_history.TicketMove`."""

    __tablename__ = "ticket_move"
    __table_args__ = (people(access=Shown("ticket_moves"), retention=Ages("facts", by="at")),)
    ticket: str = column(Text, names=Names.NOBODY, key=True)
    at: int = column(BigInteger, names=Names.NOBODY, instant=True, key=True)
    locator: int = column(BigInteger, names=Names.NOBODY, key=True)
    move: Small
    # 0 for nobody.
    actor: int = column(BigInteger, names=Names.ACCOUNT, erasure=Erasure.REWRITE_LOG)
    reporter: int = column(BigInteger, names=Names.ACCOUNT, erasure=Erasure.REWRITE_LOG)
    assignee: int = column(BigInteger, names=Names.ACCOUNT, erasure=Erasure.REWRITE_LOG)
    waits: Flag
    priority: Small
    due: Seconds
    support_group: String = ""  # that has it afterwards; empty when not told


class GoalWeekRow(SQLModel, table=True):
    """Additive counter: how often an identity acted on or held tickets under a goal in a week."""

    __tablename__ = "goal_week"
    __table_args__ = (people(access=Shown("goal_weeks"), retention=Ages("facts", by="week", unit="week")),)
    identity: int = column(BigInteger, names=Names.ACCOUNT, key=True)
    week: int = column(Integer, names=Names.NOBODY, key=True)
    goal: str = column(Text, names=Names.NOBODY, key=True)
    steps: Count = 0
