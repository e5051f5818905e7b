"""The description of the API (OpenAPI 3.1): built from the endpoints, with an example for every answer."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from services.api.auth.gate import permission_problems
from services.api.endpoint import Endpoint
from services.api.problems.answers import MEDIA_TYPE
from services.api.problems.kinds import (
    INTERNAL,
    INVALID,
    TOO_DEEP,
    TOO_LARGE,
    TOO_LONG,
    TOO_SLOW,
    UNAVAILABLE,
    Problem,
    ProblemDetails,
)
from shared.domain.privacy.roles import Purpose

TITLE: Final = "Bellwether signals API"
VERSION: Final = "1"
_SUMMARY: Final = "Early warning that working relationships turn transactional."
_DESCRIPTION: Final = (
    "Readings describe traces of work, never people. Every one names its factors, what it does not mean, and "
    "something a leader can do.\n\n"
    "Aggregates cover at least five people. Readings about named people need an open case and a `Purpose`, and leave "
    "an audit row per person. Nobody finds what is about themselves, about those who ever reported to them, about "
    "those whom they act for, or about those they report to. What one must not see is answered as what is not "
    "there.\n\n"
    "Lists are paged by `next_cursor`. Every answer has an `ETag`; errors are problem details (RFC 9457)."
)
_REF: Final = "#/components/schemas/"
_PROBLEM: Final = "ProblemDetails"
_INVALID_EXAMPLE: Final = INVALID.details(
    [{"parameter": "limit", "detail": "Input should be less than or equal to 200"}]
)
_SECURITY_SCHEMES: Final[dict[str, Any]] = {
    "apiKey": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "bw_<environment>_<id>_<secret>",
        "description": "An API key made with `bellwether keys create`.",
    },
    "accessToken": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "An access token (RFC 9068) of the configured issuer.",
    },
}
_VERSIONED: Final[dict[int, dict[str, Any]]] = {
    200: {"headers": {"ETag": {"description": "Its version.", "schema": {"type": "string"}}}},
    304: {"description": "Not modified"},
}
_IF_NONE_MATCH: Final[dict[str, Any]] = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "`ETag` of the answer you have; 304 when it is still the same.",
    "schema": {"type": "string"},
}
_IF_MATCH: Final[dict[str, Any]] = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "`ETag` of what you have seen. Only what has been done already does not need it.",
    "schema": {"type": "string"},
}


def documented(endpoint: Endpoint) -> dict[str, Any]:
    """Arguments of a FastAPI route that describe the endpoint."""
    answers = [*permission_problems(endpoint), *endpoint.problems, TOO_LONG]
    answers += [*((TOO_LARGE, TOO_DEEP, TOO_SLOW) if endpoint.changes else ()), INTERNAL, UNAVAILABLE]
    condition = [_IF_MATCH] if endpoint.conditional else [] if endpoint.changes else [_IF_NONE_MATCH]
    headers = [*condition, *([_purpose(endpoint)] if endpoint.purposes else [])]
    return {
        "operation_id": endpoint.id,
        "response_model": endpoint.model,
        "status_code": endpoint.status,
        "summary": endpoint.summary,
        "tags": [endpoint.tag],
        "responses": {
            **({} if endpoint.changes else _VERSIONED),
            **({200: _VERSIONED[200]} if endpoint.conditional else {}),
            422: _problem_answer("Invalid parameters", {"invalid-parameters": {"value": _INVALID_EXAMPLE}}),
            **_problem_answers(answers),
        },
        "openapi_extra": {
            "parameters": headers,
            "security": [{scheme: []} for scheme in _SECURITY_SCHEMES],
            "x-permission": endpoint.permission.value,
        },
    }


def _purpose(endpoint: Endpoint) -> dict[str, Any]:
    purposes = [purpose.value for purpose in Purpose if purpose in endpoint.purposes]
    return {
        "name": "Purpose",
        "in": "header",
        "required": True,
        "description": "Why you read about named people; it stands in the audit.",
        "schema": {"type": "string", "enum": purposes},
        "example": purposes[0],
    }


def describe(endpoints: Sequence[Endpoint]) -> dict[str, Any]:
    """The whole description, for `app.openapi`."""
    app = FastAPI()
    for each in endpoints:
        assert each.handler is not None  # noqa: S101 - `services.api.endpoints` refuses one without
        app.add_api_route(each.path, each.handler, methods=[each.method], **documented(each))
    examples = {each.id: each.example for each in endpoints}
    description = get_openapi(
        title=TITLE, version=VERSION, summary=_SUMMARY, description=_DESCRIPTION, routes=app.routes
    )
    for methods in description["paths"].values():
        for operation in methods.values():
            # FastAPI's is the handler's docstring, which is for those who read the code.
            operation.pop("description", None)
            # Added here because FastAPI drops what is null from an example.
            good = next(answer for status, answer in operation["responses"].items() if status.startswith("2"))
            content = good["content"]["application/json"]
            content["example"] = examples[operation["operationId"]]
    components = description.setdefault("components", {})
    components.setdefault("schemas", {}).update(_problem_schemas())
    components["securitySchemes"] = _SECURITY_SCHEMES
    return description


def _problem_schemas() -> dict[str, Any]:
    schema = TypeAdapter(ProblemDetails).json_schema(ref_template=_REF + "{model}")
    return {**schema.pop("$defs", {}), _PROBLEM: schema}


def _problem_answers(problems: list[Problem]) -> dict[int, dict[str, Any]]:
    """Answers by status. Problems with the same status become examples of one answer."""
    by_status: defaultdict[int, list[Problem]] = defaultdict(list)
    for problem in problems:
        by_status[int(problem.status)].append(problem)
    return {
        status: _problem_answer(
            alike[0].status.phrase, {problem.slug: {"value": problem.details()} for problem in alike}
        )
        for status, alike in by_status.items()
    }


def _problem_answer(description: str, examples: dict[str, Any]) -> dict[str, Any]:
    return {
        "description": description,
        "content": {MEDIA_TYPE: {"schema": {"$ref": _REF + _PROBLEM}, "examples": examples}},
    }
