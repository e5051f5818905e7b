"""`bellwether generate`: the files of the repository that are made from code."""

from pathlib import Path
from typing import Annotated

import typer

from services.cli.errors import DifferentError, UsageError


def add_commands(app: typer.Typer) -> None:
    """Add generate."""
    app.command()(generate)


def generate(
    *,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail when a file is out of date.")] = False,
    repository: Annotated[Path, typer.Option(metavar="DIR", help="The repository.")] = Path(),
) -> None:
    """Write the pages, dashboards and alert rules that are made from code; for those who change the code."""
    if not (repository / "docs" / "markers.md").is_file():
        raise UsageError(f"{repository.resolve()} is not the repository of Bellwether; name it with --repository")
    try:
        from services.cli.reports import generated_files
    except ImportError as error:
        raise UsageError("the dashboards need the extra `dashboards`: pip install 'bellwether[dashboards]'") from error

    if not check:
        for line in generated_files.write(repository):
            typer.echo(line)
        return
    stale = generated_files.differences(repository)
    if stale:
        raise DifferentError(f"{'; '.join(stale)}: run `make generate`")
    typer.echo("everything that is made from code is up to date")
