"""The API over each kind of database."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.api.company import Api, running_api


@pytest_asyncio.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    """The API in case mode."""
    async with running_api(database_url) as running:
        yield running
