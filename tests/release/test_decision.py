import pytest

from shared.domain.organisation.hierarchy import ORGANISATION
from shared.domain.release.contribution import Contributions, Observation
from shared.domain.release.decision import Shown, decide
from shared.domain.release.lattice import Lattice
from shared.domain.release.panels import Ledger
from shared.domain.release.rule import Limits, smallest_shown_above
from shared.domain.signals import SIGNAL_BY_NAME
from tests.release.ledgers import STYLE, Book, styles

WEEK = 2900


def people(team: str, count: int) -> list[str]:
    return [f"{team}{number}" for number in range(count)]


def lattice(**teams: int) -> Lattice:
    of = {person: team for team, count in teams.items() for person in people(team, count)}
    return Lattice(teams=of, parents=dict.fromkeys(teams))


def shown(observations: list[Observation], company: Lattice) -> dict[str, Shown]:
    found, book = Contributions(), Book(observations[0][0])
    found.add(observations)
    book.release(WEEK, company, found)
    return dict(book.decision.shown)


def style(person: str, value: float = 50.0, band: str = "watch", factor: float = 1.0) -> Observation:
    return STYLE, person, "", value, band, [("reach", factor)]


def chain(person: str, leader: str, value: float = 1.0) -> Observation:
    return "unheard", person, leader, value, "low", [("open_asks", value)]


def pair(one: str, other: str, value: float = 50.0, signal: str = "friction") -> Observation:
    return signal, one, other, value, "watch", ()


def team_shown(observations: list[Observation], size: int = 24) -> Shown | None:
    return shown(observations, lattice(a=size)).get("a")


def test_a_team_of_four_is_never_shown_nor_what_would_tell_of_it() -> None:
    company = lattice(a=4, b=6, c=9)
    found = shown([style(person) for person in company.people.values()], company)
    assert set(found) == {"c", ORGANISATION}


def test_somebody_who_is_in_no_team_hides_few_units() -> None:
    """The whole less its departments would be about them. What has no part in that is shown."""
    teams = [f"t{number}" for number in range(24)]
    of = {person: team for place, team in enumerate(teams) for person in people(team, 8 + place % 5)}
    parents = {team: f"d{place % 4}" for place, team in enumerate(teams)} | dict.fromkeys(
        f"d{each}" for each in range(4)
    )
    company = Lattice(teams=of | {"head": ""}, parents=parents)
    found = shown([style(person) for person in company.people.values()], company)
    hidden = company.members.keys() - found.keys()
    assert hidden
    assert len(hidden) <= 5  # a department, and one team of each
    assert ORGANISATION in found


def test_pairs_need_k_on_both_sides() -> None:
    many, few = people("a", 10), people("b", 4)
    assert not shown([pair(one, other) for one in many for other in few], lattice(a=10, b=4)).keys() & {"a", "b"}
    assert {"a", "b"} <= shown([pair(a, b) for a in many for b in people("b", 5)], lattice(a=10, b=5)).keys()


