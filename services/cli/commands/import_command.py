"""`bellwether import`: reads files, shows progress, and accounts for every row."""

import asyncio
from dataclasses import replace
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from services.cli.data_lock import is_data_locked
from services.cli.errors import UsageError
from services.cli.options import AUTO, DATA, BrokerOption, DatabaseOption, DataOption
from shared.sources.kinds import KINDS, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from services.cli.importing.people import Refresh
    from services.cli.importing.plan import Plan
    from shared.sources.reader import Options

FLAGS: Final = {
    "source": "--source",
    "columns": "--map",
    "text_features": "--text-features",
    "mail_domain": "--mail-domain",
    "zone": "--time-zone",
    "date_order": "--date-order",
    "revision": "--revision",
    "as_of": "--as-of",
    "words": "--map-status",
    "owner": "--owner",
}
"""Flags of the command by the name of the option that they set."""


def import_command(
    *,
    what: Annotated[
        list[str],
        typer.Argument(
            metavar="[KIND] FILE...",
            help=f"What the files hold ({', '.join(KINDS)}), where that is not to be recognised; then files, folders, "
            "archives (.zip) and workbooks (.xlsx).",
            show_default=False,
        ),
    ],
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
    date_order: Annotated[
        Literal["dmy", "mdy", "ymd"] | None,
        typer.Option(help="How dates such as 3/4/2016 are written, where a file does not show it."),
    ] = None,
    revision: Annotated[int, typer.Option(min=0, help="Higher for an import that corrects an earlier one.")] = 0,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], metavar="DATE", help="Day that a file of people tells of; by default today."
        ),
    ] = None,
    leavers_by_absence: Annotated[
        bool, typer.Option("--leavers-by-absence", help="Whoever is known and in no row of a file of people has left.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Take a file of people that changes more than 20 %.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the report, the first events and what would change; send nothing.")
    ] = False,
    map_status: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            show_default=False,
            help="Words of a tracker, one a line: `In QA = in_progress`, or `P0 = 5` for a priority.",
        ),
    ] = None,
    owner: Annotated[str, typer.Option(help="Mail address of whose calendar it is.")] = "",
    rejects: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where rejected rows are listed.", show_default=False)
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE", dir_okay=False, help="Where the report goes as JSON.", show_default=False),
    ] = None,
    wait: Annotated[
        bool,
        typer.Option(
            "--wait", help="Return when the readings include what was sent; fail when some of it was refused."
        ),
    ] = False,
    timeout: Annotated[float, typer.Option(min=0, help="Longest wait, in seconds.")] = 600.0,
    broker: BrokerOption = None,
    database: DatabaseOption = None,
    data: DataOption = DATA,
) -> None:
    """Import files. A row that cannot be read is listed with its file and line, and the rest goes on."""
    from services.cli.connection import connect
    from services.cli.importing.archives import unpacked
    from services.cli.importing.perform import Order, perform
    from services.cli.importing.plan import plan_imports
    from services.cli.importing.run import names_to_confirm
    from services.cli.names_waiting import waiting_line
    from shared.sources.reader import Options

    kind, files = _kind_and_files(what)
    _refuse_flags(kind, of_people=leavers_by_absence or yes or as_of is not None, both=dry_run and wait)
    connection = connect(broker=broker, database=database, data=data)
    options = Options(
        source=source,
        columns=_columns(columns or []),
        text_features=text_features,
        mail_domain=mail_domain,
        zone=_zone(zone),
        date_order=date_order or "",
        revision=revision,
        owner=owner,
        words=_words(map_status),
        as_of=_day(as_of, _zone(zone)) if kind in {"people", None} else None,
    )
    order = Order(
        connection=connection,
        refresh=_refresh(
            options, day_given=as_of is not None, leavers_by_absence=leavers_by_absence, yes=yes, dry_run=dry_run
        ),
        rejects=rejects,
        report=report,
        wait_seconds=timeout if wait else None,
        dry_run=dry_run,
    )
    with unpacked(files) as found:
        plans = plan_imports(kind, found.paths, options=options, format_name=format_name, origins=found.origins)
        _say_what_was_recognised(plans, options, of_any_kind=kind is None)
        done = [perform(plan, replace(order, report=_report_of(plan, plans, report))) for plan in plans]
    if dry_run:
        return
    if line := waiting_line(asyncio.run(names_to_confirm(connection))):
        typer.echo(line, err=True)
    if connection.embedded and any(each.summary.sent for each in done) and not is_data_locked(connection.data):
        typer.echo("kept in the store until `bellwether up` runs on it", err=True)


