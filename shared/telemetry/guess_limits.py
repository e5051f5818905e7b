"""How many wrong credentials a minute are looked at.

They are counted by the address that they come from, and all together. Beyond that, what is presented is not compared
with anything: that costs the same for every text, and tells nothing about it. No credential is ever locked:

* One that was right before, in this process and within a day, is always looked at.
* An address that presented nothing wrong in this minute is looked at once, even when all together are too many.

Only thousands of addresses at once, or somebody who can claim any address, keep a right key that is new to the process
waiting; see `_UTMOST`.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from ipaddress import IPv6Address, ip_address
from typing import Final

from prometheus_client import Counter
from starlette.requests import Request

from shared.domain.week import DAY
from shared.sliding_minute import SlidingMinute

_PER_ADDRESS: Final = 20
_ALL_TOGETHER: Final = 200
# Of addresses that are new each time so many times as many are looked at.
_UTMOST: Final = 10
_MOST_KNOWN: Final = 10_000
_SITE_BITS: Final = 64
_ALL: Final = "all"


class TooManyGuessesError(Exception):
    """Nothing is looked at now. `wait_seconds` says when to try again."""

    def __init__(self, wait_seconds: int) -> None:
        super().__init__("too many wrong credentials")
        self.wait_seconds: Final = wait_seconds


class GuessLimits:
    """Counts wrong credentials of one process. `outcomes` counts what became of them, by `refused` and `not-tried`."""

    def __init__(
        self,
        *,
        per_address: int = _PER_ADDRESS,
        all_together: int = _ALL_TOGETHER,
        outcomes: Counter | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._per_address: Final = per_address
        self._all_together: Final = all_together
        self._outcomes: Final = outcomes
        self._clock: Final = clock
        self._wrong: Final[SlidingMinute[str]] = SlidingMinute(clock)
        self._right_at: Final[OrderedDict[bytes, float]] = OrderedDict()

    def begin(self, address: str, credential: str) -> None:
        """Count a credential as wrong before it is looked at, so that many at once are counted too.

        Raises TooManyGuessesError: it must not be looked at.
        """
        if self._was_right(_digest(credential)):
            return
        wait = self._wait_seconds(address)
        if wait:
            self._tell("not-tried")
            raise TooManyGuessesError(wait)
        self._wrong.add(address)
        self._wrong.add(_ALL)

    def right(self, address: str, credential: str) -> None:
        """It was right."""
        digest = _digest(credential)
        if not self._was_right(digest):
            self._wrong.take_back(address)
            self._wrong.take_back(_ALL)
        self._right_at[digest] = self._clock()
        self._right_at.move_to_end(digest)
        if len(self._right_at) > _MOST_KNOWN:
            self._right_at.popitem(last=False)

    def wrong(self, address: str, credential: str) -> None:
        """It was wrong; also one that was right before, and is not any more."""
        self._tell("refused")
        if self._right_at.pop(_digest(credential), None) is not None:
            self._wrong.add(address)
            self._wrong.add(_ALL)

    def _wait_seconds(self, address: str) -> int:
        wait = self._wrong.wait_seconds(address, self._per_address)
        if not wait and self._wrong.count(address):
            wait = self._wrong.wait_seconds(_ALL, self._all_together)
        return wait or self._wrong.wait_seconds(_ALL, self._all_together * _UTMOST)

    def _was_right(self, digest: bytes) -> bool:
        at = self._right_at.get(digest)
        return at is not None and self._clock() - at < DAY

    def _tell(self, outcome: str) -> None:
        if self._outcomes is not None:
            self._outcomes.labels(outcome).inc()


def source_address(request: Request) -> str:
    """Where a request comes from: an address, or for IPv6 the network of one site, which has more than can be counted.

    Behind a proxy it is what that proxy says, where the process trusts it (`FORWARDED_ALLOW_IPS`).
    """
    if request.client is None:
        return ""
    try:
        address = ip_address(request.client.host)
    except ValueError:
        return request.client.host[:_SITE_BITS]
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or int(address) >> _SITE_BITS)
    return str(address)


def _digest(credential: str) -> bytes:
    return sha256(credential.encode("utf-8", "surrogateescape")).digest()
