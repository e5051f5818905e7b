"""Settings of the calendar service."""

from shared.settings import ArrivalSettings


class CalendarSettings(ArrivalSettings):
    """Nothing beyond what every service behind the edge has."""
