import time
from dataclasses import astuple, dataclass
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.text.lexicon import PHRASES
from shared.domain.text.measure import Basis, TextMarkers, remembered, split
from shared.schemas.chat import Markers
from shared.schemas.markers import markers_of
from tests.unit.domain.texts import text_markers

WORDS = {word for listed in PHRASES.values() for word in listed.split()} - {"|"} | {"?", "!", ".", "but", "\n"}


@dataclass(frozen=True)
class Case:
    text: str
    questions: int = 0
    requests: int = 0
    acknowledges: bool = False
    defers: bool = False


CASES = [
    Case("Can you send me the report by Friday?", questions=1, requests=1),
    Case("Please review the draft.", requests=1),
    Case("Please find attached the file."),
    Case("Send me the numbers.", requests=1),
    Case("Let me know what you think", requests=1),
    Case("What do you think? Why is it late?", questions=2),
    Case("how are we doing on this", questions=1),
    Case("any update on the release", questions=1),
    Case("What I mean is that we should wait."),
    Case("Thanks, that helps a lot.", acknowledges=True),
    Case("Hi Ana,\nthank you for the quick answer.", acknowledges=True),
    Case("Yes, but we need more people", acknowledges=True),
    Case("Good point. I had not thought of it", acknowledges=True),
    Case("That makes sense to me", acknowledges=True),
    Case("ok", acknowledges=True),
    Case("Thanks in advance for looking at it"),
    Case("I do not agree with this"),
    Case("Right now I am busy"),
    Case("I'll get back to you tomorrow", defers=True),
    Case("Let me check with the team first", defers=True),
    Case("We will look into it", defers=True),
    Case("Can we talk about it next week?", questions=1, requests=1, defers=True),
    Case("It\N{RIGHT SINGLE QUOTATION MARK}s done, you can see it here", acknowledges=False),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.text[:40])
def test_markers_of_short_english(case: Case) -> None:
    found = text_markers(case.text)
    assert (found.questions, found.requests, found.acknowledges, found.defers) == astuple(case)[1:]


@pytest.mark.parametrize(
    "text",
    [
        "> Can you do it?\nIt is done.",
        "It is done.\n\nOn Mon, Jan 4, 2010 at 9:00 Bo wrote:\n> can you?\nCould you?",
        "It is done.\n-----Original Message-----\nCan you?",
        "It is done.\nFrom: Bo\nSent: Monday\nCould you do it?",
        "It is done.\n-- \nAre you hiring? We are!",
        "It is done. ```if (ready?) { please do it }```",
        "It is done. `why?`",
        "It is done. https://example.com/?what=now?",
        "It is done. <https://example.com/?a=b|can you?>",
        "It is done. <@U123|please>",
        "It is done. :question: :white_check_mark:",
    ],
)
def test_what_others_or_machines_wrote_is_taken_out_first(text: str) -> None:
    assert text_markers(text) == TextMarkers("text", words=3)


@pytest.mark.parametrize("text", ["", "   ", "?!", "👍", "`x = 1?`", "> quoted only", "https://example.com", "100 + 5"])
def test_a_text_without_own_words_says_so(text: str) -> None:
    assert text_markers(text) == TextMarkers("no_own_words")


@pytest.mark.parametrize(
    "text",
    [
        "Können Sie das bitte bis morgen prüfen?", "Danke, ich melde mich", "Peux-tu regarder ça pour moi ?",
        "¿Puedes revisarlo hoy por favor?", "Kun je dat even nakijken?", "Czy możesz to sprawdzić?",
        "これを確認してもらえますか", "Можешь посмотреть?", "ERROR 0x80070005 ACCESS DENIED",
    ],
)  # fmt: skip
def test_another_language_has_no_markers_and_says_so(text: str) -> None:
    assert text_markers(text) == TextMarkers("not_english")
    assert markers_of(text) == Markers(basis="not_english")


