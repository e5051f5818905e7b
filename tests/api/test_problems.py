"""Errors, headers and metrics around every operation."""

import logging

import httpx
import pytest
from prometheus_client import CollectorRegistry, generate_latest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.api.app import build
from services.api.middleware.outer import SECURITY_HEADERS
from services.api.service import ApiService
from services.api.settings import ApiSettings
from shared.storage.engine.database import open_database
from shared.telemetry.health import Health
from shared.telemetry.metrics import Metrics
from tests.api.company import LEADER, Api

UNUSABLE = [
    ("/v1/people?limit=0", "limit"),
    ("/v1/people?limit=201", "limit"),
    ("/v1/people?limit=1e3", "limit"),
    ("/v1/people?offset=10", "offset"),
    ("/v1/people?team=", "team"),
    ("/v1/people?team=%00", "team"),
    (f"/v1/people?team={'x' * 201}", "team"),
    ("/v1/people?active=perhaps", "active"),
    ("/v1/people?person=", "person.0"),
    ("/v1/people?person=adam&person=%0A", "person.1"),
    (f"/v1/people?person={'x' * 201}", "person.0"),
    (f"/v1/people?{'&'.join(['person=x'] * 201)}", "person"),
    ("/v1/teams?signal=happiness", "signal"),
    ("/v1/teams?min_people=1", "min_people"),
    ("/v1/teams?as_of=yesterday", "as_of"),
    ("/v1/teams?as_of=2026-W54", "as_of"),
    ("/v1/teams?as_of=2025-W53", "as_of"),
    ("/v1/teams?as_of=0000-W01", "as_of"),
    ("/v1/relationships?signal=unheard", "signal"),
    ("/v1/relationships?band=terrible", "band"),
    ("/v1/relationships?person=%0A", "person"),
    ("/v1/escalation-risks?horizon=7", "horizon"),
    ("/v1/escalation-risks?horizon=x", "horizon"),
    ("/v1/escalation-risks?min_value=1.1", "min_value"),
    ("/v1/escalation-risks?min_value=nan", "min_value"),
    (f"/v1/subjects/pair:adam|{LEADER}/history", "signal"),
    (f"/v1/subjects/pair:adam|{LEADER}/evidence?signal=x", "signal"),
]


