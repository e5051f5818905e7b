"""What a story can change in the world, and the teams in which it can happen."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from services.simulator.company import Company, Unit

Habit = Literal[
    "starts",  # how often the actor starts a conversation with the other
    "answers",  # how often the actor answers the other
    "delay",  # how long the actor takes to answer the other
    "acknowledges",  # how often the actor's answers open by acknowledging
    "cancels",  # how often the actor cancels a one-to-one with the other
    "moves",  # how often the actor moves a one-to-one with the other
]


@dataclass(frozen=True, slots=True)
class Change:
    """From a week on, a habit of `actor` toward `other` is multiplied by `factor`."""

    habit: Habit
    actor: str
    other: str
    from_week: int
    factor: float


@dataclass(frozen=True, slots=True)
class Approach:
    """In a week, a person writes to somebody above their leader, unasked and without the leader."""

    person: str
    above: str
    week: int


@dataclass(frozen=True, slots=True)
class Tangle:
    """From a week on, `per_week` tickets go back and forth between two people and are reopened."""

    reporter: str
    assignee: str
    from_week: int
    per_week: float


@dataclass(frozen=True, slots=True)
class Move:
    """From the Monday of a week on, people report to another leader."""

    people: tuple[str, ...]
    old: str
    new: str
    week: int


@dataclass(frozen=True, slots=True)
class Leave:
    """From the Monday of a week on, people are away for so many weeks."""

    people: tuple[str, ...]
    from_week: int
    weeks: int


@dataclass(frozen=True, slots=True)
class Joining:
    """On the Monday of a week, somebody begins to work here."""

    person: str
    week: int


@dataclass(frozen=True, slots=True)
class Planted:
    """The planted truth of one story: who it happened to, from which week, and what was changed."""

    story: str
    from_week: int
    people: Mapping[str, tuple[str, ...]]  # by their part in the story
    changes: tuple[Change, ...] = ()
    approaches: tuple[Approach, ...] = ()
    tangles: tuple[Tangle, ...] = ()
    move: Move | None = None
    leave: Leave | None = None
    joining: Joining | None = None


@dataclass(slots=True)
class Pool:
    """The teams that no story has happened in yet, so that stories do not meet."""

    company: Company
    weeks: int
    _free: list[Unit] = field(init=False)

    def __post_init__(self) -> None:
        """Offer every team that one leader leads alone; a leader of two teams would carry a story into both."""
        leaders = [unit.leader for unit in self.company.teams]
        self._free = [unit for unit in self.company.teams if leaders.count(unit.leader) == 1]

    def ago(self, weeks: int) -> int:
        """The week that is so many weeks before the end, but never one in the first half of a short world."""
        return max(self.weeks - weeks, self.weeks // 2)

    def take(self) -> Unit:
        """Take a team that is free. Raises ValueError when there is none."""
        if not self._free:
            raise ValueError("the company is too small for so many stories: give it more people or fewer stories")
        return self._free.pop(0)

    def take_sisters(self) -> tuple[Unit, Unit]:
        """Take two free teams that work together. Raises ValueError when there are none."""
        for unit in self._free:
            sister = self.company.sister(unit)
            if sister in self._free and sister != unit:
                self._free.remove(unit)
                self._free.remove(sister)
                return unit, sister
        raise ValueError("the company has no two free teams that work together: give it more people or fewer stories")

    def take_smallest(self) -> Unit:
        """Take the smallest free team. Raises ValueError when there is none."""
        return self._take_first_by(lambda unit: len(unit.people))

    def take_largest(self) -> Unit:
        """Take the largest free team. Raises ValueError when there is none."""
        return self._take_first_by(lambda unit: -len(unit.people))

    def _take_first_by(self, order: Callable[[Unit], int]) -> Unit:
        self._free.sort(key=lambda unit: (order(unit), unit.key))
        taken = self.take()
        self._free.sort(key=lambda unit: unit.key)
        return taken
