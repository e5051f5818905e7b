"""The signals service: interactions, directory and dead letters in; facts, readings and cells in the store."""

from services.signals.service import SignalsService
from services.signals.settings import SignalsSettings
from shared.domain.privacy.audit_chain import Signer
from shared.storage.engine.database import Database
from shared.telemetry.metrics import Metrics


def build(
    settings: SignalsSettings, metrics: Metrics, database: Database, *, audit_signer: Signer | None = None
) -> SignalsService:
    """Everything the service is made of; nothing connects before it runs. `audit_signer` signs the audit."""
    return SignalsService(settings=settings, metrics=metrics, database=database, audit_signer=audit_signer)
