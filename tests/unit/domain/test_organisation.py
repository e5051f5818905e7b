from shared.domain.facts.history import Contact
from shared.domain.facts.skip_contact import skip_contacts
from shared.domain.organisation.hierarchy import FOREVER, SINCE_EVER, Chain, Line, Link, Organisation
from tests.unit.domain.facts import AS_OF, ago, chain, contact

REORGANISATION = ago(20, 0)
# Ann reported to cyd until bob came between them.
ORGANISATION = Organisation(
    lines=[
        Line(person="ann", valid_from=SINCE_EVER, valid_to=REORGANISATION, manager="cyd"),
        Line(person="ann", valid_from=REORGANISATION, valid_to=FOREVER, manager="bob"),
        Line(person="bob", valid_from=SINCE_EVER, valid_to=FOREVER, manager="cyd"),
        Line(person="cyd", valid_from=SINCE_EVER, valid_to=FOREVER, manager=""),
    ],
    links=[
        Link(identity=1, valid_from=SINCE_EVER, valid_to=REORGANISATION, person="ann"),
        Link(identity=1, valid_from=REORGANISATION, valid_to=FOREVER, person="bob"),
        Link(identity=2, valid_from=SINCE_EVER, valid_to=FOREVER, person="gone"),
    ],
    teams={"ann": "red", "bob": "red", "cyd": "top"},
)


def test_lines_are_read_as_of_the_instant() -> None:
    assert ORGANISATION.manager("ann", REORGANISATION - 1) == "cyd"
    assert ORGANISATION.manager("ann", REORGANISATION) == "bob"
    assert ORGANISATION.manager("cyd", AS_OF) == ""
    assert ORGANISATION.manager("nobody", AS_OF) == ""


def test_a_reorganisation_does_not_fake_a_skip_contact() -> None:
    to_the_then_leader, past_the_leader = contact(ago(30), "ann", "cyd"), contact(ago(5), "ann", "cyd")

    def upward(contacts: list[Contact]) -> list[Contact]:
        now = Chain(person="ann", leader="bob", skip="cyd")
        return [each for each in contacts if ORGANISATION.chain("ann", each.at) == now]

    assert ORGANISATION.chain("ann", ago(30)) is None  # cyd was the leader, and at the top
    assert upward([to_the_then_leader, past_the_leader]) == [past_the_leader]
    found = skip_contacts(chain(contacts=upward([to_the_then_leader, past_the_leader])), AS_OF)
    assert [each.at for each in found] == [ago(5)]


def test_chains_in_force() -> None:
    assert ORGANISATION.chains(REORGANISATION - 1) == ()
    assert ORGANISATION.chains(AS_OF) == (Chain(person="ann", leader="bob", skip="cyd"),)


def test_overlapping_lines_read_the_later_one_and_lines_to_oneself_end_the_tree() -> None:
    organisation = Organisation(
        lines=[
            Line(person="ann", valid_from=0, valid_to=100, manager="bob"),
            Line(person="ann", valid_from=50, valid_to=100, manager="cyd"),
            Line(person="cyd", valid_from=0, valid_to=100, manager="cyd"),
        ],
        links=[],
        teams={},
    )
    assert [organisation.manager("ann", at) for at in (49, 50, 100)] == ["bob", "cyd", ""]
    assert organisation.manager("cyd", 10) == ""


def test_a_line_that_is_over_holds_no_more_though_no_other_follows() -> None:
    organisation = Organisation(
        lines=[Line("ann", 0, 100, "bob"), Line("bob", 0, 200, "cyd")], links=[Link(1, 0, 100, "ann")],
        teams={"ann": "", "bob": "", "cyd": ""},
    )  # fmt: skip
    assert [organisation.manager("ann", at) for at in (-1, 0, 99, 100)] == ["", "bob", "bob", ""]
    assert [organisation.chain("ann", at) is None for at in (99, 100)] == [False, True]
    assert [organisation.reports("bob", at) for at in (99, 100)] == [("ann",), ()]
    assert [organisation.person(1, at) for at in (-1, 0, 99, 100)] == ["", "ann", "ann", ""]


def test_a_loop_is_no_chain() -> None:
    lines = [Line("ann", 0, 100, "bob"), Line("bob", 0, 100, "ann")]
    assert Organisation(lines=lines, links=[], teams={"ann": "", "bob": ""}).chains(5) == ()


def test_identities_are_read_as_of_the_instant() -> None:
    assert ORGANISATION.person(1, REORGANISATION - 1) == "ann"
    assert ORGANISATION.person(1, REORGANISATION) == "bob"
    assert ORGANISATION.person(2, AS_OF) == ""  # not in the directory
    assert ORGANISATION.person(3, AS_OF) == ""
