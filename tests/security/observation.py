"""Everything that a viewer can observe of the API: bytes, headers, and the statements that an answer cost."""

import json
from collections.abc import AsyncIterator, Callable, Hashable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from unittest.mock import patch
from urllib.parse import quote

from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from sqlalchemy import delete, event, insert
from sqlalchemy.engine import Engine, make_url

from services.api.app import build
from services.api.endpoint import Endpoint
from services.api.endpoints import ENDPOINTS
from services.api.settings import ApiSettings
from shared.domain.privacy.roles import Mode, Role
from shared.storage.access.key_issue import create_key
from shared.storage.access.modes import put_mode
from shared.storage.access.role_names import READER
from shared.storage.engine.database import Database, open_database
from shared.storage.tables import metadata
from shared.telemetry.health import Health
from shared.telemetry.metrics import Metrics
from tests.api.asking import BY_ID
from tests.api.company import NOW, UNLIMITED, open_cases
from tests.security.organisations import Chain, Organisation, alert_id, mean_risk, rows
from tests.storage.roles import as_service
from tests.storage.templates import CASE_MODE

Answer = tuple[int, tuple[tuple[bytes, bytes], ...], bytes]
ASSISTANT: Final = "assistant"
_RISK: Final = "escalation_risk_14d"
_OPENED: Final = {
    "partner": "p0", "purpose": "own-data", "hours": 1, "subject": {"kind": "unit", "key": "organisation"},
}  # fmt: skip


def requests(organisation: Organisation) -> list[tuple[Endpoint, str, bytes]]:
    """Endpoint, path and body of requests that would show a difference if anything did, pages and filters included."""
    asked: list[tuple[str, str, bytes]] = [
        ("listPeople", "/v1/people?limit=3", b""),
        ("listPeople", "/v1/people?limit=1&person=p1&person=p0&person=nobody", b""),
        ("listTeams", "/v1/teams", b""),
        ("listTeams", f"/v1/teams?team=organisation&signal={_RISK}&limit=1", b""),
        ("listRelationships", "/v1/relationships?limit=4", b""),
        ("listRelationships", "/v1/relationships?person=p1&as_of=2026-W05", b""),
        ("listEscalationRisks", "/v1/escalation-risks", b""),
        ("listEscalationRisks", "/v1/escalation-risks?limit=1", b""),
        ("listEscalationRisks", "/v1/escalation-risks?min_value=0.1&horizon=28", b""),
        ("listEscalationRisks", "/v1/escalation-risks?team=t0&as_of=2026-W05", b""),
        ("listOwnReadings", "/v1/own/readings", b""),
        ("listOwnAudit", "/v1/own/audit", b""),
        ("listCases", "/v1/cases", b""),
        ("closeCase", "/v1/cases/none/close", b""),
        ("approveCase", "/v1/cases/none/approve", b""),
        ("confirmName", "/v1/names/none/confirm", b""),
        ("listIdentities", "/v1/identities?state=unlinked", b""),
        ("decideIdentity", "/v1/identities/mail:p-aaaqeayeaudaocajbifqydiob4/decisions", b'{"act": "unlink"}'),
        ("withdrawName", "/v1/names/none/withdraw", b""),
        ("openCase", "/v1/cases", json.dumps(_OPENED).encode()),
        ("listSignals", "/v1/signals", b""),
    ]
    asked += [
        ("listAlerts", "/v1/alerts?limit=2", b""),
        ("listAlerts", "/v1/alerts?person=p1&state=open", b""),
    ]
    for what in ("Notification", "Subscription"):
        path = f"/v1/{what.lower()}s"
        asked += [(f"list{what}s", path, b""), (f"add{what}", path, b"{}")]
        asked += [(f"{act}{what}", f"{path}/none/{act}", b"") for act in ("rotate", "enable", "remove")]
    for chain in organisation.chains() or [("p0", "p1", "p2")]:
        alert = f"/v1/alerts/{alert_id(chain)}"
        asked += [
            ("readAlert", alert, b""),
            ("acknowledgeAlert", f"{alert}/acknowledge", b""),
            ("snoozeAlert", f"{alert}/snooze", b"{}"),
            ("judgeAlert", f"{alert}/verdict", b'{"verdict":"helpful"}'),
            ("resolveAlert", f"{alert}/resolve", b""),
        ]
    for chain in organisation.chains():
        subject = quote(f"chain:{'|'.join(chain)}")
        asked.append(("readHistory", f"/v1/subjects/{subject}/history?signal={_RISK}", b""))
        asked.append(("readEvidence", f"/v1/subjects/{subject}/evidence", b""))
    # Endpoints that need nothing to be asked for are asked for without being named here.
    named = {name for name, _, _ in asked}
    asked += [(each.id, each.path, b"") for each in ENDPOINTS if each.id not in named and "{" not in each.path]
    return [(BY_ID[name], path, body) for name, path, body in asked]


