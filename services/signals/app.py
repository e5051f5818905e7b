"""The signals service: interactions, directory and dead letters in; facts, readings and cells in the store."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Final

from sqlalchemy.exc import DBAPIError

from services.signals.alerts.outcomes import AlertOutcomes
from services.signals.alerts.webhook_relay import WebhookRelay
from services.signals.intake.admission import Admission
from services.signals.intake.processor import SERVICE, SignalsProcessor
from services.signals.scoring.scorer import Scorer
from services.signals.settings import SignalsSettings
from services.signals.upkeep.account_keeper import AccountKeeper
from services.signals.upkeep.audit_signer import AuditKeeper
from services.signals.upkeep.outbox_relay import AcceptedRelay, OutboxRelay
from services.signals.upkeep.retention_sweeper import Sweeper, kept_days
from services.signals.upkeep.source_shares import SourceShares
from shared import topics
from shared.domain.alerts.webhook_secrets import WebhookKeys
from shared.domain.privacy.audit_chain import Signer
from shared.domain.privacy.pseudonym import PseudonymChecks
from shared.storage.alerts.gauges import show_alert_gauges
from shared.storage.engine.database import Database
from shared.storage.privacy.gauges import PrivacyGauges
from shared.storage.releases.gauges import show_release_gauges
from shared.telemetry.cohorts import CohortGauges
from shared.telemetry.metrics import Metrics
from shared.transport.consumer import BatchConsumer
from shared.transport.producer import RecordProducer
from shared.transport.task_group import run_until_first
from shared.transport.topics import topic_ids
from shared.transport.webhooks import WebhookSender

# How often the gauges of cells follow the store.
_CELLS_SECONDS: Final = 5.0
# What is kept and who looked changes by the day; the directory is read for it.
_STEWARDSHIP_SECONDS: Final = 15.0


def build(
    settings: SignalsSettings,
    metrics: Metrics,
    database: Database,
    *,
    checks: PseudonymChecks,
    audit_signer: Signer | None = None,
    webhook_keys: WebhookKeys | None = None,
) -> "SignalsService":
    """Make the service. Nothing connects before it runs. Without an `audit_signer` the audit is not signed.

    Without `webhook_keys` no message is sent to anybody.

    `checks` verify the pseudonyms of the directory.
    """
    return SignalsService(
        settings=settings,
        metrics=metrics,
        database=database,
        checks=checks,
        audit_signer=audit_signer,
        webhook_keys=webhook_keys,
    )


class SignalsService:
    """Every process of the group applies interactions. Exactly one of them scores and relays at a time."""

    def __init__(
        self,
        *,
        settings: SignalsSettings,
        metrics: Metrics,
        database: Database,
        checks: PseudonymChecks,
        audit_signer: Signer | None,
        webhook_keys: WebhookKeys | None,
    ) -> None:
        self.name: Final = SERVICE
        self._settings: Final = settings
        self._metrics: Final = metrics
        self._database: Final = database
        self._checks: Final = checks
        self._admission: Final = Admission(checks, unchecked_until_ms=settings.unchecked_until_ms)
        self._audit_signer: Final = audit_signer
        self._webhook_keys: Final = webhook_keys
        self._consumer: BatchConsumer | None = None

    def unhealthy(self) -> str | None:
        """Why this service must be restarted; None while it works."""
        return self._consumer.unhealthy() if self._consumer else None

    def unready(self) -> str | None:
        """Why this service does not work yet; None once it does."""
        return self._consumer.unready() if self._consumer else "signals: not connected yet"

    async def run(self) -> None:
        """Work until cancelled. Raises ServiceError when the process must end."""
        names = [self._settings.topic(each.name) for each in topics.TOPICS]
        ids = await topic_ids(self._settings, names)
        owns_scoring = asyncio.Event()
        processor = SignalsProcessor(
            database=self._database,
            settings=self._settings,
            metrics=self._metrics,
            topic_ids=ids,
            owns_scoring=owns_scoring,
            admission=self._admission,
        )
        self._consumer = BatchConsumer(
            service=SERVICE,
            topics=[
                self._settings.topic(each.name) for each in (topics.INTERACTIONS, topics.DIRECTORY, topics.DEAD_LETTERS)
            ],
            processor=processor,
            settings=self._settings,
            metrics=self._metrics,
        )
        scorer = Scorer(database=self._database, settings=self._settings, metrics=self._metrics)
        sender = WebhookSender(loopback=self._settings.webhook_loopback, ca_file=self._settings.webhook_ca_file)
        async with RecordProducer(self._settings) as producer, sender:
            work: list[Coroutine[Any, Any, None]] = [
                self._consumer.run(),
                scorer.run(owns_scoring, catching_up=processor.catching_up),
                OutboxRelay(self._database, producer, self._metrics).run(owns_scoring),
                AccountKeeper(
                    database=self._database, checks=self._checks, topic_prefix=self._settings.topic_prefix
                ).run(owns_scoring),
                WebhookRelay(
                    database=self._database,
                    sender=sender,
                    settings=self._settings,
                    metrics=self._metrics,
                    keys=self._webhook_keys,
                ).run(owns_scoring),
                self._show_cells(),
                self._show_stewardship(),
                AlertOutcomes(database=self._database, settings=self._settings, metrics=self._metrics).run(
                    owns_scoring
                ),
                Sweeper(database=self._database, settings=self._settings, metrics=self._metrics).run(owns_scoring),
                SourceShares(database=self._database, metrics=self._metrics).run(owns_scoring),
            ]
            if self._audit_signer is not None:
                work.append(self._audit_keeper(self._audit_signer).run(owns_scoring))
            if self._settings.embedded:
                work.append(AcceptedRelay(self._database, producer).run())
            await run_until_first(work)

    def _audit_keeper(self, signer: Signer) -> AuditKeeper:
        return AuditKeeper(database=self._database, settings=self._settings, metrics=self._metrics, signer=signer)

    async def _show_cells(self) -> None:
        gauges, counted_week = CohortGauges(self._metrics), None
        while True:
            with suppress(DBAPIError, OSError):  # the next round shows them
                week = await show_release_gauges(self._database, self._metrics, gauges)
                # Alerts are counted with a release, and not whenever a partner has looked at one.
                if week != counted_week:
                    await show_alert_gauges(self._database, self._metrics, k=self._settings.k)
                    counted_week = week
            await asyncio.sleep(_CELLS_SECONDS)

    async def _show_stewardship(self) -> None:
        privacy_gauges = PrivacyGauges(self._metrics, kept_days=kept_days(self._settings), k=self._settings.k)
        while True:
            with suppress(DBAPIError, OSError):
                await privacy_gauges.show(self._database)
            await asyncio.sleep(_STEWARDSHIP_SECONDS)
