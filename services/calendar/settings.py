"""Settings of the calendar service."""

from shared.settings import ChannelSettings


class CalendarSettings(ChannelSettings):
    """Nothing beyond what every service that takes events in has."""
