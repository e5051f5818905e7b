"""Small companies with a hidden process that makes people go past their leaders, written without regard to any signal.

Each world says in its own terms what drives people; the product only sees messages and ticket steps. What it computes
from them is compared with what really happened. This checks wiring, not validity: real people are not like this.
"""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from shared.domain.facts.history import Contact, Mark, Step, TicketStep, WholeChain, WholePair
from shared.domain.week import DAY, HOUR, day_of, week_end

FIRST_WEEK = 2800
WEEKS = 20
ASK = Mark.TEXT | Mark.ASK
ANSWER = Mark.TEXT | Mark.REPLY


@dataclass(slots=True)
class Life:
    """One person and the two above them: how things are this week, and the traces left so far."""

    number: int
    leader_is_open: float  # share of asks that the leader answers
    asks_per_week: float = 2.0
    others_per_week: float = 6.0
    reply_hours: float = 3.0
    unanswered: list[int] = field(default_factory=list)  # weeks of asks that stayed open
    late_tickets: list[int] = field(default_factory=list)
    withdrawn_since: int | None = None
    away: range = range(0)
    messages: list[Contact] = field(default_factory=list)
    upward: list[Contact] = field(default_factory=list)
    steps: list[TicketStep] = field(default_factory=list)
    sent: dict[int, int] = field(default_factory=dict)

    def recent(self, weeks: list[int], now: int, *, span: int = 3) -> int:
        return sum(now - span < week <= now for week in weeks)


Hazard = Callable[[Life, int], float]
"""Chance that a person goes past their leader in a week."""


@dataclass(frozen=True, slots=True)
class World:
    """How lives begin, what changes in a week, and what drives people."""

    name: str
    begin: Callable[[random.Random, int], Life]
    change: Callable[[random.Random, Life, int], None]
    hazard: Hazard


def _still(_: random.Random, __: Life, ___: int) -> None:
    """Nothing changes."""


def _rare(share: float) -> float:
    return 0.012 * share


def _varied(chance: random.Random, number: int) -> Life:
    return Life(number, leader_is_open=chance.uniform(0.3, 1.0))


def _alike(_: random.Random, number: int) -> Life:
    return Life(number, leader_is_open=0.85)


def _withdraw(chance: random.Random, life: Life, week: int) -> None:
    """Some people give up asking, and keep writing to everybody else."""
    if life.withdrawn_since is None and week > 6 and chance.random() < 0.03:
        life.withdrawn_since, life.asks_per_week = week, 0.2


def _swamp(_: random.Random, life: Life, week: int) -> None:
    """Every fourth leader drowns in work from the eighth week on."""
    if life.number % 4 == 0 and week >= 8:
        life.leader_is_open, life.reply_hours = 0.3, 12.0


def _clash(chance: random.Random, life: Life, week: int) -> None:
    """Every third person is at odds with the leader's side over tickets, which come back and come late."""
    if life.number % 3 == 0 and week >= 6 and chance.random() < 0.6:
        life.late_tickets.append(week)
        at = _instant(chance, week)
        life.steps.append(TicketStep(at, "person", "leader", Step.SLA_BREACH, ticket=week))


WORLDS = (
    World("unheard", _varied, _still, lambda life, week: _rare(math.exp(0.9 * life.recent(life.unanswered, week)) / 3)),
    World("silence", _alike, _withdraw, lambda life, _: _rare(12.0 if life.withdrawn_since else 0.7)),
    World("overload", _alike, _swamp, lambda life, week: _rare(1 + 2.5 * life.recent(life.unanswered, week))),
    World("culture", _varied, _still, lambda life, _: _rare(8 * (1 - life.leader_is_open))),
    World("faction", _alike, _clash, lambda life, week: _rare(0.7 + 5 * life.recent(life.late_tickets, week))),
    World("routine", _varied, _still, lambda _, __: _rare(2.5)),
)
SILENCE, ROUTINE = WORLDS[1], WORLDS[-1]


def lives(world: World, *, people: int, seed: int) -> list[Life]:
    """Everybody's twenty weeks."""
    found = []
    for number in range(people):
        chance = random.Random(f"{world.name}-{seed}-{number}")
        life = world.begin(chance, number)
        for week in range(WEEKS):
            live(world, life, week, chance)
        found.append(life)
    return found


def live(world: World, life: Life, week: int, chance: random.Random) -> None:
    """One week: ask, wait, and perhaps go past the leader."""
    world.change(chance, life, week)
    if week in life.away:
        return
    for _ in range(_poisson(chance, life.others_per_week)):
        _count(life, _instant(chance, week))
    for _ in range(_poisson(chance, life.asks_per_week)):
        at = _instant(chance, week)
        thread = 1 + len(life.messages)
        life.messages.append(Contact(at, "person", "leader", "chat", thread, ASK))
        _count(life, at)
        if chance.random() < life.leader_is_open:
            later = at + int(chance.expovariate(1 / life.reply_hours) * HOUR) + 60
            life.messages.append(Contact(later, "leader", "person", "chat", thread, ANSWER))
        else:
            life.unanswered.append(week)
    if chance.random() < world.hazard(life, week):
        at = _instant(chance, week)
        life.upward.append(Contact(at, "person", "skip", "mail", 0, Mark(0)))
        _count(life, at)


def history(life: Life) -> WholeChain:
    """What the product knows of a life."""
    pair = WholePair(
        first="leader",
        second="person",
        days=(),
        contacts=tuple(sorted(life.messages)),
        meetings=(),
        steps=tuple(sorted(life.steps)),
    )
    return WholeChain(
        person="person",
        leader="leader",
        skip="skip",
        with_leader=pair,
        upward_contacts=tuple(sorted(life.upward)),
        upward_meetings=(),
        sent_by_day=life.sent,
    )


def end_of(week: int) -> int:
    return week_end(FIRST_WEEK + week)


def _instant(chance: random.Random, week: int) -> int:
    """Some working hour from Monday to Friday."""
    monday = end_of(week) + 1 - 7 * DAY
    return monday + chance.randrange(5) * DAY + chance.randrange(8 * HOUR, 17 * HOUR)


def _count(life: Life, at: int) -> None:
    day = day_of(at)
    life.sent[day] = life.sent.get(day, 0) + 1


def _poisson(chance: random.Random, mean: float) -> int:
    limit, count, product = math.exp(-mean), 0, chance.random()
    while product > limit:
        count, product = count + 1, product * chance.random()
    return count
