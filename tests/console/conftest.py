"""A served company, its console, and a browser that looks at it."""

from collections.abc import Iterator
from functools import partial

import pytest
from playwright.sync_api import Browser

from tests.console.browser import Watched, assert_calm, chromium, chromium_unavailable_reason, watched
from tests.console.company import KEYRING, fill
from tests.security.served import Served, served


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    reason = chromium_unavailable_reason()
    if reason is not None:
        pytest.skip(reason)
    directory = tmp_path_factory.mktemp("console")
    with served(f"sqlite+aiosqlite:///{directory / 'bellwether.db'}", fill, KEYRING) as running:
        yield running


@pytest.fixture(scope="module")
def browser(api: Served, large: Served) -> Iterator[Browser]:
    # Within the API's lifetime, which ends in a loop of its own: Playwright keeps one running in this thread.
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def large(api: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The same company with more people than the page reads at the beginning."""
    directory = tmp_path_factory.mktemp("large")
    with served(f"sqlite+aiosqlite:///{directory / 'bellwether.db'}", partial(fill, more=1_100), KEYRING) as running:
        yield running


@pytest.fixture
def console(api: Served, browser: Browser) -> Iterator[Watched]:
    """The page, which must at no time complain, run what is in a name, or ask anybody else."""
    with watched(browser, api.url) as watching:
        yield watching
        assert_calm(watching)
