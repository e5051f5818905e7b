"""Sends webhook messages from their outbox, and wakes alerts whose snooze is over."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from math import nan
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from services.signals.settings import SignalsSettings
from shared import topics
from shared.domain.alerts.webhook_retry import LONGEST_WAIT_SECONDS, next_attempt
from shared.domain.week import DAY, HOUR
from shared.repeating import repeat
from shared.storage.alerts import webhook_outbox
from shared.storage.alerts.actions import any_expired, wake_expired
from shared.storage.alerts.gauges import enough_watched
from shared.storage.alerts.webhook_outbox import DueMessage, Outcome
from shared.storage.engine.database import Database
from shared.telemetry import names
from shared.telemetry.metrics import Metrics
from shared.telemetry.rounding import round_for_disclosure
from shared.transport.webhook_signing import SecretFileError, SigningKeys, read_keys
from shared.transport.webhooks import Answer, Message, WebhookSender

# So many at a time, and of one receiver: one that hangs must not hold up the others for long.
_AT_ONCE: Final = 16
_AT_ONCE_PER_ENDPOINT: Final = 4
_LOOKED_AT: Final = 200
# A receiver that fails is left alone for as long as its message, but no longer than this: it may be back.
_LONGEST_PAUSE_SECONDS: Final = 300
_IDLE_SECONDS: Final = 1.0
_RETRY_SECONDS: Final = 2.0
_LONGEST_RETRY_SECONDS: Final = 20.0
# What was delivered is kept for as long as somebody may ask what became of it.
_KEPT_SECONDS: Final = 30 * DAY

_log: Final = logging.getLogger("bellwether.signals")


class WebhookRelay:
    """Sends every message at least once, unless its receiver or an operator stops it. One relay works at a time.

    A message stays in the outbox until its outcome is stored. So a relay that dies in between sends it again, under the
    same id.
    """

    def __init__(
        self,
        *,
        database: Database,
        sender: WebhookSender,
        settings: SignalsSettings,
        metrics: Metrics,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database: Final = database
        self._sender: Final = sender
        self._secrets: Final[Path] = settings.webhook_secrets
        self._topic: Final = settings.topic(topics.ALERTS.name)
        self._metrics: Final = metrics
        self._clock: Final = clock
        # A message tells that there is an alert: see `shared.storage.alerts.gauges`.
        self._k: Final = settings.k
        self._tidied_at = 0
        self._recording: Final = asyncio.Lock()

    async def run(self, owns: asyncio.Event) -> None:
        """Relay while this process owns the singleton work. Runs until cancelled."""
        await repeat(
            self._round,
            failure="webhooks not relayed",
            log=_log,
            transient=(DBAPIError, OSError),
            first_seconds=_RETRY_SECONDS,
            longest_seconds=_LONGEST_RETRY_SECONDS,
            owns=owns,
        )

    async def _round(self) -> float:
        return 0 if await self.relay() else _IDLE_SECONDS

    async def relay(self) -> bool:
        """Do one round. True when more messages may be due at once."""
        now = int(self._clock())
        async with self._database.read() as connection:
            waiting = await connection.run_sync(webhook_outbox.waiting_messages)
            something = await connection.run_sync(webhook_outbox.anything_due, now=now)
            something = something or await connection.run_sync(any_expired, now=now)
            shown = await enough_watched(connection, k=self._k)
        self._metrics.gauge(names.WEBHOOK_WAITING).set(round_for_disclosure(waiting) if shown else nan)
        if not something and now - self._tidied_at < HOUR:
            return False
        async with self._database.write() as connection:
            await connection.run_sync(wake_expired, now=now, topic=self._topic)
            await connection.run_sync(webhook_outbox.forget_messages, before=now - _KEPT_SECONDS)
            due = await connection.run_sync(webhook_outbox.due_messages, now=now, limit=_LOOKED_AT)
        self._tidied_at = now
        chosen = _fairly(due)
        await asyncio.gather(*(self._attempt(message) for message in chosen))
        return bool(chosen)

    async def _attempt(self, message: DueMessage) -> None:
        try:
            keys = await asyncio.to_thread(read_keys, self._secrets, message.endpoint)
        except SecretFileError as error:
            _log.warning("a webhook message waits: %s", error)
            await self._record(message, Answer(None, "no-secret"))
            return
        began = time.perf_counter()
        answer = await self._sender.send(self._message(message, keys))
        await self._record(message, answer, seconds=time.perf_counter() - began)

    def _message(self, message: DueMessage, keys: SigningKeys) -> Message:
        return Message(id=message.id, url=message.url, body=thin(message), timestamp=int(self._clock()), keys=keys)

    async def _record(self, message: DueMessage, answer: Answer, *, seconds: float | None = None) -> None:
        # One after the other: two outcomes of one endpoint would wait for each other's rows.
        async with self._recording, self._database.write() as connection:
            outcome = await connection.run_sync(_record, message, answer, now=int(self._clock()))
            shown = await enough_watched(connection, k=self._k)
        if shown:
            self._count(outcome, seconds)

    def _count(self, outcome: str, seconds: float | None) -> None:
        self._metrics.counter(names.WEBHOOK_ATTEMPTS).labels(outcome).inc()
        if seconds is not None:
            self._metrics.histogram(names.WEBHOOK_SECONDS).observe(seconds)


def _record(connection: Connection, message: DueMessage, answer: Answer, *, now: int) -> str:
    """Store the result of an attempt. Returns the word that it is counted under."""
    again = next_attempt(message.attempts + 1, now=now, retry_after_seconds=answer.retry_after_seconds)
    if answer.delivered:
        webhook_outbox.end_message(connection, message.id, Outcome.DELIVERED, status=answer.status, now=now)
        return "delivered"
    if answer.gone:
        webhook_outbox.gone_endpoint(connection, message.endpoint, now=now)
        webhook_outbox.end_message(connection, message.id, Outcome.NOT_SENT, status=answer.status, now=now)
        return "gone"
    asked = now + min(answer.retry_after_seconds or 0, LONGEST_WAIT_SECONDS)
    pause = max(asked, min(again or now, now + _LONGEST_PAUSE_SECONDS))
    webhook_outbox.pause_endpoint(connection, message.endpoint, until=pause)
    if again is None:
        webhook_outbox.end_message(connection, message.id, Outcome.GIVEN_UP, status=answer.status, now=now)
        return "given-up"
    webhook_outbox.postpone_message(connection, message.id, status=answer.status, until=again)
    return answer.failure or "refused"


def _fairly(due: Sequence[DueMessage]) -> list[DueMessage]:
    """The messages to send now: a few of each endpoint, the first ones first."""
    chosen: list[DueMessage] = []
    of_endpoint: Counter[str] = Counter()
    for message in due:
        if len(chosen) < _AT_ONCE and of_endpoint[message.endpoint] < _AT_ONCE_PER_ENDPOINT:
            of_endpoint[message.endpoint] += 1
            chosen.append(message)
    return chosen


def thin(message: DueMessage) -> bytes:
    """The body of a message: what happened to which alert. It never says whom the alert is about."""
    return msgspec.json.encode({"type": f"alert.{message.kind}", "data": {"id": message.alert}})