def test_a_panel_of_before_is_not_shown_in_a_week_in_which_it_deals_with_few() -> None:
    """The twenty are the same, and whom they deal with is looked at every week: pairs with three tell of the three."""
    company, team = lattice(a=20), people("a", 20)
    book = Book("friction")

    def with_others(count: int, value: float = 50.0) -> Contributions:
        found = Contributions()
        found.add(pair(one, other, value) for one in team for other in people("x", count))
        return found

    def next_week(found: Contributions) -> dict[str, tuple[int, float]]:
        decision = decide(
            SIGNAL_BY_NAME["friction"], company,
            Ledger(panels=tuple(book.panels), opens_window=False, frozen={"a": 0, ORGANISATION: 1}),
            limits=Limits(), current=found.of("friction"), carried={}, concerned=found.concerned("friction"),
            steps=book.steps,
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
    team = people("a", 20)
    ring = [pair(team[number], team[number - 1], 10.0) for number in range(20)]
    found = team_shown([*ring, *(pair("a0", f"x{number}", 40.0) for number in range(20))], size=20)
    assert found is not None
    assert found.numbers.mean == pytest.approx((19 * 10 + (2 * 10 + 20 * 40) / 22) / 20, rel=0.01)


@pytest.mark.parametrize("size", [6, 24])
@pytest.mark.parametrize(
    "values", [[1.0], [95.0], [95.0, 1.0], [0.0, 0.0, 95.0], [0.0]], ids=["worst", "best", "both", "one", "nothing"]
)
def test_whether_a_group_is_shown_tells_nothing_of_its_values(size: int, values: list[float]) -> None:
    """One that is all at risk and one that one person makes most of are told of as any other."""
    bands = SIGNAL_BY_NAME[STYLE].bands
    of = dict(zip(people("a", size), [*values, *(size - len(values)) * values[:1]], strict=True))
    found = team_shown([style(person, value, bands.of(value), value) for person, value in of.items()], size=size)
    assert found is not None
    assert all(0.05 <= share <= 0.95 for share in found.numbers.shares.values())


def test_one_who_makes_the_sum_counts_for_a_fifth_of_it() -> None:
    """A mean that one person makes is that person's value: here, how far they are from the best there is."""
    one = {"a0": 1.0}
    found = team_shown(
        [style(person, one.get(person, 98.0), factor=float(person == "a0")) for person in people("a", 24)]
    )
    assert found is not None
    assert found.numbers.mean == pytest.approx(100 - 2 * (23 + 23 / 4) / 24, abs=0.05)
    assert found.numbers.factors == {"reach": 0.0}


def test_shares_are_coarse_and_never_nothing_or_all() -> None:
    found = team_shown(
        [style(person, band="watch" if person != "a0" else "strained") for person in people("a", 40)], 40
    )
    assert found is not None
    assert found.numbers.shares == {"healthy": 0.05, "watch": 0.95, "strained": 0.05}
    assert found.numbers.people == 40


def test_relationships_of_fewer_than_ten_are_not_for_leaders_nor_for_everybody() -> None:
    company = lattice(a=9, b=12)
    found = shown([style(person) for person in company.people.values()], company)
    assert {cohort: each.leaders for cohort, each in found.items()} == {"a": False, "b": False, ORGANISATION: True}


def test_what_leaders_do_is_told_to_everybody_of_five() -> None:
    company = lattice(a=5, b=12)
    readings = [pair(each, f"x{place}", signal="one_on_one") for each in company.people.values() for place in range(5)]
    assert {cohort: each.leaders for cohort, each in shown(readings, company).items()} == {
        "a": True, "b": True, ORGANISATION: True,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("led", "told"),
    [
        ((4, 3, 3), ["a", ORGANISATION]),
        ((3, 3, 3), []),
        ((6, 6), []),
        ((6, 2, 2), ["a", ORGANISATION]),
        ((7, 2, 1), []),
        ((62, 19, 19), []),
        ((60, 20, 20), ["a", ORGANISATION]),
    ],
    ids=["least", "too few", "two leaders", "six of ten", "seven of ten", "62 of a hundred", "60 of a hundred"],
)
def test_measures_of_escalation_need_ten_people_and_three_leaders(led: tuple[int, ...], told: list[str]) -> None:
    team = people("a", sum(led))
    leaders = [f"l{leader}" for leader, count in enumerate(led) for _ in range(count)]
    of = dict(zip(team, leaders, strict=True))
    company = Lattice(teams=dict.fromkeys(team, "a"), parents={"a": None}, leaders={each: {of[each]} for each in team})
    found = shown([chain(person, leader) for person, leader in of.items()], company)
    assert {cohort: each.leaders for cohort, each in found.items()} == dict.fromkeys(told, True)


def test_what_is_left_of_a_unit_needs_three_leaders_too() -> None:
    """Of 42 people under four leaders thirty are told of only if the twelve of the fourth leader cannot be found."""
    of = {f"{team}{number}": f"l{team}" for team in "abc" for number in range(10)} | {f"d{n}": "ld" for n in range(12)}
    teams = {person: person[0] for person in of}
    company = Lattice(
        teams=teams, parents={"a": "u", "b": "u", "c": "u", "d": None}, leaders={each: {of[each]} for each in of}
    )
    assert set(shown([chain(person, leader) for person, leader in of.items()], company)) == {ORGANISATION}
    # Who changed leaders counts with both.
    changed = Lattice(
        teams=teams, parents={"a": "u", "b": "u", "c": "u", "d": "u"}, leaders={each: {of[each], "la"} for each in of}
    )
    assert shown([chain(person, leader) for person, leader in of.items()], changed) == {}


def test_nobody_counts_before_eight_weeks_of_evidence() -> None:
    book = Book(STYLE, strict=True)
    for week in range(WEEK, WEEK + 12):
        values = [(person, 50.0) for person in people("a", 9)]
        if week >= WEEK + 4:  # three made up beside, in time to be there when the first panel is made
            values += [(person, 10.0) for person in people("b", 3)]
        company = Lattice(teams=dict.fromkeys([*people("a", 9), *people("b", 3)], "a"), parents={"a": None})
        found = book.release(week, company, styles(values))
        # Panels are made in the first of every four weeks, by whoever had eight by then.
        assert bool(found) is (week >= WEEK + 8)
    assert {len(panel.people) for panel in book.panels} == {9}


def test_a_team_names_the_smallest_unit_above_that_is_shown() -> None:
    parents = {"team": "department", "department": "division", "division": ORGANISATION, "loop": "pool", "pool": "loop"}
    assert smallest_shown_above("team", parents, {"division", ORGANISATION}) == "division"
    assert smallest_shown_above("team", parents, {"team"}) is None
    assert smallest_shown_above("loop", parents, {ORGANISATION}) is None


def test_a_panel_waits_until_most_are_known() -> None:
    found = Contributions()
    found.add(
        style(person, band="watch" if number < 6 else "insufficient") for number, person in enumerate(people("a", 10))
    )
    book = Book(STYLE)
    assert not book.release(WEEK, lattice(a=10), found)


def test_within_a_window_a_panel_stays_and_beyond_it_only_as_long_as_all_of_it() -> None:
    book = Book(STYLE)
    values = [(person, 1.0) for person in people("a", 9)]
    first = book.release(WEEK, lattice(a=9), styles(values))
    assert len(book.panels[first["a"]].people) == 9
    # Somebody joins: the release goes on over the nine, in this window and the next.
    for week in (WEEK + 1, WEEK + 4):
        assert book.release(week, lattice(a=10), styles([*values, ("a9", 1.0)])) == first
    # Somebody leaves: what was said last stands until the window ends, then there is nothing to say.
    assert book.release(WEEK + 5, lattice(a=8), styles(values[:8])) == first
    assert book.release(WEEK + 8, lattice(a=8), styles(values[:8])) == {}
    # Five have come or gone since: enough to begin anew.
    again = book.release(WEEK + 12, lattice(a=14), styles((person, 1.0) for person in people("a", 14)))
    assert len(book.panels[again["a"]].people) == 14


def test_whoever_joins_within_a_window_waits_for_the_next_however_many_they_are() -> None:
    book = Book(STYLE)
    nine, fifteen = ([(person, 1.0) for person in people("a", count)] for count in (9, 15))
    first = book.release(WEEK, lattice(a=9), styles(nine))
    for week in range(WEEK + 1, WEEK + 4):
        assert book.release(week, lattice(a=15), styles(fifteen)) == first
    then = book.release(WEEK + 4, lattice(a=15), styles(fifteen))
    assert len(book.panels[then["a"]].people) == 15


def test_a_cohort_that_was_withheld_waits_for_the_next_window() -> None:
    book = Book(STYLE)
    for week, size in enumerate((4, 9, 9, 9), WEEK):
        assert book.release(week, lattice(a=size), styles((person, 1.0) for person in people("a", size))) == {}
    then = book.release(WEEK + 4, lattice(a=9), styles((person, 1.0) for person in people("a", 9)))
    assert set(then) == {"a", ORGANISATION}


def test_a_quiet_week_changes_no_panel() -> None:
    book = Book(STYLE)
    values = [(person, 1.0) for person in people("a", 9)]
    first = book.release(WEEK, lattice(a=9), styles(values))
    assert book.release(WEEK + 4, lattice(a=9), styles(values[:8])) == first
    assert len(book.panels) == 2


def test_teams_that_lie_in_each_other_are_cohorts_of_their_own() -> None:
    teams = dict.fromkeys(people("a", 7), "leaf") | dict.fromkeys(people("b", 6), "trunk") | {"c0": ""}
    found = Lattice(teams=teams, parents={"leaf": "trunk", "trunk": "root", "loop": "pool", "pool": "loop"})
    assert {cohort: len(members) for cohort, members in found.members.items()} == {
        "leaf": 7, "loop": 0, "organisation": 14, "pool": 0, "root": 13, "trunk": 13,
    }  # fmt: skip
