"""The shares of sources that operators and analysts are told: coarse, of many people, and once a day."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from sqlalchemy import Connection, delete, insert, select

from shared.storage.engine import bulk
from shared.storage.log.source_shares import SourceShare
from shared.storage.tables.sources import SourceShareRow

STEP_PERCENT: Final = 5
# With fewer a single event, or what a single person does, would show.
_EVENTS_MIN: Final = 100
_ACCOUNTS_MIN: Final = 10
OTHER: Final = "other"
_TOLD: Final = frozenset(
    {
        "bellwether", "calendar", "chat", "events", "exchange", "github", "gitlab", "google", "jira", "linear", "mail",
        "mattermost", "outlook", "servicenow", "simulator", "slack", "teams", "tickets", "zendesk", "zoom",
    }
)  # fmt: skip
"""What a source may call itself to be told by that. Anything else may name somebody, and goes together as `other`."""


class PublishedShare(NamedTuple):
    """A share as it is told."""

    source: str
    percent: int
    measured_at: int


def coarse(shares: Mapping[str, SourceShare]) -> dict[str, int]:
    """Percentages by source, rounded down to steps; none for sources of few events or few accounts."""
    together: dict[str, SourceShare] = {}
    for source, share in shares.items():
        known = together.setdefault(source if source in _TOLD else OTHER, SourceShare())
        known.events += share.events
        known.counting += share.counting
        known.accounts |= share.accounts
    return {
        source: 100 * share.counting // share.events // STEP_PERCENT * STEP_PERCENT
        for source, share in sorted(together.items())
        if share.events >= _EVENTS_MIN and len(share.accounts) >= _ACCOUNTS_MIN
    }


def publish(connection: Connection, percentages: Mapping[str, int], *, now: int) -> None:
    """Put them in the place of those of another day. `now` is in Unix seconds."""
    table = bulk.table_of(SourceShareRow)
    connection.execute(delete(table))
    if percentages:
        rows = [
            {"source": source, "percent": percent, "measured_at": now} for source, percent in percentages.items()
        ]  # fmt: skip
        connection.execute(insert(table), rows)


def published(connection: Connection) -> list[PublishedShare]:
    """What is told now, by source."""
    table = bulk.table_of(SourceShareRow).c
    rows = connection.execute(select(table.source, table.percent, table.measured_at).order_by(table.source))
    return [PublishedShare(*row) for row in rows]
