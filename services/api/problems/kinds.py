"""Every kind of error that the API answers, with a type that never changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, NotRequired

from typing_extensions import TypedDict


class InvalidParameter(TypedDict):
    """A parameter that cannot be used, and why."""

    parameter: str
    detail: str


class ProblemDetails(TypedDict):
    """An error in the form of RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    errors: NotRequired[list[InvalidParameter]]


@dataclass(frozen=True, slots=True)
class Problem:
    """A kind of error. `slug` is the end of its type and never changes."""

    slug: str
    status: HTTPStatus
    title: str
    detail: str

    def details(self, errors: Sequence[InvalidParameter] = ()) -> ProblemDetails:
        """The body of the answer."""
        body: ProblemDetails = {
            "type": f"urn:bellwether:problem:{self.slug}",
            "title": self.title,
            "status": int(self.status),
            "detail": self.detail,
        }
        if errors:
            body["errors"] = list(errors)
        return body


UNAUTHORIZED: Final = Problem(
    "unauthorized",
    HTTPStatus.UNAUTHORIZED,
    "Not authenticated",
    "Send a valid API key or access token as 'Authorization: Bearer ...'.",
)
FORBIDDEN: Final = Problem(
    "forbidden", HTTPStatus.FORBIDDEN, "Not allowed", "This credential does not include this operation."
)
CASE_MODE_OFF: Final = Problem(
    "case-mode-off",
    HTTPStatus.FORBIDDEN,
    "Case mode is off",
    "Readings about named people are only given in case mode; an operator switches it on.",
)
SELF_MODE_OFF: Final = Problem(
    "self-mode-off",
    HTTPStatus.FORBIDDEN,
    "The own view is off",
    "Here only aggregates are given; an operator switches the own view on.",
)
CASE_NEEDED: Final = Problem(
    "case-needed",
    HTTPStatus.FORBIDDEN,
    "No open case",
    "Readings about named people need an open case for this purpose, which somebody else has approved.",
)
CONFLICTING_CASE: Final = Problem(
    "conflicting-case",
    HTTPStatus.CONFLICT,
    "This case cannot be opened or approved",
    "A case is opened by a person: an operator, or the partner who will read in it. Somebody else approves it.",
)
NO_WEBHOOK_KEY: Final = Problem(
    "no-webhook-key",
    HTTPStatus.SERVICE_UNAVAILABLE,
    "Nobody can be told here",
    "Messages could not be signed: an operator names a file with BELLWETHER_WEBHOOK_KEY_FILE.",
)
TOO_MANY_WEBHOOKS: Final = Problem(
    "too-many-webhooks", HTTPStatus.CONFLICT, "Too many already", "Remove one that is no longer needed."
)
PURPOSE_MISSING: Final = Problem(
    "purpose-missing",
    HTTPStatus.BAD_REQUEST,
    "A purpose is needed",
    "Say why you read about named people in the header 'Purpose', with one of the documented values.",
)
ALERT_STATE: Final = Problem(
    "alert-state",
    HTTPStatus.CONFLICT,
    "Not in this state",
    "The state of the alert does not allow that; read it again.",
)
HOLDS_NAME: Final = Problem(
    "holds-name",
    HTTPStatus.CONFLICT,
    "It holds a name",
    "This holds the name of somebody in the directory, or a word of it; see 'errors' for what could be shown instead.",
)
REGISTER_CLOSED: Final = Problem(
    "register-closed",
    HTTPStatus.CONFLICT,
    "The register is closed",
    "What things are called is in the register, whose key is not here; use the command line where it is.",
)
TWO_PEOPLE: Final = Problem(
    "two-people",
    HTTPStatus.CONFLICT,
    "They are two people",
    "The account belongs to somebody else, and both have a manager of their own; unlink it first.",
)
CHANGED_MEANWHILE: Final = Problem(
    "changed-meanwhile",
    HTTPStatus.PRECONDITION_FAILED,
    "Changed meanwhile",
    "It is not as you have seen it; read it again and decide anew.",
)
VERSION_NEEDED: Final = Problem(
    "version-needed",
    HTTPStatus.PRECONDITION_REQUIRED,
    "A version is needed",
    "Send the 'ETag' of what you have seen in the header 'If-Match'.",
)
NOT_FOUND: Final = Problem("not-found", HTTPStatus.NOT_FOUND, "Not found", "There is nothing here for this key.")
METHOD_NOT_ALLOWED: Final = Problem(
    "method-not-allowed", HTTPStatus.METHOD_NOT_ALLOWED, "Method not allowed", "See the header 'Allow'."
)
INVALID: Final = Problem(
    "invalid-parameters",
    HTTPStatus.UNPROCESSABLE_ENTITY,
    "Invalid parameters",
    "Some parameters cannot be used; see 'errors'.",
)
TOO_MANY: Final = Problem(
    "too-many-requests",
    HTTPStatus.TOO_MANY_REQUESTS,
    "Too many requests",
    "This credential or its tenant asks too often; see 'Retry-After'.",
)
TOO_LONG: Final = Problem(
    "target-too-long", HTTPStatus.REQUEST_URI_TOO_LONG, "Request target too long", "Path and query are too long."
)
TOO_LARGE: Final = Problem(
    "body-too-large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Body too large", "Nothing that is asked for is so large."
)
TOO_DEEP: Final = Problem(
    "body-too-deep", HTTPStatus.BAD_REQUEST, "Body too deep", "Lists and objects are nested too deeply."
)
TOO_SLOW: Final = Problem(
    "body-too-slow", HTTPStatus.REQUEST_TIMEOUT, "Body too slow", "The body did not come in time."
)
INTERNAL: Final = Problem(
    "internal", HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong", "The error is recorded. Try again later."
)
UNAVAILABLE: Final = Problem(
    "unavailable", HTTPStatus.SERVICE_UNAVAILABLE, "Not available now", "The store does not answer. Try again later."
)


class ProblemError(Exception):
    """Ends a request with a problem."""

    def __init__(
        self,
        problem: Problem,
        errors: Sequence[InvalidParameter] = (),
        *,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(problem.slug)
        self.problem: Final = problem
        self.errors: Final = tuple(errors)
        self.headers: Final = headers
