"""How many requests a minute one credential and one tenant may make."""

import math
import time
from collections.abc import Callable
from typing import Final

from services.api.auth.principals import Principal
from services.api.problems.kinds import TOO_MANY, ProblemError
from services.api.settings import ApiSettings

_MINUTE_SECONDS: Final = 60.0


class RateLimits:
    """Counts the requests that reach this process, by credential and by tenant, over a sliding minute.

    Requests of the calendar minute before count in part: by the share of that minute which is less than a minute ago.
    A count is a number in memory, without a thread or timer. After two minutes without a request it is forgotten.
    """

    def __init__(self, settings: ApiSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self._most: Final = {"credential": settings.requests_per_credential, "tenant": settings.requests_per_tenant}
        self._clock: Final = clock
        self._minute = 0
        self._counts: dict[tuple[str, str], int] = {}
        self._before: dict[tuple[str, str], int] = {}

    def admit(self, principal: Principal) -> None:
        """Count a request. Raises ProblemError when there were too many; it says in how many seconds to try again."""
        minute, second = divmod(self._clock(), _MINUTE_SECONDS)
        self._turn_to(int(minute))
        for key in (("credential", principal.id), ("tenant", principal.tenant)):
            most, count, before = self._most[key[0]], self._counts.get(key, 0), self._before.get(key, 0)
            if before * (1 - second / _MINUTE_SECONDS) + count >= most:
                wait = _wait_seconds(most, count=count, before=before, second=second)
                raise ProblemError(TOO_MANY, headers={"Retry-After": str(wait)})
            self._counts[key] = count + 1

    def _turn_to(self, minute: int) -> None:
        if minute != self._minute:
            self._before = self._counts if minute == self._minute + 1 else {}
            self._counts, self._minute = {}, minute


def _wait_seconds(most: int, *, count: int, before: int, second: float) -> int:
    """Whole seconds until a sliding minute has room for one more: at least one."""
    # What is left of the minute before must shrink; or else the next minute must come, and enough of this one be past.
    room_at = 1 - (most - count) / before if count < most else 2 - most / count
    return max(1, math.ceil(room_at * _MINUTE_SECONDS - second) + 1)
