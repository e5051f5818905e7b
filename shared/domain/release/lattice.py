"""The cohorts there are: every node of the organisation, with everybody in it and below. There are no others."""

from collections.abc import Collection, Iterable, Mapping
from hashlib import blake2b
from types import MappingProxyType
from typing import Final

from shared.domain.organisation.hierarchy import ORGANISATION

_PERSON_BYTES: Final = 8


def person_number(person: str) -> int:
    """The number a person has in panels: 64 bits of a digest, so that what was released names nobody."""
    return int.from_bytes(blake2b(person.encode(), digest_size=_PERSON_BYTES).digest())


def units_above(parents: Mapping[str, str | None]) -> dict[str, str]:
    """The cohort right around each team: the one that it belongs to, or the whole organisation."""
    return {team: parent or ORGANISATION for team, parent in parents.items()}


class Lattice:
    """The organisation as recorded at a release.

    `members` holds the people of every cohort, by number; `below` the cohorts right below each; `leaders` everybody
    whom each person ever reported to, people and leaders by number.
    """

    def __init__(
        self,
        *,
        teams: Mapping[str, str],
        parents: Mapping[str, str | None],
        leaders: Mapping[str, Collection[str]] = MappingProxyType({}),
    ) -> None:
        """`teams` gives everybody's team, empty for none; `parents` the team that a team belongs to."""
        self.people: Final = {person_number(person): person for person in teams}
        numbers = {person: number for number, person in self.people.items()}
        self.leaders: Final[Mapping[int, frozenset[int]]] = {
            number: frozenset(numbers.get(leader) or person_number(leader) for leader in own)
            for person, number in numbers.items()
            if (own := leaders.get(person))
        }
        named = {team for team in (*parents, *parents.values(), *teams.values()) if team}
        by_cohort: dict[str, set[int]] = {cohort: set() for cohort in (ORGANISATION, *named)}
        for number, person in self.people.items():
            for cohort in (ORGANISATION, *_upward(teams[person], parents)):
                by_cohort[cohort].add(number)
        self.members: Final[Mapping[str, frozenset[int]]] = {
            cohort: frozenset(people) for cohort, people in sorted(by_cohort.items())
        }
        self.below: Final[dict[str, list[str]]] = {cohort: [] for cohort in self.members}
        for cohort in self.members:
            if cohort != ORGANISATION:
                self.below[parents.get(cohort) or ORGANISATION].append(cohort)


def _upward(team: str, parents: Mapping[str, str | None]) -> Iterable[str]:
    """A team and those it lies in; a loop in the data ends where it began."""
    seen: dict[str, None] = {}
    at: str | None = team
    while at and at not in seen:
        seen[at] = None
        at = parents.get(at)
    return seen
