import pytest

from shared.domain.organisation.hierarchy import ORGANISATION
from shared.domain.release.contribution import Contributions, Observation
from shared.domain.release.decision import Shown, decide
from shared.domain.release.lattice import Lattice
from shared.domain.release.panels import Ledger, Limits
from shared.domain.signals import SIGNAL_BY_NAME
from tests.release.ledgers import Book, chains

WEEK = 2900


def people(team: str, count: int) -> list[str]:
    return [f"{team}{number}" for number in range(count)]


def lattice(**teams: int) -> Lattice:
    of = {person: team for team, count in teams.items() for person in people(team, count)}
    return Lattice(teams=of, parents=dict.fromkeys(teams))


def shown(observations: list[Observation], company: Lattice) -> dict[str, Shown]:
    found = Contributions()
    found.add(observations)
    signal = observations[0][0]
    return dict(
        decide(
            SIGNAL_BY_NAME[signal], company, Ledger(), limits=Limits(), current=found.of(signal), carried={},
            concerned=found.concerned(signal),
        ).shown
    )  # fmt: skip


def chain(person: str, value: float = 1.0, band: str = "low", factor: float = 1.0) -> Observation:
    return "unheard", person, "lead", value, band, [("open_asks", factor)]


def pair(one: str, other: str, value: float = 50.0) -> Observation:
    return "cadence", one, other, value, "healthy", ()


def team_shown(observations: list[Observation], size: int = 8) -> Shown | None:
    return shown(observations, lattice(a=size)).get("a")


def test_a_team_of_four_is_never_shown_nor_what_would_tell_of_it() -> None:
    company = lattice(a=4, b=6, c=9)
    found = shown([chain(person) for person in company.people.values()], company)
    assert set(found) == {"c", ORGANISATION}


def test_pairs_need_k_on_both_sides() -> None:
    many, few = people("a", 10), people("b", 4)
    assert not shown([pair(one, other) for one in many for other in few], lattice(a=10, b=4)).keys() & {"a", "b"}
    assert {"a", "b"} <= shown([pair(a, b) for a in many for b in people("b", 5)], lattice(a=10, b=5)).keys()


def test_a_panel_of_before_is_not_shown_in_a_week_in_which_it_deals_with_few() -> None:
    """The ten are the same, and whom they deal with is looked at every week: pairs with three tell of the three."""
    company, team = lattice(a=10), people("a", 10)
    book = Book("cadence")

    def with_others(count: int, value: float = 50.0) -> Contributions:
        found = Contributions()
        found.add(pair(one, other, value) for one in team for other in people("x", count))
        return found

    def next_week(found: Contributions) -> dict[str, tuple[int, float]]:
        decision = decide(
            SIGNAL_BY_NAME["cadence"], company,
            Ledger(panels=tuple(book.panels), opens_window=False, frozen={"a": 0, ORGANISATION: 1}),
            limits=Limits(), current=found.of("cadence"), carried={}, concerned=found.concerned("cadence"),
        )  # fmt: skip
        return {cohort: (each.panel, each.numbers.mean) for cohort, each in decision.shown.items()}

    assert book.release(WEEK, company, with_others(6)) == {"a": 0, ORGANISATION: 1}
    assert next_week(with_others(6, 60.0)) == {"a": (0, 60.0), ORGANISATION: (1, 60.0)}
    assert next_week(with_others(3)) == {}


def test_what_is_left_of_the_whole_needs_k_on_the_other_side_too() -> None:
    """Six of the sixteen deal with three only: the ten may be shown, or all, but not both."""
    company = lattice(a=10, b=6)
    among = [pair(one, other) for one in people("a", 10) for other in people("a", 10) if one < other]
    thin = [pair(one, other) for one in people("b", 6) for other in people("a", 3)]
    assert ORGANISATION in shown([*among, *thin], company)
    assert "a" not in shown([*among, *thin], company)


def test_everybody_counts_once_however_many_relationships_they_have() -> None:
    team = people("a", 6)
    ring = [pair(team[number], team[number - 1], 10.0) for number in range(6)]
    found = team_shown([*ring, *(pair("a0", f"x{number}", 40.0) for number in range(20))], size=6)
    assert found is not None
    assert found.numbers.mean == pytest.approx((5 * 10 + (2 * 10 + 20 * 40) / 22) / 6, rel=0.01)


def test_one_who_makes_the_sum_is_not_shown() -> None:
    assert team_shown([chain(person, 1.0 if person != "a0" else 20.0) for person in people("a", 8)]) is None


