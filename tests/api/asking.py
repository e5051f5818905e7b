"""Every operation of the API, asked once."""

import httpx

from services.api.operations import (
    CLOSE_CASE,
    LIST_CASES,
    LIST_ESCALATION_RISKS,
    LIST_OWN_READINGS,
    LIST_PEOPLE,
    LIST_RELATIONSHIPS,
    LIST_SIGNALS,
    LIST_TEAMS,
    OPEN_CASE,
    READ_EVIDENCE,
    READ_HISTORY,
    Operation,
)
from tests.api.company import (
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
    LIST_CASES: "/v1/cases",
    OPEN_CASE: "/v1/cases",
    CLOSE_CASE: "/v1/cases/none/close",
    LIST_SIGNALS: "/v1/signals",
}
CHANGES = {OPEN_CASE, CLOSE_CASE}
READS = {operation: path for operation, path in PATHS.items() if operation not in CHANGES}


async def ask(api: Api, operation: Operation, role: str | None, **headers: str) -> httpx.Response:
    own = {"Purpose": "own-data"} if operation is LIST_OWN_READINGS else {}
    async with api.client(role, **own | headers) as client:
        if operation not in CHANGES:
            return await client.get(PATHS[operation])
        new = {"partner": LEADER, "purpose": "relationship-support", "hours": 1}
        return await client.post(PATHS[operation], json=new if operation is OPEN_CASE else None)
