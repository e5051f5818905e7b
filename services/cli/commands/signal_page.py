"""`bellwether signal-page`: what every signal means, from the registry."""

from pathlib import Path
from typing import Annotated

import typer

from services.cli.errors import DifferentError


def add_commands(app: typer.Typer) -> None:
    """Add signal-page."""
    app.command("signal-page")(signal_page)


def signal_page(
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="By default standard output.")] = None,
    check: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Only say whether this file is the page.", show_default=False)
    ] = None,
    evaluation: Annotated[
        Path, typer.Option(metavar="FILE", help="Measured figures, where they were measured.")
    ] = Path("docs/evaluation.json"),
) -> None:
    """Write the page of signals: definition, formula, meaning, evidence and, where measured, how good they are."""
    from services.cli.reports.signal_page import figures, page

    text = page(figures(evaluation))
    if check is not None:
        if not check.is_file() or check.read_text(encoding="utf-8") != text:
            raise DifferentError(f"{check} is not the page of these signals; write it with --out {check}")
        typer.echo(f"{check} is up to date")
    elif out is not None:
        out.write_text(text, encoding="utf-8")
    else:
        typer.echo(text, nl=False)
