"""Somebody joins or leaves a group, and whoever watches subtracts what was said before from what is said after.

Nothing else changes in 26 weeks, and the attackers know it: the others' values stand still, and whoever moves together
with the target is an accomplice, whose value they know. They are told over whom every figure is, and of the others what
they count as. As with sock puppets, every guess is given the best use that can be made of it.
"""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import pytest

from shared.domain.organisation.hierarchy import ORGANISATION
from shared.domain.release import panels
from shared.domain.release.aggregate import Aggregate
from shared.domain.release.lattice import Lattice, person_number
from shared.domain.release.steps import EVIDENCE_WEEKS, Steps
from tests.release.ledgers import STYLE, Book, styles
from tests.security.test_sock_puppets import LEAST_ERROR, MEAN, SPREAD, TARGETS, WEEKS, error

FIRST = 2900 // 4 * 4  # of a window
MOVES_IN = EVIDENCE_WEEKS + 8
PEOPLE = 60  # about so many, in groups of one size
TARGET = "target"


@dataclass(frozen=True, slots=True)
class Said:
    """A figure, over whom it is, and the steps."""

    figure: Aggregate
    people: frozenset[int]
    exact: bool
    steps: Steps


@dataclass(frozen=True, slots=True)
class World:
    """Groups of some size that one person and their accomplices join or leave; a name has the group in front."""

    size: int
    accomplices: int
    joins: bool

    def groups(self) -> list[str]:
        # Alone a group is the whole organisation as well, which is told of at once.
        return [f"t{number}" for number in range(1 if self.size >= 20 else PEOPLE // self.size)]

    def there(self, group: str, week: int) -> list[str]:
        stay = [f"{group} {number}" for number in range(self.size)]
        come = [f"{group} {TARGET}", *(f"{group} accomplice {number}" for number in range(self.accomplices))]
        return stay + come if self.joins is (week >= MOVES_IN) else stay

    def levels(self, chance: random.Random) -> dict[str, float]:
        names = {name for group in self.groups() for week in (0, MOVES_IN) for name in self.there(group, week)}
        return {name: min(max(chance.gauss(MEAN, SPREAD), 0.0), 100.0) for name in sorted(names)}

    def listen(self, levels: Mapping[str, float]) -> dict[str, list[Said]]:
        """Everything that is said of each group, and of all together where there is only one."""
        book, heard = Book(STYLE, strict=True), defaultdict(list)
        for week in range(EVIDENCE_WEEKS + WEEKS):
            teams = {name: group for group in self.groups() for name in self.there(group, week)}
            lattice = Lattice(teams=teams, parents=dict.fromkeys(teams.values()))
            book.release(FIRST + week, lattice, styles((name, levels[name]) for name in teams))
            for cohort, shown in book.decision.shown.items():
                group = self.groups()[0] if cohort == ORGANISATION and len(self.groups()) == 1 else cohort
                people = book.panels[shown.panel].people
                heard[group].append(Said(shown.numbers, people, shown.exact, book.steps))
        return heard


def by_subtraction(said: Sequence[Said], target: int, known: Mapping[int, float]) -> float:
    """What is said with them less what is said without, and less the accomplices, on the average of all weeks."""
    with_them = [each for each in said if target in each.people]
    without = [each for each in said if target not in each.people]
    if not with_them or not without:
        return MEAN
    found = _total(with_them) - _total(without)
    came, went = with_them[0].people - without[0].people, without[0].people - with_them[0].people
    return found - sum(known[each] for each in came - {target}) + sum(known[each] for each in went)


def by_steps(said: Sequence[Said], target: int, known: Mapping[int, float]) -> float:
    """What is said of steps less what everybody else counts as."""
    found = [
        len(each.people) * each.figure.mean - sum(each.steps.value(one, known[one]) for one in each.people - {target})
        for each in said
        if target in each.people and not each.exact
    ]
    return fmean(found) if found else MEAN


def _total(said: Sequence[Said]) -> float:
    return fmean(len(each.people) * each.figure.mean for each in said)


def errors(world: World) -> dict[str, float]:
    """What is left of the target's value to guess, by attack."""
    guesses: dict[str, list[float]] = defaultdict(list)
    truths: list[float] = []
    seed = 0
    while len(truths) < TARGETS:
        seed += 1
        levels = world.levels(random.Random(seed))
        known = {person_number(name): level for name, level in levels.items()}
        heard = world.listen(levels)
        assert heard, "there is nothing to attack"
        for group in world.groups():
            target = f"{group} {TARGET}"
            truths.append(levels[target])
            for attack in (by_subtraction, by_steps):
                guesses[attack.__name__].append(attack(heard[group], person_number(target), known))
    return {attack: error(found, truths) for attack, found in guesses.items()}


@pytest.mark.parametrize("joins", [True, False], ids=["joins", "leaves"])
@pytest.mark.parametrize(("size", "accomplices"), [(5, 0), (12, 4), (24, 0), (24, 4)])
def test_whoever_joins_or_leaves_is_not_found(size: int, accomplices: int, joins: bool) -> None:  # noqa: FBT001
    found = errors(World(size, accomplices, joins))
    assert {attack: left for attack, left in found.items() if left < LEAST_ERROR} == {}


@pytest.mark.parametrize("joins", [True, False], ids=["joins", "leaves"])
def test_they_would_be(joins: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001 - a parameter
    """Why what is released is checked against everything that was."""
    monkeypatch.setattr(panels, "_told_apart", lambda *_: False)
    monkeypatch.setattr(panels, "clear", lambda _history, candidates, _enough: set(candidates))
    assert errors(World(24, 0, joins))["by_subtraction"] < LEAST_ERROR
