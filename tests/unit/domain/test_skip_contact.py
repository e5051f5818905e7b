import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.facts.history import Mark
from shared.domain.facts.skip_contact import SkipContact, skip_contacts
from shared.domain.week import DAY
from tests.unit.domain.facts import ANN, AS_OF, BOB, CYD, ago, chain, contact, meeting


def kinds(*found: SkipContact) -> list[tuple[str, bool]]:
    return [(each.kind, each.unsolicited) for each in found]


def test_nothing() -> None:
    assert skip_contacts(chain(), AS_OF) == ()


@pytest.mark.parametrize(
    ("marks", "others", "expected"),
    [
        (Mark(0), (), ("bypass", True)),
        (Mark(0), ("dan", "eve"), ("bypass", True)),  # three recipients
        (Mark(0), ("dan", "eve", "fay"), ("other", False)),  # four: not a direct contact
        (Mark(0), (BOB,), ("sponsored", False)),
        (Mark.REPLY, (), ("bypass", False)),
        (Mark.PUBLIC, (), ("other", False)),
    ],
)
def test_messages_of_the_person(marks: Mark, others: tuple[str, ...], expected: tuple[str, bool]) -> None:
    history = chain(contacts=[contact(ago(3), ANN, CYD, marks=marks, others=others)])
    assert kinds(*skip_contacts(history, AS_OF)) == [expected]


def test_what_the_skip_starts_is_no_bypass_and_solicits_for_seven_days() -> None:
    started = contact(ago(20, 9), CYD, ANN)

    def after(seconds: int) -> tuple[str, bool]:
        history = chain(contacts=[started, contact(ago(20, 9) + seconds, ANN, CYD)])
        return kinds(*skip_contacts(history, AS_OF))[1]

    assert kinds(*skip_contacts(chain(contacts=[started]), AS_OF)) == [("other", False)]
    assert after(7 * DAY) == ("bypass", False)
    assert after(7 * DAY + 1) == ("bypass", True)


def test_meetings_by_type() -> None:
    history = chain(
        meetings=[
            meeting(ago(24), (ANN, CYD), organiser=ANN),
            meeting(ago(23), (ANN, BOB, CYD), organiser=ANN),
            meeting(ago(22), (ANN, BOB, CYD), organiser=ANN, declined=(BOB,)),  # invited is enough
            meeting(ago(21), (ANN, CYD, "dan", "eve"), organiser=ANN),  # three others
            meeting(ago(20), (ANN, CYD, "dan", "eve", "fay"), organiser=ANN),
            meeting(ago(19), (ANN, CYD, "dan"), organiser="dan"),
            meeting(ago(18), (ANN, CYD), organiser=ANN, series=7),
            meeting(ago(17), (ANN, BOB, CYD), organiser=CYD, series=8),
        ]
    )
    assert kinds(*skip_contacts(history, AS_OF)) == [
        ("bypass", True),
        ("sponsored", False),
        ("sponsored", False),
        ("bypass", True),
        ("other", False),
        ("other", False),
        ("programmatic", False),
        ("sponsored", False),
    ]


def test_cancelled_declined_and_future_meetings_are_no_contact() -> None:
    history = chain(
        meetings=[
            meeting(ago(9), (ANN, CYD), organiser=ANN, cancelled_by=ANN),
            meeting(ago(8), (ANN, CYD), organiser=ANN, declined=(CYD,)),
            meeting(ago(3), (ANN, CYD), organiser=ANN),
        ]
    )
    assert skip_contacts(history, ago(4)) == ()
    assert len(skip_contacts(history, ago(3))) == 1


@pytest.mark.parametrize(("organiser", "series", "unsolicited"), [(CYD, 0, False), (ANN, 5, False), ("dan", 0, True)])
def test_a_follow_up_of_a_meeting_with_the_skip_is_solicited(organiser: str, series: int, *, unsolicited: bool) -> None:
    people = (ANN, CYD, "dan") if organiser == "dan" else (ANN, CYD)
    history = chain(
        contacts=[contact(ago(7), ANN, CYD)], meetings=[meeting(ago(9), people, organiser=organiser, series=series)]
    )
    assert kinds(*skip_contacts(history, AS_OF))[1] == ("bypass", unsolicited)


@given(
    st.lists(st.tuples(st.integers(0, 60), st.booleans(), st.integers(0, 127)), max_size=20),
    st.randoms(use_true_random=False),
)
def test_typing_is_a_function_of_the_set(facts: list[tuple[int, bool, int]], rng: random.Random) -> None:
    contacts = [contact(ago(days), *((ANN, CYD) if up else (CYD, ANN)), marks=Mark(marks)) for days, up, marks in facts]
    twice = contacts + rng.sample(contacts, len(contacts) // 2)
    rng.shuffle(twice)
    assert skip_contacts(chain(contacts=twice), AS_OF) == skip_contacts(chain(contacts=set(contacts)), AS_OF)
