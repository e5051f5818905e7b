"""Health of a process, and its endpoints /healthz, /readyz and /metrics. Every service has the same."""

import asyncio
from typing import Final, Protocol

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shared.telemetry.guess_limits import TooManyGuessesError
from shared.telemetry.metrics import Metrics
from shared.telemetry.scrape_access import Scrape, ScrapeAccess

_UNAUTHORIZED: Final = 401
_TOO_MANY: Final = 429


class Check(Protocol):
    """Knows whether one part of the process works. Its reasons are for operators and name no person."""

    def unhealthy(self) -> str | None:
        """Why the part will not work again without a restart; None when it works."""

    def unready(self) -> str | None:
        """Why the part cannot serve yet; None when it can."""


class Health:
    """Collects the checks of a process."""

    def __init__(self) -> None:
        self._checks: Final[list[Check]] = []

    def add(self, check: Check) -> None:
        """Ask this check too from now on."""
        self._checks.append(check)

    def problems(self) -> list[str]:
        """Reasons to restart the process."""
        return [reason for check in self._checks if (reason := check.unhealthy())]

    def obstacles(self) -> list[str]:
        """Reasons not to send work here yet."""
        return self.problems() + [reason for check in self._checks if (reason := check.unready())]


def health_routes(health: Health, metrics: Metrics, access: ScrapeAccess) -> list[Route]:
    """Routes for operators."""

    async def healthz(_: Request) -> Response:
        return _answer(health.problems())

    async def readyz(_: Request) -> Response:
        return _answer(health.obstacles())

    async def scrape(request: Request) -> Response:
        try:
            given = access.of(request)
        except TooManyGuessesError as error:
            wait = {"Retry-After": str(error.wait_seconds)}
            return JSONResponse({"status": "error", "reasons": ["too many wrong tokens"]}, _TOO_MANY, wait)
        if given is Scrape.NOTHING:
            challenge = {"WWW-Authenticate": "Bearer"}
            return JSONResponse({"status": "error", "reasons": ["a token is needed"]}, _UNAUTHORIZED, challenge)
        # Exposition of thousands of series takes milliseconds; a thread keeps the consumer's loop free.
        body = await asyncio.to_thread(metrics.exposition.text, everything=given is Scrape.EVERYTHING)
        return Response(body, media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", scrape)]


def _answer(reasons: list[str]) -> Response:
    return JSONResponse({"status": "error" if reasons else "ok", "reasons": reasons}, 503 if reasons else 200)
