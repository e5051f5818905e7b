"""`bellwether identities`: accounts that belong to nobody, whose they may be, and what is decided of them."""

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.errors import UsageError
from services.cli.options import DATA, DatabaseOption, DataOption
from shared.domain.organisation.machine_accounts import AccountKind

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from services.cli.connection import Connection
    from shared.storage.directory.account_decisions import ReviewedAccount
    from shared.storage.directory.register import Entry

AccountArgument = Annotated[
    str, typer.Argument(metavar="ACCOUNT", help="As `identities list` shows it, or as its source does: mail:a@x.io.")
]
_DAY: Any = {"formats": ["%Y-%m-%d"], "metavar": "DATE"}


def add_commands(app: typer.Typer) -> None:
    """Add identities list, accept, reject, link, unlink, ignore and restore."""
    group = typer.Typer(no_args_is_help=True, help="Accounts that belong to nobody, and whose they are.")
    for command in (accept, reject, link, unlink, ignore, restore):
        group.command()(command)
    group.command("list")(list_)
    app.add_typer(group, name="identities")


def list_(
    *,
    waiting: Annotated[bool, typer.Option("--waiting", help="Only those on which nothing is decided.")] = False,
    database: DatabaseOption = None,
    data: DataOption = DATA,
) -> None:
    """List accounts by how many events hang on them, with what is suggested. It leaves entries of the audit."""
    from rich.console import Console
    from rich.table import Table

    from services.cli import store_calls
    from services.cli.connection import connect
    from services.cli.reports.disclosures import record_act
    from shared.storage.directory.account_decisions import reviewed
    from shared.storage.directory.register import Register
    from shared.storage.directory.unlinked_accounts import keep_unlinked

    connection = connect(database=database, data=data)

    async def look(writing: "AsyncConnection") -> "tuple[list[ReviewedAccount], dict[str, Entry]]":
        await keep_unlinked(writing)
        found = [each for each in await writing.run_sync(reviewed) if not (waiting and each.decision is not None)]
        people = {each.suggestion.person for each in found if each.suggestion is not None}
        register = Register(writing.dialect, connection.register_keys())
        names = await writing.run_sync(register.find, {*people, *(each.account for each in found)} - {""})
        await record_act(connection, writing, "identities list", [each.account for each in found])
        return found, dict(names)

    found, names = store_calls.write(connection, look)
    table = Table()
    for column in ("account", "called", "events", "state", "suggestion"):
        table.add_column(column, overflow="fold")
    for each in found:
        table.add_row(*_row(each, names))
    Console().print(table)


def accept(account: AccountArgument, database: DatabaseOption = None, data: DataOption = DATA) -> None:
    """Do what is suggested: link the account, or ignore it as what it is taken for."""
    from services.cli.connection import connect
    from shared.storage.directory.account_decisions import accept as take

    connection = connect(database=database, data=data)
    name, now = _account(connection, account), int(time.time())
    _decide(connection, "accept", name, lambda sync, by: take(sync, name, at=now, by=by))


def reject(account: AccountArgument, database: DatabaseOption = None, data: DataOption = DATA) -> None:
    """Say that the account is not whose it is suggested to be."""
    _act("reject", account, database, data)


def link(
    account: AccountArgument,
    person: Annotated[str, typer.Argument(metavar="PERSON", help="The HR system's id.")],
    *,
    since: Annotated[datetime | None, typer.Option("--from", help="Since when.", **_DAY)] = None,
    until: Annotated[datetime | None, typer.Option("--to", help="Until when.", **_DAY)] = None,
    database: DatabaseOption = None,
    data: DataOption = DATA,
) -> None:
    """Say whose the account is. What it did counts as theirs from the past on."""
    period = {
        name: int(day.replace(tzinfo=UTC).timestamp())
        for name, day in (("valid_from", since), ("valid_to", until))
        if day is not None
    }
    _act("link", account, database, data, person=person, **period)


