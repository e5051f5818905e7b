import random
from itertools import pairwise

import pytest

from shared.domain.release.panels import clear
from shared.domain.release.rule import Enough
from shared.domain.release.span import unsafe_cores
from tests.release.attacker import exposed

K = 5


def unsafe(*sets: range | set[int]) -> set[frozenset[int]]:
    """The people at stake."""
    return {core.people for core in unsafe_cores([frozenset(each) for each in sets], Enough(K))}


def test_a_department_less_its_team() -> None:
    assert unsafe(range(12), range(8)) == {frozenset(range(8, 12))}
    assert not unsafe(range(13), range(8))


def test_a_set_of_fewer_than_k_people_is_itself_unsafe() -> None:
    assert unsafe(range(4)) == {frozenset(range(4))}


def test_two_weeks_that_differ_by_one_who_left_and_one_who_came() -> None:
    assert unsafe(range(8), range(1, 9)) == {frozenset({0, 8})}
    assert not unsafe(range(8), range(2, 11))


def test_three_that_are_safe_two_by_two() -> None:
    """a + b, b + c and a + c tell of a, of b and of c."""
    a, b, c = set(range(4)), set(range(10, 14)), set(range(20, 24))
    for one, other in ((a | b, b | c), (a | b, a | c), (b | c, a | c)):
        assert not unsafe(one, other)
    assert unsafe(a | b, b | c, a | c) == {frozenset(a), frozenset(b), frozenset(c)}


def test_what_is_hidden_by_others_that_changed_with_it_is_safe() -> None:
    """Of two departments one person left each, but only the sum of both departments is told a second time."""
    everybody = set(range(40))
    teams = [set(range(start, start + 10)) for start in range(0, 40, 10)]
    left = {0, 10, 20, 30, 31}
    assert not unsafe(*teams, everybody, everybody - left)
    assert unsafe(*teams, everybody, everybody - {0, 10})


@pytest.mark.parametrize("seed", range(40))
def test_it_agrees_with_an_attacker_who_tries_everything(seed: int) -> None:
    """Sixty random questions as in a company of twenty: safe or not is the same to both."""
    chance = random.Random(seed)
    people = range(20)
    sets = [frozenset(chance.sample(people, chance.randrange(6, 15))) for _ in range(chance.randrange(2, 7))]
    found = exposed([frozenset(map(str, each)) for each in sets], fewer_than=K)
    assert bool(unsafe_cores(sets, Enough(K))) == any(found)


def test_it_agrees_where_sets_are_made_of_the_same_groups() -> None:
    """As cohorts are. Only there is what one set hides shown by others, over several steps."""
    verdicts = set[bool]()
    for seed in range(150):
        chance = random.Random(seed)
        starts = sorted({0, *chance.sample(range(1, 20), 6), 20})
        groups = [set(range(start, end)) for start, end in pairwise(starts)]
        drawn = (
            set[int]().union(*chance.sample(groups, chance.randrange(2, 7))) for _ in range(chance.randrange(3, 8))
        )
        sets = [frozenset(each) for each in drawn if len(each) >= K]
        found = any(exposed([frozenset(map(str, each)) for each in sets], fewer_than=K))
        assert bool(unsafe_cores(sets, Enough(K))) == found, seed
        verdicts.add(found)
    assert verdicts == {True, False}


def test_the_smallest_is_left_out() -> None:
    teams = {"four": frozenset(range(4)), "six": frozenset(range(4, 10)), "nine": frozenset(range(10, 19))}
    large = {name: people for name, people in teams.items() if len(people) >= K}
    assert clear([], {**large, "all": frozenset(range(19))}, Enough(K)) == {"nine", "all"}


def test_what_was_told_before_cannot_be_taken_back() -> None:
    assert clear([frozenset(range(12))], {"team": frozenset(range(8))}, Enough(K)) == set()
    assert clear([frozenset(range(12))], {"team": frozenset(range(7))}, Enough(K)) == {"team"}


def test_the_order_of_sets_makes_no_difference() -> None:
    chance = random.Random(5)
    sets = [frozenset(chance.sample(range(30), 12)) for _ in range(6)]
    once = unsafe_cores(sets, Enough(K))
    assert {core.people for core in unsafe_cores(sets[::-1], Enough(K))} == {core.people for core in once}
