"""The run that others are compared with, made once."""

import msgspec
import pytest

from tests.e2e.company import Undisturbed, company_events, undisturbed_run


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """The small company in order, in one process on SQLite."""
    lines = [msgspec.json.encode(event) for event in company_events()]
    return undisturbed_run(lines, tmp_path_factory.mktemp("undisturbed"))
