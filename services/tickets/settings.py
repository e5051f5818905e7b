"""Settings of the tickets service."""

from shared.settings import ServiceSettings


class TicketsSettings(ServiceSettings):
    """Nothing beyond what every service has."""
