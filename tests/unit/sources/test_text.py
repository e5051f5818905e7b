import time
from dataclasses import astuple, dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.text import TextMarkers, text_markers
from shared.schemas.chat import Markers
from shared.schemas.markers import markers_of


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
    assert found is not None
    assert found[1:] == astuple(case)[1:]


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
    assert text_markers(text) == TextMarkers(words=3, questions=0, requests=0, acknowledges=False, defers=False)


@pytest.mark.parametrize(
    "text",
    [
        "", "   ", "?!", "👍", "`x = 1?`", "> quoted only", "https://example.com",
        "Können Sie das bitte bis morgen prüfen?", "Danke, ich melde mich", "Peux-tu regarder ça pour moi ?",
        "¿Puedes revisarlo hoy por favor?", "Kun je dat even nakijken?", "Czy możesz to sprawdzić?",
        "これを確認してもらえますか", "Можешь посмотреть?", "ERROR 0x80070005 ACCESS DENIED",
    ],
)  # fmt: skip
def test_no_english_words_means_not_known(text: str) -> None:
    assert text_markers(text) is None
    assert markers_of(text) == Markers()


def test_the_wire_says_where_markers_come_from() -> None:
    assert markers_of("Could you look at it, please?") == Markers(basis="text", words=6, questions=1, requests=1)


def test_the_word_but_is_never_looked_at() -> None:
    assert markers_of("I agree, but it is late") == markers_of("I agree, yet it is late")


@given(st.text(max_size=400))
def test_any_text_gives_the_same_markers_twice(text: str) -> None:
    found = text_markers(text)
    assert found == text_markers(text)
    if found is not None:
        assert found.words > 0
        assert min(found.questions, found.requests) >= 0


@pytest.mark.parametrize("unit", ["<", "`", "please ", "a@", "hi ", ":a", "on x ", "can you ", "? ", "\n>", "i'd "])
def test_hostile_repetition_costs_linear_time(unit: str) -> None:
    def seconds(size: int) -> float:
        text = "is it " + unit * (size // len(unit))
        best = float("inf")
        for _ in range(3):
            start = time.perf_counter()
            text_markers(text)
            best = min(best, time.perf_counter() - start)
        return best

    # Five times the text: 5 if linear, 25 if quadratic; between them lies room for a noisy machine.
    assert seconds(100_000) < 15 * max(seconds(20_000), 0.0005)
