"""Examples for the description of the API. All names are made up."""

from collections.abc import Mapping
from typing import Any, Final

from services.api.operations import (
    ACKNOWLEDGE_ALERT,
    ADD_WEBHOOK,
    CLOSE_CASE,
    DISABLE_WEBHOOK,
    ENABLE_WEBHOOK,
    JUDGE_ALERT,
    LIST_ALERTS,
    LIST_CASES,
    LIST_ESCALATION_RISKS,
    LIST_OWN_AUDIT,
    LIST_OWN_READINGS,
    LIST_PEOPLE,
    LIST_RELATIONSHIPS,
    LIST_SIGNALS,
    LIST_TEAMS,
    LIST_WEBHOOKS,
    OPEN_CASE,
    READ_ALERT,
    READ_EVIDENCE,
    READ_HISTORY,
    RESOLVE_ALERT,
    SNOOZE_ALERT,
)

_AS_OF: Final = "2026-02-15T23:59:59Z"
_PAIR: Final = {"subject": "pair:ada|grace", "people": ["ada", "grace"]}
_CHAIN: Final = {"subject": "chain:ada|grace|katherine", "person": "ada", "leader": "grace", "skip_leader": "katherine"}
_CURSOR: Final = "WyI5ZjE0YjA3YzIyYTkwM2QxIiwiYWRhIl0"

_PEOPLE: Final[dict[str, Any]] = {
    "data": [
        {
            "person": "ada",
            "hr_id": "4711",
            "name": "Ada King",
            "team": "engines",
            "manager": "grace",
            "active": True,
        }
    ],
    "next_cursor": _CURSOR,
}
_TEAMS: Final[dict[str, Any]] = {
    "data": [
        {
            "cohort": "engines", "name": "Engines", "parent": "works", "signal": "relationship_health",
            "week": "2026-W07", "as_of": _AS_OF, "suppressed": False, "people": 10, "mean": 68.4,
            "bands": {"healthy": 0.7, "watch": 0.2, "strained": 0.1},
        },
        {
            "cohort": "looms", "name": "Looms", "parent": "works", "signal": "relationship_health",
            "week": "2026-W07", "as_of": _AS_OF, "suppressed": True, "people": None, "mean": None, "bands": None,
        },
    ],
    "next_cursor": None,
}  # fmt: skip
_RELATIONSHIPS: Final[dict[str, Any]] = {
    "data": [
        _PAIR
        | {
            "signal": "relationship_health", "value": 41.2, "confidence": 0.82, "band": "watch", "week": "2026-W07",
            "as_of": _AS_OF, "action": "close_the_loop",
        }
    ],
    "next_cursor": None,
}  # fmt: skip
_ESCALATION_RISKS: Final[dict[str, Any]] = {
    "data": [
        _CHAIN
        | {
            "horizon_days": 14, "signal": "escalation_risk_14d", "value": 0.11, "confidence": 0.75, "band": "high",
            "week": "2026-W07", "as_of": _AS_OF, "action": "close_the_loop",
        }
    ],
    "next_cursor": None,
}  # fmt: skip
_OWN_AUDIT: Final[dict[str, Any]] = {
    "data": [
        {
            "at": "2026-02-18T10:15:00Z", "reader": "5f2c9a1e", "operation": "listRelationships",
            "purpose": "relationship-support", "rows": 2,
        }
    ]
}  # fmt: skip
_OWN_READINGS: Final[dict[str, Any]] = {"data": _RELATIONSHIPS["data"]}
_CASE: Final[dict[str, Any]] = {
    "case": "case_0123456789abcdef", "partner": "hedy", "purpose": "relationship-support", "opened_by": "joan",
    "opened_at": "2026-02-16T09:00:00Z", "expires_at": "2026-02-18T09:00:00Z", "closed_at": None, "open": True,
}  # fmt: skip
_CLOSED_CASE: Final[dict[str, Any]] = _CASE | {"closed_at": "2026-02-17T16:30:00Z", "open": False}
_HISTORY: Final[dict[str, Any]] = {
    "subject": _PAIR["subject"],
    "signal": "relationship_health",
    "data": [
        {
            "week": "live", "as_of": "2026-02-18T10:15:00Z", "value": 40.6, "low_80": 33.1, "high_80": 48.5,
            "confidence": 0.81, "band": "watch",
        },
        {
            "week": "2026-W07", "as_of": _AS_OF, "value": 41.2, "low_80": None, "high_80": None, "confidence": 0.82,
            "band": "watch",
        },
    ],
    "next_cursor": None,
}  # fmt: skip
_EVIDENCE: Final[dict[str, Any]] = {
    "subject": _CHAIN["subject"],
    "kind": "chain",
    "people": ["ada", "grace", "katherine"],
    "data": [
        {
            "signal": "unheard", "title": "Unheard asks", "unit": "asks", "value": 3.4, "confidence": 0.75,
            "band": "high", "week": "2026-W07", "as_of": _AS_OF,
            "window": {"days": 28, "start": "2026-01-19T00:00:00Z", "end": _AS_OF},
            "factors": [
                {"name": "open_asks", "value": 5.0, "count": 5, "contribution": 2.9, "what_if": None},
                {"name": "one_on_ones_called_off", "value": 3.0, "count": 3, "contribution": 0.5, "what_if": None},
            ],
            "action": {
                "key": "close_the_loop",
                "text": "Close the loop on 5 open asks, the oldest 12 days old; acknowledge first, then add.",
            },
            "meaning": "How many asks of a person to their leader wait or were dropped.",
            "caution": "It does not mean that the leader ignores anybody.",
            "model_version": "1",
        }
    ],
}  # fmt: skip
_SIGNALS: Final[dict[str, Any]] = {
    "data": [
        {
            "name": "relationship_health", "title": "Relationship health", "kind": "pair", "unit": "points",
            "window_days": 28,
            "bands": [
                {"name": "healthy", "limit": 60.0},
                {"name": "watch", "limit": 40.0},
                {"name": "strained", "limit": None},
            ],
            "worse_when": "smaller", "least_observations": 5,
            "meaning": "How well the working relationship is kept up, from 0 to 100.",
            "caution": "It describes traces of work, not people.",
            "formula": "L = 1 + .25 friction + ...; value = 100 / (1 + e^-L).",
            "inputs": ["the other signals of the pair"],
            "evidence": "The weights are centred on the literature.",
            "source": "Additive logistic score.",
            "action": {"key": "keep_going", "text": "Nothing to repair."},
        }
    ]
}  # fmt: skip

