"""Names of people in what others call teams, goals and queues."""

import time

import pytest

from services.simulator.names import DEPARTMENTS, FIRST_NAMES, SURNAMES, TEAMS
from shared.domain.privacy.names_in_text import Match, PeopleNames, name_in_id

PEOPLE = (
    "Ana Ruiz", "Jürgen Müller", "Li Wu", "王伟", "Ana María Gómez-López", "Søren Kierkegaard", "Luke Young",
    "Łukasz Żak", "O'Brien, Pat", "Ludwig van Beethoven", "Zendaya",
)  # fmt: skip
ACCOUNTS = ("ana.ruiz@example.com", "X1234567", "101", "sales@example.com")
KNOWN = PeopleNames(PEOPLE, ACCOUNTS)


@pytest.mark.parametrize(
    ("text", "proposal"),
    [
        ("Sales (Ana Ruiz)", "Sales"),
        ("Sales (Ruiz, Ana)", "Sales"),
        ("RUIZ ANA team", "team"),
        ("A. Ruiz's team", "team"),
        ("Support, Ruiz A.", "Support"),
        ("Ana's people (R.)", "people (R.)"),
        ("Ana R. EMEA", "EMEA"),
        ("SalesAnaRuiz", "Sales"),
        ("sales-ana_ruiz-emea", "sales - emea"),
        ("anaruiz", ""),
        ("ruizana", ""),
        ("xxanaruizxx", ""),
        ("Ana Ruiz", ""),
        ("Desk of Jurgen Muller", "Desk"),
        ("Desk of JUERGEN MUELLER", "Desk"),
        ("Mu\u0308ller, Ju\u0308rgen", ""),
        ("J. Müller and others", "and others"),
        ("Wu Li desk", "desk"),
        ("销售王伟组", ""),
        ("Gomez Lopez accounts", "accounts"),
        ("Soren Kierkegaard", ""),
        ("lukasz zak", ""),
        ("Pat O'Brien", ""),
        ("Zendaya fans", "fans"),
        ("van Beethoven, Ludwig", "van"),
        ("box of ana.ruiz@example.com", "box"),
        ("desk X1234567", ""),
        ("Platform / Ana\u200b Ruiz", "Platform"),
    ],
)
def test_a_name_is_found_however_it_is_written(text: str, proposal: str) -> None:
    found = KNOWN.find(text)
    assert found is not None
    if text != "Ana's people (R.)":
        assert found.match is Match.NAME, text
        assert found.proposal == proposal
    assert found.proposal == "" or KNOWN.find(found.proposal) is None, "what is proposed names nobody"


@pytest.mark.parametrize(
    "text", ["Team Ruiz", "Ana's team", "Young talents", "müller", "gomez", "aruiz", "ruiza", "box of x@y.io"]
)
def test_a_word_of_a_name_is_a_part_of_it(text: str) -> None:
    found = KNOWN.find(text)
    assert found is not None
    assert found.match is Match.PART


@pytest.mark.parametrize(
    "text", ["", "Sales", "Analysis", "van der Meer", "Room 101", "IT", "Wuthering", "Younger people", "Banana", "---"]
)
def test_other_words_are_nobody(text: str) -> None:
    assert KNOWN.find(text) is None


def test_no_name_of_the_demo_is_that_of_its_people() -> None:
    """So the demo confirms all of them."""
    everybody = PeopleNames([f"{one} {other}" for one in FIRST_NAMES for other in SURNAMES[:10]] + list(SURNAMES))
    for each in (*DEPARTMENTS, *TEAMS, "Company", "Leadership", "Night Desk", "Customers stay"):
        assert everybody.find(each) is None, each


@pytest.mark.parametrize(
    ("text", "name"), [("ana.ruiz", "ana ruiz"), ("ana_ruiz@x.io", "ana ruiz"), ("4711", ""), ("aruiz", "")]
)
def test_a_name_is_read_from_an_id_that_is_made_of_it(text: str, name: str) -> None:
    assert name_in_id(text) == name


def test_many_people_and_long_texts_take_no_time() -> None:
    many = PeopleNames([f"{one} {other}{number}" for number in range(40) for one in FIRST_NAMES for other in ("Berg",)])
    began = time.process_time()
    assert many.find("Words of a team " * 600) is None
    assert many.find("x" * 10_000) is None
    assert time.process_time() - began < 2
