import pytest

from shared.domain.cells import ORGANISATION, Cell, CellBuilder
from shared.domain.reading import INSUFFICIENT, Reading, Subject

K = 5


def people(team: str, count: int) -> list[str]:
    return [f"{team}{number}" for number in range(count)]


def chain(person: str, value: float = 1.0, band: str = "low") -> Reading:
    return Reading("unheard", Subject("chain", (person, "lead", "skip")), 0, value, 1.0, band, (), "")


def pair(one: str, other: str, value: float = 50.0) -> Reading:
    return Reading("cadence", Subject("pair", (one, other)), 0, value, 1.0, "healthy", (), "")


def cells(readings: list[Reading], **teams: int) -> dict[str, Cell]:
    """Cells by cohort, for teams of these sizes."""
    of = {person: team for team, count in teams.items() for person in people(team, count)}
    builder = CellBuilder(of, k=K)
    builder.add(readings)
    return {cell.cohort: cell for cell in builder.cells()}


def chains(**teams: int) -> dict[str, Cell]:
    return cells([chain(person) for team, count in teams.items() for person in people(team, count)], **teams)


def test_a_team_of_four_is_never_shown_and_said_to_be_suppressed() -> None:
    four = chains(a=4, b=9)["a"]
    assert four == Cell(signal="unheard", cohort="a", suppressed=True, people=0, mean=0.0, shares={})
    assert not chains(a=5, b=9)["a"].suppressed


def test_a_hidden_team_cannot_be_worked_out_from_the_others() -> None:
    """Organisation of 4 + 6 + 9: with both larger teams shown, the four are what is left over."""
    shown = {cohort for cohort, cell in chains(a=4, b=6, c=9).items() if not cell.suppressed}
    assert shown == {"c", ORGANISATION}


def test_two_small_teams_that_together_are_k_hide_no_other() -> None:
    shown = {cohort for cohort, cell in chains(a=4, b=3, c=6).items() if not cell.suppressed}
    assert shown == {"c", ORGANISATION}


def test_people_without_a_team_are_a_remainder_too() -> None:
    readings = [chain(person) for person in [*people("a", 6), *people("b", 8), "x", "y"]]
    shown = {cohort for cohort, cell in cells(readings, a=6, b=8).items() if not cell.suppressed}
    assert shown == {"b", ORGANISATION}


@pytest.mark.parametrize("seed", range(30))
def test_no_remainder_is_ever_smaller_than_k(seed: int) -> None:
    sizes = {"a": seed % 7 + 1, "b": seed % 5 + 3, "c": seed % 11 + 1, "d": seed % 3 + 5}
    found = chains(**sizes)
    shown = [team for team in sizes if not found[team].suppressed]
    assert all(sizes[team] >= K for team in shown)
    rest = sum(sizes.values()) - sum(sizes[team] for team in shown)
    assert rest == 0 or rest >= K


def test_pairs_need_k_on_both_sides() -> None:
    """Ten people of a team who all deal with four others: the four would be told by the mean."""
    many, few = people("a", 10), people("b", 4)
    hidden = cells([pair(one, other) for one in many for other in few], a=10, b=4)
    assert hidden["a"].suppressed
    assert hidden["b"].suppressed
    enough = cells([pair(one, other) for one in many for other in people("b", 5)], a=10, b=5)
    assert not enough["a"].suppressed
    assert not enough["b"].suppressed


def test_a_pair_within_a_team_counts_once() -> None:
    team = people("a", 6)
    readings = [pair(one, other, 10.0) for one in team for other in team if one < other] + [pair("a0", "b0", 100.0)]
    found = cells(readings, a=6, b=1)[ORGANISATION]
    assert found.mean == pytest.approx((15 * 10.0 + 100.0) / 16)


def test_people_are_rounded_down_to_fives_and_shares_sum_to_one() -> None:
    readings = [chain(person, 2.0, "high" if number < 3 else "low") for number, person in enumerate(people("a", 9))]
    found = cells(readings, a=9)["a"]
    assert (found.people, found.mean, found.shares) == (5, 2.0, {"high": 0.333, "low": 0.667})


def test_what_is_insufficient_counts_for_nobody() -> None:
    readings = [chain(person, band=INSUFFICIENT if number else "low") for number, person in enumerate(people("a", 9))]
    assert cells(readings, a=9)["a"].suppressed


def test_cells_do_not_depend_on_the_order_of_readings() -> None:
    readings = [chain(person, 0.1 * number) for number, person in enumerate(people("a", 9))]
    assert cells(readings, a=9) == cells(readings[::-1], a=9)
