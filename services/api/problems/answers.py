"""Errors as answers. They hold no stack trace and repeat nothing of the request."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import msgspec
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from services.api.problems.kinds import (
    FORBIDDEN,
    INVALID,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    UNAUTHORIZED,
    UNAVAILABLE,
    InvalidParameter,
    Problem,
    ProblemError,
)

MEDIA_TYPE: Final = "application/problem+json"


def problem_response(
    problem: Problem, errors: Sequence[InvalidParameter] = (), headers: Mapping[str, str] | None = None
) -> Response:
    """The answer for a problem. Equal problems give equal bytes."""
    sent = dict(headers or {})
    if problem is UNAUTHORIZED:
        sent["WWW-Authenticate"] = 'Bearer realm="bellwether"'
    if problem is UNAVAILABLE:
        sent["Retry-After"] = "5"
    body = msgspec.json.encode(problem.details(errors))
    return Response(body, status_code=problem.status, media_type=MEDIA_TYPE, headers=sent)


async def on_problem(_: Request, error: Exception) -> Response:
    """Answer a `ProblemError`."""
    assert isinstance(error, ProblemError)  # noqa: S101 - registered for this type only
    return problem_response(error.problem, error.errors, error.headers)


async def on_http_exception(request: Request, error: Exception) -> Response:
    """Answer requests that the framework refuses: unknown paths and methods."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type only
    status = HTTPStatus(error.status_code)
    known = {problem.status: problem for problem in (UNAUTHORIZED, FORBIDDEN, NOT_FOUND, METHOD_NOT_ALLOWED)}
    problem = known.get(status) or Problem(f"http-{status.value}", status, status.phrase, status.description)
    headers = {"Allow": _allowed(request)} if problem is METHOD_NOT_ALLOWED else error.headers
    return problem_response(problem, headers=headers)


def _allowed(request: Request) -> str:
    """Methods of all routes of a path. The framework names only those of the first one."""
    routes = [route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE]
    return ", ".join(sorted({method for route in routes for method in route.methods or ()}))


async def on_invalid_parameters(_: Request, error: Exception) -> Response:
    """Answer parameters that do not fit their declared types. Their values are not repeated."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this type only
    return problem_response(INVALID, [_invalid(each) for each in error.errors()])


def _invalid(error: Mapping[str, Any]) -> InvalidParameter:
    if error["type"] == "json_invalid":  # whose place is a character, and no parameter
        return {"parameter": "body", "detail": "Not JSON"}
    place = [str(part) for part in error["loc"][1:]] or [str(part) for part in error["loc"]]
    return {"parameter": ".".join(place), "detail": str(error["msg"])}
