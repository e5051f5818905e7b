"""Tables of webhooks: who is told where, and what is still to be told. Secrets are in files, never here."""

from sqlalchemy import BigInteger, Index, Integer, Text
from sqlmodel import SQLModel

from shared.storage.tables.declarations import ALL, Erasure, Grants, Names, NotShown, Shown, column, people
from shared.storage.tables.types import Count, Seconds, String


class WebhookEndpointRow(SQLModel, table=True):
    """Where a named HR partner is told of alerts. Instants are Unix seconds."""

    __tablename__ = "webhook_endpoint"
    __table_args__ = (
        people(
            access=Shown("webhooks"),
            retention="goes when it is removed",
            grants=Grants(writer=ALL, reader="SELECT, INSERT, UPDATE (disabled_at, disabled_because, paused_until)"),
        ),
    )
    id: str = column(Text, names=Names.NOBODY, key=True)
    person: str = column(Text, names=Names.PERSON, hidden=True)  # whose eyes the alerts are for: decides what is sent
    url: String
    # The credential of an identity provider is called after its holder.
    created_by: str = column(
        Text, names=Names.MENTION, erasure=Erasure.REPLACE, not_found_by="what they set up for others", hidden=True
    )
    created_at: Seconds
    disabled_at: int | None = column(BigInteger, names=Names.NOBODY, instant=True, hidden=True, default=None)
    disabled_because: str | None = column(Text, names=Names.NOBODY, hidden=True, default=None)
    # The receiver asked for patience.
    paused_until: int = column(BigInteger, names=Names.NOBODY, instant=True, hidden=True, default=0)


class WebhookMessageRow(SQLModel, table=True):
    """A message for an endpoint, written with the change that it tells of. Its id is that of every attempt."""

    __tablename__ = "webhook_message"
    __table_args__ = (
        Index("ix_webhook_message_due", "outcome", "next_attempt_at"),
        Index("ix_webhook_message_alert", "alert"),
        people(
            access=NotShown("an alert and an endpoint by their ids"),
            retention="gone some time after it is delivered or given up",
            grants=Grants(writer=ALL, reader="SELECT, INSERT, UPDATE (outcome, ended_at)"),
        ),
    )
    id: str = column(Text, names=Names.NOBODY, key=True)
    endpoint: str = column(Text, names=Names.NOBODY, belongs_to=("webhook_endpoint", "id"))
    alert: str = column(Text, names=Names.NOBODY, belongs_to=("alert", "id"))
    kind: String
    at: Seconds  # of the change
    outcome: String  # "waiting", or how it ended
    attempts: Count = 0
    next_attempt_at: Seconds = 0  # at once
    last_status: int | None = column(Integer, names=Names.NOBODY, default=None)
    ended_at: int | None = column(BigInteger, names=Names.NOBODY, instant=True, default=None)
