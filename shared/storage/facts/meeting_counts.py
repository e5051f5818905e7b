"""Which meetings count and for whom, where facts are loaded: people rather than accounts, and each meeting once.

* A meeting that a calendar has under two UIDs, as after a move to another server, is one: the same organiser, start,
  end and people. Of two such the one that was not called off counts.
* A person who is invited at two addresses is one person, who comes if they come by either.
* Somebody excluded was not there: a talk of two others stays one. What they organised counts for nobody.

Counters of a day are stored by account, and are corrected for all of this.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

from shared.domain.facts.history import CHANNELS, COUNTER_INDEX
from shared.domain.week import day_of
from shared.storage.facts.exclusion import Exclusion

_MEETING: Final = CHANNELS.index("meeting")
_LEAST: Final = 2

_Key = tuple[int, int, int, int]
"""Both ends, sorted, day and place of the counter."""

PersonAt = Callable[[int, int], str | None]
"""The person whose an account was at a time (Unix seconds); None for nobody that is known."""


@dataclass(frozen=True, slots=True)
class CountedMeeting:
    """A row of a meeting, with the accounts that count: one for each person."""

    row: Any
    invited: tuple[int, ...]
    people: tuple[int, ...]


class MeetingCounts:
    """Chooses among rows of meetings. Give it these before the day counters, which it corrects for them."""

    def __init__(self, exclusion: Exclusion, person_at: PersonAt) -> None:
        self._exclusion: Final = exclusion
        self._person_at: Final = person_at
        self._taken: Final[Counter[_Key]] = Counter()
        self._seen: Final[set[int]] = set()

    def counted(self, rows: Iterable[Any]) -> Iterator[CountedMeeting]:
        """Those that count. All rows of one meeting come in one call; calls may repeat rows of earlier ones."""
        best: dict[tuple[Any, ...], Any] = {}
        rows = list(rows)
        for row in rows:
            slot = self._slot(row)
            known = best.get(slot)
            if known is None or _order(row) < _order(known):
                best[slot] = row
        kept = {row.locator for row in best.values()}
        for row in rows:
            new = row.locator not in self._seen
            self._seen.add(row.locator)
            invited, people = _accounts(row.invited), _accounts(row.people)
            if row.locator not in kept or self._exclusion.between(row.organiser):
                if new:
                    self._take(row, combinations(sorted(people), 2))
                continue
            if new:
                self._take(row, self._twice(row, people))
            meeting = CountedMeeting(row, self._once(row, invited), self._once(row, people))
            if len(meeting.invited) >= _LEAST:
                yield meeting

    def corrected(self, sender: int, recipient: int, day: int, channel: int, counts: list[int]) -> list[int]:
        """Counters of a day without what does not count."""
        if not self._taken or channel != _MEETING:
            return counts
        left = list(counts)
        for place, count in enumerate(counts):
            key = (min(sender, recipient), max(sender, recipient), day, place)
            taken = min(count, self._taken.get(key, 0))
            if taken:
                left[place] -= taken
                self._taken[key] -= taken
        return left

    def _slot(self, row: Any) -> tuple[Any, ...]:
        invited = sorted({self._name(each, row.start) for each in _accounts(row.invited)})
        return (row.start, row.end, self._name(row.organiser, row.start), tuple(invited))

    def _name(self, identity: int, at: int) -> str:
        return self._person_at(identity, at) or f"?{identity}"

    def _once(self, row: Any, accounts: Sequence[int]) -> tuple[int, ...]:
        """One account of each person, and none of those who are excluded."""
        found: dict[str, int] = {}
        for each in self._exclusion.without(accounts):
            found.setdefault(self._name(each, row.start), each)
        return tuple(found.values())

    def _twice(self, row: Any, people: Sequence[int]) -> Iterator[tuple[int, int]]:
        """Pairs of accounts whose people have met by another pair already."""
        met: set[tuple[str, ...]] = set()
        # Pairs with the organiser first: their count says who invited whom.
        for one, other in combinations(sorted(people, key=lambda each: (each != row.organiser, each)), 2):
            pair = tuple(sorted((self._name(one, row.start), self._name(other, row.start))))
            if pair in met:
                yield one, other
            met.add(pair)

    def _take(self, row: Any, pairs: Iterable[tuple[int, int]]) -> None:
        counter = COUNTER_INDEX["cancelled_meetings" if row.cancelled else "meetings"]
        for one, other in pairs:
            if not self._exclusion.between(one, other):
                # Either direction may hold the count: one of them is corrected, whichever comes.
                self._taken[min(one, other), max(one, other), day_of(row.start), counter] += 1


def _order(row: Any) -> tuple[Any, ...]:
    """Of two rows of one meeting the first one counts, whatever they are called."""
    coming = len(_accounts(row.people))
    return (row.cancelled, -row.changed_at, row.original_start, not row.series, -coming, row.locator)


def _accounts(text: str) -> tuple[int, ...]:
    """Accounts in a column that holds several."""
    return tuple(map(int, text.split(","))) if text else ()
