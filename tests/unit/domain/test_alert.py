"""What people can do with an alert, and what it is after that."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.alerts.state import (
    Acknowledge,
    Alert,
    AlertAction,
    AlertState,
    Ended,
    Handling,
    IllegalActionError,
    Judge,
    Resolve,
    Snooze,
    Verdict,
    act,
    wake,
    wakes,
)

RAISED = Alert(raised=True, ended=None, latest_value=0.2)
NOW = 1_770_000_000


def test_the_ways_of_an_alert() -> None:
    assert RAISED.state is AlertState.OPEN
    assert replace(RAISED, raised=False).state is AlertState.SUPPRESSED
    assert act(RAISED, Acknowledge()).state is AlertState.ACKNOWLEDGED
    assert act(RAISED, Snooze(until=NOW)).state is AlertState.SNOOZED
    assert act(RAISED, Resolve()).state is AlertState.RESOLVED
    assert act(act(RAISED, Resolve()), Acknowledge()).state is AlertState.ACKNOWLEDGED, "a slip can be taken back"
    assert act(RAISED, Judge(Verdict.HELPFUL)).state is AlertState.OPEN, "a verdict is not a state"


def test_what_the_rule_ends_is_resolved_and_comes_back_as_it_was() -> None:
    acknowledged = act(RAISED, Acknowledge())
    for ended in Ended:
        gone = replace(acknowledged, ended=ended)
        assert gone.state is AlertState.RESOLVED
        assert replace(gone, ended=None).state is AlertState.ACKNOWLEDGED
        assert act(gone, Judge(Verdict.NOT_A_CONCERN)).verdict is Verdict.NOT_A_CONCERN
        for action in (Acknowledge(), Snooze(until=None), Resolve()):
            with pytest.raises(IllegalActionError):
                act(gone, action)


def test_nothing_can_be_done_with_what_was_never_raised() -> None:
    for action in (Acknowledge(), Snooze(until=None), Resolve(), Judge(Verdict.HELPFUL)):
        with pytest.raises(IllegalActionError):
            act(replace(RAISED, raised=False), action)


def test_a_snooze_ends_with_the_clock() -> None:
    snoozed = act(RAISED, Snooze(until=NOW))
    assert not wakes(snoozed, now=NOW - 1)
    assert not wakes(snoozed, now=None), "the rule knows no clock"
    assert not wakes(replace(snoozed, latest_value=0.9), now=NOW - 1)
    assert wakes(snoozed, now=NOW)
    assert wake(snoozed) == RAISED


def test_a_snooze_ends_with_new_evidence() -> None:
    snoozed = act(RAISED, Snooze(until=None))
    assert not wakes(snoozed, now=NOW)
    assert not wakes(replace(snoozed, latest_value=0.2499), now=NOW)
    assert wakes(replace(snoozed, latest_value=0.25), now=None)
    again = act(replace(snoozed, latest_value=0.24), Snooze(until=None))
    assert again.snoozed_value == 0.2, "asking again does not raise what it waits for"


ACTIONS = st.one_of(
    st.just(Acknowledge()),
    st.just(Resolve()),
    st.builds(Snooze, until=st.one_of(st.none(), st.integers(0, 2 * NOW))),
    st.builds(Judge, verdict=st.sampled_from(Verdict)),
)
FINDINGS = st.builds(
    Alert,
    raised=st.booleans(),
    ended=st.one_of(st.none(), st.sampled_from(Ended)),
    latest_value=st.floats(0, 1),
)


@given(FINDINGS, st.lists(ACTIONS, max_size=12))
def test_any_actions_leave_a_state_that_makes_sense(alert: Alert, actions: list[AlertAction]) -> None:
    for action in actions:
        try:
            after = act(alert, action)
        except IllegalActionError:
            continue
        assert act(after, action) == after, "doing it again changes nothing"
        assert (after.raised, after.ended, after.latest_value) == (alert.raised, alert.ended, alert.latest_value)
        alert = after
    snoozed = alert.handling is Handling.SNOOZED
    assert snoozed == ((alert.snoozed_until is None) != (alert.snoozed_value is None))
    if not alert.raised:
        assert alert.state is AlertState.SUPPRESSED
        assert alert.verdict is None
    elif alert.ended is not None:
        assert alert.state is AlertState.RESOLVED
    assert not (wakes(alert, now=2 * NOW) and alert.state is not AlertState.SNOOZED)
