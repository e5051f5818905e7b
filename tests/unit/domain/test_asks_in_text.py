"""The grammar of asks, rule by rule, and on the half of the labelled texts that it may be tuned on."""

import pytest

from shared.domain.text.asks.forms import FORMS
from shared.domain.text.asks.kinds import KINDS
from shared.domain.text.asks.not_asks import NO_ASK
from tests.bench.texts.measures import ask_of, asks_by_grammar, compare, is_ask, results, rows_of


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Do we take the train or the plane to the fair?", "decision"),
        ("I need a yes or no from you on the second machine.", "decision"),
        ("Please decide which colour goes on the box.", "decision"),
        ("May I order the spare parts?", "approval"),
        ("Waiting on your sign-off for the trip.", "approval"),
        ("I need your approval for the new rate.", "approval"),
        ("Could you look over the two pages I wrote?", "review"),
        ("I would appreciate your comments on the outline.", "review"),
        ("What time does the truck leave?", "information"),
        ("Send me the list of open orders.", "information"),
        ("I wonder whether the parcel has arrived.", "information"),
        ("Is lunch for the customers paid for?", "information"),  # of work, in spite of its topic
        ("Still waiting for the figures from your side.", "information"),
        ("Could you water the lobby and lock the gate?", "favour"),
        ("All drivers are asked to wash the vans.", "favour"),
        ("Your badge is still not in the drawer.", "favour"),
        ("I can't go on until you open the valve.", "favour"),
    ],
)
def test_asks_are_found_in_every_form_with_their_kind(text: str, kind: str) -> None:
    ask = ask_of(text)
    assert ask is not None
    assert ask.kind == kind
    assert asks_by_grammar(text)


@pytest.mark.parametrize(
    "text",
    [
        "Lunch on Friday?",
        "How was your weekend?",
        "Do you want to come to the cinema with us?",
    ],
)
def test_social_questions_are_read_as_such_and_are_no_asks(text: str) -> None:
    ask = ask_of(text)
    assert ask is not None
    assert ask.kind == "social"
    assert not asks_by_grammar(text)


@pytest.mark.parametrize(
    "text",
    [
        "The plan is attached. Let me know if you have any questions.",  # closer
        "Do you need help with the forms?",  # offer
        "I'll send you the plan on Monday.",  # own act
        "I need to see the plan first.",  # own act
        "Jonas asked me to please sign the list.",  # reported
        'The sign says "Can you hear the bell?" in red.',  # quoted
        "How hard can it be to shut a door?",  # rhetorical
        "In case of fire, call the porter.",  # manual
        "Did the truck leave on time? Of course, as ever.",  # answered
        "The order arrived and everybody is back at work.",
    ],
)
def test_what_looks_like_an_ask_and_wants_nothing_is_none(text: str) -> None:
    assert ask_of(text) is None
    assert not asks_by_grammar(text)


@pytest.mark.parametrize(
    ("text", "directed", "deadline"),
    [
        ("Could you send me the plan by Thursday?", "reader", True),
        ("Could you send me the plan?", "reader", False),
        ("@ines could you send me the plan before the standup?", "named", True),
        ("Can anyone send me the plan?", "group", False),
        ("Please sign the form before it goes to print.", "reader", False),
        ("Please sign the form today.", "reader", True),
        ("Is the hall free until Friday?", "reader", False),  # the day is what is asked about
    ],
)
def test_an_ask_says_of_whom_and_whether_by_when(text: str, directed: str, *, deadline: bool) -> None:
    ask = ask_of(text)
    assert ask is not None
    assert (ask.directed, ask.deadline) == (directed, deadline)


def test_another_language_is_not_read() -> None:
    assert ask_of("Kannst du das bitte bis morgen prüfen?") is None


def test_every_rule_says_what_it_is_for() -> None:
    rules = [*NO_ASK, *FORMS, *KINDS.values()]
    assert len({rule.name for rule in rules}) == len(rules)
    assert all(rule.says.endswith(".") for rule in rules)


def test_it_holds_on_the_half_for_tuning() -> None:
    found = compare(rows_of("tuning"), is_ask, lambda row: asks_by_grammar(row["text"]))
    assert found.precision >= 0.95
    assert found.recall >= 0.95
    kinds = {name: each for name, each in results("tuning") if name.startswith("kind: ")}
    assert {name for name, each in kinds.items() if min(each.precision, each.recall) < 0.85} == set()
