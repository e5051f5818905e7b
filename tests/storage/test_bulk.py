"""Statements for many rows at once, and the schema's newest revision: found once in a process."""

import pytest
from sqlalchemy.engine import Dialect, make_url

from shared.storage.engine.bulk import deleting, inserting, keys_of, marking, replacing
from shared.storage.tables.facts import ContactRow, MeetingRow
from shared.storage.tables.readings import DirtyRow


def dialect(url: str) -> Dialect:
    return make_url(url).get_dialect()()


@pytest.mark.parametrize("url", ["sqlite+aiosqlite://", "postgresql+asyncpg://"])
def test_a_statement_is_compiled_once_for_each_kind_of_database(url: str) -> None:
    one, other = dialect(url), dialect(url)
    keys = tuple(keys_of(ContactRow))
    assert inserting(ContactRow, one) is inserting(ContactRow, other)
    assert replacing(MeetingRow, one) is replacing(MeetingRow, other)
    assert deleting(ContactRow, one, keys) is deleting(ContactRow, other, keys)
    counted = marking(DirtyRow, one, least="from_day", count="generation")
    assert counted is marking(DirtyRow, other, least="from_day", count="generation")


def test_statements_that_differ_in_anything_are_others() -> None:
    file, server = dialect("sqlite+aiosqlite://"), dialect("postgresql+asyncpg://")
    made = [
        inserting(ContactRow, file),
        inserting(ContactRow, server),
        inserting(ContactRow, file, ignore=True),
        inserting(DirtyRow, file, without=("generation",)),
        inserting(MeetingRow, file),
        replacing(ContactRow, file),
        replacing(ContactRow, file, distinct=True),
        deleting(ContactRow, file, ("at",)),
        deleting(ContactRow, file, ("sender",)),
    ]
    assert len({id(each) for each in made}) == len(made)