def check(response: httpx.Response, status: int, slug: str) -> None:
    """An RFC 9457 body with exactly its members."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
    body = response.json()
    assert body["type"] == f"urn:bellwether:problem:{slug}"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert set(body) - {"errors"} == {"type", "title", "status", "detail"}


async def test_unknown_paths_and_methods(api: Api) -> None:
    for path in ("/nowhere", "/v1", "/v1/", "/v2/people", "/v1/people/", "/docs", "/redoc", "/v1/subjects", "/v1/%00"):
        check(await api.get(path), 404, "not-found")
    async with api.client() as client:
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            response = await client.request(method, "/v1/people")
            check(response, 405, "method-not-allowed")
            assert response.headers["allow"] == "GET"


async def test_parameters_that_cannot_be_used_are_named(api: Api) -> None:
    for path, parameter in UNUSABLE:
        response = await api.get(path)
        check(response, 422, "invalid-parameters")
        assert [error["parameter"] for error in response.json()["errors"]] == [parameter], path
    assert await api.audit() == []


async def test_a_body_that_is_no_json_is_said_to_be_none(api: Api) -> None:
    async with api.client() as client:
        response = await client.post("/v1/cases", content="{bad", headers={"content-type": "application/json"})
    check(response, 422, "invalid-parameters")
    assert response.json()["errors"] == [{"parameter": "body", "detail": "Not JSON"}]


async def test_values_at_the_edges_are_served(api: Api) -> None:
    for path in (
        "/v1/people?limit=200&team=%F0%9F%98%80",
        "/v1/escalation-risks?min_value=0&horizon=28",
        "/v1/people?team=%ff%fe",
        # As many pseudonyms as may be named fit a request target.
        "/v1/people?limit=200&" + "&".join(f"person=p-{number:026}" for number in range(200)),
    ):
        assert (await api.get(path)).status_code == 200, path
    # Weeks there are, but none that anything was ever released for.
    for week in ("9999-W52", "0001-W01", "2020-W53"):
        check(await api.get(f"/v1/teams?as_of={week}"), 422, "invalid-parameters")


async def test_an_error_tells_the_client_and_the_log_nothing_of_what_it_handled(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    async with api.database.write() as connection:
        await connection.execute(text("UPDATE reading SET factors = 'not json'"))
    path = f"/v1/subjects/pair:adam|{LEADER}/evidence"
    with caplog.at_level(logging.DEBUG, "bellwether"):
        response = await api.get(path)
    check(response, 500, "internal")
    assert "a request failed with DecodeError" in caplog.text
    assert "in _explained" in caplog.text
    records = [record.getMessage() for record in caplog.records if record.name.startswith("bellwether")]
    for record in [*records, response.text]:
        assert "adam" not in record
        assert LEADER not in record
        assert api.tokens["hr_partner"] not in record
    for word in ("Traceback", "DecodeError", "services", "sqlalchemy"):
        assert word not in response.text


async def test_a_store_that_does_not_answer_is_a_503() -> None:
    database = open_database(make_url("postgresql+asyncpg://nobody@127.0.0.1:1/none"))
    service = ApiService(database)
    app = build(ApiSettings(), _metrics(), database, Health())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://api") as client:
        response = await client.get("/v1/people", headers={"Authorization": f"Bearer bw_a_{'0' * 12}_{'0' * 64}"})
    check(response, 503, "unavailable")
    assert response.headers["retry-after"] == "5"
    assert service.unready() == "api: not connected yet"
    assert service.unhealthy() is None
    assert await service._look() == "api: the store does not answer"
    await database.close()


async def test_every_answer_has_security_headers(api: Api) -> None:
    answers = [
        await api.get("/v1/people"),
        await api.get("/v1/people", role=None),
        await api.get("/v1/people", role="leader"),
        await api.get("/v1/people", limit=0),
        await api.get("/nowhere"),
        await api.get("/healthz"),
        await api.get("/metrics"),
        await api.get("/openapi.json"),
    ]
    for response in answers:
        assert {name.decode() for name in SECURITY_HEADERS} <= set(response.headers)
        assert "server" not in response.headers
        assert len(response.headers.get_list("cache-control")) == 1


async def test_only_the_operators_pages_the_description_and_the_console_are_public(api: Api) -> None:
    public = {
        path: (await api.get(path, role=None)).status_code
        for path in ("/healthz", "/readyz", "/metrics", "/openapi.json", "/")
    }
    assert public == {"/healthz": 200, "/readyz": 200, "/metrics": 200, "/openapi.json": 200, "/": 200}
    names = {getattr(route, "path", "") for route in api.app.routes}
    # What the console is made of are files of the program (see test_console).
    assert {name for name in names if not name.startswith(("/v1/", "/console/"))} == set(public)


async def test_requests_are_counted_by_operation_and_never_by_person(api: Api) -> None:
    await api.get("/v1/signals")
    await api.get("/nowhere/adam")
    exposed = generate_latest(api.metrics.registry).decode()
    for operation, status in (("listSignals", 200), ("other", 404)):
        assert f'bellwether_api_requests_total{{operation="{operation}",status="{status}"}} 1.0' in exposed
    # Reads of named people are counted together with those of their names, found or not.
    answered = 'bellwether_api_requests_total{operation="ofPeople",status="answered"}'
    for count in range(20):
        assert answered not in api.metrics.exposition.text(everything=True).decode()
        if count % 3 == 2:
            await api.get(f"/v1/subjects/pair:nobody|{LEADER}/evidence")
        else:
            await api.get("/v1/people" if count % 3 else "/v1/relationships", person="adam")
        await api.get("/v1/relationships", role=None)
        api.metrics.exposition.settle()
    assert f"{answered} 20.0" in generate_latest(api.metrics.registry).decode()
    api.clock.now += 3_600
    api.metrics.exposition.settle()
    exposed = api.metrics.exposition.text(everything=True).decode()
    assert f"{answered} 20.0" in exposed
    assert 'bellwether_api_request_seconds_count{operation="ofPeople"} 40.0' in exposed
    for word in ("listRelationships", "listPeople", "listSignals", "adam"):
        assert word not in exposed


async def test_routes_may_be_added_and_keep_their_own_headers(api: Api) -> None:
    async def page(_: Request) -> Response:
        return Response("<p>", headers={"Content-Security-Policy": "default-src 'self'", "Cache-Control": "max-age=60"})

    app = build(ApiSettings(), _metrics(), api.database, Health(), [Route("/extra", page)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://api") as client:
        response = await client.get("/extra")
    assert response.headers.get_list("content-security-policy") == ["default-src 'self'"]
    assert response.headers.get_list("cache-control") == ["max-age=60"]
    assert response.headers["x-content-type-options"] == "nosniff"


async def test_the_service_is_ready_once_the_store_answers(api: Api) -> None:
    service = ApiService(api.database)
    assert await service._look() is None
    async with api.database.write() as connection:
        await connection.execute(text("DROP TABLE api_key"))
    assert await service._look() == "api: the store does not answer"


def _metrics() -> Metrics:
    return Metrics(CollectorRegistry())
