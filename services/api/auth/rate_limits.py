"""How many requests a minute one credential and one tenant may make."""

import time
from collections.abc import Callable
from typing import Final

from services.api.auth.principals import Principal
from services.api.problems.kinds import TOO_MANY, ProblemError
from services.api.settings import ApiSettings
from shared.sliding_minute import SlidingMinute


class RateLimits:
    """Counts the requests that reach this process, by credential and by tenant, over a sliding minute."""

    def __init__(self, settings: ApiSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self._most: Final = {"credential": settings.requests_per_credential, "tenant": settings.requests_per_tenant}
        self._requests: Final[SlidingMinute[tuple[str, str]]] = SlidingMinute(clock)

    def admit(self, principal: Principal) -> None:
        """Count a request. Raises ProblemError when there were too many; it says in how many seconds to try again."""
        for key in (("credential", principal.id), ("tenant", principal.tenant)):
            wait = self._requests.wait_seconds(key, self._most[key[0]])
            if wait:
                raise ProblemError(TOO_MANY, headers={"Retry-After": str(wait)})
            self._requests.add(key)
