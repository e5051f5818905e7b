"""Every endpoint of the API, asked once."""

import re
from typing import Any

import httpx

from services.api.endpoint import Endpoint
from services.api.endpoints import ENDPOINTS
from shared.domain.privacy.roles import Mode, Permission
from tests.api.company import (
    ALERT,
    LEADER,
    Api,
)

BY_ID = {endpoint.id: endpoint for endpoint in ENDPOINTS}
# Paths of what there is. The others are asked with `none` for their parameters.
_PATHS = {
    "readHistory": f"/v1/subjects/pair:adam|{LEADER}/history?signal=cadence",
    "readEvidence": f"/v1/subjects/pair:adam|{LEADER}/evidence",
    "readAlert": f"/v1/alerts/{ALERT}",
    "decideIdentity": "/v1/identities/mail:p-aaaqeayeaudaocajbifqydiob4/decisions",
}
PATHS: dict[Endpoint, str] = {
    endpoint: _PATHS.get(endpoint.id) or re.sub(r"\{[^}]*\}", "none", endpoint.path) for endpoint in ENDPOINTS
}
BODIES: dict[Endpoint, dict[str, Any]] = {
    BY_ID["openCase"]: {
        "partner": LEADER,
        "purpose": "relationship-support",
        "hours": 1,
        "subject": {"kind": "leader", "key": LEADER},
    },
    BY_ID["snoozeAlert"]: {},
    BY_ID["judgeAlert"]: {"verdict": "helpful"},
    BY_ID["addNotification"]: {"url": "https://hr.example/bellwether"},
    BY_ID["addSubscription"]: {"url": "https://hr.example/bellwether", "events": ["release.published"]},
    BY_ID["confirmName"]: {},
    BY_ID["decideIdentity"]: {"act": "accept"},
}
READS = {endpoint: path for endpoint, path in PATHS.items() if not endpoint.changes}


async def ask(api: Api, endpoint: Endpoint, role: str | None, **headers: str) -> httpx.Response:
    own = {"Purpose": "own-data"} if endpoint.mode is Mode.SELF else {}
    async with api.client(role, **own | headers) as client:
        if not endpoint.changes:
            return await client.get(PATHS[endpoint])
        return await client.request(endpoint.method, PATHS[endpoint], json=BODIES.get(endpoint))


def role_of(endpoint: Endpoint) -> str:
    """A role that may ask for it."""
    if endpoint.permission is Permission.READ_OWN:
        return "leader"
    return "hr_partner" if "hr_partner" in endpoint.roles else min(endpoint.roles)