def _kind_and_files(what: list[str]) -> tuple[Kind | None, list[Path]]:
    """The kind, where it is named first, and the files. Raises UsageError for a file that is not there."""
    kind = next((each for each in KINDS if each == what[0] and len(what) > 1), None)
    files = [Path(each) for each in (what[1:] if kind else what)]
    for file in files:
        if not file.exists():
            raise UsageError(f"{file}: there is no such file or folder, and no such kind of data ({', '.join(KINDS)})")
    return kind, files


def _say_what_was_recognised(plans: "Sequence[Plan]", options: "Options", *, of_any_kind: bool) -> None:
    for plan in plans:
        if of_any_kind and plan.files:
            typer.echo(f"taken for {plan.kind}; name the kind before the files where that is wrong", err=True)
        for line in plan.lines():
            typer.echo(line, err=True)
    for flag in _unused_flags(plans, options):
        typer.echo(f"{flag} changes nothing here", err=True)


def _report_of(plan: "Plan", plans: "Sequence[Plan]", report: Path | None) -> Path | None:
    """Where the report of a plan goes: to a file for each kind where there are several."""
    if report is None or len(plans) == 1:
        return report
    return report.with_name(f"{report.stem}-{plan.kind}{report.suffix}")


def _refuse_flags(kind: Kind | None, *, of_people: bool, both: bool) -> None:
    if kind not in {"people", None} and of_people:
        raise UsageError("--as-of, --leavers-by-absence and --yes are for files of people")
    if both:
        raise UsageError("--dry-run sends nothing that --wait could wait for")


def _refresh(
    options: "Options", *, day_given: bool, leavers_by_absence: bool, yes: bool, dry_run: bool
) -> "Refresh | None":
    """How a table of people is compared with what is known. A corrected revision takes its place as it is."""
    from services.cli.importing.people import Refresh

    if options.as_of is None or options.revision:
        return None
    return Refresh(
        day=options.as_of, day_given=day_given, leavers_by_absence=leavers_by_absence, yes=yes, dry_run=dry_run
    )


def _columns(pairs: list[str]) -> dict[str, str]:
    columns = {}
    for pair in pairs:
        field, equals, column = pair.partition("=")
        if not (field.strip() and equals and column.strip()):
            raise UsageError(f"--map {pair}: expected FIELD=COLUMN")
        columns[field.strip()] = column.strip()
    return columns


def _words(file: Path | None) -> "Mapping[str, str]":
    from shared.sources.tickets.words import parse_words

    try:
        return parse_words([] if file is None else file.read_text(encoding="utf-8-sig").splitlines())
    except ValueError as error:
        raise UsageError(f"--map-status {file}: {error}") from error


def _zone(name: str) -> tzinfo:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise UsageError(f"--time-zone {name}: no such time zone") from error


def _day(given: datetime | None, zone: tzinfo) -> datetime:
    """The beginning of a day in a time zone; that of today when none is given."""
    day = given or datetime.now(zone)
    return day.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=zone)


def _unused_flags(plans: "Sequence[Plan]", options: "Options") -> list[str]:
    """Flags that were given and that no format of these files uses."""
    from shared.sources.reader import Options

    plain = Options(zone=_zone("UTC"), as_of=options.as_of)
    given = [name for name in FLAGS if getattr(options, name) != getattr(plain, name)]
    unused = [set(plan.unused(given)) for plan in plans]
    return [FLAGS[name] for name in given if all(name in each for each in unused)]
