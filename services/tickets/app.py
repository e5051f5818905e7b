"""The tickets service: events.ticket in, interactions out."""

from services.tickets.handle import interaction
from services.tickets.settings import TicketsSettings
from shared.domain.privacy.pseudonym import PseudonymChecks
from shared.schemas.ticket import TicketEvent
from shared.telemetry.metrics import Metrics
from shared.topics import EVENTS_TICKET
from shared.transport.channel_service import ChannelService


def build(settings: TicketsSettings, metrics: Metrics, *, checks: PseudonymChecks) -> ChannelService[TicketEvent]:
    """Make the service. Nothing connects before it runs."""
    return ChannelService(
        name="tickets",
        topic=EVENTS_TICKET,
        schema=TicketEvent,
        convert=interaction,
        settings=settings,
        metrics=metrics,
        checks=checks,
    )
