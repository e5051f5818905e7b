"""Whether some groups of people are alerted more often than others where nothing is wrong."""

import math
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tests.bench.alerts.shipped_rule import RULE, alerts, lowered
from tests.bench.alerts.worlds import Groups, WorldResult, watched_again

# With the floor where healthy companies raise so many alerts per 100 people and week: enough to compare groups.
WANTED_RATE: Final = 2.0
_HALVINGS: Final = 9
_DRAWS: Final = 300
_UPPER: Final = 0.95
_FEWEST_WORLDS: Final = 6  # choice: a bootstrap over fewer companies says nothing of how they differ
GROUPS: Final[Mapping[str, Callable[[Groups], bool]]] = {
    "teams of 8 and more": lambda each: each.team_size > 7,
    "teams of 5 and fewer": lambda each: 0 < each.team_size < 6,
    "who came lately": lambda each: each.joined_week > 0,
    "part-time": lambda each: each.part_time,
    "other time zones": lambda each: each.abroad,
    "who asks much": lambda each: each.talk > 1.5,
}


@dataclass(frozen=True, slots=True)
class Compared:
    """How many times as often as the others a group is alerted, with the upper bound of a bootstrap over companies."""

    group: str
    people: int
    ratio: float | None
    upper: float | None


@dataclass(frozen=True, slots=True)
class Fairness:
    """Groups compared at a floor, and the alerts per 100 people and week there."""

    floor: float
    rate: float
    groups: tuple[Compared, ...]


def fairness(worlds: Sequence[WorldResult]) -> Fairness:
    """Groups of healthy companies compared. The rate is not the wanted one where no floor that was kept reaches it."""
    low, high = math.log(RULE.floor / 8), math.log(RULE.floor * 8)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _rate(worlds, _alerted(worlds, math.exp(middle))) > WANTED_RATE else (low, middle)
    alerted = _alerted(worlds, math.exp(high))
    groups = tuple(_compared(worlds, alerted, group) for group in GROUPS)
    return Fairness(math.exp(high), _rate(worlds, alerted), groups)


def _alerted(worlds: Sequence[WorldResult], floor: float) -> list[Counter[str]]:
    """How often each person is alerted, by world."""
    rule = lowered(floor)
    return [
        Counter(each.people[0] for each in alerts(rule, watched_again(world), range(1, world.weeks + 1)))
        for world in worlds
    ]


def _rate(worlds: Sequence[WorldResult], alerted: Sequence[Counter[str]]) -> float:
    return 100 * sum(each.total() for each in alerted) / sum(world.people * world.weeks for world in worlds)


def _compared(worlds: Sequence[WorldResult], alerted: Sequence[Counter[str]], group: str) -> Compared:
    belongs = GROUPS[group]
    sums = []
    for world, counted in zip(worlds, alerted, strict=True):
        inside = {person for person, each in world.groups.items() if belongs(each)}
        own = sum(counted[person] for person in inside)
        sums.append((own, len(inside), counted.total() - own, world.people - len(inside)))
    rng = random.Random(1)
    drawn = sorted(ratio for _ in range(_DRAWS) if (ratio := _ratio(rng.choices(sums, k=len(sums)))) is not None)
    upper = drawn[int(_UPPER * (len(drawn) - 1))] if drawn and len(worlds) >= _FEWEST_WORLDS else None
    return Compared(group, sum(each[1] for each in sums), _ratio(sums), upper)


def _ratio(sums: Sequence[tuple[int, int, int, int]]) -> float | None:
    own, inside, other, outside = (sum(each[place] for each in sums) for place in range(4))
    return (own / inside) / (other / outside) if inside and other else None
