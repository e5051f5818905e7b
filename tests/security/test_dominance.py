"""One person makes most of a group's figure, and whoever watches takes the figure for that person.

In every group one person has ten times what others have and more, in all 26 weeks or from the middle on: a third of the
sum, or most of it.
The attackers know whose it is, and how many there are; they take the sum, what it grew by, the share of the worst band,
and the means of what readings are made of.
"""

import random
from collections import defaultdict
from dataclasses import dataclass
from statistics import fmean

import pytest

from shared.domain.release import aggregate
from shared.domain.release.contribution import Contributions
from shared.domain.release.lattice import Lattice
from shared.domain.release.steps import EVIDENCE_WEEKS
from shared.domain.signals import SIGNAL_BY_NAME
from tests.release.ledgers import Book
from tests.security.test_sock_puppets import LEAST_ERROR, TARGETS, WEEKS, error

FIRST = 2900 // 4 * 4  # of a window
MIDDLE = EVIDENCE_WEEKS + WEEKS // 2
GROUPS, LEADERS = 12, 4
FACTOR = "open_asks"


@dataclass(frozen=True, slots=True)
class Measure:
    """A signal with ordinary people's values (mean and spread) and those of whoever dominates (from and to)."""

    signal: str
    mean: float
    spread: float
    least: float
    most: float


RISK = Measure("escalation_risk_14d", 0.02, 0.01, 0.2, 0.9)
BYPASS = Measure("bypass_contact", 0.1, 0.05, 3.0, 15.0)
SOME_BYPASS = Measure("bypass_contact", 0.4, 0.2, 4.0, 15.0)

Said = list[tuple[int, aggregate.Aggregate]]
"""Week and figure of a group."""


def groups(size: int) -> list[list[str]]:
    """The first of each group dominates."""
    return [[f"p{group:02}{number:02}" for number in range(size)] for group in range(GROUPS)]


def listen(measure: Measure, size: int, *, turns: bool, seed: int) -> tuple[list[Said], list[float]]:
    """What is said of every group, and the truth of whoever dominates it."""
    chance, signal = random.Random(seed), SIGNAL_BY_NAME[measure.signal]
    team_of = {person: f"t{person[1:3]}" for group in groups(size) for person in group}
    leader_of = {person: f"l{team}{int(person[3:]) % LEADERS}" for person, team in team_of.items()}
    lattice = Lattice(
        teams=team_of,
        parents=dict.fromkeys(team_of.values()),
        leaders={person: (leader,) for person, leader in leader_of.items()},
    )
    levels = {person: abs(chance.gauss(measure.mean, measure.spread)) for person in team_of}
    truths = {group[0]: chance.uniform(measure.least, measure.most) for group in groups(size)}
    book, heard = Book(measure.signal, strict=True), defaultdict(list)
    for week in range(EVIDENCE_WEEKS + WEEKS):
        found = Contributions()
        for person, level in levels.items():
            value = abs(level + measure.spread / 4 * chance.gauss())
            if person in truths and not (turns and week < MIDDLE):
                value = truths[person]
            reading = (value, signal.bands.of(value), [(FACTOR, value)])
            found.add([(measure.signal, person, leader_of[person], *reading)])
        book.release(FIRST + week, lattice, found)
        for cohort, shown in book.decision.shown.items():
            heard[cohort].append((week, shown.numbers))
    return [heard[team_of[group[0]]] for group in groups(size)], list(truths.values())


def guesses(said: Said, size: int, worst: str) -> dict[str, float]:
    late = [figure for week, figure in said if week >= MIDDLE]
    early = [figure for week, figure in said if week < MIDDLE]
    grown = fmean(each.mean for each in late) - fmean(each.mean for each in early)
    return {
        "sum": size * fmean(each.mean for each in late),
        "growth": size * grown,
        "share": fmean(each.shares[worst] for each in late),
        "factor": size * fmean(each.factors.get(FACTOR, 0.0) for each in late),
    }


def errors(measure: Measure, size: int, *, turns: bool) -> dict[str, float]:
    """What is left to guess of whoever dominates, by attack."""
    found: dict[str, list[float]] = defaultdict(list)
    truths: list[float] = []
    worst = SIGNAL_BY_NAME[measure.signal].bands.names[-1]
    for seed in range(TARGETS // GROUPS):
        heard, own = listen(measure, size, turns=turns, seed=seed)
        truths += own
        for said in heard:
            assert said, "there is nothing to attack"
            for attack, guess in guesses(said, size, worst).items():
                found[attack].append(guess)
    return {attack: error(guess, truths) for attack, guess in found.items()}


@pytest.mark.parametrize("turns", [False, True], ids=["all along", "from the middle on"])
@pytest.mark.parametrize(("measure", "size"), [(BYPASS, 12), (RISK, 24), (BYPASS, 24), (SOME_BYPASS, 24)])
def test_whoever_makes_most_of_a_figure_is_not_found(measure: Measure, size: int, turns: bool) -> None:  # noqa: FBT001
    found = errors(measure, size, turns=turns)
    assert {attack: left for attack, left in found.items() if left < LEAST_ERROR} == {}


def test_they_would_be_if_one_person_could_make_three_fifths_of_a_sum(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aggregate, "_LARGEST_PART", 0.6)
    found = errors(SOME_BYPASS, 24, turns=True)
    assert max(found["sum"], found["growth"], found["factor"]) < LEAST_ERROR
