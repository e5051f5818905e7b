"""Tables of webhooks: who is told where, and what is still to be told. Secrets are in files, never here."""

from typing import ClassVar

from sqlalchemy import BigInteger, Index, Text
from sqlalchemy.schema import SchemaItem
from sqlmodel import Field, SQLModel

from shared.storage.tables.types import Big, String


class WebhookEndpointRow(SQLModel, table=True):
    """Where a named HR partner is told of alerts. Instants are Unix seconds."""

    __tablename__ = "webhook_endpoint"
    id: str = Field(sa_type=Text, primary_key=True)
    person: String  # whose eyes the alerts are for: decides what is sent
    url: String
    created_by: String
    created_at: Big
    disabled_at: int | None = Field(default=None, sa_type=BigInteger)
    disabled_because: str | None = Field(default=None, sa_type=Text)
    paused_until: Big = 0  # the receiver asked for patience


class WebhookMessageRow(SQLModel, table=True):
    """A message for an endpoint, written with the change that it tells of. Its id is that of every attempt."""

    __tablename__ = "webhook_message"
    __table_args__: ClassVar[tuple[SchemaItem, ...]] = (
        Index("ix_webhook_message_due", "outcome", "next_attempt_at"),
        Index("ix_webhook_message_alert", "alert"),
    )
    id: str = Field(sa_type=Text, primary_key=True)
    endpoint: String
    alert: String
    kind: String
    at: Big  # of the change
    outcome: String  # "waiting", or how it ended
    attempts: int = 0
    next_attempt_at: Big = 0  # at once
    last_status: int | None = None
    ended_at: int | None = Field(default=None, sa_type=BigInteger)
