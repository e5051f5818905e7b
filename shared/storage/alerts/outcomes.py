"""How a message of a webhook stands, or ended."""

from enum import StrEnum
from typing import Final

WAITING: Final = "waiting"


class Outcome(StrEnum):
    """How a message ended."""

    DELIVERED = "delivered"
    GIVEN_UP = "given-up"  # tried as often as the schedule says, or until the next week's
    NOT_SENT = "not-sent"  # the endpoint does not take it any more
