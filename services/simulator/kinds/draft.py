"""A company as it is being made up: what shapes of kinds change before anything is generated from it."""

import math
import random
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final, Literal

from services.simulator.chance import stream
from services.simulator.company import Member
from services.simulator.timeline import WORKDAYS, Timeline

Habit = Literal["answers", "held", "asks", "talks", "slowness", "kindness"]
"""What a leader does to a person: the share answered, the share of one-to-ones held; the others are factors, `asks`
and `talks` of what a person starts with the other."""

TieKind = Literal["up", "down", "second", "mates", "partner", "peers", "skip_down", "sponsored", "direct", "extra"]
Cause = Literal["unheard", "one_on_ones", "giving_up", "faction", "ticket_war", "one_only", "all", "heals"]
Strength = Literal["strong", "medium", "weak", "drift"]

FOREVER: Final = 10_000


@dataclass(frozen=True, slots=True)
class Shift:
    """From `from_week` a habit of `actor` toward `other`, or everybody, moves to `level`; from `to_week` it is back.

    It takes `ramp_weeks`. The level is a share for `answers` and `held`, and a factor for the others.
    """

    habit: Habit
    actor: str
    other: str | None
    from_week: int
    level: float
    ramp_weeks: int = 1
    to_week: int = FOREVER

    def part(self, week: int) -> float:
        """How much of it has come by a week, 0 to 1."""
        if not self.from_week <= week < self.to_week:
            return 0.0
        return min((week - self.from_week + 1) / self.ramp_weeks, 1.0)


@dataclass(frozen=True, slots=True)
class Line:
    """A person reports to a manager from a week (inclusive) to a week (exclusive)."""

    person: str
    manager: str
    from_week: int = 0
    to_week: int = FOREVER

    def holds(self, week: int) -> bool:
        """Whether it is in force in a week."""
        return self.from_week <= week < self.to_week


@dataclass(frozen=True, slots=True)
class Tie:
    """`actor` starts conversations with `other`, in those weeks; `along` is addressed as well."""

    kind: TieKind
    actor: str
    other: str
    per_week: float
    asks: float
    from_week: int = 0
    to_week: int = FOREVER
    along: str | None = None


@dataclass(frozen=True, slots=True)
class Gathering:
    """A meeting of a host and guests that recurs every so many weeks, in those weeks; nobody calls it off."""

    name: str
    host: str
    guests: tuple[str, ...]
    every: int = 1
    from_week: int = 0
    to_week: int = FOREVER
    hours: float = 1.0


@dataclass(frozen=True, slots=True)
class Away:
    """Somebody is away from a day to a day (exclusive), counted from the first Monday; the HR system may know."""

    person: str
    from_day: int
    to_day: int
    recorded: bool


@dataclass(frozen=True, slots=True)
class Caused:
    """What was planted for one chain. `hazard` scales the hazard of going past, 0 for those who never would."""

    person: str
    leader: str
    cause: Cause
    strength: Strength
    onset_week: int
    hazard: float
    until_week: int = FOREVER
    ramp_weeks: int = 1


@dataclass(slots=True)
class Worker:
    """Somebody who works here. Times of day are UTC."""

    key: str
    team: str
    first: str
    last: str
    opens: int
    talk: float
    delay_hours: float
    courtesy: float
    zone: str = "Etc/UTC"
    workdays: frozenset[int] = frozenset(range(5))
    from_week: int = 0
    to_week: int = FOREVER

    @property
    def mailbox(self) -> str:
        """The local part of their mail address."""
        return f"{self.first}.{self.last}".lower()

    @property
    def part_time(self) -> bool:
        """Whether they work fewer than five days."""
        return len(self.workdays) < WORKDAYS


