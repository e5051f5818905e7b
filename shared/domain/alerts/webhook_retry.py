"""When a webhook message is tried again: the schedule of Standard Webhooks, over some three days."""

from typing import Final

from shared.domain.week import DAY, HOUR

MINUTE: Final = 60

SCHEDULE_SECONDS: Final = (
    0, 5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR,
)  # fmt: skip
"""Wait before each attempt, counted from the one before."""
# A receiver may ask for patience, not for silence.
LONGEST_WAIT_SECONDS: Final = DAY


def next_attempt(attempts: int, *, now: int, retry_after_seconds: int | None = None) -> int | None:
    """When to try again after so many attempts, Unix seconds; None when it has been tried often enough.

    A receiver that asks for a longer wait gets it, up to a day.
    """
    if attempts >= len(SCHEDULE_SECONDS):
        return None
    asked = min(retry_after_seconds or 0, LONGEST_WAIT_SECONDS)
    return now + max(SCHEDULE_SECONDS[attempts], asked)
