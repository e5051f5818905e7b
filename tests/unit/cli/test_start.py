"""The program starts quickly because it imports what a command needs only when that command runs."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HEAVY = {
    "aiokafka", "alembic", "asyncpg", "cryptography", "dashboards", "fastapi", "faststream", "httpx", "icalendar",
    "prometheus_client", "pydantic_settings", "sqlalchemy", "sqlmodel", "starlette", "uvicorn",
}  # fmt: skip
# Takes command lines, runs each and tells which modules there are in the end.
PROBE = """
import contextlib, io, json, sys
import typer
from services.cli.app import build

app = typer.main.get_command(build())
with contextlib.redirect_stdout(io.StringIO()):
    for line in json.loads(sys.argv[1]):
        app.main(line, prog_name="bellwether", standalone_mode=False)
print(json.dumps(sorted(sys.modules)))
"""


def imported(*lines: list[str]) -> set[str]:
    """Packages that are imported once these command lines have run."""
    answer = subprocess.run(
        [sys.executable, "-c", PROBE, json.dumps(lines)], capture_output=True, text=True, check=True, timeout=60
    )
    return {name.partition(".")[0] for name in json.loads(answer.stdout)}


def command_paths() -> list[list[str]]:
    """The program, its groups and its commands, as they are named on a command line."""
    import typer

    from services.cli.app import build

    found: list[list[str]] = []
    waiting: list[tuple[list[str], Any]] = [([], typer.main.get_command(build()))]
    while waiting:
        path, command = waiting.pop()
        found.append(path)
        waiting += [([*path, name], each) for name, each in getattr(command, "commands", {}).items()]
    return found


def test_no_help_imports_what_only_work_needs() -> None:
    paths = command_paths()
    assert len(paths) > 40
    assert not imported(*([*path, "--help"] for path in paths)) & HEAVY


QUIET = ["--people", "40", "--weeks", "4", "--story", "null"]


@pytest.mark.parametrize(
    "line", [["schema"], ["schema", "interaction"], ["simulate", *QUIET, "--out", os.devnull]], ids=" ".join
)
def test_commands_without_a_store_import_nothing_of_one(line: list[str]) -> None:
    assert not imported(line) & (HEAVY | {"rich"})


def test_commands_on_a_file_that_is_up_to_date_import_no_migrations_and_no_server(newest_file: Path) -> None:
    at = ["--database", f"sqlite+aiosqlite:///{newest_file}"]
    lines = (["db", "upgrade", *at], ["keys", "list", *at])
    assert not imported(*lines) & (HEAVY - {"cryptography", "pydantic_settings", "sqlalchemy", "sqlmodel"})
