"""`bellwether privacy`: the privacy pack of the running configuration."""

from pathlib import Path
from typing import Annotated

import typer

from services.cli.errors import DifferentError


def add_commands(app: typer.Typer) -> None:
    """Add privacy."""
    app.command()(privacy)


def privacy(
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="By default standard output.")] = None,
    check: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Only say whether this file is the pack.", show_default=False)
    ] = None,
) -> None:
    """Write the pack for an impact assessment and for employees' representatives, from what is configured here."""
    from services.cli.reports.privacy_pack import Configuration, pack
    from services.signals.settings import SignalsSettings
    from shared.settings import EdgeSettings

    text = pack(Configuration(edge=EdgeSettings(), signals=SignalsSettings()))
    if check is not None:
        if not check.is_file() or check.read_text(encoding="utf-8") != text:
            raise DifferentError(f"{check} is not the pack of this configuration; write it with --out {check}")
        typer.echo(f"{check} is up to date")
    elif out is not None:
        out.write_text(text, encoding="utf-8")
    else:
        typer.echo(text, nl=False)
