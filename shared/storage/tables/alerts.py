"""Tables of alerts. What the rule found and what people did stand in different columns: replay makes only the first."""

from sqlalchemy import BigInteger, Float, Index, Integer, LargeBinary, SmallInteger, Text
from sqlmodel import SQLModel

from shared.storage.tables.declarations import (
    ALL,
    About,
    Ages,
    Erasure,
    Grants,
    Names,
    NotShown,
    RowPolicy,
    Shown,
    column,
    nobody,
    people,
)
from shared.storage.tables.types import Big, Count, Person, Real, RowId, Seconds, String


class AlertRow(SQLModel, table=True):
    """An episode of the rule about a chain. Columns from `handling` on are what people made of it."""

    __tablename__ = "alert"
    # The API changes what people make of an alert, and not what the rule found.
    __table_args__ = (
        Index("ix_alert_first_week", "first_week"),
        Index("ix_alert_state", "state", "raised_at"),
        Index("ix_alert_subject", "first", "second", "third"),
        people(
            about=About.READINGS,
            access=Shown("alerts"),
            retention=Ages("alerts", by="latest_week", unit="week", disclosed=False),
            grants=Grants(writer=ALL, reader="SELECT, UPDATE (state, handling, snoozed_until, snoozed_value, verdict)"),
            policy=RowPolicy.CASE,
        ),
    )
    id: str = column(Text, names=Names.NOBODY, key=True)
    fingerprint: String  # the same for every alert about this chain and signal
    signal: String
    first: Person
    second: str = column(Text, names=Names.PERSON, not_found_by="somebody may go over their head")
    third: str = column(Text, names=Names.PERSON, not_found_by="somebody may go to them")
    first_week: Count
    raised_week: int | None = column(Integer, names=Names.NOBODY)
    raised_at: Seconds  # end of the week it was raised in, or that it was first withheld in
    withheld: str | None = column(Text, names=Names.NOBODY, default=None)
    ended: str | None = column(Text, names=Names.NOBODY, default=None)
    ended_week: int | None = column(Integer, names=Names.NOBODY)
    value: Real  # of the reading that raised it
    confidence: Real
    # May be the risk of somebody else: see `services.api.routes.alerts`.
    threshold: float = column(Float, names=Names.NOBODY, hidden=True)
    action: String
    model_version: String
    latest_value: Real
    latest_week: Count
    state: String  # follows from the others; here to be found by
    handling: String
    snoozed_until: int | None = column(BigInteger, names=Names.NOBODY, instant=True, default=None)
    snoozed_value: float | None = column(Float, names=Names.NOBODY, default=None)
    verdict: str | None = column(Text, names=Names.NOBODY, default=None)


class AlertEventRow(SQLModel, table=True):
    """Everything that ever happened to an alert. Rows are only ever added."""

    __tablename__ = "alert_event"
    __table_args__ = (
        Index("ix_alert_event_alert", "alert"),
        people(
            about=About.READINGS,
            access=NotShown("what their credential did with alerts about others"),
            retention="goes with its alert",
            grants=Grants(writer=ALL, reader="SELECT, INSERT"),
            policy=RowPolicy.OF_VISIBLE_ALERTS,
        ),
    )
    id: int | None = column(RowId, names=Names.NOBODY, key=True, default=None)
    alert: str = column(Text, names=Names.NOBODY, belongs_to=("alert", "id"))
    at: Seconds  # event time for what the rule found, clock time for what people did
    kind: String
    # Id of the credential, which an identity provider calls after its holder; empty for the rule and for the clock.
    actor: str = column(Text, names=Names.MENTION, erasure=Erasure.REPLACE)
    detail: String  # JSON: numbers and closed words, never free text


class AlertWeekRow(SQLModel, table=True):
    """What the rule decided with in a week: counts of the whole organisation."""

    __tablename__ = "alert_week"
    __table_args__ = (nobody(retention="goes with the readings of its week"),)
    signal: str = column(Text, names=Names.NOBODY, key=True)
    week: int = column(Integer, names=Names.NOBODY, key=True)
    watched: Count
    leaders: Count = 0  # whose chains are watched; counted for the last week of a pass only
    credit: Big  # left of the budget after the week, in hundredths of an alert


class AlertSaltRow(SQLModel, table=True):
    """Keys the ids of this store's alerts, so that nobody outside can work out from an id whom it is about."""

    __tablename__ = "alert_salt"
    __table_args__ = (nobody(retention="as long as the store"),)
    id: int = column(SmallInteger, names=Names.NOBODY, key=True, default=1)
    salt: bytes = column(LargeBinary, names=Names.NOBODY)