def unlink(account: AccountArgument, database: DatabaseOption = None, data: DataOption = DATA) -> None:
    """Say that the account is nobody's, whoever linked it. The next table of people has the last word."""
    _act("unlink", account, database, data)


def ignore(
    account: AccountArgument,
    *,
    kind: Annotated[AccountKind, typer.Option("--as", help="What it is.")],
    database: DatabaseOption = None,
    data: DataOption = DATA,
) -> None:
    """Say that the account is no colleague's. But for somebody outside, it is as if it had not been there."""
    _act("ignore", account, database, data, kind=kind.value)


def restore(account: AccountArgument, database: DatabaseOption = None, data: DataOption = DATA) -> None:
    """Take back that it is ignored, or that a suggestion was rejected."""
    _act("restore", account, database, data)


def _act(act: str, account: str, database: str | None, data: Any, *, person: str | None = None, **given: Any) -> None:
    from services.cli.connection import connect
    from shared.domain.privacy.pseudonym import PseudonymGivenError
    from shared.storage.directory.account_decisions import Act, Decision, decide

    connection = connect(database=database, data=data)
    name = _account(connection, account)
    if person is not None:
        pseudonyms = connection.keyring().pseudonyms
        try:
            given["person"] = person if pseudonyms is None else pseudonyms.person(person)
        except PseudonymGivenError as error:
            raise UsageError(str(error)) from error
    now = int(time.time())
    _decide(
        connection,
        act,
        name,
        lambda sync, by: decide(sync, Decision(account=name, act=Act(act), decided_at=now, decided_by=by, **given)),
    )


def _decide(connection: "Connection", act: str, account: str, put: Any) -> None:
    from services.cli import store_calls
    from services.cli.operator_account import operator_of
    from services.cli.reports.disclosures import record_act
    from shared.storage.directory.account_decisions import Act, Decision

    async def work(writing: "AsyncConnection") -> Decision:
        doer = await operator_of(connection, writing)
        try:
            done: Decision = await writing.run_sync(lambda sync: put(sync, doer.account))
        except (LookupError, ValueError) as error:
            raise UsageError(f"{account}: {error}") from error
        about = [account, *([done.person] if done.person else [])]
        await record_act(connection, writing, f"identities {act}", about)
        return done

    done = store_calls.write(connection, work)
    what = {Act.LINK: "is linked", Act.UNLINK: "is nobody's", Act.IGNORE: f"is ignored as {done.kind}"}
    typer.echo(f"{account} {what.get(done.act, 'is noted')}; readings follow with the next pass")


def _account(connection: "Connection", account: str) -> str:
    from shared.domain.privacy.pseudonym import PseudonymGivenError, is_pseudonymous

    if not account.startswith(("mail:", "chat:", "ticket:")):
        raise UsageError(f"{account}: an account is written mail:ADDRESS, chat:ID or ticket:NAME")
    pseudonyms = connection.keyring().pseudonyms
    if is_pseudonymous(account) or pseudonyms is None:
        return account
    try:
        return pseudonyms.identity(account)
    except PseudonymGivenError as error:
        raise UsageError(str(error)) from error


def _row(each: "ReviewedAccount", names: "dict[str, Entry]") -> tuple[str, ...]:
    from rich.markup import escape

    from shared.domain.privacy.sanitise import sanitise

    suggestion = each.suggestion
    said = ""
    if suggestion is not None and suggestion.person:
        entry = names.get(suggestion.person)
        who = f"{entry.text} {entry.name or ''}".rstrip() if entry is not None else suggestion.person
        said = f"of {sanitise(who)}, by {suggestion.reason.replace('_', ' ')}"
    elif suggestion is not None:
        said = f"a {suggestion.kind}, by its {suggestion.reason.replace('_', ' ')}"
    called = sanitise(names[each.account].text) if each.account in names else ""
    return each.account, escape(called), f"up to {each.events:,}" if each.events else "", each.state, escape(said)