@pytest.mark.parametrize(
    "text",
    [
        "Automatic reply: budget\nI am on holiday, can it wait?",
        "I am out of the office until Monday. Please contact the desk.",
        "I'm currently on leave and will reply when I am back",
        "This is an automated message, please do not answer it.",
        "Please do not reply to this email. Your order is on its way",
    ],
)
def test_what_a_machine_wrote_has_no_markers_and_says_so(text: str) -> None:
    assert text_markers(text) == TextMarkers("automatic")


@pytest.mark.parametrize(
    "text",
    [
        "I am out of office on Friday, can you take over?",
        "I'll be away from my desk for an hour.",
        "The automatic reply is broken again, can you look?",
    ],
)
def test_people_who_write_of_absences_are_no_machines(text: str) -> None:
    assert text_markers(text).basis == "text"


@pytest.mark.parametrize(
    "text",
    [
        "It is done.\n\nBest regards,\nBo Brandt\nHead of Asking\nCan I help? Call me",
        "It is done.\nThanks,\nBo",
        "It is done.\n\nSent from my phone",
        "It is done.\n\nThis e-mail and any attachments are confidential. Are you the addressee?",
        "## Steps to reproduce\nIt is done.",
        "Expected behaviour:\nIt is done.\n- [ ] did you test it?",
        "**What should happen?**\nIt is done.",
    ],
)
def test_signatures_and_forms_are_taken_out_first(text: str) -> None:
    assert text_markers(text) == TextMarkers("text", words=3)


def test_thanks_at_the_end_of_a_sentence_are_no_signature() -> None:
    assert text_markers("Thanks\nfor the report, it is what we need").acknowledges


def test_the_wire_says_where_markers_come_from() -> None:
    found = markers_of("Could you look at it, please?")
    assert found == Markers(basis="text", words=6, questions=1, requests=1, hedges=1, inquiry=1)


@pytest.mark.parametrize("text", ["I agree, {} it is late", "{} we should talk about your point", "Good idea, {} no."])
def test_the_word_but_is_never_looked_at(text: str) -> None:
    """It counts as little as a word of no meaning in its place."""
    assert markers_of(text.format("but")) == markers_of(text.format("zut"))


@given(st.text(max_size=400), st.text(max_size=200))
def test_any_text_gives_the_same_markers_twice_and_keeps_no_text(text: str, before: str) -> None:
    answers = remembered(split(before))
    found = text_markers(text, answers)
    assert found == text_markers(text, answers)
    assert found.basis in get_args(Basis)
    assert all(value is None or isinstance(value, int) for value in found[1:])
    if found.basis == "text":
        assert found.words > 0
        assert min(found.questions, found.requests, found.hedges, found.advocacy, found.inquiry, found.reasons) >= 0
    else:
        assert found == TextMarkers(found.basis)
    for estimate in (found.uptake, found.receptiveness):
        assert estimate is None or -300 <= estimate <= 300


@given(st.lists(st.sampled_from(sorted(WORDS)), max_size=60).map(" ".join))
def test_any_words_of_the_lexicon_fit_the_wire(text: str) -> None:
    found = markers_of(text, remembered(split(text)))
    assert msgspec.json.decode(msgspec.json.encode(found), type=Markers) == found


@pytest.mark.parametrize(
    "unit",
    [
        "<",
        "`",
        "please ",
        "a@",
        "hi ",
        ":a",
        "on x ",
        "can you ",
        "? ",
        "\n>",
        "i'd ",
        "thanks\n",
        "# \n",
        "*a",
        "i am away ",
        "i see your ",
        "1,",
        "a'",
    ],
)
def test_hostile_repetition_costs_linear_time(unit: str) -> None:
    def seconds(size: int) -> float:
        text = "is it " + unit * (size // len(unit))
        answers = remembered(split("we should look at it and you should see that"))
        best = float("inf")
        for _ in range(3):
            start = time.process_time()
            text_markers(text, answers)
            best = min(best, time.process_time() - start)
        return best

    # Five times the text: 5 if linear, 25 if quadratic; between them lies room for a noisy machine.
    assert seconds(100_000) < 15 * max(seconds(20_000), 0.0005)
