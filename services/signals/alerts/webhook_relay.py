"""Sends webhook messages: to partners that their list changed, once a week, and to tools what the program did."""

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import msgspec
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from services.signals.settings import SignalsSettings
from shared import topics
from shared.domain.alerts.notification_week import sending_instant
from shared.domain.alerts.subscription_events import SubscriptionEvent
from shared.domain.alerts.webhook_retry import LONGEST_WAIT_SECONDS, next_attempt
from shared.domain.alerts.webhook_secrets import WebhookKeys
from shared.domain.week import DAY, HOUR, first_day_of_week
from shared.repeating import repeat
from shared.storage.alerts import notifications, subscription_events, webhook_outbox
from shared.storage.alerts.actions import any_expired, wake_expired
from shared.storage.alerts.endpoints import forget_removed
from shared.storage.alerts.webhook_outbox import DueMessage
from shared.storage.engine.database import Database
from shared.telemetry import names
from shared.telemetry.metrics import Metrics
from shared.transport.webhook_signing import signing_keys
from shared.transport.webhooks import Answer, Message, WebhookSender

_LOOKED_AT: Final = 2_000
# A receiver that fails is left alone for as long as its message, but no longer than this: it may be back.
_LONGEST_PAUSE_SECONDS: Final = 300
_IDLE_SECONDS: Final = 1.0
_RETRY_SECONDS: Final = 2.0
_LONGEST_RETRY_SECONDS: Final = 20.0
_COLLECTED_SECONDS: Final = 10
# What was delivered is kept for as long as somebody may ask what became of it.
_KEPT_SECONDS: Final = 30 * DAY

_log: Final = logging.getLogger("bellwether.signals")


