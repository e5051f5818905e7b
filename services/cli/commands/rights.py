"""The rights of people over their data: `bellwether access` and `bellwether erase`."""

import asyncio
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.errors import NotOverwrittenError, UsageError
from services.cli.options import DATA, DatabaseOption, DataOption
from shared.domain.privacy.roles import Purpose

if TYPE_CHECKING:
    from services.cli.connection import Connection

_NOBODY = "nothing in the store is about that id: neither under its pseudonym nor in clear; nothing was done"

PersonArgument = Annotated[
    str, typer.Argument(metavar="PERSON", help="The HR system's id, never a pseudonym.", show_default=False)
]


def add_commands(app: typer.Typer) -> None:
    """Add access and erase."""
    app.command()(access)
    app.command()(erase)


def access(
    person: PersonArgument,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="By default standard output.")] = None,
    database: DatabaseOption = None,
    data: DataOption = DATA,
) -> None:
    """Write everything that is held about a person, with every score and its explanation, as JSON."""
    from services.cli.connection import connect

    report = asyncio.run(_access(connect(database=database, data=data), person))
    text = json.dumps(report, indent=2, ensure_ascii=False) + "\n"
    if out is None:
        sys.stdout.write(text)
    else:
        out.touch(mode=0o600)
        out.write_text(text, encoding="utf-8")


def erase(
    person: PersonArgument,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    database: DatabaseOption = None,
    data: DataOption = DATA,
) -> None:
    """Erase a person for good and print the proof: what was removed, and what a search of every table still finds.

    Names of teams, goals and queues are searched for that of the person, and so are files of rejected rows.
    """
    from services.cli.connection import connect

    connection = connect(database=database, data=data)
    if not yes:
        typer.confirm("This cannot be undone, and a new import does not bring them back. Erase?", abort=True)
    proof = asyncio.run(_erase(connection, person))
    typer.echo(json.dumps(proof, indent=2))
    for name, lines in proof["rejected_rows"].items():
        typer.echo(f"{connection.data / name} names them in {lines} lines; delete it", err=True)
    if proof["names_to_look_at"]:
        typer.echo("some names of teams, goals and queues hold a word of their name: `bellwether names list`", err=True)
    if not proof["overwritten"]:
        raise NotOverwrittenError(
            "erased, but something is reading what was there before, and so the files of the store still hold it. "
            "Let that end, or stop it, and erase the same person again"
        )


async def _access(connection: "Connection", person: str) -> dict[str, Any]:
    from services.cli.connection import existing_store
    from services.cli.operator_account import operator_of
    from services.cli.reports.disclosures import record_disclosure
    from shared.storage.privacy.subject_access import report_on

    async with existing_store(connection) as database, database.write() as writing:
        await operator_of(connection, writing)  # before anything is said, also that there is nobody
        outside = connection.outside(person, database.engine.dialect)
        subjects = await outside.subjects(writing)
        if not subjects:
            raise UsageError(_NOBODY)
        report = await report_on(writing, subjects[0], outside.register)
        if subjects[1:]:
            report["in_clear"] = [await report_on(writing, each, outside.register) for each in subjects[1:]]
        purpose = Purpose.DATA_SUBJECT_REQUEST.value
        await record_disclosure(connection, writing, "access", {connection.pseudonym(person): 1}, purpose=purpose)
        return report


async def _erase(connection: "Connection", person: str) -> dict[str, Any]:
    from services.cli.connection import existing_store
    from services.cli.operator_account import operator_of, record
    from services.signals.settings import SignalsSettings
    from services.signals.upkeep.erase import erase as erase_person

    async with existing_store(connection) as database:
        async with database.write() as writing:
            await record(connection, writing, await operator_of(connection, writing), "erase")
        settings = SignalsSettings()
        outside = connection.outside(person, database.engine.dialect)
        called = connection.pseudonym(person)
        files = sorted(connection.data.glob("rejected-*.ndjson"))
        proof = await erase_person(
            database, called, settings=settings, at=int(time.time()), outside=outside, files=files
        )
    if proof is None:
        raise UsageError(_NOBODY)
    return asdict(proof)
