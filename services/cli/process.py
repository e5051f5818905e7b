"""Runs services in one process, with one HTTP port for health, metrics and the API."""

import asyncio
import signal
from collections.abc import Coroutine, Iterable
from typing import Any, Protocol

from prometheus_client import CollectorRegistry
from starlette.applications import Starlette

from services.cli.serving.server import serve
from shared.settings import ServiceSettings
from shared.telemetry import names
from shared.telemetry.health import Health, health_routes
from shared.telemetry.memory import set_up_collector
from shared.telemetry.metrics import Metrics
from shared.telemetry.scrape_access import ScrapeAccess, guess_limits
from shared.transport.task_group import run_until_first


class Service(Protocol):
    """A service that can be run. Each service package builds one."""

    @property
    def name(self) -> str:
        """Its name in `bellwether run NAME`."""

    def unhealthy(self) -> str | None:
        """Why it must be restarted; None while it works."""

    def unready(self) -> str | None:
        """Why it does not work yet; None once it does."""

    async def run(self) -> None:
        """Work until cancelled. Raises ServiceError when the process must end."""


class StoppedError(Exception):
    """A signal asked the process to end."""


def new_metrics() -> Metrics:
    """Make the metrics of this process, with a registry of their own."""
    metrics = Metrics(CollectorRegistry())
    metrics.gauge(names.STARTED).set_to_current_time()
    return metrics


def plain_app(health: Health, metrics: Metrics, settings: ServiceSettings) -> Starlette:
    """The HTTP face of a service that has no API. Raises ScrapeTokenError."""
    access = ScrapeAccess(settings.metrics_token_file, guess_limits(settings, metrics))
    return Starlette(routes=health_routes(health, metrics, access))


async def run_services(services: Iterable[Service], *, app: Any, settings: ServiceSettings, metrics: Metrics) -> None:
    """Run services and their HTTP port until a signal comes. Raises the error of the first one that fails."""
    set_up_collector()
    work: list[Coroutine[Any, Any, None]] = [service.run() for service in services]
    try:
        await run_until_first([serve(app, settings, metrics), stop_on_signal(), metrics.exposition.run(), *work])
    except StoppedError:
        return


async def stop_on_signal() -> None:
    """Raise StoppedError on SIGINT or SIGTERM."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()
    raise StoppedError
