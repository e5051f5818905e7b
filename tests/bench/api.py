"""How much of a bare ASGI answer's speed is left: a page of fifty relationships, filters, authorisation and audit on.

`python -m tests.bench.api [--database URL]` prints requests per CPU-second of the server for each operation, beside a
server that sends the same bytes without looking at the request. CPU time of the server alone, so that a busy machine
and the client's own work do not count. Readings of people include their audit, of some ninety rows a page. Without a
URL it uses a SQLite file of its own.
"""

import argparse
import asyncio
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from prometheus_client import CollectorRegistry
from sqlalchemy import insert
from sqlalchemy.engine import make_url
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from services.api.app import build
from services.api.settings import ApiSettings
from shared.domain.facts.digests import digest
from shared.domain.organisation.hierarchy import FOREVER, SINCE_EVER
from shared.domain.privacy.roles import Role
from shared.storage.access.key_issue import create_key
from shared.storage.engine.bulk import table_of
from shared.storage.engine.database import open_database
from shared.storage.tables import metadata
from shared.storage.tables.directory import PersonRow, ReportingLineRow
from shared.storage.tables.readings import ReadingRow
from shared.storage.tables.releases import ReleaseRow
from shared.telemetry.health import Health
from shared.telemetry.metrics import Metrics
from shared.transport.embedded import LOOPBACK, free_port
from tests.api.company import PURPOSE, UNLIMITED, open_cases, reading

PEOPLE, SPAN, TEAM_SIZE = 1_000, 10, 10
CONNECTIONS = 8
WARM_UP, REQUESTS = 200, 2_000
PATHS = (
    "/v1/relationships?limit=50",
    "/v1/relationships?limit=50&band=watch&team=t7",
    "/v1/relationships?limit=50&signal=cadence&as_of=2026-W05",
    "/v1/relationships?limit=50&person=person-00500",
    "/v1/people?limit=50",
    "/v1/teams?limit=50",
    "/v1/signals",
)


def person(number: int) -> str:
    return f"person-{number:05}"


