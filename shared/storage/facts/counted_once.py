"""Facts of several accounts where facts are loaded: a person counts once, at however many of theirs.

* A message to two addresses of one person is one message to them; to an address of the sender's own it is none.
* What its text does counts at one of the addresses.
* A comment on a ticket that one person reported and holds by two accounts is one comment.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from shared.domain.facts.history import DayCount
from shared.domain.week import day_of
from shared.storage.facts.meeting_counts import PersonAt

STRANGER: Final = "?"
"""Stands for anybody who is not in the directory; equal in every store, unlike the integers of identities."""

_AT, _MARKS, _OTHERS = 2, 6, 7  # places in a row of a contact

_TextKey = tuple[int, int, int, int]
"""Sender, recipient, day and channel of counters of texts."""


class CountedOnce:
    """Chooses among rows. What it holds back is asked for when every row has been added."""

    def __init__(self, person_at: PersonAt, nobodys: frozenset[int] = frozenset()) -> None:
        """Of `nobodys`, as of a bot, it is not said that a message went to them as well."""
        self._person_at: Final = person_at
        self._nobodys: Final = nobodys
        # By message, sender and recipient; both of these as people where they are known.
        self._contacts: Final[defaultdict[tuple[int, str, str], list[Any]]] = defaultdict(list)
        self._comments: Final[set[tuple[Any, ...]]] = set()
        self._repeated_comments: Final[list[Any]] = []
        self._shared_texts: Final[dict[_TextKey, tuple[int, str, int, int]]] = {}

    def add_contact(self, row: Any) -> None:
        """Hold a contact back whose message went to others as well."""
        one, other = self._name(row.sender, row.at), self._name(row.recipient, row.at)
        if one != other:
            self._contacts[row.locator, one, other].append(row)

    def contacts(self) -> Iterator[Any]:
        """A row for each person that a message went to, with the marks of all of theirs."""
        for (_, _, person), rows in self._contacts.items():
            if len(rows) == 1:
                yield rows[0]
                continue
            marks = 0
            for row in rows:
                marks |= row.marks
                key = (row.sender, row.recipient, day_of(row.at), row.channel)
                self._shared_texts[key] = (row.sender, person, *key[2:])
            first = min(rows, key=lambda row: row.recipient)
            yield (*first[:_MARKS], marks, *first[_MARKS + 1 :])

    def rest(self, row: Any) -> tuple[str, ...]:
        """Who else a message went to, sorted: other people than its two ends, each once, and everybody not known."""
        at = row[_AT]
        ends = {self._person_at(row[0], at), self._person_at(row[1], at)}
        others = (int(each) for each in row[_OTHERS].split(","))
        found = [self._person_at(each, at) or STRANGER for each in others if each not in self._nobodys]
        known = {each for each in found if each != STRANGER} - ends
        return tuple(sorted([*known, *(each for each in found if each == STRANGER)]))

    def is_repeated(self, row: Any) -> bool:
        """Whether a step of a ticket was done towards the same person by another account of theirs already."""
        key = (row.locator, row.step, self._name(row.actor, row.at), self._name(row.target, row.at))
        if key in self._comments:
            self._repeated_comments.append(row)
            return True
        self._comments.add(key)
        return False

    def repeated_comments(self) -> Sequence[Any]:
        """Steps that were repeated, which counters of the day still hold."""
        return self._repeated_comments

    def texts(self, rows: Iterable[Any]) -> Iterator[Any]:
        """Counters of texts that count: of those of one person who got the same texts twice, the fullest."""
        best: dict[tuple[int, str, int, int], Any] = {}
        for row in rows:
            shared = self._shared_texts.get(tuple(row[:4]))
            if shared is None:
                yield row
            elif shared not in best or tuple(row[4:]) > tuple(best[shared][4:]):
                best[shared] = row
        yield from best.values()

    def _name(self, identity: int, at: int) -> str:
        return self._person_at(identity, at) or f"{STRANGER}{identity}"


def by_day(days: Iterable[DayCount]) -> tuple[DayCount, ...]:
    """Counters of a pair, sorted: one of each direction, day and channel, whatever accounts they came by."""
    merged: list[DayCount] = []
    for each in sorted(days):
        last = merged[-1] if merged else None
        if last is None or (each.day, each.sender, each.channel) != (last.day, last.sender, last.channel):
            merged.append(each)
            continue
        sums = tuple(one + other for one, other in zip(last.counts, each.counts, strict=True))
        merged[-1] = DayCount(each.day, each.sender, each.recipient, each.channel, sums)
    return tuple(merged)
