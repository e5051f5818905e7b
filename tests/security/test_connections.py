"""Connections that begin and do not go on, too many of them, and requests whose length can be read in two ways."""

import asyncio
import contextlib
import logging
import select
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy.engine import make_url
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from services.api.app import build
from services.api.settings import ApiSettings
from services.cli.logs import MOST_LINES, FewLines
from services.cli.process import plain_app
from services.cli.serving.connections import Admission, ConnectionLimits, OpenConnections, Wait
from shared.settings import ServiceSettings
from shared.storage.engine.database import open_database
from shared.telemetry.health import Health
from shared.telemetry.metrics import Metrics
from shared.transport.embedded import LOOPBACK
from tests.security.served import on_loopback

QUICK: dict[str, Any] = {"head_seconds": 0.6, "body_seconds": 0.9}
FEW: dict[str, Any] = {"connections": 40, "connections_per_address": 40}
HEAD = b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Slow: "
SOME = b"POST /v1/cases HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{"


@contextlib.contextmanager
def plain(app: Any = None, **given: Any) -> Iterator[int]:
    """The HTTP face of a service without an API."""
    settings, metrics = ServiceSettings(**given), Metrics(CollectorRegistry())
    with on_loopback(app or plain_app(Health(), metrics, settings), settings, metrics) as port:
        yield port


@contextlib.contextmanager
def api(url: str, **given: Any) -> Iterator[int]:
    settings, metrics = ApiSettings(database=url, **given), Metrics(CollectorRegistry())
    database = open_database(make_url(url))
    try:
        with on_loopback(build(settings, metrics, database, Health()), settings, metrics) as port:
            yield port
    finally:
        asyncio.run(database.close())


def connect(port: int, sent: bytes = b"", *, source: str = LOOPBACK) -> socket.socket:
    made = socket.create_connection((LOOPBACK, port), timeout=5, source_address=(source, 0))
    if sent:
        made.sendall(sent)
    return made


