"""Tables of webhooks: who is told where, and what is still to be told. No secret is here: see `shared.keyring`."""

from sqlalchemy import BigInteger, Index, Integer, Text
from sqlmodel import SQLModel

from shared.storage.tables.declarations import (
    ALL,
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
from shared.storage.tables.types import Count, Flag, RowId, Seconds, String


class WebhookEndpointRow(SQLModel, table=True):
    """Where an HR partner is told that their list changed, or a tool of what the program did. Instants: Unix seconds.

    A partner set theirs up in person; a tool has none.
    """

    __tablename__ = "webhook_endpoint"
    __table_args__ = (
        people(
            access=Shown("webhooks"),
            retention="goes when it is removed",
            grants=Grants(
                writer=ALL, reader="SELECT, INSERT, UPDATE (disabled_at, disabled_because, paused_until, generation)"
            ),
            policy=RowPolicy.OWN_ENDPOINTS,
        ),
    )
    id: str = column(Text, names=Names.NOBODY, key=True)
    person: str = column(Text, names=Names.PERSON, hidden=True)  # empty for a tool
    url: String
    notify: String  # a partner's `Notify`; empty for a tool
    events: String  # a tool's `SubscriptionEvent`s, by spaces; empty for a partner
    generation: Count = 0  # of its secret
    # Digests of what was on the list when the partner was last told, by spaces: nobody can be found by one.
    told: str = column(Text, names=Names.NOBODY, hidden=True, default="")
    # The credential of an identity provider is called after its holder.
    created_by: str = column(
        Text, names=Names.MENTION, erasure=Erasure.REPLACE, not_found_by="what they set up for tools", hidden=True
    )
    created_at: Seconds
    disabled_at: int | None = column(BigInteger, names=Names.NOBODY, instant=True, hidden=True, default=None)
    disabled_because: str | None = column(Text, names=Names.NOBODY, hidden=True, default=None)
    # The receiver asked for patience.
    paused_until: int = column(BigInteger, names=Names.NOBODY, instant=True, hidden=True, default=0)
    delivered_at: int | None = column(BigInteger, names=Names.NOBODY, instant=True, hidden=True, default=None)
    failed_at: int | None = column(BigInteger, names=Names.NOBODY, instant=True, hidden=True, default=None)


class WebhookMessageRow(SQLModel, table=True):
    """A message for an endpoint. Its id is that of every attempt. It names nobody and no alert."""

    __tablename__ = "webhook_message"
    __table_args__ = (
        Index("ix_webhook_message_due", "outcome", "next_attempt_at"),
        people(
            access=NotShown("that something was sent to an endpoint, by its id"),
            retention="gone some time after it is delivered or given up",
            grants=Grants(writer=ALL),
        ),
    )
    id: str = column(Text, names=Names.NOBODY, key=True)
    endpoint: str = column(Text, names=Names.NOBODY, belongs_to=("webhook_endpoint", "id"))
    kind: String
    detail: String  # such as a week; empty for partners
    outcome: String  # "waiting", or how it ended
    attempts: Count = 0
    next_attempt_at: Seconds
    last_status: int | None = column(Integer, names=Names.NOBODY, default=None)
    ended_at: int | None = column(BigInteger, names=Names.NOBODY, instant=True, default=None)


class NotificationWeekRow(SQLModel, table=True):
    """The instant for which it was last decided which partners are told."""

    __tablename__ = "notification_week"
    __table_args__ = (nobody(retention="as long as the store"),)
    instant: int = column(BigInteger, names=Names.NOBODY, instant=True, key=True)


class SubscriptionEventRow(SQLModel, table=True):
    """Something that the program did, of which tools may be told."""

    __tablename__ = "subscription_event"
    __table_args__ = (
        Index("ix_subscription_event_kind", "kind", "detail", "at"),
        nobody(retention="gone some time after tools are told"),
    )
    id: int | None = column(RowId, names=Names.NOBODY, key=True, default=None)
    kind: String
    detail: String
    at: Seconds
    told: Flag = False
