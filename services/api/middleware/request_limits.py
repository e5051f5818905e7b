"""Limits of one request: length of the target, size and depth of the body, and time."""

import asyncio
from collections.abc import Iterable
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.api.problems.answers import problem_response
from services.api.problems.kinds import TOO_DEEP, TOO_LARGE, TOO_LONG, TOO_SLOW, UNAVAILABLE, Problem

MOST_BODY_BYTES: Final = 64 * 1024
"""What is asked for here is a few names; the largest body that makes sense has a few kilobytes."""
MOST_TARGET_BYTES: Final = 8 * 1024
MOST_DEPTH: Final = 16
"""Levels of lists and objects; parsers that recurse must not be made to."""
_BODY_SECONDS: Final = 10.0
_OPENING: Final = frozenset(b"[{")
_CLOSING: Final = frozenset(b"]}")
_QUOTE, _BACKSLASH = b'"\\'


class RequestLimits:
    """ASGI middleware that refuses requests which are too long, too large, too deep or too slow."""

    def __init__(self, app: ASGIApp, *, seconds: float) -> None:
        self._app: Final = app
        self._seconds: Final = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or answer with the limit that it exceeds."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def send_on(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        problem: Problem | None
        try:
            async with asyncio.timeout(self._seconds):
                body = await _body(scope, receive)
                problem = body if isinstance(body, Problem) else None
                if isinstance(body, bytes):
                    await self._app(scope, _replayed(body, receive), send_on)
        except TimeoutError:
            if begun:
                raise
            problem = UNAVAILABLE
        if problem is not None:
            await problem_response(problem)(scope, receive, send)


async def _body(scope: Scope, receive: Receive) -> bytes | Problem:
    """The whole body, or the problem with it."""
    if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > MOST_TARGET_BYTES:
        return TOO_LONG
    if _declared_bytes(scope["headers"]) > MOST_BODY_BYTES:
        return TOO_LARGE
    body = bytearray()
    more = True
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            while more:
                message = await receive()
                if message["type"] != "http.request":  # the client is gone
                    return TOO_SLOW
                body += message.get("body", b"")
                more = message.get("more_body", False)
                if len(body) > MOST_BODY_BYTES:
                    return TOO_LARGE
    except TimeoutError:
        return TOO_SLOW
    return TOO_DEEP if _depth(body) > MOST_DEPTH else bytes(body)


def _declared_bytes(headers: Iterable[tuple[bytes, bytes]]) -> int:
    for name, value in headers:
        if name == b"content-length":
            return int(value) if value.isdigit() else MOST_BODY_BYTES + 1
    return 0


def _depth(body: bytes | bytearray) -> int:
    """How deep lists and objects are nested in a JSON text. Brackets within strings do not count."""
    deepest = depth = 0
    in_string = escaped = False
    for byte in body:
        if in_string:
            in_string, escaped = byte != _QUOTE or escaped, byte == _BACKSLASH and not escaped
        elif byte == _QUOTE:
            in_string = True
        elif byte in _OPENING:
            depth += 1
            deepest = max(deepest, depth)
        elif byte in _CLOSING:
            depth -= 1
    return deepest


def _replayed(body: bytes, receive: Receive) -> Receive:
    """What the application receives: the whole body first, then what the client sends next."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
