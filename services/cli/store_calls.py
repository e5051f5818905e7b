"""Runs one transaction on the store for a command, which is not asynchronous.

What administers runs through `administer`: without an operator it is not done, and without an entry of the audit
neither.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from services.cli.connection import Connection, existing_store, store
from services.cli.operator_account import Operator, operator_of, record
from shared.storage.engine.database import Database

T = TypeVar("T")

Work = Callable[[AsyncConnection], Awaitable[T]]
WorkOf = Callable[[AsyncConnection, Operator], Awaitable[T]]
Opening = Callable[[Connection], AbstractAsyncContextManager[Database]]
"""`store` brings the store to the current schema first; `existing_store` takes it as it is, and makes none."""


def read(connection: Connection, work: Work[T], *, opening: Opening = existing_store) -> T:
    """Run work that reads, and return its result. Raises UsageError when `existing_store` finds no store."""

    async def run() -> T:
        async with opening(connection) as database, database.read() as transaction:
            return await work(transaction)

    return asyncio.run(run())


def write(connection: Connection, work: Work[T], *, opening: Opening = store) -> T:
    """Run work that writes, and return its result after the commit. Raises UsageError as `read` does."""

    async def run() -> T:
        async with opening(connection) as database, database.write() as transaction:
            return await work(transaction)

    return asyncio.run(run())


def administer(
    connection: Connection,
    act: str,
    work: Work[T],
    *,
    opening: Opening = store,
    who: Callable[[Connection, AsyncConnection], Awaitable[Operator]] = operator_of,
) -> T:
    """Run work that administers, and return its result after the commit. `act` is what the audit calls it.

    The audit has the `id` of the result behind it, where there is one. Raises UsageError as `read` does, and without an
    operator.
    """
    return administer_as(connection, act, lambda transaction, _: work(transaction), opening=opening, who=who)


def administer_as(
    connection: Connection,
    act: str,
    work: WorkOf[T],
    *,
    opening: Opening = store,
    who: Callable[[Connection, AsyncConnection], Awaitable[Operator]] = operator_of,
) -> T:
    """The same for work that is told who does it."""

    async def run(transaction: AsyncConnection) -> T:
        doer = await who(connection, transaction)
        result = await work(transaction, doer)
        named = getattr(result, "id", None) or getattr(getattr(result, "key", None), "id", "")
        await record(connection, transaction, doer, f"{act} {named}".rstrip())
        return result

    return write(connection, run, opening=opening)
