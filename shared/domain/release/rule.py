"""The one rule of release: over whom a measure is told, and to whom. Every surface tells what it lets through.

* Measures of escalation are told of at least ten people, in the chains of at least three leaders, none of whom has more
  than 60 % of the people: two could each subtract their own. They are told to everybody or to nobody.
* Of what leaders do, and of relationships, five people are enough. Relationships of fewer than ten are not for leaders,
  nor for Grafana, which leaders may look at.

The same holds for whatever can be worked out by adding and subtracting all that was ever told (`Enough`).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from shared.domain.signals.signal import Signal

_FEWEST_LEADERS: Final = 3
_FEWEST_PEOPLE: Final = 10
_LARGEST_PART: Final = 0.6
"""Of the people of a measure of escalation, that report to one leader."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Fewest people of anything that can be known: to those who may see aggregates, and to leaders."""

    k: int = 5
    k_leader: int = 10


@dataclass(frozen=True, slots=True)
class Enough:
    """Whether people are so many that something may be known of them together; more people are never fewer.

    With `leaders`, everybody's by person, whatever leader is left out, so many people of at least two others must be
    left as leave a group of `k` with one leader at their largest part. People whose leaders are not known do not count.
    """

    k: int
    leaders: Mapping[int, Collection[int]] | None = None

    def __call__(self, people: Collection[int]) -> bool:
        """Whether these are enough."""
        if self.leaders is None or len(people) < self.k:
            return len(people) >= self.k
        known = [person for person in people if person in self.leaders]
        led = Counter(leader for person in known for leader in self.leaders[person])
        least = self.k - int(self.k * _LARGEST_PART)
        if len(known) < self.k or any(len(known) - count < least for count in led.values()):
            return False
        # Of two leaders who have all between them, one has half.
        return not any(
            frozenset.intersection(
                *(frozenset(self.leaders[each]) for each in known if leader not in self.leaders[each])
            )
            for leader, count in led.items()
            if 2 * count >= len(known)
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """How many people a measure is told of: at all, and to everybody, leaders and Grafana included.

    With `by_leaders` it counts in whose chains they are, and the measure is told to everybody or not at all.
    """

    fewest: int
    fewest_for_everybody: int
    by_leaders: bool = False

    def for_everybody(self, leaders: Mapping[int, Collection[int]]) -> Enough:
        """What must be left of anything that everybody is told, given everybody's leaders."""
        return Enough(self.fewest_for_everybody, leaders if self.by_leaders else None)

    def leaders_allow(self, leaders: Iterable[Collection[int]]) -> bool:
        """Whether a measure may be told of people with these leaders, each as of now."""
        if not self.by_leaders:
            return True
        of_each = list(leaders)
        led = Counter(leader for own in of_each for leader in own)
        return len(led) >= _FEWEST_LEADERS and max(led.values()) <= _LARGEST_PART * len(of_each)


def rule_of(signal: Signal, limits: Limits) -> Rule:
    """The rule for a signal."""
    match signal.family:
        case "escalation":
            fewest = max(limits.k_leader, _FEWEST_PEOPLE)
            return Rule(fewest, fewest, by_leaders=True)
        case "leading":
            return Rule(limits.k, limits.k)
        case _:
            return Rule(limits.k, limits.k_leader)


def smallest_shown_above(cohort: str, parents: Mapping[str, str], shown: Collection[str]) -> str | None:
    """The smallest unit around a cohort of which a measure is shown; None where there is none.

    `parents` gives the unit right around each. A loop in the data ends where it began.
    """
    seen = {cohort}
    at = parents.get(cohort)
    while at is not None and at not in seen:
        if at in shown:
            return at
        seen.add(at)
        at = parents.get(at)
    return None
