"""Disclosure rounding. Counts that follow from the risk of one person move in steps of five, to hide single events."""

from collections import defaultdict
from collections.abc import Callable, Hashable
from typing import Final

DISCLOSURE_STEP: Final = 5


class DisclosureRounding:
    """Holds counts back until there are five of a kind. Counts that are held when the process ends are lost."""

    def __init__(self) -> None:
        self._held_back: Final[defaultdict[Hashable, list[Callable[[], None]]]] = defaultdict(list)
        self._remainders: Final[defaultdict[Hashable, int]] = defaultdict(int)

    def add(self, kind: Hashable, count: Callable[[], None]) -> None:
        """Call `count` together with those of the next four events of its kind."""
        held_back = self._held_back[kind]
        held_back.append(count)
        if len(held_back) == DISCLOSURE_STEP:
            for each in held_back:
                each()
            held_back.clear()

    def multiple(self, kind: Hashable, count: int) -> int:
        """The multiple of five to count now. The rest is kept and counted with later ones of its kind."""
        self._remainders[kind] += count
        now = round_for_disclosure(self._remainders[kind])
        self._remainders[kind] -= now
        return now


def round_for_disclosure(count: int) -> int:
    """The largest multiple of five that is not above the count."""
    return count // DISCLOSURE_STEP * DISCLOSURE_STEP
