"""Counts of what happens, over a sliding minute and by key."""

import math
import time
from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar

K = TypeVar("K", bound=Hashable)

_MINUTE_SECONDS: Final = 60.0


class SlidingMinute(Generic[K]):
    """Counts by key. What the calendar minute before holds counts in part: by the share that is less than a minute ago.

    A count is a number in memory, without a thread or timer. After two minutes without anything it is forgotten.
    `clock` gives seconds, from whenever.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock: Final = clock
        self._minute = 0
        self._counts: dict[K, int] = {}
        self._before: dict[K, int] = {}

    def wait_seconds(self, key: K, most: int) -> int:
        """Whole seconds until there is room for one more, where a minute holds `most`; 0 when there is room now."""
        second = self._turn()
        count, before = self._counts.get(key, 0), self._before.get(key, 0)
        if before * (1 - second / _MINUTE_SECONDS) + count < most:
            return 0
        # What is left of the minute before must shrink; or else the next minute must come, and enough of this one pass.
        room_at = 1 - (most - count) / before if count < most else 2 - most / count
        return max(1, math.ceil(room_at * _MINUTE_SECONDS - second) + 1)

    def count(self, key: K) -> int:
        """How often it happened in this calendar minute and the one before."""
        self._turn()
        return self._counts.get(key, 0) + self._before.get(key, 0)

    def add(self, key: K) -> None:
        """It happened once more."""
        self._turn()
        self._counts[key] = self._counts.get(key, 0) + 1

    def take_back(self, key: K) -> None:
        """It did not happen after all."""
        self._turn()
        for counts in (self._counts, self._before):
            left = counts.get(key, 0)
            if left > 1:
                counts[key] = left - 1
                return
            if left:
                del counts[key]
                return

    def _turn(self) -> float:
        """Begin a new minute where it is time; the second of this one."""
        minute, second = divmod(self._clock(), _MINUTE_SECONDS)
        if int(minute) != self._minute:
            self._before = self._counts if int(minute) == self._minute + 1 else {}
            self._counts, self._minute = {}, int(minute)
        return second
