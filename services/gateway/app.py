"""The gateway: inbox topics in, events under pseudonyms out."""

from services.gateway.service import GatewayService
from services.gateway.settings import GatewaySettings
from shared.keyring import Keyring
from shared.storage.engine.database import Database
from shared.telemetry.metrics import Metrics


def build(settings: GatewaySettings, metrics: Metrics, database: Database, *, keyring: Keyring) -> GatewayService:
    """Everything the service is made of; nothing connects before it runs.

    Raises EdgeKeyError without the keys of pseudonyms and of the register.
    """
    return GatewayService(settings=settings, metrics=metrics, database=database, keyring=keyring)