def test_a_factor_that_one_makes_is_left_out_alone() -> None:
    found = team_shown([chain(person, factor=float(person == "a0")) for person in people("a", 8)])
    assert found is not None
    assert found.numbers.factors == {}


def test_a_group_that_is_all_at_risk_is_not_shown() -> None:
    assert team_shown([chain(person, 9.0, "high") for person in people("a", 8)]) is None
    assert (
        team_shown([chain(person, 9.0, "high" if person != "a0" else "low") for person in people("a", 8)]) is not None
    )
    assert team_shown([chain(person) for person in people("a", 8)]) is not None


def test_shares_are_coarse_and_never_nothing_or_all() -> None:
    found = team_shown([chain(person, band="low" if person != "a0" else "high") for person in people("a", 40)], size=40)
    assert found is not None
    assert found.numbers.shares == {"low": 0.95, "elevated": 0.05, "high": 0.05}
    assert found.numbers.people == 40


def test_leaders_see_ten_and_more_and_nothing_that_tells_of_fewer() -> None:
    company = lattice(a=9, b=12)
    found = shown([chain(person) for person in company.people.values()], company)
    assert {cohort: each.leaders for cohort, each in found.items()} == {"a": False, "b": False, ORGANISATION: True}


def test_a_panel_waits_until_most_are_known() -> None:
    found = Contributions()
    found.add(
        chain(person, band="low" if number < 6 else "insufficient") for number, person in enumerate(people("a", 10))
    )
    book = Book("unheard")
    assert not book.release(WEEK, lattice(a=10), found)


def test_within_a_window_a_panel_stays_and_beyond_it_only_as_long_as_all_of_it() -> None:
    book = Book("unheard")
    values = [(person, 1.0) for person in people("a", 9)]
    first = book.release(WEEK, lattice(a=9), chains(values))
    assert len(book.panels[first["a"]].people) == 9
    # Somebody joins: the release goes on over the nine, in this window and the next.
    for week in (WEEK + 1, WEEK + 4):
        assert book.release(week, lattice(a=10), chains([*values, ("a9", 1.0)])) == first
    # Somebody leaves: what was said last stands until the window ends, then there is nothing to say.
    assert book.release(WEEK + 5, lattice(a=8), chains(values[:8])) == first
    assert book.release(WEEK + 8, lattice(a=8), chains(values[:8])) == {}
    # Five have come or gone since: enough to begin anew.
    again = book.release(WEEK + 12, lattice(a=14), chains((person, 1.0) for person in people("a", 14)))
    assert len(book.panels[again["a"]].people) == 14


def test_whoever_joins_within_a_window_waits_for_the_next_however_many_they_are() -> None:
    book = Book("unheard")
    nine, fifteen = ([(person, 1.0) for person in people("a", count)] for count in (9, 15))
    first = book.release(WEEK, lattice(a=9), chains(nine))
    for week in range(WEEK + 1, WEEK + 4):
        assert book.release(week, lattice(a=15), chains(fifteen)) == first
    then = book.release(WEEK + 4, lattice(a=15), chains(fifteen))
    assert len(book.panels[then["a"]].people) == 15


def test_a_cohort_that_was_withheld_waits_for_the_next_window() -> None:
    book = Book("unheard")
    for week, size in enumerate((4, 9, 9, 9), WEEK):
        assert book.release(week, lattice(a=size), chains((person, 1.0) for person in people("a", size))) == {}
    then = book.release(WEEK + 4, lattice(a=9), chains((person, 1.0) for person in people("a", 9)))
    assert set(then) == {"a", ORGANISATION}


def test_a_quiet_week_changes_no_panel() -> None:
    book = Book("unheard")
    values = [(person, 1.0) for person in people("a", 9)]
    first = book.release(WEEK, lattice(a=9), chains(values))
    assert book.release(WEEK + 4, lattice(a=9), chains(values[:8])) == first
    assert len(book.panels) == 2


def test_teams_that_lie_in_each_other_are_cohorts_of_their_own() -> None:
    teams = dict.fromkeys(people("a", 7), "leaf") | dict.fromkeys(people("b", 6), "trunk") | {"c0": ""}
    found = Lattice(teams=teams, parents={"leaf": "trunk", "trunk": "root", "loop": "pool", "pool": "loop"})
    assert {cohort: len(members) for cohort, members in found.members.items()} == {
        "leaf": 7, "loop": 0, "organisation": 14, "pool": 0, "root": 13, "trunk": 13,
    }  # fmt: skip
