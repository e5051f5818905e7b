"""An alert and what people do with it: a pure state machine over the rule's findings and recorded human actions.

The rule's part (raised, cleared, withdrawn) never depends on the human part, so that a replay raises the same alerts.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

# New evidence is a risk this much higher than when somebody put the alert aside: a quarter is more than the weekly
# wobble of a chain whose facts do not change, where decay alone moves it.
EVIDENCE_RATIO: Final = 1.25


class AlertState(StrEnum):
    """Where an alert is."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"
    SUPPRESSED = "suppressed"  # withheld by budget or refractory period: counted, and told to nobody


class Verdict(StrEnum):
    """What came of it, in the words of the one who looked."""

    HELPFUL = "helpful"
    PLANNED_SKIP_LEVEL = "planned-skip-level"
    ALREADY_HANDLED = "already-handled"
    NOT_A_CONCERN = "not-a-concern"


WAS_AT_RISK: Final = frozenset({Verdict.HELPFUL, Verdict.ALREADY_HANDLED})
"""Verdicts that confirm the risk; for calibration the others count as 0, but for those of `NO_LABEL`."""

NO_LABEL: Final = frozenset({Verdict.PLANNED_SKIP_LEVEL})
"""Verdicts that say nothing of the risk: the contact was arranged. For calibration they do not count at all."""


class Ended(StrEnum):
    """Why the rule does not stand by an alert any more."""

    CLEARED = "cleared"  # the risk has fallen
    WITHDRAWN = "withdrawn"  # late data or a corrected directory: it would not have been raised


class Handling(StrEnum):
    """What people have made of an alert, whatever the rule says of it."""

    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Alert:
    """The part of an alert that its state follows from. Instants are Unix seconds.

    A snooze ends at `snoozed_until`, or, where that is None, once `latest_value` is new evidence over `snoozed_value`.
    """

    raised: bool
    ended: Ended | None
    latest_value: float
    handling: Handling = Handling.NEW
    snoozed_until: int | None = None
    snoozed_value: float | None = None
    verdict: Verdict | None = None

    @property
    def state(self) -> AlertState:
        """The state. What the rule has ended is resolved; what people did with it is kept and counts if it returns."""
        if not self.raised:
            return AlertState.SUPPRESSED
        if self.ended is not None:
            return AlertState.RESOLVED
        return _STATE_OF[self.handling]


_STATE_OF: Final = {
    Handling.NEW: AlertState.OPEN,
    Handling.ACKNOWLEDGED: AlertState.ACKNOWLEDGED,
    Handling.SNOOZED: AlertState.SNOOZED,
    Handling.RESOLVED: AlertState.RESOLVED,
}


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Somebody looks after it. Takes up again what was resolved by hand."""


@dataclass(frozen=True, slots=True)
class Snooze:
    """Not now: until an instant, or without one until there is new evidence."""

    until: int | None


@dataclass(frozen=True, slots=True)
class Resolve:
    """Done."""


@dataclass(frozen=True, slots=True)
class Judge:
    """What came of it. The latest verdict counts."""

    verdict: Verdict


AlertAction = Acknowledge | Snooze | Resolve | Judge


class IllegalActionError(Exception):
    """The state of the alert does not allow that."""


def act(alert: Alert, action: AlertAction) -> Alert:
    """The alert after an action; an equal alert when the action changes nothing.

    Raises:
        IllegalActionError: the alert was never raised, or the rule has ended it and the action is not a verdict.
    """
    if not alert.raised:
        raise IllegalActionError("an alert that was not raised cannot be acted on")
    if isinstance(action, Judge):
        return replace(alert, verdict=action.verdict)
    if alert.ended is not None:
        raise IllegalActionError(f"the alert has {alert.ended} and takes a verdict only")
    match action:
        case Acknowledge():
            return replace(alert, handling=Handling.ACKNOWLEDGED, snoozed_until=None, snoozed_value=None)
        case Resolve():
            return replace(alert, handling=Handling.RESOLVED, snoozed_until=None, snoozed_value=None)
        case Snooze(until=until):
            if alert.handling is Handling.RESOLVED:
                raise IllegalActionError("the alert is resolved; acknowledge it to take it up again")
            return _snoozed(alert, until)


def _snoozed(alert: Alert, until: int | None) -> Alert:
    if alert.handling is Handling.SNOOZED and alert.snoozed_until == until:
        return alert  # asked for twice: the evidence it waits for stays that of the first time
    value = alert.latest_value if until is None else None
    return replace(alert, handling=Handling.SNOOZED, snoozed_until=until, snoozed_value=value)


def wakes(alert: Alert, *, now: int | None) -> bool:
    """Whether a snooze is over: by the clock, if one is given, or by new evidence."""
    if alert.state is not AlertState.SNOOZED:
        return False
    if alert.snoozed_until is not None:
        return now is not None and now >= alert.snoozed_until
    return alert.snoozed_value is not None and alert.latest_value >= alert.snoozed_value * EVIDENCE_RATIO


def wake(alert: Alert) -> Alert:
    """The alert after its snooze: as new."""
    return replace(alert, handling=Handling.NEW, snoozed_until=None, snoozed_value=None)
