"""Counts of what follows from a single person's risk: they move by five, so that nobody sees one event."""

from collections import defaultdict
from collections.abc import Callable, Hashable
from typing import Final

STEP: Final = 5


class Fives:
    """Holds back what is counted until there are five of a kind. What a process still holds when it ends is lost."""

    def __init__(self) -> None:
        self._waiting: Final[defaultdict[Hashable, list[Callable[[], None]]]] = defaultdict(list)
        self._rest: Final[defaultdict[Hashable, int]] = defaultdict(int)

    def add(self, kind: Hashable, count: Callable[[], None]) -> None:
        """Do the counting of this one together with the next four of its kind."""
        waiting = self._waiting[kind]
        waiting.append(count)
        if len(waiting) == STEP:
            for each in waiting:
                each()
            waiting.clear()

    def whole(self, kind: Hashable, count: int) -> int:
        """How many to count now: a multiple of five. The rest is counted with what comes later."""
        self._rest[kind] += count
        now = down(self._rest[kind])
        self._rest[kind] -= now
        return now


def down(count: int) -> int:
    """The multiple of five that is not above."""
    return count // STEP * STEP
