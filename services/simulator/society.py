"""The company over time: reporting lines, who works with whom, and how stories change people's habits."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import permutations
from typing import Final, Literal

from services.simulator.chance import stream
from services.simulator.company import LEADERSHIP, Company, Member, Unit, found
from services.simulator.planting import Change, Habit, Planted, Pool
from services.simulator.scenario import Scenario
from services.simulator.stories import planted
from services.simulator.timeline import Timeline

Kind = Literal["up", "down", "mates", "partners", "peers", "skip_down", "skip_up", "sponsored", "former"]


@dataclass(frozen=True, slots=True)
class Manner:
    """How people in a kind of relation write: threads a week, share of questions, share of mail."""

    per_week: float
    asks: float
    by_mail: float


# Together about three messages per person and working day, which is what makes half a year of 120 people a demo.
MANNERS: Final[Mapping[Kind, Manner]] = {
    "up": Manner(1.5, 0.6, 0.2),
    "down": Manner(1.2, 0.5, 0.2),
    "mates": Manner(0.5, 0.5, 0.05),
    "partners": Manner(0.45, 0.55, 0.4),
    "peers": Manner(0.6, 0.5, 0.3),
    # The leader's leader writes now and then; people write to them with their leader, and seldom without.
    "skip_down": Manner(0.05, 0.6, 0.5),
    "sponsored": Manner(0.06, 0.4, 0.7),
    "skip_up": Manner(0.008, 0.5, 0.5),
    "former": Manner(0.7, 0.5, 0.2),
}


@dataclass(frozen=True, slots=True)
class Tenure:
    """A person reports to a manager from a week (inclusive) to a week (exclusive)."""

    person: Member
    manager: Member
    from_week: int
    to_week: int
    first: bool  # in force since ever
    last: bool  # in force until further notice


@dataclass(frozen=True, slots=True)
class Relation:
    """`actor` starts conversations with `other`, in those weeks; `along` is addressed as well."""

    kind: Kind
    actor: Member
    other: Member
    from_week: int
    to_week: int
    along: Member | None = None


class Conduct:
    """How somebody behaves toward somebody else in a week, compared with what is usual for them."""

    def __init__(self, changes: tuple[Change, ...]) -> None:
        self._changes: Final[dict[tuple[Habit, str, str], list[Change]]] = defaultdict(list)
        for change in changes:
            self._changes[change.habit, change.actor, change.other].append(change)

    def factor(self, habit: Habit, *, actor: Member, other: Member, week: int) -> float:
        """What a habit is multiplied by; 1 where no story changes it."""
        factor = 1.0
        for change in self._changes.get((habit, actor.key, other.key), ()):
            if week >= change.from_week:
                factor *= change.factor
        return factor


@dataclass(frozen=True, slots=True)
class Society:
    """Everything the channels are generated from."""

    scenario: Scenario
    timeline: Timeline
    company: Company
    planted: tuple[Planted, ...]
    tenures: tuple[Tenure, ...]
    relations: tuple[Relation, ...]
    conduct: Conduct
    joined: Mapping[str, int]  # week in which somebody began to work here, for those who came later

    def there(self, people: Iterable[str], week: int) -> tuple[str, ...]:
        """Those who have joined by that week."""
        return tuple(person for person in people if self.joined.get(person, 0) <= week)


def settle(scenario: Scenario) -> Society:
    """Found the company and cast its stories. Raises ValueError when it is too small for them."""
    timeline = Timeline.until(scenario.ends_at, weeks=scenario.weeks)
    company = found(seed=scenario.seed, people=scenario.people, timeline=timeline)
    stories = planted(scenario.stories, Pool(company, scenario.weeks))
    company = _away(company, stories)
    joined = {story.joining.person: story.joining.week for story in stories if story.joining}
    tenures = _tenures(company, stories, joined, end=scenario.weeks + 1)
    return Society(
        scenario=scenario,
        timeline=timeline,
        company=company,
        planted=stories,
        tenures=tenures,
        relations=(*_lines(tenures), *_colleagues(company, joined, seed=scenario.seed, end=scenario.weeks + 1)),
        conduct=Conduct(tuple(change for story in stories for change in story.changes)),
        joined=joined,
    )


def skip_levels(tenures: tuple[Tenure, ...]) -> list[tuple[Tenure, Member]]:
    """Each tenure with the manager's manager. A story moves people, but never a manager."""
    managers = {tenure.person.key: tenure.manager for tenure in tenures if tenure.last}
    return [(tenure, managers[tenure.manager.key]) for tenure in tenures if tenure.manager.key in managers]


