"""What is told of alerts: records for the topic, without a name in them."""

from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec

from shared.schemas.output import AlertRecord
from shared.storage.alerts import AlertChange
from shared.storage.applied import Outgoing


def alert_news(topic: str, changes: Iterable[AlertChange]) -> list[Outgoing]:
    """A record for each change, keyed by the alert. `topic` is a physical name."""
    return [
        Outgoing(
            topic,
            each.alert.encode(),
            msgspec.json.encode(
                AlertRecord(id=each.alert, type=f"alert.{each.kind}", at=datetime.fromtimestamp(each.at, UTC))
            ),
        )
        for each in changes
    ]
