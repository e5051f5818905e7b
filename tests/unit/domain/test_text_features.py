import pytest

from shared.domain.text.features import FEATURES, TOKEN, count
from shared.domain.text.lexicon import PHRASES
from shared.domain.text.measure import TextMarkers, remembered, split
from shared.domain.text.uptake import said
from shared.domain.text.weights import RECEPTIVENESS, UPTAKE
from tests.unit.domain.texts import text_markers

BEFORE = "We should move the release to Thursday because the tests are still red."


def features(text: str) -> dict[str, int]:
    """Features that were found, without those of build."""
    found = dict(zip(FEATURES, count(TOKEN.findall(text.lower())), strict=True))
    return {name: value for name, value in found.items() if value and name in PHRASES}


def answer(text: str, before: str = BEFORE) -> TextMarkers:
    return text_markers(text, remembered(split(before)))


@pytest.mark.parametrize(
    ("feature", "holds", "lacks"),
    [
        ("acknowledgement", "i see your concern", "i see no reason"),
        ("their_words", "as you said", "you are late"),
        ("agreement", "i agree with you", "nobody agrees"),
        ("granting", "that is a good point", "it points to the file"),
        ("in_part", "to some extent", "some extent of the road"),
        ("concession", "that said", "said that"),
        ("gratitude", "i appreciate it", "it is appreciable"),
        ("apology", "sorry for the delay", "a sorry state"),
        ("hedge", "perhaps it is", "it is"),
        ("own_view", "i think it works", "they think it works"),
        ("certainty", "obviously it works", "it works"),
        ("limiter", "just do it", "do it"),
        ("negation", "it does not", "it does"),
        ("disagreement", "i disagree", "i agree"),
        ("dismissal", "that is nonsense", "that makes sense"),
        ("rebuttal", "why did you delete it", "why it was deleted"),
        ("obligation", "we must go", "we go"),
        ("you_should", "you should go", "should you go"),
        ("reasoning", "because it is red", "it is red"),
        ("conclusion", "therefore we wait", "we wait"),
        ("condition", "unless it is red", "it is red"),
        ("example", "for example this", "for this"),
        ("curiosity", "i wonder whether it helps", "it is a wonder"),
        ("invitation", "we could meet", "they could meet"),
        ("could_you", "could you look", "you could look"),
        ("please", "please look", "as you please not"),
    ],
)
def test_a_feature_counts_what_it_lists(feature: str, holds: str, lacks: str) -> None:
    assert features(holds).get(feature, 0) > 0
    if feature not in {"apology", "please"}:  # of single words the neighbours are not looked at
        assert features(lacks).get(feature, 0) == 0


def test_one_place_counts_once() -> None:
    assert features("tell me more about it")["curiosity"] == 1


def test_what_comes_late_is_not_early() -> None:
    early, late = (
        dict(zip(FEATURES, count(TOKEN.findall(text)), strict=True))
        for text in ("i agree with it", "it has been on the list of the team for some weeks now and i agree with it")
    )
    assert (early["early_agreement"], late["early_agreement"]) == (1, 0)
    assert early["agreement"] == late["agreement"] == 1


def test_acknowledging_first_is_rated_above_dismissing() -> None:
    heard = text_markers("I understand your point and I agree with some of it. Could you tell me more about the plan?")
    dismissed = text_markers("No, that is wrong. You should just read the plan. You never do and it is nonsense.")
    assert heard.receptiveness is not None
    assert dismissed.receptiveness is not None
    assert heard.receptiveness > 50 > -50 > dismissed.receptiveness


def test_of_few_words_nothing_is_estimated() -> None:
    assert text_markers("I agree with you, thanks").receptiveness is None


def test_advocacy_and_inquiry() -> None:
    advocates = text_markers("I think we should wait. You must see that, obviously.")
    inquires = text_markers("What do you think? Could you explain the plan? I wonder what it takes.")
    rebuts = text_markers("Why would you do that? Why did you delete it?")
    assert (advocates.advocacy, advocates.inquiry) == (5, 0)  # think, should, must, you must, obviously
    assert inquires.inquiry > inquires.advocacy == 0
    assert (rebuts.questions, rebuts.inquiry) == (2, 0)


def test_uptake_is_more_the_more_is_taken_up() -> None:
    nothing, some, much = (
        answer(text).uptake
        for text in (
            "There are fresh cups in the kitchen now.",
            "Thursday works for the two of us here.",
            "Moving the release to Thursday is fine, the tests are red. What should we fix first?",
        )
    )
    assert nothing is not None
    assert some is not None
    assert much is not None
    assert nothing < some < much
    assert nothing < 0 < much


def test_a_follow_up_asks_about_what_was_said() -> None:
    assert answer("Which tests are red?").follow_ups == 1
    assert answer("Is there coffee in the kitchen?").follow_ups == 0
    assert answer("The tests are red.").follow_ups == 0


def test_without_the_message_it_answers_there_is_no_uptake_rather_than_a_wrong_one() -> None:
    alone = text_markers("Moving the release to Thursday is fine, the tests are red.")
    assert (alone.uptake, alone.follow_ups) == (None, None)
    assert alone.receptiveness is not None


@pytest.mark.parametrize(
    "before", ["ok", "We go now.", "Das können wir nicht machen, oder?", "", "is it the one we do?"]
)
def test_short_foreign_and_empty_messages_cannot_be_taken_up(before: str) -> None:
    assert remembered(split(before)) is None


def test_receptiveness_is_of_replies_to_asks_and_positions() -> None:
    reply = "I moved the two tables to the other room on Monday."
    assert answer(reply, "Could you move the tables to the other room?").receptiveness is not None
    assert answer(reply, "I think the tables belong in the other room").receptiveness is not None
    assert answer(reply, "The tables came in on Friday from the shop.").receptiveness is None


def test_what_is_remembered_is_no_text() -> None:
    heard = said(["the", "tests", "are", "failing", "again", "today"], contested=True)
    assert "failing" not in heard.content  # stems
    assert heard.content >= {"test", "fail"}


@pytest.mark.parametrize("model", [RECEPTIVENESS, UPTAKE])
def test_models_name_features_that_exist_and_their_source(model: object) -> None:
    assert model in (RECEPTIVENESS, UPTAKE)
    assert set(RECEPTIVENESS.weights) <= set(FEATURES)
    assert all("Ridge" in each.provenance and "MIT" in each.provenance for each in (RECEPTIVENESS, UPTAKE))