_ALERT: Final[dict[str, Any]] = {
    "alert": "alert_0123456789abcdef01234567", "fingerprint": "0123456789abcdef0123456789abcdef",
    **_CHAIN, "signal": "escalation_risk_14d", "state": "open", "ended": None, "raised_at": _AS_OF,
    "week": "2026-W07", "value": 0.14, "confidence": 0.75,
    "latest": {"value": 0.14, "week": "2026-W07"}, "action": "close_the_loop", "snooze": None, "verdict": None,
    "model_version": "1",
}  # fmt: skip
_RAISED: Final[dict[str, Any]] = {
    "at": _AS_OF, "kind": "raised", "actor": None, "detail": {"value": 0.14},
}  # fmt: skip


def _handled(kind: str, detail: dict[str, Any] | None = None, **changed: Any) -> dict[str, Any]:
    """The alert after somebody did something with it."""
    done = {"at": "2026-02-18T10:15:00Z", "kind": kind, "actor": "local_0123456789ab", "detail": detail or {}}
    return _ALERT | changed | {"history": [_RAISED, done]}


_UNTIL: Final = "2026-03-02T08:00:00Z"
_WEBHOOK: Final[dict[str, Any]] = {
    "webhook": "wh_0123456789abcdef", "partner": "joan", "url": "https://hr.example/bellwether", "enabled": True,
    "disabled_because": None, "created_at": "2026-02-02T09:00:00Z", "created_by": "local_0123456789ab",
}  # fmt: skip

EXAMPLES: Final[Mapping[str, dict[str, Any]]] = {
    LIST_PEOPLE.id: _PEOPLE,
    LIST_TEAMS.id: _TEAMS,
    LIST_RELATIONSHIPS.id: _RELATIONSHIPS,
    LIST_ESCALATION_RISKS.id: _ESCALATION_RISKS,
    READ_HISTORY.id: _HISTORY,
    READ_EVIDENCE.id: _EVIDENCE,
    LIST_OWN_READINGS.id: _OWN_READINGS,
    LIST_OWN_AUDIT.id: _OWN_AUDIT,
    LIST_CASES.id: {"data": [_CASE, _CLOSED_CASE]},
    OPEN_CASE.id: _CASE,
    CLOSE_CASE.id: _CLOSED_CASE,
    LIST_ALERTS.id: {"data": [_ALERT], "next_cursor": None},
    READ_ALERT.id: _ALERT | {"history": [_RAISED]},
    ACKNOWLEDGE_ALERT.id: _handled("acknowledged", state="acknowledged"),
    SNOOZE_ALERT.id: _handled(
        "snoozed", {"until": _UNTIL}, state="snoozed", snooze={"until": _UNTIL, "evidence_at": None}
    ),
    RESOLVE_ALERT.id: _handled("resolved", state="resolved"),
    JUDGE_ALERT.id: _handled("judged", {"verdict": "helpful"}, verdict="helpful"),
    LIST_WEBHOOKS.id: {"data": [_WEBHOOK]},
    ADD_WEBHOOK.id: _WEBHOOK,
    ENABLE_WEBHOOK.id: _WEBHOOK,
    DISABLE_WEBHOOK.id: _WEBHOOK | {"enabled": False, "disabled_because": "by-operator"},
    LIST_SIGNALS.id: _SIGNALS,
}
"""An answer of every operation, by its id."""
