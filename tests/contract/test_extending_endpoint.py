"""A new endpoint is one declaration in a route module, and the module's name in one tuple."""

import json
from pathlib import Path

import pytest

from tests.contract.tree_copy import copy_tree

ROUTE = '''"""GET /v1/quiet-pairs: pairs whose contact became rare."""

from typing import Any, Final

from fastapi import Request, Response
from typing_extensions import TypedDict

from services.api.auth.gate import CurrentVisit
from services.api.endpoint import Endpoint
from services.api.formats.pages import answer
from services.api.routes.positions import people_in
from shared.domain.privacy.roles import Mode, Permission
from shared.domain.week import LIVE_WEEK
from shared.storage.readings.queries import ReadingFilter


class QuietPair(TypedDict):
    """Two people."""

    people: list[str]


class QuietPairs(TypedDict):
    """Pairs, the quietest first."""

    data: list[QuietPair]


_CADENCE: Final = ReadingFilter(signal="cadence", week=LIVE_WEEK, worst_is_least=True, chain=False)


@Endpoint(
    "GET",
    "/v1/quiet-pairs",
    id="listQuietPairs",
    permission=Permission.READ_PEOPLE,
    mode=Mode.CASE,
    summary="List pairs whose contact became rare",
    tag="readings",
    model=QuietPairs,
    example={"data": [{"people": ["ada", "grace"]}]},
)
async def list_quiet_pairs(request: Request, visit: CurrentVisit) -> Response:
    """The ten quietest."""
    rows = await visit.read_of_people(
        lambda connection: visit.backend.reads.readings(connection, _CADENCE, viewer=visit.viewer, limit=10),
        people=people_in,
    )
    body: QuietPairs = {"data": [{"people": [row.first, row.second]} for row in rows]}
    return answer(request, body, store=False)
'''
AUDITED = """async def test_a_read_of_quiet_pairs_is_audited_per_person(api: Api) -> None:
    found = (await api.get("/v1/quiet-pairs")).json()["data"]
    named = Counter(person for pair in found for person in pair["people"])
    assert len(found) == 10
    assert [(operation, subject, rows) for _, operation, _, subject, rows in await api.audit()] == [
        ("listQuietPairs", person, rows) for person, rows in sorted(named.items())
    ]
"""
PROBE = """
import json
from prometheus_client import CollectorRegistry
from sqlalchemy.engine import make_url
from services.api.app import build
from services.api.settings import ApiSettings
from shared.storage.engine.database import open_database
from shared.telemetry.health import Health
from shared.telemetry.metrics import Metrics

database = open_database(make_url("sqlite+aiosqlite:///unused.db"))
app = build(ApiSettings(), Metrics(CollectorRegistry()), database, Health())
print(json.dumps(app.openapi()["paths"]["/v1/quiet-pairs"]["get"]))
"""


@pytest.mark.slow
def test_an_endpoint_is_one_declaration_and_one_name(tmp_path: Path) -> None:
    tree = copy_tree(tmp_path)
    tree.add("services/api/routes/quiet_pairs.py", ROUTE)
    imported, listed = "from services.api.routes import (\n", "ROUTERS: Final = (\n"
    tree.edit("services/api/endpoints.py", imported, f"{imported}    quiet_pairs,\n")
    tree.edit("services/api/endpoints.py", listed, f"{listed}    quiet_pairs,")

    described = json.loads(tree.python(PROBE))
    assert described["operationId"] == "listQuietPairs"
    assert described["x-permission"] == "people:read"
    assert {"Purpose", "If-None-Match"} == {each["name"] for each in described["parameters"]}
    assert described["responses"]["200"]["content"]["application/json"]["example"]["data"]

    # The privacy pack follows from the code.
    tree.bellwether("privacy", "--out", "docs/privacy.md")
    assert "| `listQuietPairs` | hr_partner | case |" in (tree.root / "docs" / "privacy.md").read_text(encoding="utf-8")

    # Two things are said a second time on purpose: who may ask, and how people find it named in their audit.
    tree.edit("tests/api/test_access.py", '"hr_partner": {\n', '"hr_partner": {\n        "listQuietPairs",\n')
    tree.edit("services/api/console/words.js", "OPERATIONS = {\n", 'OPERATIONS = {\n  listQuietPairs: "quiet pairs",\n')
    audited = "async def test_only_what_is_told_is_audited"
    tree.edit("tests/api/test_access.py", audited, f"{AUDITED}\n\n{audited}")
    tree.pytest(
        "-k",
        "not postgres",
        "tests/api/test_access.py",
        "tests/api/test_description.py",
        "tests/api/test_console.py::test_its_closed_lists_are_those_of_the_api",
        "tests/security/test_non_interference.py::test_requests_cover_every_operation",
        "tests/unit/cli/test_privacy.py",
    )