@dataclass(slots=True)
class Laboratory:
    """The API over a store whose organisation can be swapped, with a key for everybody in every role."""

    app: FastAPI
    database: Database
    metrics: Metrics
    tokens: Mapping[tuple[str, Role], bytes]
    statements: list[str] = field(default_factory=list)
    asked: int = 0

    async def settle(self, organisation: Organisation, risks: dict[Chain, float], *, tells_risk: bool = False) -> None:
        """Put an organisation in place of the one before.

        Risk is not released of so few people, whoever asks (`shared.domain.release.rule`), unless `tells_risk`.
        """
        found = rows(organisation, risks)
        releases = [
            {
                "signal": signal, "cohort": cohort, "week": 2926, "revision": 0, "as_of": 0, "panel": 0,
                "suppressed": signal == _RISK and not tells_risk, "leaders": signal != _RISK or tells_risk,
                "exact": False, "people": 20,
                "mean": (mean_risk(risks) if tells_risk else 0.0) if signal == _RISK else 61.5,
                "shares": '{"low":0.95}', "factors": "{}",
            }
            for signal in (_RISK, "cadence") for cohort in ("organisation", "t0")
        ]  # fmt: skip
        async with self.database.write() as connection:
            # What was read in the world before is no part of this one.
            for table in (table for name, table in metadata().tables.items() if name.startswith("audit")):
                await connection.execute(delete(table))
            for name, added in {**found, "release": releases}.items():
                table = metadata().tables[name]
                await connection.execute(delete(table))
                if added:
                    await connection.execute(insert(table), added)

    async def observe(
        self, viewer: str, role: Role, asked: Sequence[tuple[Endpoint, str, bytes]]
    ) -> list[tuple[Answer, tuple[str, ...]]]:
        """Every answer with what it cost, each list followed to its end."""
        seen = []
        for endpoint, path, body in asked:
            following: str | None = path
            while following is not None:
                self.statements.clear()
                answer = await self.ask(endpoint, following, body, self.tokens[viewer, role])
                seen.append((answer, tuple(self.statements)))
                cursor = json.loads(answer[2]).get("next_cursor") if answer[0] == 200 else None
                following = cursor and f"{path}{'&' if '?' in path else '?'}cursor={cursor}"
        return seen

    async def ask(self, endpoint: Endpoint, path: str, body: bytes, token: bytes) -> Answer:
        """One request, straight to the application."""
        self.asked += 1
        raw, _, query = path.partition("?")
        purpose = b"own-data" if endpoint.mode is Mode.SELF else b"relationship-support"
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http",
            "method": endpoint.method,
            "path": raw.replace("%3A", ":").replace("%7C", "|"), "raw_path": raw.encode(),
            "query_string": query.encode(), "root_path": "", "client": ("127.0.0.1", 1), "server": ("api", 80),
            "headers": [
                (b"authorization", b"Bearer " + token), (b"purpose", purpose),
                *([(b"content-type", b"application/json")] if body else []),
                *([(b"if-match", b"*")] if endpoint.changes else []),
            ],
        }  # fmt: skip
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        return sent[0]["status"], tuple(map(tuple, sent[0]["headers"])), b"".join(each["body"] for each in sent[1:])


class EveryTime:
    """Forgets what happened: a refusal of one world must not save the next world an entry of the audit."""

    def __init__(self, clock: Callable[[], float]) -> None:
        del clock

    def wait_seconds(self, key: Hashable, most: int) -> int:
        """There is always room."""
        del key, most
        return 0

    def add(self, key: Hashable) -> None:
        """Remembers nothing."""


@asynccontextmanager
async def laboratory(url: str, *, people: int) -> AsyncIterator[Laboratory]:
    """A laboratory for organisations of up to so many people, and an assistant who may act for one of them."""
    database = served = open_database(make_url(url))
    try:
        tokens = {}
        async with database.write() as connection:
            await connection.run_sync(metadata().create_all)
            await connection.run_sync(put_mode, CASE_MODE)
            viewers = [*(f"p{number}" for number in range(people)), ASSISTANT]
            # Before any case is opened: a case is about who is there then.
            everybody = [{"key": viewer, "active": True} for viewer in viewers]
            await connection.execute(insert(metadata().tables["person"]), everybody)
            for viewer in viewers:
                await connection.run_sync(open_cases, partner=viewer)
                for role in Role:
                    key = await create_key(connection, name=viewer, role=role, person=viewer, now=NOW)
                    tokens[viewer, role] = key.token.encode()
        settings = ApiSettings(database=url, **UNLIMITED)
        served = await as_service(database, READER)
        metrics = Metrics(CollectorRegistry())
        with patch("services.api.auth.refusals.SlidingMinute", EveryTime):
            app = build(settings, metrics, served, Health(), clock=lambda: NOW)
        made = Laboratory(app, database, metrics, tokens)

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            # Credentials are remembered; what their transaction declares, every other one does as well.
            of_credentials = "api_key" in statement or statement.count("set_config(") == 3
            if not of_credentials and not statement.startswith("BEGIN"):
                made.statements.append(statement)

        event.listen(Engine, "before_cursor_execute", note)
        # The mode is looked at with the first request, and then remembered: the clock stands still.
        await made.ask(BY_ID["listSignals"], "/v1/signals", b"", made.tokens[ASSISTANT, Role.ANALYST])
        made.asked = 0
        try:
            yield made
        finally:
            event.remove(Engine, "before_cursor_execute", note)
    finally:
        await served.close()
        await database.close()
