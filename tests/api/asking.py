"""Every operation of the API, asked once."""

from typing import Any

import httpx

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
    Operation,
)
from tests.api.company import (
    ALERT,
    LEADER,
    Api,
)

PATHS: dict[Operation, str] = {
    LIST_PEOPLE: "/v1/people",
    LIST_TEAMS: "/v1/teams",
    LIST_RELATIONSHIPS: "/v1/relationships",
    LIST_ESCALATION_RISKS: "/v1/escalation-risks",
    READ_HISTORY: f"/v1/subjects/pair:adam|{LEADER}/history?signal=cadence",
    READ_EVIDENCE: f"/v1/subjects/pair:adam|{LEADER}/evidence",
    LIST_OWN_READINGS: "/v1/own/readings",
    LIST_OWN_AUDIT: "/v1/own/audit",
    LIST_CASES: "/v1/cases",
    OPEN_CASE: "/v1/cases",
    CLOSE_CASE: "/v1/cases/none/close",
    LIST_ALERTS: "/v1/alerts",
    READ_ALERT: f"/v1/alerts/{ALERT}",
    ACKNOWLEDGE_ALERT: "/v1/alerts/none/acknowledge",
    SNOOZE_ALERT: "/v1/alerts/none/snooze",
    RESOLVE_ALERT: "/v1/alerts/none/resolve",
    JUDGE_ALERT: "/v1/alerts/none/verdict",
    LIST_WEBHOOKS: "/v1/webhooks",
    ADD_WEBHOOK: "/v1/webhooks",
    ENABLE_WEBHOOK: "/v1/webhooks/none/enable",
    DISABLE_WEBHOOK: "/v1/webhooks/none/disable",
    LIST_SIGNALS: "/v1/signals",
}
BODIES: dict[Operation, dict[str, Any]] = {
    OPEN_CASE: {"partner": LEADER, "purpose": "relationship-support", "hours": 1},
    SNOOZE_ALERT: {},
    JUDGE_ALERT: {"verdict": "helpful"},
    ADD_WEBHOOK: {"partner": LEADER, "url": "https://hr.example/bellwether"},
}
CHANGES = {
    OPEN_CASE, CLOSE_CASE, ACKNOWLEDGE_ALERT, SNOOZE_ALERT, RESOLVE_ALERT, JUDGE_ALERT, ADD_WEBHOOK, ENABLE_WEBHOOK,
    DISABLE_WEBHOOK,
}  # fmt: skip
READS = {operation: path for operation, path in PATHS.items() if operation not in CHANGES}


async def ask(api: Api, operation: Operation, role: str | None, **headers: str) -> httpx.Response:
    own = {"Purpose": "own-data"} if operation is LIST_OWN_READINGS else {}
    async with api.client(role, **own | headers) as client:
        if operation not in CHANGES:
            return await client.get(PATHS[operation])
        return await client.request(method_of(operation), PATHS[operation], json=BODIES.get(operation))


def method_of(operation: Operation) -> str:
    """How an operation is asked."""
    return "PUT" if operation is JUDGE_ALERT else "POST" if operation in CHANGES else "GET"


def role_of(operation: Operation) -> str:
    """A role that may ask for it."""
    return {LIST_OWN_READINGS: "leader", LIST_OWN_AUDIT: "leader", LIST_WEBHOOKS: "operator"}.get(
        operation, "hr_partner"
    )
