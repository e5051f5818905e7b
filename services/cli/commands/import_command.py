"""`bellwether import`: files in, with a progress bar and an account of every row."""

import asyncio
import time
from collections import Counter
from pathlib import Path
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from services.cli.connection import (
    DATA,
    BrokerOption,
    Connection,
    DatabaseOption,
    DataOption,
    connect,
    event_sender,
    store,
)
from services.cli.data_lock import is_data_locked
from services.cli.errors import UsageError
from services.cli.importing.files import Summary, import_files
from services.cli.importing.plan import AUTO, Plan, plan_import
from services.cli.importing.settle import wait_until_settled
from services.cli.up.demo import is_demo
from shared.sources.reader import Kind, Options
from shared.storage.log.progress import Sent

# More different reasons than this are in the file of rejected rows.
_REASONS_SHOWN: Final = 10
FLAGS: Final = {
    "source": "--source",
    "columns": "--map",
    "text_features": "--text-features",
    "mail_domain": "--mail-domain",
    "zone": "--time-zone",
    "date_order": "--date-order",
    "revision": "--revision",
    "owner": "--owner",
}
"""Flags of the command by the name of the option that they set."""


class FileProgress:
    """A bar that grows with the bytes read of all files."""

    def __init__(self, progress: Progress, *, total_bytes: int) -> None:
        self._progress: Final = progress
        self._task: Final[TaskID] = progress.add_task("reading", total=total_bytes)

    def started(self, path: Path, size_bytes: int) -> None:
        """Name the file."""
        del size_bytes
        self._progress.update(self._task, description=path.name)

    def advanced(self, path: Path, read_bytes: int) -> None:
        """Move the bar."""
        del path
        self._progress.advance(self._task, read_bytes)

    def waiting(self, events: int) -> None:
        """Say what is still being processed."""
        self._progress.update(self._task, description=f"waiting for {events:,} events" if events else "scoring")


def import_command(
    *,
    kind: Annotated[Kind, typer.Argument(help="What the files hold.", show_default=False)],
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", exists=True, help="Files, or folders of them.")],
    format_name: Annotated[
        str,
        typer.Option("--format", help="Format of the files, such as slack or mail-csv; `auto` looks into each file."),
    ] = AUTO,
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="FIELD=COLUMN", help="A column of a table, where it is not found by its name."),
    ] = None,
    source: Annotated[str, typer.Option(help="Name of the source system that the events carry.")] = "",
    text_features: Annotated[
        bool, typer.Option("--text-features", help="Read texts for markers; off, only metadata is read.")
    ] = False,
    mail_domain: Annotated[str, typer.Option(help="Domain of mail identities that have none.")] = "",
    zone: Annotated[str, typer.Option("--time-zone", help="Time zone of times that name none.")] = "UTC",
    date_order: Annotated[Literal["dmy", "mdy"], typer.Option(help="How dates such as 3/4/2016 are written.")] = "dmy",
    revision: Annotated[int, typer.Option(min=0, help="Higher for an import that corrects an earlier one.")] = 0,
    owner: Annotated[str, typer.Option(help="Mail address of whose calendar it is.")] = "",
    rejects: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where rejected rows are listed.", show_default=False)
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Return when the readings include what was sent.")] = False,
    timeout: Annotated[float, typer.Option(min=0, help="Longest wait, in seconds.")] = 600.0,
    broker: BrokerOption = None,
    database: DatabaseOption = None,
    data: DataOption = DATA,
) -> None:
    """Import files. A row that cannot be read is listed with its file and line, and the rest goes on."""
    connection = connect(broker=broker, database=database, data=data)
    options = Options(
        source=source,
        columns=_columns(columns or []),
        text_features=text_features,
        mail_domain=mail_domain,
        zone=_zone(zone),
        date_order=date_order,
        revision=revision,
        owner=owner,
    )
    plan = plan_import(kind, files, options=options, format_name=format_name)
    for line in [*plan.lines(), *(f"{flag} changes nothing here" for flag in _unused_flags(plan, options))]:
        typer.echo(line, err=True)
    rejected_path = rejects or connection.data / f"rejected-{kind}.ndjson"
    rejected_path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    asyncio.run(_refuse_demo(connection))
    began = time.monotonic()
    summary = asyncio.run(
        _import(connection, plan, rejected_path=rejected_path, wait_seconds=timeout if wait else None)
    )
    _show(summary, rejected_path, seconds=time.monotonic() - began)
    if not summary.accepted and not summary.skipped:
        raise UsageError(f"nothing in {summary.files} file(s) could be read as {kind}")
    if connection.embedded and summary.sent and not is_data_locked(connection.data):
        typer.echo("kept in the store until `bellwether up` runs on it", err=True)


async def _import(connection: Connection, plan: Plan, *, rejected_path: Path, wait_seconds: float | None) -> Summary:
    sent: list[Sent] = []
    with _bar() as bar:
        progress = FileProgress(bar, total_bytes=plan.size_bytes)
        async with event_sender(connection, sent=None if wait_seconds is None else sent) as send:
            summary = await import_files(plan, send=send, progress=progress, rejected_path=rejected_path)
        if wait_seconds is not None:
            await wait_until_settled(connection, sent, timeout_seconds=wait_seconds, progressed=progress.waiting)
    return summary


async def _refuse_demo(connection: Connection) -> None:
    """A demo shows named people. Nobody real must ever come among them."""
    async with store(connection) as database:
        if await is_demo(connection, database):
            raise UsageError("this store holds a simulated company; name another directory for real data with --data")


def _bar() -> Progress:
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _unused_flags(plan: Plan, options: Options) -> list[str]:
    """Options of the command line that were given and that no format of the files looks at."""
    plain = Options(zone=ZoneInfo("UTC"))
    given = [name for name in FLAGS if getattr(options, name) != getattr(plain, name)]
    return [FLAGS[name] for name in plan.unused(given)]


def _show(summary: Summary, rejected_path: Path, *, seconds: float) -> None:
    table = Table()
    for name in ("files", "rows read", "events sent", "skipped", "rejected", "seconds"):
        table.add_column(name, justify="right")
    counts = (summary.files, summary.read, summary.sent, summary.skipped, summary.rejected)
    table.add_row(*(f"{count:,}" for count in counts), f"{seconds:.1f}")
    console = Console()
    console.print(table)
    if summary.excluded:
        console.print(f"left out {summary.excluded:,}: events in excluded places")
    _show_reasons(console, "skipped", summary.skipped_by_reason)
    _show_reasons(console, "rejected", summary.rejected_by_reason)
    if summary.rejected_by_reason:
        console.print(f"rejected rows, with file and line: {rejected_path}", soft_wrap=True, markup=False)


def _show_reasons(console: Console, what: str, reasons: Counter[str]) -> None:
    for reason, rows in reasons.most_common(_REASONS_SHOWN):
        console.print(f"{what} {rows:,}: {reason}", soft_wrap=True, markup=False)


def _columns(pairs: list[str]) -> dict[str, str]:
    columns = {}
    for pair in pairs:
        field, equals, column = pair.partition("=")
        if not (field.strip() and equals and column.strip()):
            raise UsageError(f"--map {pair}: expected FIELD=COLUMN")
        columns[field.strip()] = column.strip()
    return columns


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise UsageError(f"--time-zone {name}: no such time zone") from error
