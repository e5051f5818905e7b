"""Changing the mode of a store, and what follows from it in the same transaction.

On the way down, what only a higher mode may have goes: alerts and messages about them, live readings on their topic,
open cases, and in `aggregate` live readings in the store. On the way up everything is scored again, as after an import.
"""

from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncConnection

from services.signals.scoring.reading_outbox import ReadingOutbox
from services.signals.settings import SignalsSettings
from shared import topics
from shared.domain.alerts.subscription_events import LIST_CHANGED
from shared.domain.privacy.roles import Mode
from shared.domain.week import LIVE_WEEK
from shared.storage.access.cases import close_case, list_cases
from shared.storage.access.modes import DeploymentMode, put_mode, stored_mode
from shared.storage.access.visibility import Viewer
from shared.storage.engine import bulk
from shared.storage.log.event_log import EventLogStore
from shared.storage.readings.store import ReadingStore
from shared.storage.tables.alerts import AlertEventRow, AlertRow, AlertWeekRow
from shared.storage.tables.log import OutboxRow
from shared.storage.tables.readings import ReadingRow, ScoringStateRow
from shared.storage.tables.webhooks import WebhookEndpointRow, WebhookMessageRow

_OF_ALERTS: Final = (AlertEventRow, AlertRow, AlertWeekRow)


async def change_mode(
    connection: AsyncConnection, new: DeploymentMode, *, settings: SignalsSettings, by: str, now: int
) -> Mode:
    """Put a mode in place of the one there is, which is returned. `by` closes cases, at `now` in Unix seconds.

    What a store of an earlier version has, which knew no mode, goes as on any way down.
    """
    stored = await connection.run_sync(stored_mode)
    before = (stored or DeploymentMode()).mode
    await connection.run_sync(put_mode, new)
    if stored is not None and before is new.mode:
        return before
    # Whatever is being scored or released in the old mode writes nothing any more.
    await ReadingStore(connection.dialect).begin_pass(connection)
    if new.mode is not Mode.CASE:
        await _withdraw(connection, settings)
        await connection.run_sync(_close_cases, by, now)
    if new.mode is Mode.AGGREGATE:
        await _forget_live(connection)
    elif new.mode.includes(before):
        await _score_again(connection)
    return before


async def _withdraw(connection: AsyncConnection, settings: SignalsSettings) -> None:
    """Take back what was published or is about to be: readings from their topic, alerts and messages about them."""
    outbox, readings = bulk.table_of(OutboxRow), bulk.table_of(ReadingRow).c
    endpoint, message = bulk.table_of(WebhookEndpointRow), bulk.table_of(WebhookMessageRow)
    await connection.execute(delete(outbox).where(outbox.c.topic == settings.topic(topics.READINGS.name)))
    live = await connection.execute(
        select(readings.signal, readings.first, readings.second, readings.third).where(readings.week == LIVE_WEEK)
    )
    told = [(signal, first, second, third) for signal, first, second, third in live]
    await ReadingOutbox(settings, EventLogStore(connection.dialect)).withdraw(connection, told)
    await connection.execute(delete(message).where(message.c.kind == LIST_CHANGED))
    await connection.execute(update(endpoint).values(told=""))
    for table in _OF_ALERTS:
        await connection.execute(delete(bulk.table_of(table)))


def _close_cases(connection: Connection, by: str, now: int) -> None:
    for case in list_cases(connection):
        close_case(connection, case.id, viewer=Viewer(None), name=by, now=now)


async def _forget_live(connection: AsyncConnection) -> None:
    readings = bulk.table_of(ReadingRow)
    await connection.execute(delete(readings).where(readings.c.week == LIVE_WEEK))


async def _score_again(connection: AsyncConnection) -> None:
    """Have everything scored and, as no live reading is there, published."""
    await _forget_live(connection)
    await connection.execute(update(bulk.table_of(ScoringStateRow)).values(scored_week=-1, scored_at=0))