@contextlib.contextmanager
def many(port: int, count: int, sent: bytes = b"", *, source: str = LOOPBACK) -> Iterator[list[socket.socket]]:
    """Connections that stay as they are until the block ends."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(connect(port, sent, source=source)) for _ in range(count)]


def still_open(connections: list[socket.socket]) -> int:
    """How many the server has not closed."""
    poll = select.poll()
    for each in connections:
        poll.register(each, select.POLLIN)
    return len(connections) - len(poll.poll(0))


def soon(condition: Callable[[], bool], *, seconds: float = 5) -> bool:
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def is_healthy(port: int, *, source: str = LOOPBACK, seconds: float = 3) -> bool:
    transport = httpx.HTTPTransport(local_address=source)
    with httpx.Client(transport=transport, timeout=seconds) as client:
        return client.get(f"http://{LOOPBACK}:{port}/healthz").status_code == 200


@pytest.mark.parametrize("sent", [b"", b"G", HEAD, SOME], ids=["nothing", "a letter", "half a head", "half a body"])
def test_a_request_that_is_not_finished_is_ended(sqlite_url: str, sent: bytes) -> None:
    for face in (plain(**QUICK), api(sqlite_url, **QUICK)):
        with face as port, many(port, 5, sent) as held:
            assert soon(lambda held=held: not still_open(held), seconds=4)  # type: ignore[misc]
            assert is_healthy(port)


@pytest.mark.parametrize("begun", [HEAD, SOME], ids=["head", "body"])
def test_a_byte_now_and_then_does_not_make_it_longer(sqlite_url: str, begun: bytes) -> None:
    with api(sqlite_url, **QUICK) as port, connect(port, begun) as held:
        began = time.monotonic()
        try:
            while time.monotonic() - began < 6:
                held.sendall(b"x")
                if select.select([held], [], [], 0.1)[0] and not held.recv(4096):
                    break
        except OSError:
            pass
        assert time.monotonic() - began < 4


def test_a_client_that_keeps_a_connection_may_go_on(sqlite_url: str) -> None:
    with api(sqlite_url, **QUICK) as port, httpx.Client() as client:
        for _ in range(4):
            assert client.get(f"http://{LOOPBACK}:{port}/healthz").status_code == 200
            time.sleep(0.4)  # longer than a head may take, all together


@pytest.mark.parametrize("sent", [b"", HEAD, SOME], ids=["nothing", "half a head", "half a body"])
def test_however_many_are_not_finished_health_is_told(sqlite_url: str, sent: bytes) -> None:
    with api(sqlite_url, **FEW) as port, many(port, 150, sent) as held:
        began = time.monotonic()
        assert is_healthy(port)
        assert time.monotonic() - began < 2
        assert soon(lambda: still_open(held) <= 40)


def test_many_hundreds_do_not_end_it(sqlite_url: str, *, deep: bool) -> None:
    if not deep:
        pytest.skip("opens 2,200 files; with --deep")
    with api(sqlite_url) as port, many(port, 1_100, HEAD) as held:
        for _ in range(5):
            assert is_healthy(port)
            time.sleep(1)
        assert still_open(held) <= 512


def test_one_address_does_not_take_the_room_of_others() -> None:
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(plain(connections=60, connections_per_address=20))
        others = stack.enter_context(many(port, 10, HEAD, source="127.0.0.3"))
        held = stack.enter_context(many(port, 100, HEAD, source="127.0.0.2"))
        assert soon(lambda: still_open(held) <= 20)
        assert still_open(others) == 10
        assert is_healthy(port, source="127.0.0.4")


def test_what_is_being_answered_stays_and_health_is_told_beside_it() -> None:
    release = asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def slow(_: Request) -> Response:
        loops[:] = [asyncio.get_running_loop()]
        await release.wait()
        return PlainTextResponse("done")

    async def quick(_: Request) -> Response:
        return PlainTextResponse("ok")

    app = Starlette(routes=[Route("/slow", slow), Route("/healthz", quick), Route("/other", quick)])
    with plain(app, connections=10, connections_per_address=10) as port:
        with many(port, 10, b"GET /slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n") as held:
            assert soon(lambda: bool(loops))
            time.sleep(0.2)
            assert is_healthy(port)
            assert httpx.get(f"http://{LOOPBACK}:{port}/other").status_code == 503
            loops[0].call_soon_threadsafe(release.set)
            for each in held:
                assert each.recv(4096).startswith(b"HTTP/1.1 200")
        assert soon(lambda: httpx.get(f"http://{LOOPBACK}:{port}/other").status_code == 200)


def test_a_client_that_does_not_take_the_answer_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.cli.serving.server._ANSWER_SECONDS", 0.6)

    async def large(_: Request) -> Response:
        return PlainTextResponse("x" * 30_000_000)

    health = plain_app(Health(), Metrics(CollectorRegistry()), ServiceSettings()).routes
    app = Starlette(routes=[Route("/large", large), *health])
    with plain(app, **QUICK) as port, connect(port, b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n") as held:
        time.sleep(2)
        taken = 0
        with contextlib.suppress(OSError):
            while part := held.recv(1 << 20):
                taken += len(part)
        assert taken < 30_000_000
        assert is_healthy(port)


def ambiguous() -> Iterator[tuple[str, bytes]]:
    head, chunks = b"POST /v1/cases HTTP/1.1\r\nHost: a\r\n", b"\r\n0\r\n\r\n"
    yield "length first", head + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n" + chunks
    yield "coding first", head + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n" + chunks
    yield "letters", head + b"content-LENGTH: 0\r\ntransfer-ENCODING: Chunked\r\n" + chunks
    yield "another coding", head + b"Content-Length: 5\r\nTransfer-Encoding: gzip, chunked\r\n" + chunks
    yield "identity", head + b"Content-Length: 5\r\nTransfer-Encoding: identity\r\n" + chunks
    yield "before 1.1", head.replace(b"1.1", b"1.0") + b"Transfer-Encoding: chunked\r\n" + chunks
    yield "two lengths", head + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n" + b"{}   "
    yield "a list of lengths", head + b"Content-Length: 5, 6\r\n\r\n" + b"{}   "
    yield "a sign", head + b"Content-Length: +5\r\n\r\n" + b"{}   "


@pytest.mark.parametrize(("sent"), [pytest.param(sent, id=name) for name, sent in ambiguous()])
def test_a_request_that_two_servers_may_read_in_two_ways_is_refused(sqlite_url: str, sent: bytes) -> None:
    smuggled = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
    for face in (plain(), api(sqlite_url)):
        with face as port, connect(port, sent + smuggled) as held:
            answer = b""
            with contextlib.suppress(ConnectionResetError):
                while part := held.recv(4096):  # it is closed: nothing after it is read
                    answer += part
            assert answer.split(b" ", 2)[1] in {b"400", b"501"}, answer
            assert answer.count(b"HTTP/1.1 ") == 1


# --- without sockets


def test_an_oldest_unfinished_makes_room_and_an_answered_one_never_does() -> None:
    now = [0.0]
    limits = ConnectionLimits(total=4, per_address=3, reserved=1, seconds={Wait.HEAD: 5, Wait.BODY: 7, Wait.ANSWER: 60})
    opened: OpenConnections[str] = OpenConnections(limits, lambda: now[0])

    def admit(name: str, address: str = "a") -> tuple[Admission, str | None]:
        now[0] += 1
        return opened.admit(name, address)

    assert [admit(each) for each in "xyz"] == [(Admission.ANYTHING, None)] * 3
    opened.wait("x", Wait.ANSWER)
    opened.wait("y", Wait.BODY)
    assert admit("w") == (Admission.ANYTHING, "z")  # of one that is waited for its head rather than its body
    assert admit("v", "b") == (Admission.ANYTHING, None)
    assert admit("u", "c") == (Admission.ANYTHING, "y")
    for each in "wvu":
        opened.wait(each, Wait.ANSWER)
    assert admit("t", "d") == (Admission.HEALTH, None)
    opened.wait("t", Wait.ANSWER)
    assert admit("s", "d") == (Admission.NOTHING, None)
    assert len(opened) == 5
    assert opened.overdue() == []
    now[0] += 60
    assert {name for name, _ in opened.overdue()} == set("xwvut")
    for each in "xwvut":
        opened.forget(each)
    assert (len(opened), opened.overdue(), opened._by_address) == (0, [], {})


def test_a_place_that_logs_without_end_is_heard_a_few_times_a_minute() -> None:
    now, shown = [0.0], list[str]()
    lines = FewLines(clock=lambda: now[0])

    def log(text: str, line: int) -> None:
        record = logging.LogRecord("asyncio", logging.ERROR, "events.py", line, "%s", (text,), None)
        if lines.filter(record):
            shown.append(record.getMessage())

    for _ in range(10_000):
        log("no file left", 1)
        now[0] += 0.005
    log("another thing", 2)
    assert len(shown) == MOST_LINES + 1
    assert shown[MOST_LINES - 1] == "no file left (more from here in this minute are left out)"
    now[0] += 60
    log("no file left", 1)
    assert shown[-1] == f"no file left ({10_000 - MOST_LINES} lines from here were left out before)"
