"""How SQLite finds what is asked about a person or a team: by people and week, never by walking through everybody's."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import Connection

from shared.domain.week import LIVE_WEEK
from shared.storage.access.visibility import Viewer
from shared.storage.readings.queries import ReadingFilter, ReadStore
from shared.storage.tables import metadata

READER = Viewer("petra")


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{tmp_path / 'bellwether.db'}")
    metadata().create_all(engine)
    return engine


def of_person(reads: ReadStore, connection: Connection) -> None:
    which = ReadingFilter(signal="cadence", week=LIVE_WEEK, worst_is_least=True, chain=False, person="adam")
    reads.readings(connection, which, viewer=READER, limit=51)
    reads.readings(connection, which, viewer=READER, limit=51, after=(50.0, "adam", "bea", ""))


def of_team(reads: ReadStore, connection: Connection) -> None:
    which = ReadingFilter(
        signal="cadence", week=LIVE_WEEK, worst_is_least=True, chain=False, team="engines", band="watch"
    )
    reads.readings(connection, which, viewer=READER, limit=51)


def own(reads: ReadStore, connection: Connection) -> None:
    reads.own(connection, week=LIVE_WEEK, viewer=READER, limit=200)


@pytest.mark.parametrize("ask", [of_person, of_team, own])
def test_readings_about_some_are_found_by_person_and_week(engine: Engine, ask: Any) -> None:
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    with engine.connect() as connection:
        event.listen(connection, "before_cursor_execute", note)
        ask(ReadStore(engine.dialect), connection)
        event.remove(connection, "before_cursor_execute", note)
        for statement, parameters in asked:
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            assert {step for step in plan if "reading " in step} == {
                "SEARCH reading USING INDEX ix_reading_first (first=? AND week=?)",
                "SEARCH reading USING INDEX ix_reading_second (second=? AND week=?)",
            }
