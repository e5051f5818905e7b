"""Runs Prometheus beside `bellwether up`: a child process with its own configuration, and the past filled in."""

import asyncio
import json
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.console import Console

import dashboards
from services.cli.connection import Connection
from services.cli.errors import UsageError
from shared.domain.release.schedule import released_at
from shared.domain.week import DAY
from shared.storage.engine.database import Database
from shared.storage.privacy.gauges import cohort_titles
from shared.storage.releases.ledger import cells_of, weeks_released
from shared.telemetry.backfill import open_metrics
from shared.transport.embedded import ended, stop_process, tied_to_parent
from shared.transport.errors import ServiceError

BOARDS: Final = Path(dashboards.__file__).with_name("generated")
RULES: Final = BOARDS / "prometheus" / "bellwether.rules.yml"
# One machine, one target: often enough to see a demo move.
_SCRAPE_SECONDS: Final = 5
# The past of a demo is half a year, and that of an organisation two.
_KEPT_DAYS: Final = 800
_BLOCK: Final = "1600h"
_STOP_SECONDS: Final = 5.0
_MISSING: Final = "--prometheus needs {} on the path: on Debian or Ubuntu, apt-get install prometheus"


@dataclass(frozen=True, slots=True)
class Programs:
    """The absolute paths of Prometheus and its tool."""

    prometheus: str
    promtool: str


def installed() -> Programs:
    """Find both programs. Raises UsageError when one is missing."""
    found = {name: shutil.which(name) for name in ("prometheus", "promtool")}
    for name, path in found.items():
        if path is None:
            raise UsageError(_MISSING.format(name))
    return Programs(*(str(Path(str(found[name])).absolute()) for name in ("prometheus", "promtool")))


def configuration(
    *, scraped_port: int, token_file: Path, rules: Path = RULES, scrape_seconds: float = _SCRAPE_SECONDS
) -> str:
    """What Prometheus is told: one target, the file of the token that opens it, and the alert rules."""
    content: dict[str, Any] = {
        "global": {"scrape_interval": f"{scrape_seconds:g}s", "evaluation_interval": f"{3 * scrape_seconds:g}s"},
        "rule_files": [str(rules.resolve())],
        "scrape_configs": [
            {
                "job_name": "bellwether",
                "authorization": {"credentials_file": str(token_file.resolve())},
                "static_configs": [{"targets": [f"127.0.0.1:{scraped_port}"]}],
            },
        ],
    }
    return json.dumps(content, indent=2) + "\n"  # which is YAML


def own_token(tokens: Path, directory: Path) -> Path:
    """A file with the first of the tokens alone, which is what Prometheus can read. Raises OSError."""
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / "scrape.token"
    file.touch(mode=0o600)
    file.write_bytes(tokens.read_bytes().split()[0])
    return file


async def fill_in_past(programs: Programs, database: Database, directory: Path, *, behind_seconds: int = 0) -> None:
    """Write the cells of released weeks into a new time series database. Raises ServiceError when that fails.

    `behind_seconds` is how far the time of the store's company lies behind the clock: its past is moved up to now.
    """
    async with database.read() as connection:
        titles = await cohort_titles(connection)
        weeks = [
            (released_at(week) + behind_seconds, (await cells_of(connection, week))[1])
            for week in await weeks_released(connection)
        ]
    if not weeks:
        return
    now = int(time.time())
    lines = open_metrics(weeks, titles, since=now - _KEPT_DAYS * DAY, until=now)
    await asyncio.to_thread(_write_past, programs, directory, lines)


def _write_past(programs: Programs, directory: Path, lines: Iterable[str]) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / "past.openmetrics"
    with file.open("w", encoding="utf-8") as out:
        out.writelines(lines)
    # Without a longer span it reads the file again for every two hours of half a year.
    create = ["create-blocks-from", f"--max-block-duration={_BLOCK}", "--quiet", "openmetrics"]
    command = [programs.promtool, "tsdb", *create, str(file), str(directory / "data")]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    if answer.returncode != 0:
        raise ServiceError(f"promtool could not fill in the past: {answer.stderr.strip()[-300:]}")
    file.unlink()


@asynccontextmanager
async def running(
    programs: Programs, directory: Path, *, port: int, config: str
) -> AsyncIterator[subprocess.Popen[bytes]]:
    """Run Prometheus on loopback, with its data below `directory`. It is stopped on leaving.

    On Linux it is killed when the calling thread ends, even by SIGKILL of the whole process.
    """
    file = directory / "prometheus.yml"
    file.write_text(config, encoding="utf-8")
    command = [
        programs.prometheus,
        f"--config.file={file}",
        f"--storage.tsdb.path={directory / 'data'}",
        f"--storage.tsdb.retention.time={_KEPT_DAYS}d",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=warn",
    ]
    with (directory / "prometheus.log").open("wb") as log:
        # A process group of its own, so that Ctrl-C reaches the parent alone, which takes it down.
        process = subprocess.Popen(  # noqa: ASYNC220,S603 - our own command
            tied_to_parent(command), stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
        )
        try:
            yield process
        finally:
            await stop_process(process, limit_seconds=_STOP_SECONDS)


async def watch(
    connection: Connection, database: Database, console: Console, *, port: int, scraped_port: int, behind_seconds: int
) -> None:
    """Run Prometheus, and print how to look at it. Raises ServiceError when it ends by itself."""
    programs, directory = installed(), connection.data / "prometheus"
    if not await asyncio.to_thread((directory / "data").exists):
        await fill_in_past(programs, database, directory, behind_seconds=behind_seconds)
    tokens = connection.scrape_token_file()
    token_file = await asyncio.to_thread(own_token, tokens, directory)
    config = configuration(scraped_port=scraped_port, token_file=token_file)
    async with running(programs, directory, port=port, config=config) as process:
        console.print(f"  {'prometheus':<12} http://127.0.0.1:{port}, with the weeks so far and the alert rules")
        console.print(
            f"  {'grafana':<12} add that address as a Prometheus data source with the uid [bold]prometheus[/bold], and "
            f"import {BOARDS}/*.json",
            soft_wrap=True,
        )
        code = await ended(process)
    raise ServiceError(f"Prometheus ended by itself (code {code}); see {directory / 'prometheus.log'}")
