"""Runs one transaction on the store for a command, which is not asynchronous."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from services.cli.connection import Connection, existing_store, store
from shared.storage.engine.database import Database

T = TypeVar("T")

Work = Callable[[AsyncConnection], Awaitable[T]]
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
