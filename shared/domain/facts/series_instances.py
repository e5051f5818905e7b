"""Which instances of a series there were, when several exports and messages tell of it one after the other. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from shared.domain.facts.told_meeting import SeriesStatement


class SeriesInstances:
    """Answers for each instance whether it was ever there, and whether it was called off.

    What was there at an instant is told by the last statement made before it, so an export that moves a series leaves
    alone what was held before. An instance that the newest statement takes out by name, or that lies behind its end,
    was removed at a time that nobody tells, most likely before it took place. The answer follows from the set of
    statements alone, in whatever order they came in.
    """

    def __init__(self, statements: Iterable[SeriesStatement]) -> None:
        ordered = sorted(statements, key=_order)
        self._whole: Final = [each for each in ordered if not each.part]
        self._added: Final = [each for each in ordered if each.part and not each.cancelled]
        self._called_off: Final = [each for each in ordered if each.part and each.cancelled]
        self._starts: Final = {id(each): frozenset(each.starts) for each in ordered}

    def is_there(self, start: int, holder: str | None) -> bool:
        """Whether an instance is in the series, as far as the copy in a mailbox tells."""
        told = [each for each in self._whole if each.holder in (None, each.organiser, holder)]
        if not told:
            return True
        newest = told[-1]
        if any(start in self._starts[id(each)] for each in self._added if each.rank > newest.rank):
            return True
        if start in newest.excluded or (newest.ends is not None and start > newest.ends.timestamp()):
            return False
        governing = next((each for each in reversed(told) if _is_before(each.changed, start)), told[0])
        if governing.until is not None and start > governing.until.timestamp():
            return True
        return start in self._starts[id(governing)] or any(
            start in self._starts[id(each)] for each in self._added if each.rank > governing.rank
        )

    def called_off(self, start: int, rank: int, *, alone: bool) -> SeriesStatement | None:
        """The message that calls off an instance of which a copy of this rank tells. `alone`: it is no series."""
        return next((each for each in reversed(self._called_off) if self._calls_off(each, start, rank, alone)), None)

    def _calls_off(self, told: SeriesStatement, start: int, rank: int, alone: bool) -> bool:  # noqa: FBT001 - private
        if told.rank < rank:
            return False
        if told.starts:
            return start in self._starts[id(told)]
        return alone or _is_before(told.changed, start)


def _is_before(changed: datetime | None, start: int) -> bool:
    return changed is None or changed.timestamp() <= start


def _order(told: SeriesStatement) -> tuple[int, float, Sequence[int], Sequence[int], str, str, float, float, bool]:
    """Newest last; those of one rank by all that they say, so always in the same order."""
    return (
        told.rank,
        _instant(told.changed),
        told.starts,
        told.excluded,
        told.holder or "",
        told.organiser or "",
        _instant(told.ends),
        _instant(told.until),
        told.cancelled,
    )


def _instant(at: datetime | None) -> float:
    return at.timestamp() if at is not None else 0.0
