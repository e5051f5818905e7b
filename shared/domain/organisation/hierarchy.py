"""The organisation as of an instant: who is whom, who reports to whom, who belongs where."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Final

from shared.domain.organisation.goals import Assignment, GoalTrees, PlacedGoal
from shared.domain.organisation.work_calendar import WorkCalendars

ORGANISATION: Final = "organisation"
"""The cohort of everybody."""
FOREVER: Final = 1 << 62
SINCE_EVER: Final = -(1 << 62)


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """A reporting line in force from `valid_from` (inclusive) to `valid_to` (exclusive), Unix seconds."""

    person: str
    valid_from: int
    valid_to: int
    manager: str  # empty at the top of the tree


@dataclass(frozen=True, slots=True, order=True)
class Link:
    """An identity that belongs to a person for a time."""

    identity: int
    valid_from: int
    valid_to: int
    person: str


@dataclass(frozen=True, slots=True, order=True)
class Membership:
    """Somebody is in the organisation or not, in a team or in none, for a time."""

    person: str
    valid_from: int
    valid_to: int
    active: bool
    team: str


@dataclass(frozen=True, slots=True, order=True)
class GoalRecord:
    """A goal as recorded: where it hangs in the tree, and which team or person owns it; empty for none."""

    goal: str
    parent: str
    team: str
    owner: str
    valid_from: int
    valid_to: int


@dataclass(frozen=True, slots=True)
class Chain:
    """Person, leader and leader's leader at one instant."""

    person: str
    leader: str
    skip: str


def _undisputed_lines(lines: Iterable[Line]) -> Iterable[Line]:
    """Lines, sorted. Where records name several leaders for the very same time, nobody is the leader."""
    for (person, since, until), same in groupby(sorted(lines), key=lambda each: (each.person, *_validity(each))):
        managers = {each.manager for each in same}
        yield Line(person, since, until, managers.pop() if len(managers) == 1 else "")


def _undisputed_links(links: Iterable[Link]) -> Iterable[Link]:
    """Links, sorted. Where records give an account to several people for the very same time, it is nobody's."""
    for (identity, since, until), same in groupby(sorted(links), key=lambda each: (each.identity, *_validity(each))):
        people = {each.person for each in same}
        yield Link(identity, since, until, people.pop() if len(people) == 1 else "")


def _validity(each: Line | Link) -> tuple[int, int]:
    return each.valid_from, each.valid_to


