"""The API service: directory, aggregates, readings and their evidence over HTTP, for HR tools and the console."""

import time
from collections.abc import Callable, Iterable
from functools import cache, partial

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from services.api.auth.gate import Gate
from services.api.endpoint import Endpoint
from services.api.endpoints import ENDPOINTS
from services.api.middleware.outer import OuterMiddleware
from services.api.middleware.request_limits import RequestLimits
from services.api.openapi.description import TITLE, VERSION, describe
from services.api.problems.answers import on_http_exception, on_invalid_parameters, on_problem
from services.api.problems.kinds import ProblemError
from services.api.routes.console import console_routes
from services.api.settings import ApiSettings
from shared.keyring import CLOSED, Keyring
from shared.storage.engine.database import Database
from shared.telemetry.health import Health, health_routes
from shared.telemetry.metrics import Metrics
from shared.telemetry.scrape_access import ScrapeAccess, guess_limits


def build(
    settings: ApiSettings,
    metrics: Metrics,
    database: Database,
    health: Health,
    extra_routes: Iterable[BaseRoute] = (),
    *,
    keyring: Keyring = CLOSED,
    clock: Callable[[], float] = time.time,
) -> FastAPI:
    """Make the ASGI application. Nothing connects before the first request.

    People are shown by name where the keyring opens the register. `clock` gives Unix seconds.

    Raises:
        LookupError: a route is not a declared endpoint.
        ScrapeTokenError: the file of scrape tokens is empty.
    """
    # No pages of the framework: they would load scripts from elsewhere. The description is /openapi.json.
    app = FastAPI(title=TITLE, version=VERSION, docs_url=None, redoc_url=None, redirect_slashes=False)
    guesses = guess_limits(settings, metrics)
    gate = Gate(settings=settings, database=database, keyring=keyring, guesses=guesses, clock=clock)
    for endpoint in ENDPOINTS:
        _add(app, gate, endpoint)
    _refuse_undeclared(app)

    access = ScrapeAccess(settings.metrics_token_file, guesses)
    app.router.routes.extend([*console_routes(), *health_routes(health, metrics, access), *extra_routes])
    app.add_exception_handler(ProblemError, partial(_on_problem, gate))
    app.add_exception_handler(HTTPException, on_http_exception)
    app.add_exception_handler(RequestValidationError, on_invalid_parameters)
    app.add_middleware(RequestLimits, seconds=settings.request_seconds)
    app.add_middleware(OuterMiddleware, metrics=metrics, stopwatch=time.perf_counter, endpoints=ENDPOINTS)
    # Made when first asked for: it takes as long as everything else together.
    app.openapi = cache(partial(describe, ENDPOINTS))  # type: ignore[method-assign]  # FastAPI's documented way
    return app


async def _on_problem(gate: Gate, request: Request, error: Exception) -> Response:
    """Answer a `ProblemError`, once the audit has it if it is a refusal."""
    if isinstance(error, ProblemError):
        await gate.note(request, error.problem)
    return await on_problem(request, error)


def _add(app: FastAPI, gate: Gate, endpoint: Endpoint) -> None:
    """Serve an endpoint. The gate comes before everything that its handler asks for."""
    assert endpoint.handler is not None  # noqa: S101 - `services.api.endpoints` refuses one without
    app.add_api_route(
        endpoint.path,
        endpoint.handler,
        methods=[endpoint.method],
        dependencies=[Depends(gate.permit(endpoint))],
        operation_id=endpoint.id,
        # Only the description needs models, and making their schemas takes longer than all else that is made here.
        response_model=None,
    )


def _refuse_undeclared(app: FastAPI) -> None:
    declared = {endpoint.id for endpoint in ENDPOINTS}
    found = {route.operation_id for route in app.routes if isinstance(route, APIRoute)}
    if found != declared:
        raise LookupError(f"declared endpoints and routes differ: {sorted(map(str, found ^ declared))}")
