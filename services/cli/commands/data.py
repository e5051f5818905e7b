"""Commands about data that need no running system: simulate, schema, dashboards; and the import."""

import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Final

import typer

from services.cli.commands.import_command import import_command
from services.cli.errors import UsageError

_STANDARD_OUTPUT: Final = Path("-")
_API: Final = "http://127.0.0.1:8080"
ApiOption = Annotated[
    str, typer.Option("--api", metavar="URL", help="Where those who follow a link find the API and the console.")
]


def add_commands(app: typer.Typer) -> None:
    """Add import, simulate, schema and dashboards."""
    app.command("import")(import_command)
    app.command()(simulate)
    app.command()(schema)
    dashboards = typer.Typer(no_args_is_help=True, help="The Grafana dashboards.")
    dashboards.command("build")(dashboards_build)
    dashboards.command("check")(dashboards_check)
    app.add_typer(dashboards, name="dashboards")


def simulate(
    *,
    out: Annotated[
        Path, typer.Option(metavar="FILE", help="Where the events go; - is standard output.")
    ] = _STANDARD_OUTPUT,
    seed: Annotated[int, typer.Option(help="Equal seeds give equal companies.")] = 7,
    kind: Annotated[
        str,
        typer.Option(metavar="NAME", help="One of the kinds that alerts are judged by, without stories."),
    ] = "",
    people: Annotated[
        int | None, typer.Option(help="Size of the company: 120, or 156 of a kind.", show_default=False)
    ] = None,
    weeks: Annotated[
        int | None,
        typer.Option(help="Full weeks of history, before the one it ends in: 26, or 40 of a kind.", show_default=False),
    ] = None,
    story: Annotated[
        list[str] | None,
        typer.Option(help="What happens; repeat it for more. All stories by default, `null` for none."),
    ] = None,
    ends_at: Annotated[
        str, typer.Option(metavar="TIME", help="End of the history, RFC 3339; by default today at 0:00 UTC.")
    ] = "",
    truth: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where the planted stories are written, as JSON.")
    ] = None,
) -> None:
    """Write a synthetic company as canonical events. Equal options give equal bytes."""
    import msgspec

    if kind and story:
        raise UsageError("a company of a kind has no stories: --kind or --story, not both")
    sizes = {name: value for name, value in (("people", people), ("weeks", weeks)) if value is not None}
    until = _instant(ends_at)
    simulated = _of_kind(kind, seed, until, sizes) if kind else _with_stories(story, seed, until, sizes)
    if out == _STANDARD_OUTPUT:
        count = simulated.write(sys.stdout.buffer)
    else:
        out.parent.mkdir(parents=True, exist_ok=True)
        with out.open("wb") as file:
            count = simulated.write(file)
    if truth is not None:
        truth.write_bytes(msgspec.json.format(msgspec.json.encode(simulated.truth()), indent=2) + b"\n")
    typer.echo(f"{count:,} events up to {until.isoformat()}", err=True)


def schema(
    name: Annotated[str, typer.Argument(help="Which one; all of them by default.", show_default=False)] = "",
) -> None:
    """Print the JSON Schema of a record on the wire, or of all of them by name."""
    from shared.schemas.registry import SCHEMAS, json_schema

    if name and name not in SCHEMAS:
        raise UsageError(f"no schema {name!r}; there are {', '.join(SCHEMAS)}")
    shown: dict[str, Any] = json_schema(name) if name else {each: json_schema(each) for each in SCHEMAS}
    typer.echo(json.dumps(shown, indent=2, ensure_ascii=False))


def dashboards_build(api: ApiOption = _API) -> None:
    """Write the dashboards that Grafana is provisioned with."""
    dashboards = _dashboards()
    for path in dashboards.write(api=_address(api)):
        typer.echo(path)


def dashboards_check(api: ApiOption = _API) -> None:
    """Check that the written dashboards match the code. Exit code 1 when they do not."""
    differences = _dashboards().differences(api=_address(api))
    for line in differences:
        typer.echo(line, err=True)
    if differences:
        typer.echo("run `bellwether dashboards build`", err=True)
        raise typer.Exit(1)
    typer.echo("the dashboards are up to date")


@dataclass(frozen=True, slots=True)
class _Simulated:
    """A company that can be written, and the truth about it."""

    write: Callable[[BinaryIO], int]
    truth: Callable[[], dict[str, Any]]


def _with_stories(story: list[str] | None, seed: int, until: datetime, sizes: dict[str, int]) -> _Simulated:
    from services.simulator import world
    from services.simulator.scenario import Scenario
    from services.simulator.stories import DEMO_STORIES

    scenario = Scenario(seed=seed, ends_at=until, stories=tuple(story) if story else DEMO_STORIES, **sizes)
    return _Simulated(partial(world.write_ndjson, scenario), partial(world.truth, scenario))


def _of_kind(kind: str, seed: int, until: datetime, sizes: dict[str, int]) -> _Simulated:
    from services.simulator.kinds import world

    scenario = world.KindScenario(kind=kind, seed=seed, ends_at=until, **sizes)
    return _Simulated(partial(world.write_ndjson, scenario), partial(world.truth, scenario))


def _instant(text: str) -> datetime:
    if not text:
        return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--ends-at {text}: not a time such as 2026-03-05T14:30:00Z") from error
    return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)


def _address(api: str) -> str:
    if not re.fullmatch(r"https?://[\w.:\[\]~/-]+", api):
        raise UsageError(f"--api {api}: not an address such as https://bellwether.example.com")
    return api.rstrip("/")


def _dashboards() -> Any:
    try:
        from dashboards import build
    except ImportError as error:
        raise UsageError("the dashboards need the extra `dashboards`: pip install 'bellwether[dashboards]'") from error
    return build
