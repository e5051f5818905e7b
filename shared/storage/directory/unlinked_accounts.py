"""Accounts that belong to nobody, with how many events hang on each, and what is suggested of them."""

from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy import ColumnElement, Select, and_, delete, func, insert, literal_column, select, union_all, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.organisation.machine_accounts import MOST_A_DAY, AccountKind
from shared.domain.week import DAY
from shared.storage.directory.account_decisions import (
    OF_LINKS,
    AccountSuggestion,
    Act,
    Decision,
    as_decision,
    latest_decisions,
)
from shared.storage.engine import bulk
from shared.storage.tables.accounts import AccountDecisionRow, AccountSuggestionRow, UnlinkedAccountRow
from shared.storage.tables.directory import IdentityLinkRow
from shared.storage.tables.facts import AttendanceRow, ContactRow, IdentityRow
from shared.storage.tables.work import TicketMoveRow

STEPS: Final = (1, 2, 5)
_UNLINKED: Final = bulk.table_of(UnlinkedAccountRow)
_DECISION: Final = bulk.table_of(AccountDecisionRow)


def in_steps(count: int) -> int:
    """The next of 10, 20, 50, 100, 200 and so on: nobody is told by it what one more message changed."""
    step = 10
    while count > step:
        step = next(each for each in (step * 2, step * 5 // 2) if each // 10 ** (len(str(each)) - 1) in STEPS)
    return step


async def count_unlinked(connection: AsyncConnection) -> dict[str, tuple[int, bool]]:
    """Accounts without an owner at any time: events of each, and whether it wrote more on a day than a person does."""
    identity, link = bulk.table_of(IdentityRow).c, bulk.table_of(IdentityLinkRow).c
    linked = select(link.identity).where(link.valid_from < link.valid_to)
    rows = await connection.execute(select(identity.id, identity.key).where(identity.id.not_in(linked)))
    names: dict[int, str] = {row[0]: row[1] for row in rows}
    if not names:
        return {}
    every = union_all(*_counts()).subquery()
    totals = select(every.c.account, func.sum(every.c.events)).group_by(every.c.account)
    counts = {account: int(events) for account, events in await connection.execute(totals) if account in names}
    contact = bulk.table_of(ContactRow).c
    day: ColumnElement[int] = literal_column(f"(contact.at / {DAY})")
    busy = select(contact.sender).group_by(contact.sender, day).having(func.count() > MOST_A_DAY).distinct()
    beyond = set((await connection.execute(busy)).scalars())
    return {names[number]: (counts.get(number, 0), number in beyond) for number in sorted(names)}


async def keep_unlinked(connection: AsyncConnection) -> int:
    """Count anew, for whoever may not look at facts; gives how many accounts there are."""
    found = await count_unlinked(connection)
    await connection.execute(delete(_UNLINKED))
    rows = [(account, in_steps(events), beyond) for account, (events, beyond) in sorted(found.items()) if events]
    await bulk.inserting(UnlinkedAccountRow, connection.dialect).run(connection, rows)
    return len(rows)


async def suggest(connection: AsyncConnection, suggestions: Iterable[AccountSuggestion]) -> None:
    """Keep suggestions in the place of earlier ones of their accounts."""
    rows = [(each.account, each.person, each.reason, each.kind) for each in suggestions]
    await bulk.replacing(AccountSuggestionRow, connection.dialect).run(connection, sorted(rows))


async def undone_links(connection: AsyncConnection) -> list[Decision]:
    """The last decision on whose each account is, of those that the directory does not know."""
    newest = (
        select(_DECISION.c.account, func.max(_DECISION.c.number).label("number"))
        .where(_DECISION.c.act.in_(OF_LINKS))
        .group_by(_DECISION.c.account)
        .subquery()
    )
    same = and_(_DECISION.c.account == newest.c.account, _DECISION.c.number == newest.c.number)
    query = select(_DECISION).join(newest, same).where(_DECISION.c.done.is_(False)).order_by(_DECISION.c.account)
    return [as_decision(row) for row in await connection.execute(query)]


async def note_done(connection: AsyncConnection, decisions: Iterable[Decision]) -> None:
    """The directory knows these, and those before them."""
    for each in decisions:
        before = and_(_DECISION.c.account == each.account, _DECISION.c.number <= each.number)
        await connection.execute(update(_DECISION).where(before).values(done=True))


async def ignored_accounts(connection: AsyncConnection) -> Mapping[str, AccountKind]:
    """Accounts that are no colleague's, with what they are."""
    decisions = await connection.run_sync(latest_decisions)
    return {
        each.account: AccountKind(each.kind) for each in decisions.values() if each.act is Act.IGNORE
    }  # fmt: skip


async def copy_decisions(source: AsyncConnection, target: AsyncConnection) -> None:
    """Put the decisions of one store into another, which has none."""
    rows = [dict(row) for row in (await source.execute(select(_DECISION))).mappings()]
    if rows:
        await target.execute(insert(_DECISION), rows)


def _counts() -> list[Select[int, int]]:
    contact, attended, move = (bulk.table_of(model).c for model in (ContactRow, AttendanceRow, TicketMoveRow))
    columns: tuple[ColumnElement[int], ...] = (
        contact.sender, contact.recipient, attended.identity, move.actor, move.reporter, move.assignee,
    )  # fmt: skip
    return [
        select(column.label("account"), func.count().label("events")).where(column != 0).group_by(column)
        for column in columns
    ]
