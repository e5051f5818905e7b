"""Four accomplices in a team of five, with everything that is said of it in 26 weeks, after the fifth.

They know their own values in every week, choose them as they like, and know how figures are made: the steps, the
centre, and where each of them stands. To be safe from whoever is cleverer than these attackers, one of them is told
what the fifth counts as, which is more than can follow from figures; and every guess is given the best use that can be
made of it: what to conclude from it is learnt from all targets, by whoever knows the truth.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev, variance

import pytest

from shared.domain.organisation.hierarchy import ORGANISATION
from shared.domain.release import decision, steps
from shared.domain.release.aggregate import Aggregate
from shared.domain.release.contribution import Contribution
from shared.domain.release.lattice import Lattice, person_number
from shared.domain.release.steps import EVIDENCE_WEEKS, Steps
from tests.release.ledgers import STYLE, Book, styles

START = 2900
WEEKS = 26
TEAMS, SIZE = 40, 5
PUPPETS = 3  # teams of them: a company made of accomplices would differ by what they do
TARGETS = 48
MEAN, SPREAD = 60.0, 8.0  # of people's own levels
ALIKE = 8
LASTS = 0.75  # how much of a week's deviation is left a week later: readings look back four weeks
LEAST_ERROR = 0.5  # of the spread between people

Values = Mapping[str, Sequence[float]]
"""Everybody's value in every week."""


def company() -> tuple[Lattice, list[list[str]]]:
    """Teams of five; the last of each is the target."""
    teams = [[f"p{team:02}{number}" for number in range(SIZE)] for team in range(TEAMS)]
    of = {person: f"t{team:02}" for team, people in enumerate(teams) for person in people}
    return Lattice(teams=of, parents=dict.fromkeys(of.values())), teams


def lives(teams: list[list[str]], *, moves: float, puppets: bool, chance: random.Random) -> dict[str, list[float]]:
    """Values over all weeks. People move about their level by `moves` spreads; puppets go where they learn most."""
    found: dict[str, list[float]] = {}
    for person in (person for team in teams for person in team):
        level, away = chance.gauss(MEAN, SPREAD), chance.gauss()
        found[person] = []
        for _ in range(EVIDENCE_WEEKS + WEEKS):
            found[person].append(min(max(level + moves * SPREAD * away, 0.0), 100.0))
            away = LASTS * away + (1 - LASTS**2) ** 0.5 * chance.gauss()
    for week in range(EVIDENCE_WEEKS, EVIDENCE_WEEKS + WEEKS) if puppets else ():
        for team in teams[:PUPPETS]:
            # So many of them are a step off that the fifth's step tips the figure, in one week or another.
            off, away = chance.randrange(SIZE), chance.choice((-3.3, 3.3)) * SPREAD
            for place, person in enumerate(team[:-1]):
                found[person][week] = MEAN + (away if place < off else 0.0)
    return found


@dataclass(frozen=True, slots=True)
class Seen:
    """What the four have at the end of a week: the figure of the team, their own values, and the steps.

    `stands` is what the fifth counts as.
    """

    figure: Aggregate
    own: list[float]
    steps: Steps
    numbers: list[int]
    stands: float


