"""HTTP/1.1 as uvicorn speaks it, with an end to waiting and to requests whose length can be read in two ways."""

import asyncio
from typing import Any, Final

import h11
from prometheus_client import Counter
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.protocols.http.flow_control import service_unavailable
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from services.cli.serving.connections import Admission, OpenConnections, Wait

_HEALTH: Final = frozenset({"/healthz", "/readyz"})
_MOST_HEAD_BYTES: Final = 16 * 1024
_FULL: Final = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_TOO_SLOW: Final = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class Door:
    """What all connections of a port share: who is in, and the count of those that were shown out, by reason."""

    def __init__(self, connections: "OpenConnections[GuardedProtocol]", ended: Counter) -> None:
        self.connections: Final = connections
        self.ended: Final = ended

    def end_overdue(self) -> None:
        """End what was waited for long enough."""
        for connection, wait in self.connections.overdue():
            self.connections.forget(connection)
            self.ended.labels(f"slow-{wait.value}").inc()
            connection.end(_TOO_SLOW if wait is Wait.HEAD and connection.has_begun_a_head else b"")


class GuardedProtocol(H11Protocol):
    """One connection."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        door: Door,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.conn = _OneLength(h11.SERVER, _MOST_HEAD_BYTES)
        self._door: Final = door
        self._wait = Wait.HEAD

    @property
    def has_begun_a_head(self) -> bool:
        """Whether a part of a head is there."""
        return bool(self.conn.trailing_data[0])

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Let a connection in, or show it out."""
        super().connection_made(transport)
        address = self.client[0] if self.client else ""
        admission, ended = self._door.connections.admit(self, address)
        if ended is not None:
            self._door.ended.labels("too-many").inc()
            ended.end()
        if admission is Admission.NOTHING:
            self._door.ended.labels("too-many").inc()
            self.end(_FULL)
        elif admission is Admission.HEALTH:
            self.app = _health_alone(self.app)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._door.connections.forget(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Go on with the request."""
        if not self.transport.is_closing():
            super().data_received(data)
            self._note()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        self._note(anew=True)

    def end(self, last_words: bytes = b"") -> None:
        """Close the connection now, whatever was not sent yet."""
        if last_words and not self.transport.is_closing():
            self.transport.write(last_words)
            self.transport.close()
        # What is left to send waits for a client who does not take it.
        if not last_words or self.transport.get_write_buffer_size():
            self.transport.abort()

    def _note(self, *, anew: bool = False) -> None:
        if self.conn.their_state is h11.SEND_BODY:
            wait = Wait.BODY
        elif self.cycle is not None and not self.cycle.response_complete:
            wait = Wait.ANSWER
        else:
            wait = Wait.HEAD
        if wait is not self._wait or (anew and wait is Wait.HEAD):
            self._wait = wait
            self._door.connections.wait(self, wait)


class _OneLength(h11.Connection):
    """Refuses a request that says its length in two ways: the next server on the way may read the other one.

    RFC 9112, 6.1: a length beside a transfer coding ought to be handled as an error, and a transfer coding before
    HTTP/1.1 must be.
    """

    def next_event(self) -> Any:
        """The next event. Raises RemoteProtocolError."""
        event = super().next_event()
        if isinstance(event, h11.Request):
            named = {name.lower() for name, _ in event.headers}
            if b"transfer-encoding" in named and (b"content-length" in named or event.http_version < b"1.1"):
                raise h11.RemoteProtocolError(
                    "the length of the request can be read in two ways", error_status_hint=400
                )
        return event


def _health_alone(app: ASGIApp) -> ASGIApp:
    """The application, for whoever asks how the process is; everybody else is told to come again."""

    async def reserved(scope: Scope, receive: Receive, send: Send) -> None:
        chosen = app if scope["path"] in _HEALTH else service_unavailable
        await chosen(scope, receive, send)  # type: ignore[arg-type]

    return reserved
