"""`bellwether cases` and `bellwether delegates`: who may read about named people, and who acts for whom."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from services.cli.errors import UsageError
from services.cli.options import DATA, DatabaseOption, DataOption
from shared.domain.privacy.cases import CaseState, CaseSubjectKind
from shared.domain.privacy.roles import LONGEST_CASE_SECONDS, Mode, Purpose

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection as StoreConnection

    from services.cli.connection import Connection
    from services.cli.operator_account import Operator

T = TypeVar("T")
CaseArgument = Annotated[str, typer.Argument(metavar="ID", help="As `cases list` shows it.")]
_HOUR_SECONDS = 3_600


def add_commands(app: typer.Typer) -> None:
    """Add cases open, approve, list and close, and delegates add and list."""
    cases = typer.Typer(no_args_is_help=True, help="Time-limited permission for a named HR partner.")
    cases.command("open")(open_)
    cases.command("approve")(approve)
    cases.command("list")(list_)
    cases.command("close")(close)
    app.add_typer(cases, name="cases")
    delegates = typer.Typer(no_args_is_help=True, help="Who acts for whom, and so must not see what they must not.")
    delegates.command("add")(add_delegate)
    delegates.command("list")(list_delegates)
    app.add_typer(delegates, name="delegates")


def open_(
    *,
    partner: Annotated[str, typer.Option(help="Person who will read in it.")],
    purpose: Annotated[Purpose, typer.Option(help="What for.")],
    person: Annotated[str | None, typer.Option(help="About this person.", show_default=False)] = None,
    leader: Annotated[str | None, typer.Option(help="About the chains under this leader.", show_default=False)] = None,
    unit: Annotated[
        str | None,
        typer.Option(
            help="About everybody in this team, as the HR system calls it, or by its key; `organisation` is everybody. "
            "Needs a reason.",
            show_default=False,
        ),
    ] = None,
    reason: Annotated[str, typer.Option(help="Why about so many, or why at once. Name nobody.")] = "",
    hours: Annotated[int, typer.Option(min=1, max=LONGEST_CASE_SECONDS // _HOUR_SECONDS, help="How long.")] = 48,
    database: DatabaseOption = None,
    data: DataOption = DATA,
) -> None:
    """Open a case for somebody else, which a second person approves. Needs case mode (`bellwether mode`)."""
    from services.cli.connection import connect
    from shared.storage.access import cases
    from shared.storage.access.modes import deployment_mode

    subjects = {CaseSubjectKind.PERSON: person, CaseSubjectKind.LEADER: leader, CaseSubjectKind.UNIT: unit}
    named = [(kind, key) for kind, key in subjects.items() if key is not None]
    if len(named) != 1:
        raise UsageError("say whom the case is about: one of --person, --leader and --unit")
    connection = connect(database=database, data=data)
    ((kind, key),) = named
    asked = cases.NewCase(
        partner=connection.pseudonym(partner),
        purpose=purpose,
        subject_kind=kind,
        subject=connection.team_key(key) if kind is CaseSubjectKind.UNIT else connection.pseudonym(key),
        opened_by="",
        now=int(time.time()),
        lifetime_seconds=hours * _HOUR_SECONDS,
        reason=reason,
    )

    def open_it(transaction: "StoreConnection", doer: "Operator") -> cases.Case:
        if not deployment_mode(transaction).mode.includes(Mode.CASE):
            raise UsageError("case mode is off: `bellwether mode set case` turns it on, with the references it needs")
        return cases.open_case(transaction, replace(asked, opened_by=doer.name))

    case = _administer(connection, "cases open", open_it)
    typer.echo(
        f"{case.id}: about {case.people} people, for {purpose}. {partner} may read once somebody else approves it "
        f"(`bellwether cases approve {case.id}`), until {_minute(case.expires_at)}"
    )


def list_(database: DatabaseOption = None, data: DataOption = DATA) -> None:
    """List every case, newest first, with how many people it is about."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from services.cli.connection import connect
    from shared.storage.access.cases import list_cases

    table = Table()
    for column in ("id", "partner", "purpose", "about", "people", "opened by", "until", "state", "approved by"):
        table.add_column(column)
    now = int(time.time())
    connection = connect(database=database, data=data)
    for case in _administer(connection, "cases list", lambda transaction, _: list_cases(transaction)):
        state = case.state(now)
        table.add_row(
            case.id,
            escape(case.partner),
            case.purpose,
            escape(f"{case.subject_kind} {case.subject}".strip()),
            str(case.people),
            escape(case.opened_by),
            _minute(case.closed_at or case.expires_at),
            f"[bold red]{state}[/]" if state is CaseState.BREAK_GLASS else state,
            escape(case.approved_by or ""),
        )
    Console().print(table)


