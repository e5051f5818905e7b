"""What the roles of the services are called in a PostgreSQL server, unless they are named otherwise."""

from typing import Final

READER: Final = "bellwether_reader"
"""Role of the API."""
WRITER: Final = "bellwether_writer"
"""Role of the services that write."""