class WebhookRelay:
    """Sends every message at least once, unless its receiver stops it. One relay works at a time.

    A message stays in the outbox until its outcome is stored. So a relay that dies in between sends it again, under the
    same id. Every message is sent by a task of its own: nobody's waits for that of another, so when it arrives tells
    nothing about others. What is sent to partners is in no metric and no log.
    """

    def __init__(
        self,
        *,
        database: Database,
        sender: WebhookSender,
        settings: SignalsSettings,
        metrics: Metrics,
        keys: WebhookKeys | None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database: Final = database
        self._sender: Final = sender
        self._keys: Final = keys
        self._console: Final = settings.console_url
        self._topic: Final = settings.topic(topics.ALERTS.name)
        self._metrics: Final = metrics
        self._clock: Final = clock
        self._decided_at: int | None = None
        self._collected_at = self._tidied_at = 0
        self._under_way: Final[dict[str, asyncio.Task[None]]] = {}
        self._recording: Final = asyncio.Lock()

    async def run(self, owns: asyncio.Event) -> None:
        """Relay while this process owns the singleton work. Runs until cancelled."""
        try:
            await repeat(
                self._round,
                failure="webhooks not relayed",
                log=_log,
                transient=(DBAPIError, OSError),
                first_seconds=_RETRY_SECONDS,
                longest_seconds=_LONGEST_RETRY_SECONDS,
                owns=owns,
            )
        finally:
            for task in self._under_way.values():
                task.cancel()

    async def _round(self) -> float:
        await self.relay()
        return _IDLE_SECONDS

    async def relay(self) -> int:
        """Begin to send what is due; how many messages that is."""
        now = int(self._clock())
        if await self._something(now):
            await self._prepare(now)
        if self._keys is None:
            return 0  # the API sets nothing up without them either
        async with self._database.read() as connection:
            due = await connection.run_sync(webhook_outbox.due_messages, now=now, limit=_LOOKED_AT)
        begun = [each for each in due if each.id not in self._under_way]
        for message in begun:
            self._under_way[message.id] = asyncio.create_task(self._attempt(message, self._keys))
        return len(begun)

    async def finish(self) -> None:
        """Wait for every attempt that was begun. Raises what one of them raised."""
        while self._under_way:
            await asyncio.gather(*self._under_way.values())

    async def _something(self, now: int) -> bool:
        """Whether there is anything to decide, to collect, to wake or to tidy."""
        if sending_instant(now) != self._decided_at or now - self._tidied_at >= HOUR:
            return True
        collects = now - self._collected_at >= _COLLECTED_SECONDS
        self._collected_at = now if collects else self._collected_at
        async with self._database.read() as connection:
            expired = await connection.run_sync(any_expired, now=now)
            return expired or (collects and await connection.run_sync(subscription_events.anything_new))

    async def _prepare(self, now: int) -> None:
        tidy = now - self._tidied_at >= HOUR
        async with self._database.write() as connection:
            await connection.run_sync(notifications.decide, now=now, topic=self._topic)
            await connection.run_sync(wake_expired, now=now)
            await connection.run_sync(subscription_events.note_release, now=now)
            if tidy:
                await connection.run_sync(subscription_events.note_silence, now=now)
                await connection.run_sync(subscription_events.forget_events, before=now - _KEPT_SECONDS)
                await connection.run_sync(webhook_outbox.forget_messages, before=now - _KEPT_SECONDS)
                await connection.run_sync(forget_removed)
            await connection.run_sync(subscription_events.tell, now=now)
            waiting = await connection.run_sync(webhook_outbox.waiting_for_tools)
        self._metrics.gauge(names.WEBHOOK_WAITING).set(waiting)
        self._decided_at = sending_instant(now)
        self._tidied_at = now if tidy else self._tidied_at

    async def _attempt(self, message: DueMessage, keys: WebhookKeys) -> None:
        try:
            began = time.perf_counter()
            answer = await self._sender.send(self._message(message, keys))
            await self._record(message, answer, seconds=time.perf_counter() - began)
        except (DBAPIError, OSError) as error:
            # The message waits still, and its next attempt is not before the next round.
            _log.warning("the outcome of a webhook message is not stored: %s", type(error).__qualname__)
        finally:
            self._under_way.pop(message.id, None)

    def _message(self, message: DueMessage, keys: WebhookKeys) -> Message:
        return Message(
            id=message.id,
            url=message.url,
            body=body_of(message, console_url=self._console),
            timestamp=int(self._clock()),
            keys=signing_keys(keys, message.endpoint, generation=message.generation),
        )

    async def _record(self, message: DueMessage, answer: Answer, *, seconds: float) -> None:
        # One after the other: two outcomes of one endpoint would wait for each other's rows.
        async with self._recording, self._database.write() as connection:
            outcome = await connection.run_sync(_record, message, answer, now=int(self._clock()))
        if message.for_tool:
            self._metrics.counter(names.WEBHOOK_ATTEMPTS).labels(outcome).inc()
            self._metrics.histogram(names.WEBHOOK_SECONDS).observe(seconds)


def _record(connection: Connection, message: DueMessage, answer: Answer, *, now: int) -> str:
    """Store the result of an attempt. Returns the word that it is counted under."""
    again = next_attempt(message.attempts + 1, now=now, retry_after_seconds=answer.retry_after_seconds)
    if answer.delivered:
        webhook_outbox.delivered(connection, message, status=answer.status, now=now)
        return "delivered"
    if answer.gone:
        webhook_outbox.gone(connection, message, status=answer.status, now=now)
        return "gone"
    asked = now + min(answer.retry_after_seconds or 0, LONGEST_WAIT_SECONDS)
    pause = max(asked, min(again or now, now + _LONGEST_PAUSE_SECONDS))
    webhook_outbox.failed(connection, message, status=answer.status, now=now, again=again, pause=pause)
    return "given-up" if again is None else answer.failure or "refused"


def body_of(message: DueMessage, *, console_url: str) -> bytes:
    """The body of a message. To partners it is always the same: it says neither what changed nor of whom."""
    match message.kind:
        case SubscriptionEvent.RELEASE_PUBLISHED:
            data = {"week": _week_text(int(message.detail))}
        case SubscriptionEvent.IMPORT_FINISHED | SubscriptionEvent.SOURCE_SILENT:
            data = {"kind": message.detail}
        case _:
            data = {"text": "Your list has changed. Sign in to see it.", "link": console_url}
    return msgspec.json.encode({"type": message.kind, "data": data})


def _week_text(week: int) -> str:
    year, number, _ = datetime.fromtimestamp(first_day_of_week(week) * DAY, UTC).isocalendar()
    return f"{year}-W{number:02}"
