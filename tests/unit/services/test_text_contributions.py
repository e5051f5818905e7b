import pytest

from services.signals.intake.contribute import contribute
from shared.domain.facts.digests import digest
from shared.domain.facts.fact_delta import FactDelta, Identities
from shared.domain.facts.history import TEXT_COUNTER_INDEX, TEXT_COUNTERS
from shared.domain.facts.text_contributions import responds, text_counts
from shared.schemas.chat import Markers
from shared.schemas.envelope import utc
from shared.schemas.interaction import Contact, Stepped

ANN, BOB, CYD = "chat:ann", "chat:bob", "chat:cyd"
MARKERS = Markers(
    basis="text", words=12, questions=3, requests=1, acknowledges=True, hedges=2, reasons=1, advocacy=4, inquiry=3,
    receptiveness=-40, uptake=25, follow_ups=2,
)  # fmt: skip


def contact(markers: Markers, *recipients: str, replies_to: str | None = None) -> Contact:
    return Contact(
        id="chat:message:1", entity="chat:message:1", at=utc(86_400 * 20_000), channel="chat", actor=ANN,
        recipients=recipients or (BOB,), audience=1, in_reply_to=replies_to, markers=markers,
    )  # fmt: skip


def counts(found: Contact, recipient: str = BOB) -> dict[str, int]:
    given = text_counts(found.markers, response=responds(found, recipient, len(found.recipients))) or []
    return {name: value for name, value in zip(TEXT_COUNTERS, given, strict=False) if value}


ALONE = {"texts": 1, "questions": 1, "hedges": 2, "reasons": 1, "advocacy": 4, "inquiry": 3}
RESPONSE = {
    "responses": 1, "acknowledged_halves": 2, "follow_ups": 1, "uptake_texts": 1, "uptake": 25,
    "receptiveness_texts": 1, "receptiveness": -40,
}  # fmt: skip


def test_a_reply_counts_as_a_response_to_whom_it_replies() -> None:
    found = contact(MARKERS, BOB, CYD, replies_to=BOB)
    assert counts(found) == ALONE | RESPONSE
    assert counts(found, CYD) == ALONE


def test_a_text_read_with_what_it_answers_is_a_response_to_the_only_recipient() -> None:
    assert counts(contact(MARKERS)) == ALONE | RESPONSE
    assert counts(contact(MARKERS, BOB, CYD)) == ALONE


def test_noted_counts_half() -> None:
    brief = Markers(basis="text", words=2, acknowledges=True)
    assert counts(contact(brief, replies_to=BOB)) == {"texts": 1, "responses": 1, "acknowledged_halves": 1}


def test_what_was_not_read_counts_nothing_and_another_language_says_so() -> None:
    assert text_counts(Markers(), response=True) is None
    assert text_counts(Markers(basis="no_own_words"), response=True) is None
    assert counts(contact(Markers(basis="not_english"))) == {"other_language": 1}


@pytest.mark.parametrize("basis", ["metadata", "no_own_words"])
def test_metadata_leaves_the_text_counters_alone(basis: str) -> None:
    delta = FactDelta(Identities())
    contribute(delta, contact(Markers(basis=basis)), digest("chat:message:1"), +1)  # type: ignore[arg-type]
    assert delta.texts == {}
    assert delta.added.contacts


def test_what_is_added_can_be_taken_back() -> None:
    delta = FactDelta(Identities())
    for sign in (+1, -1):
        contribute(delta, contact(MARKERS, replies_to=BOB), digest("chat:message:1"), sign)
        total = {name: values[at] for values in delta.texts.values() for name, at in TEXT_COUNTER_INDEX.items()}
        assert total["receptiveness"] == (-40 if sign > 0 else 0)
    assert not any(total.values())


def test_a_comment_on_a_ticket_counts_towards_whom_it_concerns_and_answers_nobody() -> None:
    comment = Stepped(
        id="jira:step:1", entity="jira:step:1", at=utc(86_400 * 20_000), ticket="T-1", step="commented", actor=ANN,
        reporter=BOB, assignee=CYD, markers=MARKERS,
    )  # fmt: skip
    delta = FactDelta(Identities())
    contribute(delta, comment, digest("jira:step:1"), +1)
    found = {
        key[1]: {name: values[at] for name, at in TEXT_COUNTER_INDEX.items() if values[at]}
        for key, values in delta.texts.items()
    }
    assert found == {BOB: ALONE, CYD: ALONE}
