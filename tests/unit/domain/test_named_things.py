import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.privacy.named_things import (
    ThingKind,
    is_key,
    is_keyed_ticket,
    keyed_ticket_parts,
    kind_of_key,
    neutral_name,
)
from shared.domain.privacy.pseudonym import ArrivingNames, DepartingNames, NotPseudonymousError, Pseudonyms
from tests.names import CHECKS, DEPARTING, PSEUDONYMS

OTHER = Pseudonyms(b"2" * 32)


@given(st.sampled_from(ThingKind), st.text(min_size=1))
def test_a_key_says_nothing_of_what_it_stands_for(kind: ThingKind, text: str) -> None:
    key = PSEUDONYMS.named(kind, text)
    assert key == Pseudonyms(b"the key of these tests, 32 bytes."[:32]).named(kind, text) != OTHER.named(kind, text)
    assert is_key(key, kind)
    assert kind_of_key(key) is kind
    assert len({PSEUDONYMS.named(each, text) for each in ThingKind}) == len(ThingKind)
    assert neutral_name(kind, key) == f"{kind.value.title()} {key[2:6]}"


@given(st.text(min_size=1))
def test_a_neutral_name_never_repeats_a_text(text: str) -> None:
    assert neutral_name(ThingKind.TEAM, text).removeprefix("Team ").isalnum()
    if len(text) > 4:
        assert text not in neutral_name(ThingKind.TEAM, text)


@given(st.text(min_size=1))
def test_every_ticket_gets_a_form_that_passes_and_no_other_does(text: str) -> None:
    made = PSEUDONYMS.ticket(text)
    assert is_keyed_ticket(made)
    assert DEPARTING.ticket(made) == ArrivingNames(CHECKS).ticket(made) == made
    if len(text) > 4 and any(map(str.isalpha, text)) and not is_keyed_ticket(text):
        assert text not in made


@pytest.mark.parametrize(
    ("ticket", "project", "number"), [("RUIZ-17", "RUIZ", "-17"), ("INC0012", "INC", "0012"), ("Ábel 3", "Ábel", " 3")]
)
def test_a_ticket_keeps_its_number_and_its_project_a_key(ticket: str, project: str, number: str) -> None:
    made = PSEUDONYMS.ticket(ticket)
    assert made == PSEUDONYMS.named(ThingKind.QUEUE, project) + number
    assert keyed_ticket_parts(made) == (PSEUDONYMS.named(ThingKind.QUEUE, project), number)


@pytest.mark.parametrize("ticket", ["4711", "1-364285768", "#12"])
def test_a_number_alone_stays(ticket: str) -> None:
    assert PSEUDONYMS.ticket(ticket) == ticket
    assert keyed_ticket_parts(ticket) is None


@pytest.mark.parametrize("names", [DEPARTING, ArrivingNames(CHECKS)])
def test_what_people_call_things_does_not_travel(names: DepartingNames | ArrivingNames) -> None:
    for text in ("Sales", "T-1", PSEUDONYMS.named(ThingKind.GOAL, "x"), PSEUDONYMS.person("x")):
        with pytest.raises(NotPseudonymousError):
            names.named(ThingKind.TEAM, text)
    with pytest.raises(NotPseudonymousError):
        names.ticket("T-1")
