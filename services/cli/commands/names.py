"""`bellwether names`: what teams, goals and queues are called, and which of it may be shown."""

import time
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.errors import NothingMatchedError, UsageError
from services.cli.options import DATA, DatabaseOption, DataOption
from shared.domain.privacy.named_things import ThingKind

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from shared.storage.directory.name_review import ReviewedName

KindOption = Annotated[ThingKind | None, typer.Option(help="Only of these.", show_default="all")]
KeysArgument = Annotated[list[str], typer.Argument(metavar="KEY...", help="As `names list` shows them.")]


def add_commands(app: typer.Typer) -> None:
    """Add names list, confirm and withdraw."""
    group = typer.Typer(
        no_args_is_help=True, help="Names of teams, goals and queues: shown once they are known to name nobody."
    )
    group.command("list")(list_)
    group.command("confirm")(confirm)
    group.command("withdraw")(withdraw)
    app.add_typer(group, name="names")


def list_(
    kind: KindOption = None,
    *,
    waiting: Annotated[bool, typer.Option("--waiting", help="Only what is not confirmed.")] = False,
    database: DatabaseOption = None,
    data: DataOption = DATA,
) -> None:
    """List what everything is called and shown as, and what holds somebody's name. It leaves entries of the audit."""
    from rich.console import Console
    from rich.table import Table

    from services.cli import store_calls
    from services.cli.connection import connect, existing_store
    from services.cli.reports.disclosures import record_act
    from shared.storage.directory.name_review import NameReview
    from shared.storage.directory.register import Register

    connection = connect(database=database, data=data)

    async def look(writing: "AsyncConnection") -> "list[ReviewedName]":
        review = NameReview(Register(writing.dialect, connection.register_keys()))
        found = await writing.run_sync(review.names, [kind] if kind else tuple(ThingKind))
        found = [each for each in found if not (waiting and each.confirmed)]
        await record_act(connection, writing, "names list", [each.key for each in found])
        return found

    table = Table()
    for column in ("key", "of", "called", "shown as", "remark"):
        table.add_column(column, overflow="fold")
    for each in store_calls.write(connection, look, opening=existing_store):
        table.add_row(*_row(each))
    Console().print(table)


def confirm(
    keys: Annotated[list[str] | None, typer.Argument(metavar="KEY...", help="As `names list` shows them.")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="All that hold no word of anybody's name.")] = False,
    kind: KindOption = None,
    own_words: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="Show one by this name instead, such as the proposal.")
    ] = None,
    no_person: Annotated[
        bool, typer.Option("--no-person", help="A word that is part of somebody's name is an ordinary one here.")
    ] = False,
    database: DatabaseOption = None,
    data: DataOption = DATA,
) -> None:
    """Show names everywhere from now on. One that holds the name of somebody in the directory is refused."""
    from services.cli import store_calls
    from services.cli.connection import connect, existing_store
    from services.cli.reports.disclosures import record_act
    from shared.storage.directory.name_review import HoldsNameError, NameReview
    from shared.storage.directory.register import Register

    if bool(keys) == every or (own_words is not None and len(keys or ()) != 1):
        raise UsageError("name one key or more, or --all; --as is for one")
    connection, now = connect(database=database, data=data), int(time.time())
    problems: list[str] = []

    async def put(writing: "AsyncConnection") -> int:
        review = NameReview(Register(writing.dialect, connection.keyring().register))
        if every:
            kinds = [kind] if kind else tuple(ThingKind)
            done = await writing.run_sync(partial(review.confirm_all, kinds=kinds, now=now))
            problems.extend(f"{each.key} is not confirmed: {remark(each)}" for each in done.left)
            confirmed = done.keys
        else:
            ask = partial(review.confirm, own_words=own_words, no_person=no_person, now=now)
            confirmed = []
            for key in keys or ():
                try:
                    await writing.run_sync(partial(ask, key=key))
                except HoldsNameError as error:
                    proposal = f"; show it as {error.finding.proposal!r} with --as" if error.finding.proposal else ""
                    problems.append(f"{key} is not confirmed: {error}{proposal}")
                except LookupError as error:
                    problems.append(f"{key}: {error}")
                else:
                    confirmed.append(key)
        await record_act(connection, writing, "names confirm", confirmed)
        return len(confirmed)

    count = store_calls.write(connection, put, opening=existing_store)
    typer.echo(f"{count:,} more names are shown")
    for each in problems:
        typer.echo(each, err=True)
    if keys and problems:
        raise NothingMatchedError("not everything was confirmed")


def withdraw(keys: KeysArgument, database: DatabaseOption = None, data: DataOption = DATA) -> None:
    """Show neutral names for these again, from now on."""
    from services.cli import store_calls
    from services.cli.connection import connect, existing_store
    from services.cli.reports.disclosures import record_act
    from shared.storage.directory.confirmed_names import withdraw as take_back

    connection = connect(database=database, data=data)

    async def take(writing: "AsyncConnection") -> int:
        await record_act(connection, writing, "names withdraw", keys)
        return await writing.run_sync(take_back, keys)

    count = store_calls.write(connection, take, opening=existing_store)
    if not count:
        raise UsageError("none of these is confirmed")
    typer.echo(f"{count} fewer names are shown")


def remark(each: "ReviewedName") -> str:
    """What an operator should know of a name before it is shown, and what to do."""
    from shared.domain.privacy.names_in_text import Match

    if each.finding is None:
        return "" if each.confirmed else "waits" if each.called else "give it a name with --as"
    who = "holds the name of somebody" if each.finding.match is Match.NAME else "holds a word of somebody's name"
    return f"{who}; proposed: {each.finding.proposal}" if each.finding.proposal else who


def _row(each: "ReviewedName") -> tuple[str, ...]:
    from rich.markup import escape

    from shared.domain.privacy.sanitise import sanitise

    called = sanitise(each.called) or "(not in the register)"
    return each.key, each.kind.value, escape(called), escape(sanitise(each.shown)), escape(remark(each))