@dataclass(slots=True)
class Draft:
    """Everything that is generated from. Shapes of kinds change it; the channels then only read it."""

    kind: str
    seed: int
    timeline: Timeline
    workers: dict[str, Worker]
    chief: str
    heads: list[str]
    leaders: list[str]
    lines: list[Line]
    teams: dict[str, str]  # key of a team -> its leader
    asks_per_week: float
    talk_every: int = 1  # weeks between one-to-ones
    by_mail: float = 0.25
    calendars: bool = True
    tickets: bool = True
    shifts: list[Shift] = field(default_factory=list)
    ties: list[Tie] = field(default_factory=list)
    gatherings: list[Gathering] = field(default_factory=list)
    away: list[Away] = field(default_factory=list)
    caused: list[Caused] = field(default_factory=list)
    wars: list[tuple[str, str, int]] = field(default_factory=list)  # two people, and from which week
    company_volume: dict[int, float] = field(default_factory=dict)  # by week
    answered: dict[str, float] = field(default_factory=dict)  # usual share by leader
    incidents: list[tuple[str, int, int]] = field(default_factory=list)  # a leader, from a week to a week

    @property
    def weeks(self) -> int:
        """Full weeks of the world."""
        return self.timeline.weeks

    def chance(self, *names: str | int) -> random.Random:
        """The random stream of a part of this world: each kind and seed is a company of its own."""
        return stream(self.seed, self.kind, *names)

    def manager(self, person: str, week: int) -> str | None:
        """Whom somebody reports to in a week; of lines that overlap the one that starts later."""
        found = [line for line in self.lines if line.person == person and line.holds(week)]
        return max(found, key=lambda line: line.from_week).manager if found else None

    def reports(self, leader: str, week: int = 0) -> list[str]:
        """Who reports to somebody in a week, in the order of keys."""
        people = {line.person for line in self.lines if line.manager == leader and line.holds(week)}
        return sorted(person for person in people if self.manager(person, week) == leader)

    def shift(self, habit: Habit, actor: str, other: str | None, from_week: int, level: float, **more: int) -> None:
        """Plant one change of a habit."""
        self.shifts.append(Shift(habit, actor, other, from_week, level, **more))


class Conduct:
    """What the shifts of a finished draft come to, by week."""

    def __init__(self, draft: Draft) -> None:
        self._draft: Final = draft
        self._by: Final[dict[tuple[Habit, str], list[Shift]]] = defaultdict(list)
        for shift in draft.shifts:
            self._by[shift.habit, shift.actor].append(shift)

    def share(self, habit: Habit, actor: str, other: str, week: int, usual: float) -> float:
        """A share as it is planted for a week: the lowest of what the shifts move it to, or the usual one."""
        moved = [
            usual + (shift.level - usual) * shift.part(week)
            for shift in self._by.get((habit, actor), ())
            if shift.other in (None, other) and shift.part(week)
        ]
        return min(moved, default=usual)

    def factor(self, habit: Habit, actor: str, other: str, week: int) -> float:
        """The product of what the shifts multiply a habit with."""
        product = 1.0
        for shift in self._by.get((habit, actor), ()):
            if shift.other in (None, other):
                product *= 1 + (shift.level - 1) * shift.part(week)
        return product

    def answered(self, leader: str, person: str, week: int) -> float:
        """The planted share of a person's asks that a leader answers, before the noise of the week."""
        return self.share("answers", leader, person, week, self._draft.answered[leader])


def expit(x: float) -> float:
    """The logistic function."""
    return 1 / (1 + math.exp(-x))


def logit(share: float) -> float:
    """Its inverse, for shares strictly between 0 and 1."""
    return math.log(share / (1 - share))


def member(worker: Worker, away: frozenset[int]) -> Member:
    """The same person as the channels of the simulated company know them."""
    return Member(
        key=worker.key,
        name=f"{worker.first} {worker.last}",
        role="member",
        team=worker.team,
        mail=f"mail:{worker.mailbox}@example.com",
        chat=f"chat:U{worker.key.upper()}",
        ticket=f"ticket:{worker.mailbox}",
        opens=worker.opens,
        away=away,
        talk=worker.talk,
        answers=0.9,
        delay_hours=worker.delay_hours,
        courtesy=worker.courtesy,
        meets_weekly=True,
    )
