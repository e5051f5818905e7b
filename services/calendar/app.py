"""The calendar service: events.calendar in, interactions out."""

from services.calendar.handle import interaction
from services.calendar.settings import CalendarSettings
from shared.domain.privacy.pseudonym import PseudonymChecks
from shared.schemas.calendar import CalendarEvent
from shared.telemetry.metrics import Metrics
from shared.topics import EVENTS_CALENDAR
from shared.transport.channel_service import ChannelService


def build(settings: CalendarSettings, metrics: Metrics, *, checks: PseudonymChecks) -> ChannelService[CalendarEvent]:
    """Make the service. Nothing connects before it runs."""
    return ChannelService(
        name="calendar",
        topic=EVENTS_CALENDAR,
        schema=CalendarEvent,
        convert=interaction,
        things=("series", "calendar", "channel", "uid"),
        settings=settings,
        metrics=metrics,
        checks=checks,
    )
