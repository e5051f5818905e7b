"""Tables of alerts. What the rule found and what people did stand in different columns: replay makes only the first."""

from typing import ClassVar

from sqlalchemy import BigInteger, Index, LargeBinary, SmallInteger, Text
from sqlalchemy.schema import SchemaItem
from sqlmodel import Field, SQLModel

from shared.storage.tables.types import Big, Digest, RowId, String


class AlertRow(SQLModel, table=True):
    """An episode of the rule about a chain. Columns from `handling` on are what people made of it."""

    __tablename__ = "alert"
    __table_args__: ClassVar[tuple[SchemaItem, ...]] = (
        Index("ix_alert_first_week", "first_week"),
        Index("ix_alert_state", "state", "raised_at"),
        Index("ix_alert_subject", "first", "second", "third"),
    )
    id: str = Field(sa_type=Text, primary_key=True)
    fingerprint: String  # the same for every alert about this chain and signal
    signal: String
    first: String
    second: String
    third: String
    first_week: int
    raised_week: int | None
    raised_at: Big  # end of the week it was raised in, or that it was first withheld in
    withheld: str | None = Field(default=None, sa_type=Text)
    ended: str | None = Field(default=None, sa_type=Text)
    ended_week: int | None
    value: float  # of the reading that raised it
    confidence: float
    threshold: float
    action: String
    model_version: String
    latest_value: float
    latest_week: int
    state: str = Field(sa_type=Text)  # follows from the others; here to be found by
    handling: String
    snoozed_until: int | None = Field(default=None, sa_type=BigInteger)
    snoozed_value: float | None = None
    verdict: str | None = Field(default=None, sa_type=Text)


class AlertEventRow(SQLModel, table=True):
    """Everything that ever happened to an alert. Rows are only ever added."""

    __tablename__ = "alert_event"
    __table_args__: ClassVar[tuple[SchemaItem, ...]] = (Index("ix_alert_event_alert", "alert"),)
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    alert: String
    at: Big  # event time for what the rule found, clock time for what people did
    kind: String
    actor: String  # id of the credential; empty for the rule and for the clock
    detail: String  # JSON: numbers and closed words, never free text


class AlertWeekRow(SQLModel, table=True):
    """What the rule decided with in a week."""

    __tablename__ = "alert_week"
    signal: str = Field(sa_type=Text, primary_key=True)
    week: int = Field(primary_key=True)
    watched: int
    leaders: int = 0  # whose chains are watched; counted for the last week of a pass only
    credit: Big  # left of the budget after the week, in hundredths of an alert


class AlertSaltRow(SQLModel, table=True):
    """Keys the ids of this store's alerts, so that nobody outside can work out from an id whom it is about."""

    __tablename__ = "alert_salt"
    id: int = Field(default=1, primary_key=True, sa_type=SmallInteger)
    salt: Digest = Field(sa_type=LargeBinary)