def _away(company: Company, stories: tuple[Planted, ...]) -> Company:
    """The company with the days off that stories bring: on leave, and before somebody came."""
    off: dict[str, range] = {}
    for story in stories:
        if story.leave is not None:
            weeks = range(story.leave.from_week * 7, (story.leave.from_week + story.leave.weeks) * 7)
            off |= dict.fromkeys(story.leave.people, weeks)
        if story.joining is not None:
            off[story.joining.person] = range(story.joining.week * 7)
    members = {
        key: replace(member, away=member.away | set(off[key])) if key in off else member
        for key, member in company.members.items()
    }
    return replace(company, members=members)


def _tenures(
    company: Company, stories: tuple[Planted, ...], joined: Mapping[str, int], *, end: int
) -> tuple[Tenure, ...]:
    moves = {person: story.move for story in stories if story.move for person in story.move.people}
    tenures = []
    for person, manager in company.managers.items():
        if manager is None:
            continue
        member, leader = company.members[person], company.members[manager]
        move = moves.get(person)
        if move is None:
            since = joined.get(person, 0)
            tenures.append(Tenure(member, leader, since, end, first=since == 0, last=True))
        else:
            new = company.members[move.new]
            tenures.append(Tenure(member, leader, 0, move.week, first=True, last=False))
            tenures.append(Tenure(member, new, move.week, end, first=False, last=True))
    return tuple(tenures)


def _lines(tenures: tuple[Tenure, ...]) -> list[Relation]:
    """Contact along reporting lines and past them, and with a former leader."""
    relations = []
    end = max(tenure.to_week for tenure in tenures)
    for tenure in tenures:
        person, manager, weeks = tenure.person, tenure.manager, (tenure.from_week, tenure.to_week)
        relations += [Relation("up", person, manager, *weeks), Relation("down", manager, person, *weeks)]
        if not tenure.last:
            since = (tenure.to_week, end)
            relations += [Relation("former", person, manager, *since), Relation("former", manager, person, *since)]
    for tenure, above in skip_levels(tenures):
        person, weeks = tenure.person, (tenure.from_week, tenure.to_week)
        relations += [
            Relation("skip_down", above, person, *weeks),
            Relation("sponsored", person, above, *weeks, along=tenure.manager),
            Relation("skip_up", person, above, *weeks),
        ]
    return relations


def _colleagues(company: Company, joined: Mapping[str, int], *, seed: int, end: int) -> list[Relation]:
    """Contact within a team, between neighbouring teams, and among those who lead."""
    members = company.members
    pairs: dict[tuple[str, str], Kind] = {}
    for team in company.teams:
        people = _without_leader(team)
        for index, person in enumerate(people):
            # Everybody works closest with the two who come next, so with four in all.
            for mate in {people[(index + step) % len(people)] for step in (1, 2)} - {person}:
                pairs[person, mate] = pairs[mate, person] = "mates"
        sister = _without_leader(company.sister(team))
        rng = stream(seed, "partners", team.key)
        for person in people:
            partner = rng.choice(sister)
            pairs[person, partner] = pairs[partner, person] = "partners"
    heads = next(unit.people for unit in company.units if unit.key == LEADERSHIP)
    for head in heads:
        for pair in permutations(company.reports(head), 2):
            pairs[pair] = "peers"
    return [
        Relation(kind, members[a], members[b], max(joined.get(a, 0), joined.get(b, 0)), end)
        for (a, b), kind in sorted(pairs.items())
    ]


def _without_leader(team: Unit) -> list[str]:
    return [person for person in team.people if person != team.leader]
