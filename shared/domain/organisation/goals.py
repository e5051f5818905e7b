"""The tree of goals: who works towards what, and where two people's work meets, at its own level or higher up."""

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

from shared.domain.evidence.weighing import WINDOW_DAYS, first_day
from shared.domain.week import week_of, week_of_day

GoalWeek = tuple[int, str, int]
"""A week, a goal, and how many steps of tickets under it somebody took or held."""


@dataclass(frozen=True, slots=True, order=True)
class CommonGoal:
    """A goal that two people share, and how many levels above the own goal of each it lies."""

    levels: int  # of the one further down
    levels_together: int
    goal: str


@dataclass(frozen=True, slots=True, order=True)
class Assignment:
    """Somebody, or their team, owns a goal from one instant (inclusive) to another (exclusive)."""

    goal: str
    valid_from: int
    valid_to: int


@dataclass(frozen=True, slots=True)
class Shares:
    """Share of somebody's work by goal, and the same one level higher; each sums to one, or is empty."""

    own: Mapping[str, float]
    higher: Mapping[str, float]
    steps: int  # that say so; 0 when they are the assigned goals


class GoalTree:
    """Goals and their parents. A goal that is its own ancestor, by a mistake in the records, ends the climb."""

    def __init__(self, parents: Mapping[str, str]) -> None:
        self._parents: Final = dict(parents)

    def parent(self, goal: str) -> str:
        """The goal one level higher; the goal itself at the top, or when its parent is not known."""
        return self._parents.get(goal) or goal

    def path(self, goal: str) -> tuple[str, ...]:
        """The goal and everything above it, lowest first."""
        climbed = [goal]
        while (above := self.parent(climbed[-1])) not in climbed:
            climbed.append(above)
        return tuple(climbed)


@dataclass(frozen=True, slots=True, order=True)
class PlacedGoal:
    """Where a goal hangs, from an instant on."""

    valid_from: int
    goal: str
    parent: str


class GoalTrees:
    """The tree of goals as it was at any instant: where goals will hang later does not show."""

    def __init__(self, placed: Iterable[PlacedGoal] = ()) -> None:
        self._placed: Final = sorted(placed)
        self._known: Final[dict[int, GoalTree]] = {}

    def at(self, as_of: int) -> GoalTree:
        """The tree as of an instant. A goal that has ended hangs where it did."""
        begun = bisect_right(self._placed, as_of, key=attrgetter("valid_from"))
        found = self._known.get(begun)
        if found is None:
            found = self._known[begun] = GoalTree({each.goal: each.parent for each in self._placed[:begun]})
        return found


NO_GOALS: Final = GoalTrees()


def nearest_common_goal(tree: GoalTree, ones: Iterable[str], others: Iterable[str]) -> CommonGoal | None:
    """The shared goal of two people, of whom each works towards some goals; None when nothing is shared up to the top.

    Nearest is the fewest levels up for whoever has to climb further, then the fewest for both, then the first by key.
    """
    one, other = _levels(tree, ones), _levels(tree, others)
    shared = (
        CommonGoal(levels=max(one[goal], other[goal]), levels_together=one[goal] + other[goal], goal=goal)
        for goal in one.keys() & other.keys()
    )
    return min(shared, default=None)


def _levels(tree: GoalTree, goals: Iterable[str]) -> dict[str, int]:
    """Every goal that these lie under, with the fewest levels up to it."""
    found: dict[str, int] = {}
    for goal in goals:
        for level, above in enumerate(tree.path(goal)):
            found[above] = min(level, found.get(above, level))
    return found


class Work:
    """What one person works on at any time: steps of tickets by goal and week, or goals of the person and their team.

    Signals see the `Shares` of an instant only.
    """

    __slots__ = ("_assigned", "_trees", "_weeks", "_windows")

    def __init__(self, trees: GoalTrees, weeks: Iterable[GoalWeek] = (), assigned: Iterable[Assignment] = ()) -> None:
        """`assigned` are goals that the person or their team owns: they stand in where no ticket names a goal."""
        self._trees: Final = trees
        self._weeks: Final = tuple(sorted(weeks))
        self._assigned: Final = tuple(sorted(assigned))
        self._windows: Final[dict[int, Shares]] = {}

    def shares(self, as_of: int) -> Shares:
        """How the work of the ISO weeks of the last 28 days is spread over goals.

        Pairs ask for the same instant over and over, so the answer is kept.
        """
        found = self._windows.get(as_of)
        if found is None:
            found = self._windows[as_of] = self._shares(as_of)
        return found

    def _shares(self, as_of: int) -> Shares:
        first, last = week_of_day(first_day(as_of, WINDOW_DAYS)), week_of(as_of)
        steps: dict[str, int] = {}
        for week, goal, count in self._weeks:
            if first <= week <= last and count > 0:
                steps[goal] = steps.get(goal, 0) + count
        seen = sum(steps.values())
        if not seen:
            steps = {each.goal: 1 for each in self._assigned if each.valid_from <= as_of < each.valid_to}
        total = sum(steps.values())
        higher: dict[str, int] = {}
        tree = self._trees.at(as_of)
        for goal, count in sorted(steps.items()):
            above = tree.parent(goal)
            higher[above] = higher.get(above, 0) + count
        return Shares(
            own={goal: count / total for goal, count in sorted(steps.items())},
            higher={goal: count / total for goal, count in sorted(higher.items())},
            steps=seen,
        )


NO_WORK: Final = Work(NO_GOALS)
NO_SHARES: Final = Shares({}, {}, 0)


def overlap(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """How much of the work of two people lies under the same goals: sum of the smaller shares, 0 to 1."""
    if len(other) < len(one):
        one, other = other, one
    return math.fsum([min(share, other.get(goal, 0.0)) for goal, share in one.items()])
