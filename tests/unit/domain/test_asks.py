import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.facts.asks import Ask, ask_ledger
from shared.domain.facts.history import Channel, Contact, Mark
from shared.domain.week import DAY, HOUR
from tests.unit.domain.facts import ANN, AS_OF, BOB, ago, answer, ask, contact

BRIEF_ACKNOWLEDGEMENT = Mark.TEXT | Mark.REPLY | Mark.BRIEF | Mark.ACKNOWLEDGES


def ledger(*contacts: Contact, as_of: int = AS_OF) -> tuple[Ask, ...]:
    return ask_ledger(sorted(contacts), as_of)


def states(*contacts: Contact, as_of: int = AS_OF) -> list[str]:
    return [each.state for each in ledger(*contacts, as_of=as_of)]


def test_nothing_asked() -> None:
    assert ledger() == ()
    assert ledger(contact(ago(3), marks=Mark.TEXT)) == ()


def test_an_answered_ask() -> None:
    # Friday 17:00 to Monday 09:00 is one hour on Friday and one on Monday.
    (only,) = ledger(ask(ago(9, 17)), answer(ago(6, 9)))
    assert only == Ask(
        opened_at=ago(9, 17),
        asker=ANN,
        askee=BOB,
        channel="chat",
        state="answered",
        resolved_at=ago(6, 9),
        nudges=(),
        waiting_seconds=2 * HOUR,
        presumed=False,
    )


def test_an_open_ask_waits_until_now() -> None:
    # Thursday 17:00 until Sunday: one hour on Thursday, ten on Friday.
    (only,) = ledger(ask(ago(3, 17)))
    assert (only.state, only.resolved_at, only.waiting_seconds) == ("opened", None, 11 * HOUR)
    assert only.overdue  # more than 8 working hours in chat


def test_a_brief_acknowledgement_only_acknowledges_and_a_later_answer_answers() -> None:
    acknowledged = contact(ago(9, 10), BOB, ANN, marks=BRIEF_ACKNOWLEDGEMENT)
    assert states(ask(ago(9, 9)), acknowledged) == ["acknowledged"]
    assert states(ask(ago(9, 9)), acknowledged, answer(ago(8))) == ["answered"]


def test_a_brief_answer_that_is_no_acknowledgement_answers() -> None:
    assert states(ask(ago(9)), contact(ago(8), BOB, ANN, marks=Mark.TEXT | Mark.BRIEF)) == ["answered"]


def test_a_promise_defers_and_acknowledging_again_does_not_undo_it() -> None:
    later = contact(ago(8), BOB, ANN, marks=Mark.TEXT | Mark.REPLY | Mark.DEFERS)
    thanks = contact(ago(7), BOB, ANN, marks=BRIEF_ACKNOWLEDGEMENT)
    assert states(ask(ago(9)), later, thanks) == ["deferred"]
    assert states(ask(ago(9)), later, answer(ago(6))) == ["answered"]


@pytest.mark.parametrize("response", [None, BRIEF_ACKNOWLEDGEMENT, Mark.TEXT | Mark.DEFERS])
def test_unanswered_for_14_days_is_dropped(response: Mark | None) -> None:
    contacts = [ask(ago(20, 9))]
    if response is not None:
        contacts.append(contact(ago(19), BOB, ANN, marks=response))
    just_before = ago(20, 9) + 14 * DAY - 1
    assert states(*contacts, as_of=just_before) != ["dropped"]
    (only,) = ledger(*contacts, as_of=just_before + 1)
    # Two weeks from any working instant to the same are 2 * 50 working hours.
    assert (only.state, only.resolved_at, only.waiting_seconds) == ("dropped", ago(20, 9) + 14 * DAY, 100 * HOUR)


def test_a_late_answer_still_answers() -> None:
    late = answer(ago(4))
    assert states(ask(ago(20)), late, as_of=ago(5)) == ["dropped"]
    assert states(ask(ago(20)), late) == ["answered"]


def test_repeats_within_four_days_are_nudges() -> None:
    first = ask(ago(20, 9))
    nudge = ask(ago(17, 9))
    at_the_limit = ask(ago(16, 9))
    (only,) = ledger(first, nudge, at_the_limit)
    assert only.nudges == (ago(17, 9), ago(16, 9))
    after_the_limit = contact(ago(16, 9) + 1, marks=Mark.TEXT | Mark.ASK)
    assert [each.opened_at for each in ledger(first, nudge, after_the_limit)] == [ago(20, 9), ago(16, 9) + 1]


def test_one_thought_in_several_messages_is_one_ask_without_nudges() -> None:
    (only,) = ledger(ask(ago(9, 9)), ask(ago(9, 9.1)), ask(ago(9, 9.2)))
    assert only.nudges == ()


def test_an_ask_after_the_answer_is_a_new_ask() -> None:
    assert states(ask(ago(9)), answer(ago(8)), ask(ago(7))) == ["answered", "opened"]


def test_a_question_back_answers_and_asks() -> None:
    both = ledger(ask(ago(9)), ask(ago(8), BOB, ANN))
    assert [(each.asker, each.state) for each in both] == [(ANN, "answered"), (BOB, "opened")]


def test_conversations_are_threads_or_else_channels() -> None:
    assert states(ask(ago(9), thread=5), answer(ago(8), thread=6)) == ["opened"]
    assert states(ask(ago(9), thread=5), answer(ago(8), thread=5, channel="mail")) == ["answered"]
    assert states(ask(ago(9), channel="mail"), answer(ago(8), channel="chat")) == ["opened"]
    assert states(ask(ago(9)), answer(ago(8))) == ["answered"]


def test_metadata_presumes_asks_of_one_recipient() -> None:
    message, back = contact(ago(9)), contact(ago(8), BOB, ANN)
    (only,) = ledger(message, back)
    assert (only.presumed, only.state) == (True, "answered")  # the message back answers, so it is no ask itself
    assert ledger(contact(ago(9), others=("dan",))) == ()
    assert states(message, contact(ago(8), BOB, ANN, others=("dan",))) == ["answered"]


def test_contacts_after_as_of_are_not_known() -> None:
    assert states(ask(ago(9)), answer(ago(3)), as_of=ago(4)) == ["opened"]


CHANNELS: list[Channel] = ["mail", "chat"]
CONTACTS = st.lists(
    st.builds(
        lambda at, mine, marks, channel, thread: contact(
            ago(0) - at * HOUR, *((ANN, BOB) if mine else (BOB, ANN)), marks=Mark(marks), channel=channel, thread=thread
        ),
        at=st.integers(0, 400),
        mine=st.booleans(),
        marks=st.integers(0, 63),
        channel=st.sampled_from(CHANNELS),
        thread=st.integers(0, 2),
    ),
    max_size=40,
)


@given(CONTACTS, st.randoms(use_true_random=False))
def test_the_ledger_is_a_function_of_the_set(contacts: list[Contact], rng: random.Random) -> None:
    twice = contacts + rng.sample(contacts, len(contacts) // 2)
    rng.shuffle(twice)
    assert ledger(*twice) == ledger(*set(contacts))


@given(CONTACTS)
def test_every_ask_is_accounted_for(contacts: list[Contact]) -> None:
    for each in ledger(*contacts):
        assert (each.resolved_at is not None) == (each.state in ("answered", "dropped"))
        assert each.waiting_seconds >= 0
        assert list(each.nudges) == sorted(each.nudges)
