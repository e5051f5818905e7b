"""Serves the ASGI application of a process on its port."""

import resource
from contextlib import nullcontext
from functools import partial
from typing import Any, Final, cast

import uvicorn

from services.cli.serving.connections import ConnectionLimits, OpenConnections, Wait
from services.cli.serving.protocol import Door, GuardedProtocol
from shared.settings import ServiceSettings
from shared.telemetry import names
from shared.telemetry.metrics import Metrics
from shared.transport.errors import ServiceError

# Docker waits ten seconds between SIGTERM and SIGKILL; requests under way get half of it.
_DRAIN_SECONDS: Final = 5
# Longer than any request to the API may take; /metrics of a large organisation is taken in a second.
_ANSWER_SECONDS: Final = 60.0
# For checks of health while everything else is busy.
_RESERVED: Final = 16
# The system holds as many connections more, and the loop accepts them at once before it looks at any.
_BACKLOG: Final = 128
# Files, sockets and connections to the store that the rest of the process has open.
_OTHER_FILES: Final = 256
_TICKS_PER_SWEEP: Final = 5  # of a tenth of a second each


class HttpServer(uvicorn.Server):
    """uvicorn with limits, and without signal handling of its own, as the process has one."""

    def __init__(self, app: Any, settings: ServiceSettings, metrics: Metrics) -> None:
        limits = ConnectionLimits(
            total=min(settings.connections, _room()),
            per_address=settings.connections_per_address,
            reserved=_RESERVED,
            seconds={Wait.HEAD: settings.head_seconds, Wait.BODY: settings.body_seconds, Wait.ANSWER: _ANSWER_SECONDS},
        )
        self._door: Final = Door(OpenConnections(limits), metrics.counter(names.HTTP_ENDED))
        # uvicorn calls it with what it would call a class with.
        protocol = cast("type[GuardedProtocol]", partial(GuardedProtocol, door=self._door))
        config = uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            http=protocol,
            ws="none",
            backlog=_BACKLOG,
            log_config=None,
            log_level="error",
            access_log=False,
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=_DRAIN_SECONDS,
        )
        super().__init__(config)

    def capture_signals(self) -> Any:
        """Leave signals to the process."""
        return nullcontext()

    async def on_tick(self, counter: int) -> bool:
        """Look twice a second for connections that were waited for long enough."""
        if counter % _TICKS_PER_SWEEP == 0:
            self._door.end_overdue()
        return await super().on_tick(counter)


async def serve(app: Any, settings: ServiceSettings, metrics: Metrics) -> None:
    """Serve an ASGI application. Raises ServiceError when the port is taken."""
    server = HttpServer(app, settings, metrics)
    try:
        await server.serve()
    except SystemExit:
        raise ServiceError(f"port {settings.port} on {settings.host} is taken; choose another with --port") from None
    finally:
        server.should_exit = True


def _room() -> int:
    """How many connections the process may have open: without a file left to open it could accept none."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return 1 << 20
    return max(_RESERVED, soft - _OTHER_FILES - _BACKLOG - _RESERVED)