async def fill(url: str) -> str:
    """A company of a thousand, ten pairs each, two signals. Returns the token of an HR partner who leads a team."""
    database = open_database(make_url(url))
    numbers = range(PEOPLE)
    people = [{"key": person(n), "name": f"Person {n}", "team": f"t{n // TEAM_SIZE}", "active": True} for n in numbers]
    lines = [
        {"entity": digest(person(n)), "person": person(n), "manager": person(n // TEAM_SIZE) if n else ""}
        | {"valid_from": SINCE_EVER, "valid_to": FOREVER}
        for n in numbers
    ]
    pairs = [(person(n), person(n + step)) for n in numbers for step in range(1, SPAN + 1) if n + step < PEOPLE]
    rows = [reading("relationship_health", pair, (hash(pair) % 10_000) / 100) for pair in pairs]
    rows += [reading("cadence", pair, (hash(pair) % 9_999) / 100, week=2926) for pair in pairs]
    shares = '{"healthy":0.6,"strained":0.1,"watch":0.3}'
    released = [
        {
            "signal": "cadence", "cohort": f"t{n}", "week": 2926, "revision": 0, "as_of": 0, "panel": n,
            "suppressed": False, "leaders": True, "exact": False, "people": TEAM_SIZE,
            "mean": 61.2, "shares": shares, "factors": "{}",
        }
        for n in range(PEOPLE // TEAM_SIZE)
    ]  # fmt: skip
    async with database.write() as connection:
        await connection.run_sync(metadata().create_all)
        await connection.execute(insert(table_of(PersonRow)), people)
        await connection.execute(insert(table_of(ReportingLineRow)), lines)
        for start in range(0, len(rows), 1_000):
            await connection.execute(insert(table_of(ReadingRow)), rows[start : start + 1_000])
        await connection.execute(insert(table_of(ReleaseRow)), released)
        now = int(time.time())
        key = await create_key(connection, name="bench", role=Role.HR_PARTNER, person=person(42), now=now)
        await connection.run_sync(open_cases, partner=person(42), now=now)
    await database.close()
    return key.token


async def cpu_seconds(_: Request) -> Response:
    return PlainTextResponse(repr(time.process_time()))


def bare(body: bytes) -> ASGIApp:
    """Sends the same bytes to everybody."""
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]

    async def app(scope: Scope, _: Receive, send: Send) -> None:
        told = repr(time.process_time()).encode() if scope["path"] == "/cpu" else None
        answered = headers if told is None else [(b"content-length", str(len(told)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": answered})
        await send({"type": "http.response.body", "body": body if told is None else told})

    return app


def serve(port: int, url: str, body: bytes) -> None:
    """Runs in a process of its own: the API over `url`, or the bare answer when there is none."""
    app: ASGIApp = bare(body)
    if url:
        settings = ApiSettings(database=url, **UNLIMITED)
        cpu = Route("/cpu", cpu_seconds)
        app = build(settings, Metrics(CollectorRegistry()), open_database(make_url(url)), Health(), [cpu])
    uvicorn.run(app, host=LOOPBACK, port=port, log_level="error", access_log=False, lifespan="off")


@contextmanager
def server(url: str = "", body: bytes = b"") -> Iterator[int]:
    """A server process; its port."""
    port = free_port()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(port, url, body), daemon=True)
    process.start()
    try:
        yield port
    finally:
        process.terminate()
        process.join()


class Client:
    """Keeps connections to a server and sends the same request over each, one after the other."""

    def __init__(self, port: int, token: str) -> None:
        self._port = port
        self._headers = f"Host: x\r\nAuthorization: Bearer {token}\r\nPurpose: {PURPOSE['Purpose']}\r\n\r\n"

    async def get(self, path: str, *, times: int = 1) -> bytes:
        """The last body. Raises RuntimeError for any status but 200."""
        reader, writer = await self._connect()
        request = f"GET {path} HTTP/1.1\r\n{self._headers}".encode()
        body = b""
        for _ in range(times):
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
            body = await reader.readexactly(length)
            if not head.startswith(b"http/1.1 200"):
                raise RuntimeError(f"{path}: {body.decode()}")
        writer.close()
        await writer.wait_closed()
        return body

    async def per_cpu_second(self, path: str) -> float:
        """Requests per CPU-second of the server."""
        await self.get(path, times=WARM_UP)
        before = float(await self.get("/cpu"))
        await asyncio.gather(*(self.get(path, times=REQUESTS // CONNECTIONS) for _ in range(CONNECTIONS)))
        return REQUESTS / (float(await self.get("/cpu")) - before)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        for _ in range(200):
            try:
                return await asyncio.open_connection(LOOPBACK, self._port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.05)
        raise RuntimeError("the server did not start")


async def measure(url: str) -> list[tuple[str, float, float]]:
    """Path, requests per CPU-second, and the ratio to the bare answer of the same size."""
    token = await fill(url)
    rates, bodies = {}, {}
    with server(url) as port:
        client = Client(port, token)
        for path in PATHS:
            bodies[path] = await client.get(path)
            rates[path] = await client.per_cpu_second(path)
    found = []
    for path, body in bodies.items():
        with server(body=body) as port:
            found.append((path, rates[path], rates[path] / await Client(port, token).per_cpu_second(path)))
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", help="SQLAlchemy URL of an empty database", default="")
    chosen = parser.parse_args().database
    with tempfile.TemporaryDirectory() as directory:
        url = chosen or f"sqlite+aiosqlite:///{Path(directory) / 'bench.db'}"
        sys.stdout.write(f"{'requests/CPU-s':>14}  {'of bare':>7}  operation\n")
        for path, rate, ratio in asyncio.run(measure(url)):
            sys.stdout.write(f"{rate:14.0f}  {ratio:7.3f}  {path}\n")


if __name__ == "__main__":
    main()