class Organisation:
    """Answers as-of questions for the scorer.

    Where validities overlap, the one that starts later counts. Of two records about the very same time neither does.
    `teams` gives the team of everybody who was always there and never changed it, empty for none; `memberships` are
    those of all others, of equal starts in the order in which they count.
    """

    def __init__(
        self,
        *,
        lines: Iterable[Line],
        links: Iterable[Link],
        teams: Mapping[str, str],
        memberships: Iterable[Membership] = (),
        goals: Iterable[GoalRecord] = (),
        calendars: WorkCalendars | None = None,
    ) -> None:
        self.calendars: Final = calendars or WorkCalendars()  # when people work
        self._always: Final = dict(teams)
        self._memberships: dict[str, list[Membership]] = defaultdict(list)
        for membership in sorted(memberships, key=lambda each: each.valid_from):
            self._memberships[membership.person].append(membership)
        changing = {person for person, own in self._memberships.items() if any(each.active for each in own)}
        # Everybody who was there at any time.
        self.people: Final = tuple(sorted(self._always.keys() | changing))
        self._lines: dict[str, list[Line]] = defaultdict(list)
        self._links: dict[int, list[Link]] = defaultdict(list)
        for line in _undisputed_lines(lines):
            self._lines[line.person].append(line)
        self._identities: dict[str, set[int]] = defaultdict(set)
        self._reports: dict[str, set[str]] = defaultdict(set)
        for link in _undisputed_links(links):
            self._links[link.identity].append(link)
            self._identities[link.person].add(link.identity)
        # Nearly every account is one person's for good, and every fact asks for both of its ends.
        self._sole: dict[int, str] = {
            identity: own[0].person if own[0].person in self._always else ""
            for identity, own in self._links.items()
            if len(own) == 1
            and own[0].valid_from <= SINCE_EVER
            and own[0].valid_to >= FOREVER
            and own[0].person not in self._memberships
        }
        recorded = sorted(goals)
        self.goals: Final = GoalTrees(
            PlacedGoal(each.valid_from, each.goal, each.parent) for each in recorded if each.parent
        )
        self._assigned: dict[tuple[str, str], list[Assignment]] = defaultdict(list)  # by kind of owner and key
        for each in recorded:
            for owner in (("team", each.team), ("person", each.owner)):
                self._assigned[owner].append(Assignment(each.goal, each.valid_from, each.valid_to))
        for person, own in self._lines.items():
            for line in own:
                self._reports[line.manager].add(person)

    def team(self, person: str, at: int) -> str | None:
        """The team of a person at an instant, empty for none; None for somebody who is not there then."""
        team = self._always.get(person)
        if team is not None:
            return team
        for each in reversed(self._memberships.get(person, ())):
            if each.valid_from <= at < each.valid_to:
                return each.team if each.active else None
        return None

    def is_member(self, person: str, at: int) -> bool:
        """Whether somebody is of the organisation at an instant."""
        return self.team(person, at) is not None

    def teams(self, at: int) -> dict[str, str]:
        """The team of everybody who is there at an instant, by person, sorted; empty for none."""
        found = {person: self.team(person, at) for person in self.people}
        return {person: team for person, team in found.items() if team is not None}

    def identities(self, people: Iterable[str]) -> set[int]:
        """Identities that belong to any of these people at any time."""
        return {identity for person in people for identity in self._identities.get(person, ())}

    def owners(self, identity: int) -> set[str]:
        """People an identity belongs to at any time."""
        return {link.person for link in self._links.get(identity, ())}

    def known_only_by(self, identities: frozenset[int]) -> frozenset[str]:
        """People all of whose identities are among these."""
        people = {person for identity in identities for person in self.owners(identity)}
        return frozenset(person for person in people if self._identities[person] <= identities)

    def below(self, people: Iterable[str]) -> set[str]:
        """Direct reports of these people and their direct reports, at any time: whose chains they can be part of."""
        direct = {report for person in people for report in self._reports.get(person, ())}
        return direct | {report for person in direct for report in self._reports.get(person, ())}

    def person(self, identity: int, at: int) -> str:
        """The person that an identity belonged to at an instant; empty when it is nobody's in the directory."""
        sole = self._sole.get(identity)
        if sole is not None:
            return sole
        for link in reversed(self._links.get(identity, ())):
            if link.valid_from <= at < link.valid_to:
                return link.person if self.is_member(link.person, at) else ""
        return ""

    def is_lasting(self, identity: int) -> bool:
        """Whether `person` gives the same answer for an identity at every instant."""
        return identity in self._sole

    def manager(self, person: str, at: int) -> str:
        """Manager of a person at an instant; empty at the top and for people without a line."""
        for line in reversed(self._lines.get(person, ())):
            if line.valid_from <= at < line.valid_to:
                # A line to oneself is how some HR systems mark the top of the tree.
                return "" if line.manager == person else line.manager
        return ""

    def managers(self, person: str) -> frozenset[str]:
        """Everybody whom a person ever reported to."""
        own = self._lines.get(person, ())
        return frozenset(line.manager for line in own if line.manager and line.manager != person)

    def reports(self, leader: str, at: int) -> tuple[str, ...]:
        """Who reports to a leader directly at an instant, sorted; only people who are there."""
        found = (person for person in self._reports.get(leader, ()) if self.is_member(person, at))
        return tuple(sorted(person for person in found if self.manager(person, at) == leader))

    def assigned_goals(self, person: str) -> frozenset[Assignment]:
        """Goals that a person owns, or their team while they are in it."""
        found = set(self._assigned.get(("person", person), ()))
        for begins, ends, team in self._teams_of(person):
            for each in self._assigned.get(("team", team), ()) if team else ():
                since, until = max(begins, each.valid_from), min(ends, each.valid_to)
                if since < until:
                    found.add(Assignment(each.goal, since, until))
        return frozenset(found)

    def _teams_of(self, person: str) -> Iterable[tuple[int, int, str]]:
        """From when to when somebody was in which team."""
        if person in self._always:
            return [(SINCE_EVER, FOREVER, self._always[person])]
        own = self._memberships.get(person, ())
        days = sorted({day for each in own for day in (each.valid_from, each.valid_to)})
        return [(day, until, team) for day, until in pairwise(days) if (team := self.team(person, day)) is not None]

    def chain(self, person: str, at: int) -> Chain | None:
        """The chain of a person at an instant; None when there is no leader's leader, or the tree loops."""
        leader = self.manager(person, at)
        skip = self.manager(leader, at) if leader else ""
        if not skip or skip == person:
            return None
        return Chain(person=person, leader=leader, skip=skip)

    def chains(self, at: int) -> tuple[Chain, ...]:
        """Every chain in force at an instant, by person."""
        found = (self.chain(person, at) for person in self.people)
        return tuple(chain for chain in found if chain is not None)
