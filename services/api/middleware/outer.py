"""The outermost middleware: security headers, metrics by endpoint, and errors that tell the client nothing."""

import logging
import traceback
from collections.abc import Callable, Iterable
from typing import Final

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.api.endpoint import Endpoint
from services.api.problems.answers import problem_response
from services.api.problems.kinds import INTERNAL, UNAVAILABLE
from shared.domain.privacy.roles import Mode
from shared.telemetry import names
from shared.telemetry.metrics import Metrics

_log: Final = logging.getLogger("bellwether.api")
_OTHER: Final = "other"
_ALL_OF_PEOPLE: Final = "ofPeople"
_ANSWERED: Final = "answered"
_BEFORE_READING: Final = frozenset({401, 403, 429})
_FAILED: Final = 500
_STORE_ERRORS: Final = (OperationalError, InterfaceError, PoolTimeoutError, ConnectionError)
# What a route sets itself stays as it is: the console has a content policy of its own.
SECURITY_HEADERS: Final[dict[bytes, bytes]] = {
    b"cache-control": b"no-store",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
    b"cross-origin-resource-policy": b"same-origin",
    b"referrer-policy": b"no-referrer",
    b"strict-transport-security": b"max-age=31536000",
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
}


class OuterMiddleware:
    """ASGI middleware around the whole API."""

    def __init__(
        self, app: ASGIApp, *, metrics: Metrics, stopwatch: Callable[[], float], endpoints: Iterable[Endpoint]
    ) -> None:
        self._app: Final = app
        self._of_people: Final = frozenset(
            each.id for each in endpoints if each.mode is Mode.CASE or each.measured_with_people
        )
        self._requests: Final = metrics.counter(names.API_REQUESTS)
        self._seconds: Final = metrics.histogram(names.API_SECONDS)
        self._stopwatch: Final = stopwatch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status = self._stopwatch(), 0

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = message.setdefault("headers", [])
                given = {name.lower() for name, _ in headers}
                headers.extend(item for item in SECURITY_HEADERS.items() if item[0] not in given)
            await send(message)

        try:
            await self._app(scope, receive, send_on)
        except Exception as error:
            if status:
                raise  # the answer is under way: only the server can break it off
            _record(error)
            problem = UNAVAILABLE if isinstance(error, _STORE_ERRORS) else INTERNAL
            await problem_response(problem)(scope, receive, send_on)
        finally:
            operation = getattr(scope.get("route"), "operation_id", None) or _OTHER
            self._count(operation, status, self._stopwatch() - begun)

    def _count(self, operation: str, status: int, seconds: float) -> None:
        if operation not in self._of_people:
            self._add(operation, str(status), seconds)
            return
        # Whether there was something to find follows from somebody's risk, and so does what is asked next.
        counted = str(status) if status in _BEFORE_READING or status >= _FAILED else _ANSWERED
        self._add(_ALL_OF_PEOPLE, counted, seconds)

    def _add(self, operation: str, status: str, seconds: float) -> None:
        self._requests.labels(operation, status).inc()
        self._seconds.labels(operation).observe(seconds)


def _record(error: Exception) -> None:
    """Log where an error happened and its type. Never its message: database errors quote the values they were given."""
    _log.error(
        "a request failed with %s\n%s", type(error).__qualname__, "".join(traceback.format_tb(error.__traceback__))
    )