def approve(case: CaseArgument, database: DatabaseOption = None, data: DataOption = DATA) -> None:
    """Approve a case that somebody else opened, once you have looked at how many people it is about."""
    from services.cli.connection import connect
    from shared.storage.access.cases import Case, approve_case, find_case
    from shared.storage.access.visibility import Viewer

    def approve_it(transaction: "StoreConnection", doer: "Operator") -> Case | None:
        found = find_case(transaction, case, viewer=Viewer(None), name=doer.name)
        if found is not None and doer.may_be(found.opened_by):
            raise UsageError("a case is approved by somebody else than who opened it: by another account and user")
        return approve_case(transaction, case, approver=Viewer(None), by=doer.name, now=int(time.time()))

    approved = _administer(connect(database=database, data=data), "cases approve", approve_it)
    if approved is None:
        raise UsageError(f"there is no case {case}")
    typer.echo(f"{case} is approved: about {approved.people} people, until {_minute(approved.expires_at)}")


def close(case: CaseArgument, database: DatabaseOption = None, data: DataOption = DATA) -> None:
    """Close a case from now on."""
    from services.cli.connection import connect
    from shared.storage.access.cases import close_case
    from shared.storage.access.visibility import Viewer

    closed = _administer(
        connect(database=database, data=data),
        "cases close",
        lambda transaction, doer: close_case(
            transaction, case, viewer=Viewer(None), name=doer.name, now=int(time.time())
        ),
    )
    if closed is None:
        raise UsageError(f"there is no case {case}")
    typer.echo(f"{case} is closed")


def add_delegate(
    principal: Annotated[str, typer.Argument(help="Person who is acted for.")],
    delegate: Annotated[str, typer.Argument(help="Person who acts for them, such as an assistant.")],
    database: DatabaseOption = None,
    data: DataOption = DATA,
) -> None:
    """Record that somebody acts for somebody. It stays, as a conflict of interest does not end."""
    from services.cli.connection import connect
    from shared.storage.directory.delegations import record_delegation

    connection = connect(database=database, data=data)
    first, second = connection.pseudonym(principal), connection.pseudonym(delegate)
    _administer(
        connection,
        "delegates add",
        lambda transaction, _: record_delegation(transaction, principal=first, delegate=second, now=int(time.time())),
    )
    typer.echo(f"{delegate} sees no more than {principal} may see")


def list_delegates(database: DatabaseOption = None, data: DataOption = DATA) -> None:
    """List who acts for whom."""
    from services.cli.connection import connect
    from shared.storage.directory.delegations import list_delegations

    connection = connect(database=database, data=data)
    acting = _administer(connection, "delegates list", lambda transaction, _: list_delegations(transaction))
    for principal, delegate in acting:
        typer.echo(f"{delegate} acts for {principal}")


def _administer(connection: "Connection", act: str, work: Callable[["StoreConnection", "Operator"], T]) -> T:
    from services.cli import store_calls

    try:
        return store_calls.administer_as(connection, act, lambda transaction, doer: transaction.run_sync(work, doer))
    except (LookupError, ValueError) as error:
        raise UsageError(str(error)) from error


def _minute(instant: int) -> str:
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%d %H:%M")
