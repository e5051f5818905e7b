"""A company that changes every week, and readings of it, written straight into the store."""

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from sqlalchemy import delete, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.facts.digests import digest
from shared.domain.organisation.hierarchy import FOREVER
from shared.domain.signals import SIGNAL_BY_NAME
from shared.domain.week import DAY, week_end
from shared.storage.engine.bulk import table_of
from shared.storage.tables.directory import PersonRow, ReportingLineRow, TeamRow
from shared.storage.tables.readings import ReadingRow, ScoringStateRow

FIRST_WEEK: Final = 2900
PAIR_SIGNAL, CHAIN_SIGNAL = "relationship_health", "escalation_risk_14d"  # the one that alerts are raised about


@dataclass(slots=True)
class Company:
    """Two departments of teams around the size of k. People join, leave, move, and teams are merged or split."""

    chance: random.Random
    sizes: Iterable[int] = (4, 5, 6, 7, 8, 9, 12, 3)
    team_of: dict[str, str] = field(default_factory=dict)
    parents: dict[str, str | None] = field(default_factory=lambda: {"east": None, "west": None})
    level: dict[str, float] = field(default_factory=dict)  # a person's own value: it does not change
    leaders: dict[str, list[str]] = field(default_factory=dict)  # of a person, the one of today last
    hired: int = 0

    def __post_init__(self) -> None:
        for number, size in enumerate(self.sizes):
            team = f"team{number}"
            self.parents[team] = ("east", "west")[number % 2]
            for _ in range(size):
                self.hire(team)
        self.hire("")  # somebody in no team

    def hire(self, team: str) -> None:
        self.hired += 1
        person = f"p{self.hired:04}"
        self.team_of[person] = team
        self.level[person] = 5 + 90 * self.chance.random()

    def lead(self) -> None:
        """Let everybody report to the leader of the team that they are in by now; each team has one."""
        for person, team in self.team_of.items():
            own = self.leaders.setdefault(person, [])
            leader = f"lead_{team}"
            if not own or own[-1] != leader:
                own.append(leader)

    def people(self) -> list[str]:
        return sorted(self.team_of)

    def teams(self) -> list[str]:
        return sorted(team for team, parent in self.parents.items() if parent)

    def churn(self, *, changes: float) -> None:
        """On average so many joiners, leavers and movers, and now and then a reorganisation."""
        chance = self.chance
        for _ in range(sum(chance.random() < changes / 4 for _ in range(4))):
            match chance.choice(("join", "leave", "move")):
                case "join":
                    self.hire(chance.choice(self.teams()))
                case "leave":
                    del self.team_of[chance.choice(self.people())]
                case _:
                    self.team_of[chance.choice(self.people())] = chance.choice(self.teams())
        if chance.random() < 0.05:
            self.reorganise()

    def reorganise(self) -> None:
        """A team changes its department, or half of a team goes over to another."""
        team, other = self.chance.sample(self.teams(), 2)
        if self.chance.random() < 0.5:
            self.parents[team] = "west" if self.parents[team] == "east" else "east"
            return
        members = [person for person in self.people() if self.team_of[person] == team]
        for person in members[: len(members) // 2]:
            self.team_of[person] = other


@dataclass(slots=True)
class Told:
    """What everybody's own values were, by signal and week: what an attacker is after."""

    values: dict[tuple[str, int], dict[str, float]] = field(default_factory=lambda: defaultdict(dict))

    def latest(self, signal: str, week: int, person: str) -> float:
        """A person's value in a week, or the last one before."""
        while person not in self.values[signal, week]:
            week -= 1
            assert week >= FIRST_WEEK, "a release covers somebody who never had a value"
        return self.values[signal, week][person]


def readings_of(company: Company, told: Told, week: int) -> list[dict[str, Any]]:
    """A week's readings, as rows of their table."""
    return [*_pairs(company, told, week), *_chains(company, told, week)]


async def live_a_week(connection: AsyncConnection, company: Company, told: Told, week: int) -> None:
    """Write the directory as it is and the readings of the week, as if all of it had been scored."""
    people, team, line = table_of(PersonRow), table_of(TeamRow), table_of(ReportingLineRow)
    for table in (people, team, line):
        await connection.execute(delete(table))
    company.lead()
    lines = [
        {"entity": digest(f"{person}>{place}"), "person": person, "manager": leader}
        | {"valid_from": place, "valid_to": place + 1 if leader != own[-1] else FOREVER}
        for person, own in company.leaders.items()
        for place, leader in enumerate(own)
    ]
    await connection.execute(insert(line), lines)
    rows = [{"key": key, "team": own or None, "active": True} for key, own in company.team_of.items()]
    await connection.execute(insert(people), rows)
    teams = [{"key": key, "parent": parent} for key, parent in company.parents.items()]
    await connection.execute(insert(team), teams)
    await connection.execute(insert(table_of(ReadingRow)), readings_of(company, told, week))
    state = {"id": 1, "version": 1, "scored_week": week, "scored_at": week_end(week) + 2 * DAY}
    await connection.execute(delete(table_of(ScoringStateRow)))
    first_day = week_end(FIRST_WEEK) // DAY
    await connection.execute(insert(table_of(ScoringStateRow)), [state | {"first_day": first_day}])


def _pairs(company: Company, told: Told, week: int) -> list[dict[str, Any]]:
    """Everybody deals with some of their team and one person outside; a few have too little evidence this week."""
    chance, everybody = company.chance, company.people()
    mates = defaultdict(list)
    for person in everybody:
        mates[company.team_of[person]].append(person)
    pairs: set[tuple[str, str]] = set()
    for person in everybody:
        others = [each for each in mates[company.team_of[person]] if each != person]
        partners = [*chance.sample(others, min(3, len(others))), chance.choice(everybody)]
        if chance.random() < 0.97:
            pairs |= {(min(person, each), max(person, each)) for each in partners if each != person}
    readings = []
    own: dict[str, list[float]] = defaultdict(list)
    for one, other in sorted(pairs):
        value = (company.level[one] + company.level[other]) / 2
        readings.append(_reading(PAIR_SIGNAL, (one, other, ""), value, week))
        own[one].append(value)
        own[other].append(value)
    told.values[PAIR_SIGNAL, week] = {person: sum(values) / len(values) for person, values in own.items()}
    return readings


def _chains(company: Company, told: Told, week: int) -> list[dict[str, Any]]:
    readings = []
    company.lead()
    for person in company.people():
        enough = company.chance.random() < 0.97
        value = company.level[person] / 500
        readings.append(
            _reading(CHAIN_SIGNAL, (person, company.leaders[person][-1], "skip"), value, week, enough=enough)
        )
        if enough:
            told.values[CHAIN_SIGNAL, week][person] = value
    return readings


def _reading(
    signal: str, people: tuple[str, str, str], value: float, week: int, *, enough: bool = True
) -> dict[str, Any]:
    factors = [["open_asks", value, 1, 0.0]] if people[2] else []
    return {
        "signal": signal, "first": people[0], "second": people[1], "third": people[2], "week": week,
        "as_of": week_end(week), "value": value, "confidence": 1.0,
        "band": SIGNAL_BY_NAME[signal].bands.of(value) if enough else "insufficient",
        "factors": msgspec.json.encode(factors).decode(), "action": "", "model_version": "1",
    }  # fmt: skip
