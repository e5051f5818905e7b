"""What interactions change in the store: facts to add and facts to take back, by identity."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from shared.domain.facts.history import COUNTERS
from shared.domain.week import week_of_day

PairDayKey = tuple[str, str, int, int]  # sender, recipient, day, channel
ContactFact = tuple[int, int, int, int, int, int, int, str]
"""A row of `tables.ContactRow`, made at once: most of what comes in is contacts."""


class Identities(dict[str, int]):
    """Numbers of identities. An unknown identity gets a negative number until a `FactStore` stores it."""

    def __init__(self) -> None:
        """Nobody is known."""
        super().__init__()
        self.new: Final[list[str]] = []

    def __missing__(self, key: str) -> int:
        """Give a number to somebody new."""
        self.new.append(key)
        number = self[key] = -len(self.new)
        return number

    def forget(self) -> None:
        """Drop everything."""
        self.clear()
        self.new.clear()


# Without cycles: the garbage collector need not look at them (gc=False).
class MeetingFact(msgspec.Struct, frozen=True, gc=False):
    """See `tables.MeetingRow`."""

    locator: int
    start: int
    end: int
    organiser: str
    people: tuple[str, ...]
    invited: tuple[str, ...]
    series: int
    original_start: int
    cancelled: bool
    changed_by: str | None
    changed_at: int


class StepFact(msgspec.Struct, frozen=True, gc=False):
    """See `tables.TicketStepRow`."""

    actor: str
    target: str
    at: int
    step: int
    locator: int
    ticket: int


class MoveFact(msgspec.Struct, frozen=True, gc=False):
    """See `work_tables.TicketMoveRow`; people are identities, empty for nobody."""

    ticket: str
    at: int
    locator: int
    move: int
    actor: str
    reporter: str
    assignee: str
    waits: bool
    priority: int
    due: int
    group: str


@dataclass(slots=True)
class Facts:
    """A set of facts to add, or to take back."""

    contacts: list[ContactFact] = field(default_factory=list)
    meetings: list[MeetingFact] = field(default_factory=list)
    steps: list[StepFact] = field(default_factory=list)
    moves: list[MoveFact] = field(default_factory=list)


@dataclass(slots=True)
class FactDelta:
    """What one batch changes: counters add up (negative ones take back), the rest is added and removed.

    Contacts are by the integers that `ids` gives, everything else is by identity. Contacts count as what they are: what
    they add to a pair, day and channel is not stored a second time (see `pair_days`).
    """

    ids: Identities
    counts: dict[PairDayKey, list[int]] = field(default_factory=dict)  # COUNTERS, but for contacts
    goal_steps: dict[tuple[str, int, str], int] = field(default_factory=dict)  # identity, week, goal
    texts: dict[PairDayKey, list[int]] = field(default_factory=dict)  # empty unless texts were read
    added: Facts = field(default_factory=Facts)
    removed: Facts = field(default_factory=Facts)
    touched: dict[str, int] = field(default_factory=dict)  # identity -> earliest day
    marked: dict[int, int] = field(default_factory=dict)  # the same by integer
    tickets: dict[str, int] = field(default_factory=dict)  # ticket -> earliest day
    named: set[str] = field(default_factory=set)  # identities whose own readings stay as they are

    def count(self, key: PairDayKey, counter: int, amount: int) -> None:
        """Add to a counter of a pair, day and channel, and mark both people."""
        counts = self.counts.get(key)
        if counts is None:
            counts = self.counts[key] = [0] * len(COUNTERS)
            self.touch(key[0], key[2])
            self.touch(key[1], key[2])
        counts[counter] += amount

    def mark(self, number: int, day: int) -> None:
        """Mark the readings of an identity, given by its number, as out of date from a day on."""
        if self.marked.get(number, day) >= day:
            self.marked[number] = day

    def renumber(self, numbers: Mapping[int, int]) -> None:
        """Replace the temporary numbers of identities by the stored ones."""

        def of(number: int) -> int:
            return numbers.get(number, number)

        self.marked = {of(number): day for number, day in self.marked.items()}
        for facts in (self.added, self.removed):
            facts.contacts = [
                (of(one), of(other), at, place, channel, thread, marks, _renumbered(others, of))
                for one, other, at, place, channel, thread, marks, others in facts.contacts
            ]

    def count_texts(self, key: PairDayKey, amounts: Sequence[int], sign: int) -> None:
        """Add counters of a text, or take them back; the people are marked by the contact that it belongs to."""
        counts = self.texts.get(key)
        if counts is None:
            counts = self.texts[key] = [0] * len(amounts)
        for index, amount in enumerate(amounts):
            counts[index] += sign * amount

    def touch(self, identity: str, day: int) -> None:
        """Mark the readings of an identity as out of date from a day on."""
        known = self.touched.get(identity)
        if known is None or day < known:
            self.touched[identity] = day

    def work(self, identity: str, day: int, goal: str, amount: int) -> None:
        """Add to what an identity did under a goal in the week of a day, and mark it."""
        key = (identity, week_of_day(day), goal)
        self.goal_steps[key] = self.goal_steps.get(key, 0) + amount
        self.touch(identity, day)

    def touch_ticket(self, ticket: str, day: int) -> None:
        """Mark the readings of a ticket as out of date from a day on."""
        self.tickets[ticket] = min(day, self.tickets.get(ticket, day))


def _renumbered(others: str, of: Callable[[int], int]) -> str:
    return ",".join(str(of(int(each))) for each in others.split(",")) if others else ""
