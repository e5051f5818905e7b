"""The invented company: people with habits, a tree of leaders, teams and goals."""

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from services.simulator.chance import stream
from services.simulator.names import DEPARTMENTS, FIRST_NAMES, SURNAMES, TEAMS
from services.simulator.timeline import HOUR, WORKDAYS, Timeline

Role = Literal["chief", "head", "leader", "member"]

PEOPLE_PER_TEAM: Final = 6.4  # a leader and 5.4 people: spans of 4 to 8
TEAMS_PER_HEAD: Final = 4.6
FEWEST_HEADS: Final = 2
MOST_HEADS: Final = 9  # the widest span anybody has
# From here on there are 16 teams, so four heads with four leaders each: every span is 4 or more.
FULL_TREE_PEOPLE: Final = 105
FULL_TREE_HEADS: Final = 4
SMALLEST_SPAN: Final = 4
# One leader has two teams: their own, and this one of four people, too small to publish anything about.
SMALL_TEAM: Final = 4
LEADERSHIP: Final = "leadership"
WEEKLY: Final = 0.4


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who works here, and their habits."""

    key: str
    name: str
    role: Role
    team: str
    mail: str
    chat: str
    ticket: str
    opens: int  # second of the day, UTC
    away: frozenset[int]
    talk: float  # how much they start, 1 is usual
    answers: float  # share of what they are asked that they answer
    delay_hours: float  # median, in working time
    courtesy: float  # share of answers that open by acknowledging
    meets_weekly: bool  # one-to-ones with the manager are weekly, or every two weeks


@dataclass(frozen=True, slots=True)
class Unit:
    """A node of the organisation. `people` are those whose team it is, its leader first if they belong to it."""

    key: str
    name: str
    parent: str | None
    leader: str
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Aim:
    """A goal of the goals tree."""

    key: str
    name: str
    parent: str | None
    team: str | None
    owner: str


@dataclass(frozen=True, slots=True)
class Company:
    """Everybody and everything that is there on the first day."""

    members: Mapping[str, Member]
    managers: Mapping[str, str | None]
    units: tuple[Unit, ...]
    aims: tuple[Aim, ...]

    @property
    def chief(self) -> Member:
        """The top of the tree."""
        return next(iter(self.members.values()))

    @property
    def teams(self) -> tuple[Unit, ...]:
        """The teams that do the work: no departments and not the heads."""
        return tuple(unit for unit in self.units if unit.people and unit.key != LEADERSHIP)

    def reports(self, leader: str) -> tuple[str, ...]:
        """Who reports to somebody on the first day."""
        return tuple(person for person, manager in self.managers.items() if manager == leader)

    def manager(self, person: str) -> str:
        """Manager on the first day. Raises KeyError for the top of the tree."""
        manager = self.managers[person]
        if manager is None:
            raise KeyError(person)
        return manager

    def sister(self, team: Unit) -> Unit:
        """The team that works most with this one; the next one in the list."""
        teams = self.teams
        return teams[(teams.index(team) + 1) % len(teams)]


def found(*, seed: int, people: int, timeline: Timeline) -> Company:
    """Found a company of that many people. The same arguments give the same company."""
    spans = _spans(people)
    head_count = _heads(people, teams=len(spans))
    keys = [f"p{number:03d}" for number in range(1, people + 1)]
    chief, heads, leaders = keys[0], keys[1 : 1 + head_count], keys[1 + head_count : 1 + head_count + len(spans)]
    rest = iter(keys[1 + head_count + len(spans) :])

    managers: dict[str, str | None] = {chief: None, **dict.fromkeys(heads, chief)}
    units = [
        Unit(key="company", name="Company", parent=None, leader=chief, people=()),
        Unit(key=LEADERSHIP, name="Leadership", parent="company", leader=chief, people=(chief, *heads)),
    ]
    units += [
        Unit(key=f"d{index + 1}", name=DEPARTMENTS[index], parent="company", leader=head, people=())
        for index, head in enumerate(heads)
    ]
    for index, (leader, span) in enumerate(zip(leaders, spans, strict=True)):
        department = index * head_count // len(leaders)
        managers[leader] = heads[department]
        members = tuple(next(rest) for _ in range(span))
        managers |= dict.fromkeys(members, leader)
        own, other = (members[:-SMALL_TEAM], members[-SMALL_TEAM:]) if index == 0 else (members, ())
        parent = f"d{department + 1}"
        units.append(Unit(f"t{index + 1:02d}", _team_name(index), parent, leader, (leader, *own)))
        if other:
            units.append(Unit("t00", "Night Desk", parent, leader, other))
    team_of = {person: unit.key for unit in units for person in unit.people}
    roles: dict[str, Role] = dict.fromkeys(leaders, "leader")
    roles |= dict.fromkeys(heads, "head")
    roles[chief] = "chief"
    names = _names(seed, people)
    holidays = _public_holidays(seed, timeline)
    return Company(
        members={
            key: _member(
                key,
                name,
                role=roles.get(key, "member"),
                team=team_of[key],
                rng=stream(seed, "member", key),
                weeks=timeline.weeks,
                holidays=holidays,
            )
            for key, name in zip(keys, names, strict=True)
        },
        managers={key: managers[key] for key in keys},
        units=tuple(units),
        aims=_aims(units),
    )


def _heads(people: int, *, teams: int) -> int:
    fewest = FULL_TREE_HEADS if people >= FULL_TREE_PEOPLE else FEWEST_HEADS
    return min(MOST_HEADS, max(fewest, round(teams / TEAMS_PER_HEAD)))


def _spans(people: int) -> list[int]:
    """How many people report to each leader: the first has 8 in two teams, the others 4 to 7."""
    teams = round((people - 1 - FULL_TREE_HEADS) / PEOPLE_PER_TEAM)
    members = people - 1 - teams - _heads(people, teams=teams)
    first = 2 * SMALL_TEAM
    each, extra = divmod(members - first, teams - 1)
    spans = [each + (index < extra) for index in range(teams - 1)]
    for index in range(0, len(spans) - 1, 2):
        if spans[index + 1] > SMALLEST_SPAN:
            spans[index] += 1
            spans[index + 1] -= 1
    return [first, *spans]


def _names(seed: int, people: int) -> list[tuple[str, str]]:
    # One walk through all pairs: nobody shares a name, whatever the number of people.
    pairs = [(first, last) for first in FIRST_NAMES for last in SURNAMES]
    return stream(seed, "names").sample(pairs, people)


def _team_name(index: int) -> str:
    again, place = divmod(index, len(TEAMS))
    return TEAMS[place] + (f" {again + 1}" if again else "")


def _public_holidays(seed: int, timeline: Timeline) -> frozenset[int]:
    """One public holiday in every eight weeks, for everybody."""
    rng = stream(seed, "holidays")
    return frozenset(rng.randrange(week * 7, week * 7 + WORKDAYS) for week in range(5, timeline.weeks, 8))


def _member(
    key: str,
    name: tuple[str, str],
    *,
    role: Role,
    team: str,
    rng: random.Random,
    weeks: int,
    holidays: frozenset[int],
) -> Member:
    first, last = name
    mailbox = f"{first}.{last}".lower()
    away = set(holidays)
    # A week off in every quarter, two days ill in half a year, and one in twelve does not work on Fridays.
    for quarter in range(0, weeks, 13):
        off = min(quarter + rng.randrange(13), weeks)
        away.update(range(off * 7, off * 7 + 7))
    away.update(rng.randrange(weeks * 7 + 7) for _ in range(2))
    if rng.random() < 1 / 12 and role == "member":
        away.update(range(4, (weeks + 1) * 7, 7))
    return Member(
        key=key,
        name=f"{first} {last}",
        role=role,
        team=team,
        mail=f"mail:{mailbox}@example.com",
        chat=f"chat:U{key.upper()}",
        ticket=f"ticket:{mailbox}",
        opens=rng.choice((14, 15, 16, 17, 18)) * HOUR // 2,  # 07:00 to 09:00 UTC: two sites, an hour apart
        away=frozenset(away),
        talk=math.exp(rng.gauss(0.0, 0.25)),
        answers=rng.uniform(0.86, 0.97),
        delay_hours=math.exp(rng.gauss(0.0, 0.4)),
        courtesy=rng.uniform(0.35, 0.65),
        meets_weekly=rng.random() < WEEKLY,
    )


def _aims(units: list[Unit]) -> tuple[Aim, ...]:
    """One goal for the company, one under it for each department, one under that for each team."""
    top = units[0]
    aims = [Aim("g-company", "Customers stay", None, top.key, top.leader)]
    departments = [unit for unit in units if unit.key.startswith("d")]
    aims += [
        Aim(f"g-{unit.key}", f"{unit.name} delivers what was promised", "g-company", unit.key, unit.leader)
        for unit in departments
    ]
    aims += [
        Aim(f"g-{unit.key}", f"{unit.name} answers within a day", f"g-{unit.parent}", unit.key, unit.leader)
        for unit in units
        if unit.people and unit.key != LEADERSHIP
    ]
    return tuple(aims)
