"""Which facts count between a person and their leader's leader: those from while the chain was in force."""

from services.signals.scoring.compute import chain_history
from shared.domain.facts.history import WholePair
from shared.domain.facts.skip_contact import skip_contacts
from shared.domain.organisation.hierarchy import FOREVER, SINCE_EVER, Chain, Line, Organisation
from shared.storage.facts.load import Histories
from tests.unit.domain.facts import AS_OF, ago, contact, meeting

CHAIN = Chain(person="ann", leader="bob", skip="cyd")


def organisation(*lines: Line) -> Organisation:
    return Organisation(lines=lines, links=[], teams=dict.fromkeys(("ann", "bob", "cyd", "dan"), ""))


def histories() -> Histories:
    """Ann wrote to cyd, and invited them, before and after the twentieth day."""
    upward = WholePair(
        first="ann", second="cyd", days=(), steps=(),
        contacts=(contact(ago(30), "ann", "cyd"), contact(ago(5), "ann", "cyd")),
        meetings=(
            meeting(ago(29), ("ann", "cyd"), organiser="ann"), meeting(ago(4), ("ann", "cyd"), organiser="ann"),
        ),
    )  # fmt: skip
    return Histories(pairs={("ann", "cyd"): upward}, sent_by_day={}, hosted={}, acted={})


def bypasses(company: Organisation) -> list[int]:
    found = skip_contacts(chain_history(histories(), company, CHAIN), AS_OF)
    assert {each.kind for each in found} <= {"bypass"}
    return [each.at for each in found]


def test_contact_and_meetings_before_a_reorganisation_go_past_nobody() -> None:
    """Cyd was the leader of ann until bob came between them."""
    company = organisation(
        Line("ann", SINCE_EVER, ago(20, 0), "cyd"),
        Line("ann", ago(20, 0), FOREVER, "bob"),
        Line("bob", SINCE_EVER, FOREVER, "cyd"),
    )
    assert bypasses(company) == [ago(5), ago(4)]


def test_nor_do_those_from_under_another_leader() -> None:
    company = organisation(
        Line("ann", SINCE_EVER, ago(20, 0), "dan"),
        Line("ann", ago(20, 0), FOREVER, "bob"),
        Line("bob", SINCE_EVER, FOREVER, "cyd"),
        Line("dan", SINCE_EVER, FOREVER, "cyd"),
    )
    assert bypasses(company) == [ago(5), ago(4)]


def test_those_of_a_chain_that_was_always_in_force_do() -> None:
    company = organisation(Line("ann", SINCE_EVER, FOREVER, "bob"), Line("bob", SINCE_EVER, FOREVER, "cyd"))
    assert bypasses(company) == [ago(30), ago(29), ago(5), ago(4)]