def listen(values: Values) -> list[list[Seen]]:
    """What the four of every team see in 26 weeks, as it is released."""
    lattice, teams = company()
    book = Book(STYLE, strict=True)
    seen: list[list[Seen]] = [[] for _ in teams]
    first = -(-START // 4) * 4  # the first of a window
    for week in range(EVIDENCE_WEEKS + WEEKS):
        book.release(first + week, lattice, styles((person, own[week]) for person, own in values.items()))
        for place, team in enumerate(teams):
            shown = book.decision.shown.get(f"t{place:02}")
            if shown is not None:
                *own, target = [values[each][week] for each in team]
                *numbers, fifth = map(person_number, team)
                seen[place].append(Seen(shown.numbers, own, book.steps, numbers, book.steps.value(fifth, target)))
    return seen


def by_subtraction(heard: list[Seen]) -> float:
    """Five times the mean less the four, on the average of all weeks: noise and rounding average out."""
    return fmean(SIZE * each.figure.mean - sum(each.own) for each in heard)


def by_steps(heard: list[Seen]) -> float:
    """The same with what the four count as, which they can work out."""
    return fmean(SIZE * each.figure.mean - sum(map(each.steps.value, each.numbers, each.own)) for each in heard)


def by_bounds(heard: list[Seen]) -> float:
    """The middle of what is left when every week rules out what the fifth cannot count as."""
    low, high = 0.0, 100.0
    for each in heard:
        others = sum(map(each.steps.value, each.numbers, each.own))
        part = each.steps.width / int(SIZE / 2.5)
        counts_low, counts_high = (SIZE * (each.figure.mean + end * part / 2) - others for end in (-1, 1))
        # They stand within a step of their own value.
        low, high = max(low, counts_low - each.steps.width), min(high, counts_high + each.steps.width)
    return (low + high) / 2


def by_standing(heard: list[Seen]) -> float:
    """What the fifth counts as, on the average of all weeks."""
    return fmean(each.stands for each in heard)


ATTACKS: tuple[Callable[[list[Seen]], float], ...] = (by_subtraction, by_steps, by_bounds, by_standing)


def error(guesses: list[float], truths: list[float]) -> float:
    """How far truths lie apart where guesses are alike, tens of them next to each other, in spreads of all truths."""
    order = sorted(range(len(guesses)), key=lambda place: guesses[place])
    alike = [[truths[place] for place in order[start : start + ALIKE]] for start in range(0, len(order), ALIKE)]
    within: float = fmean(variance(each) for each in alike if len(each) > 1)
    return float(within**0.5 / pstdev(truths))


def errors(*, moves: float, puppets: bool) -> dict[str, float]:
    """What is left of the fifth's value to guess, by attack and by what is guessed."""
    _, teams = company()
    guesses: dict[str, list[float]] = defaultdict(list)
    truths: dict[str, list[float]] = defaultdict(list)
    world = 0
    while len(truths["mean"]) < TARGETS:
        world += 1
        values = lives(teams, moves=moves, puppets=puppets, chance=random.Random(world))
        for team, heard in list(zip(teams, listen(values), strict=True))[: PUPPETS if puppets else None]:
            assert heard, "there is nothing to attack"
            truths["mean"].append(fmean(values[team[-1]][-WEEKS:]))
            truths["last"].append(values[team[-1]][-1])
            for attack in ATTACKS:
                guesses[attack.__name__].append(attack(heard))
    return {
        f"{attack}, {what}": error(found, truths[what])
        for attack, found in guesses.items()
        for what in ("mean", "last")
    }


@pytest.mark.parametrize("puppets", [False, True], ids=["as they are", "puppets"])
@pytest.mark.parametrize("moves", [0.0, 0.25, 0.5, 1.0])
def test_four_of_five_do_not_find_the_fifth(moves: float, puppets: bool) -> None:  # noqa: FBT001 - a parameter
    found = errors(moves=moves, puppets=puppets)
    assert {attack: left for attack, left in found.items() if left < LEAST_ERROR} == {}


def exact(people: list[int], contributions: Mapping[int, Contribution], *_: object, **__: object) -> Aggregate:
    return Aggregate(people=5, mean=fmean(contributions[each].value for each in people), shares={}, factors={})


def by_halves(people: list[int], contributions: Mapping[int, Contribution], *_: object, **__: object) -> Aggregate:
    found = exact(people, contributions)
    return Aggregate(people=5, mean=round(found.mean * 2 / SPREAD) * SPREAD / 2, shares={}, factors={})


@pytest.mark.parametrize("weaker", ["exact figures", "figures rounded to half a spread", "narrow steps without hold"])
def test_they_would_find_them(weaker: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Why there are steps, and why they hold: rounding averages out where accomplices move the mean about."""
    if weaker == "narrow steps without hold":
        monkeypatch.setattr(steps, "_SPREADS", 1.5)
        monkeypatch.setattr(steps, "_LEAST_SPREADS", 1.0)
        monkeypatch.setattr(steps.Steps, "place", lambda self, _, own: self.nearest(own))
    else:
        monkeypatch.setattr(decision, "aggregate_of_steps", exact if weaker.startswith("exact") else by_halves)
    found = errors(moves=1.0 if weaker.startswith("narrow") else 0.0, puppets=True)
    assert min(found.values()) < LEAST_ERROR


def seen_by_accomplices(values: Values) -> list[tuple[float, float, dict[str, Aggregate]]]:
    """The steps and every figure, week by week, in a company of one department with these people in it."""
    lattice = Lattice(teams=dict.fromkeys(values, "a"), parents={"a": None})
    book, found = Book(STYLE), []
    for week in range(START, START + WEEKS):
        book.release(week, lattice, styles((person, own[week - START]) for person, own in values.items()))
        shown = {cohort: each.numbers for cohort, each in book.decision.shown.items()}
        found.append((book.steps.width, book.steps.centre, shown))
    return found


@pytest.mark.parametrize("known", [5, 12, 19])
def test_where_few_are_known_the_steps_are_the_same_whoever_they_are(known: int) -> None:
    """All but one move apart from each other, week by week, to see when the steps get wider and where they begin."""
    found = []
    for last in (50.0, 62.0, 88.0):
        apart = {f"p{number}": [70.0 + (-1) ** number * week for week in range(WEEKS)] for number in range(known - 1)}
        found.append(seen_by_accomplices(apart | {"last": [last] * WEEKS}))
    assert found[0][0][2], "there is nothing to attack"
    assert found[0] == found[1] == found[2]


def test_the_steps_do_not_tell_of_whoever_was_away_when_they_were_made() -> None:
    """From the exact mean of all twenty-four and the middle of the steps, made of the twenty-three who were there."""
    guesses, truths = [], []
    for seed in range(TARGETS):
        chance = random.Random(seed)
        levels = {f"p{number:02}": chance.gauss(MEAN, SPREAD) for number in range(24)}
        lattice = Lattice(teams=dict.fromkeys(levels, "a"), parents={"a": None})
        book = Book(STYLE)
        book.last = styles(levels.items()).of(STYLE)
        book.release(START, lattice, styles(each for each in levels.items() if each[0] != "p00"))
        shown = book.decision.shown[ORGANISATION]
        assert shown.exact
        guesses.append(24 * shown.numbers.mean - 23 * book.steps.centre)
        truths.append(levels["p00"])
    assert error(guesses, truths) >= LEAST_ERROR


def test_accounts_made_up_lately_are_in_no_figure() -> None:
    """A target alone among new accounts is in no figure for eight weeks, and then still by steps."""
    lattice, teams = company()
    values = lives(teams, moves=0.0, puppets=False, chance=random.Random(4))
    book = Book(STYLE, strict=True)
    for week in range(-(-START // 4) * 4, -(-START // 4) * 4 + EVIDENCE_WEEKS - 1):
        assert book.release(week, lattice, styles((person, own[0]) for person, own in values.items())) == {}
    assert book.panels == []


def test_whoever_stands_on_a_step_stays_until_a_whole_step_away() -> None:
    before = Steps(width=10.0, centre=50.0, places={1: 0})
    assert [before.place(1, own) for own in (50.0, 56.0, 60.0, 60.1, 40.0, 39.9, 0.0)] == [0, 0, 0, 1, 0, -1, -1]
    assert [before.place(2, own) for own in (50.0, 56.0, 44.0)] == [0, 1, -1]  # somebody new
