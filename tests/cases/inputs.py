"""Inputs of cases: files written in a test, and those that lie where BELLWETHER_DATA has its neighbour `cases`."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.schemas.directory import IdentityLinked, LineRecorded, Person, PersonRecorded
from shared.sources.reader import Notice, Options
from shared.storage.directory.recorded import Recorded
from tests.unit.sources.reading import Found, read

TODAY = datetime(2026, 11, 30, tzinfo=UTC)


def people(text: str | bytes, **options: object) -> Found:
    """What a table of people says on a day."""
    return read("people-csv", text, Options(**({"as_of": TODAY} | options)))  # type: ignore[arg-type]


def lines_of(found: Found) -> dict[str, str | None]:
    """Manager by person."""
    return {event.data.person: event.data.manager for event in found.events if isinstance(event, LineRecorded)}


def people_of(found: Found) -> dict[str, bool]:
    """Whether active today, by person."""
    return {person: record.active for person, record in who(found).items()}


def who(found: Found, at: datetime = TODAY) -> dict[str, Person]:
    """Who everybody is on a day."""
    records = Recorded.of(each for each in found.events if isinstance(each, PersonRecorded))
    return {person: each for person in records.people if (each := records.person(person, at)) is not None}


def accounts_of(found: Found) -> dict[str, str]:
    """Person by account."""
    return {event.data.identity: event.data.person for event in found.events if isinstance(event, IdentityLinked)}


def noticed(found: Found) -> Iterator[str]:
    """What there was to tell."""
    return (item.reason for item in found.items if isinstance(item, Notice))


def case(data_directory: Path, name: str) -> bytes:
    """A file that lies beside the data of the tests; skips where it does not."""
    path = data_directory.parent / "cases" / name
    if not path.is_file():
        pytest.skip(f"{name} is not here")
    content = path.read_bytes()
    return content.decode("utf-16").encode() if content.startswith((b"\xff\xfe", b"\xfe\xff")) else content
