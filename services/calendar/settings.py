"""Settings of the calendar service."""

from shared.settings import ServiceSettings


class CalendarSettings(ServiceSettings):
    """Nothing beyond what every service has."""
