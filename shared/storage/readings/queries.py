"""Reads for the API: filters in SQL, and pages by position instead of by offset.

Positions are those of the last row seen, so a page costs the same wherever it starts, and rows that come or go
elsewhere neither repeat nor hide others. Text is compared by code point on both databases.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Float,
    Select,
    Text,
    and_,
    bindparam,
    func,
    or_,
    select,
    tuple_,
)
from sqlalchemy.engine import Connection, Dialect, Result

from shared.domain.evidence.reading import SubjectKind
from shared.storage.access.visibility import Viewer, own_readings, visible_readings
from shared.storage.engine.bulk import table_of
from shared.storage.engine.statement_cache import Statements, present
from shared.storage.readings.found import FoundEvidence, FoundOwnReading, FoundPerson, FoundPoint, FoundReading
from shared.storage.tables.directory import PersonRow, ReportingLineRow
from shared.storage.tables.readings import ReadingRow
from shared.storage.tables.register import ConfirmedNameRow

_Text = ColumnElement[str]

_READING: Final = table_of(ReadingRow).c
_PERSON: Final = table_of(PersonRow).c
_NAME: Final = table_of(ConfirmedNameRow).c
_LINE: Final = table_of(ReportingLineRow).c
_POSITIONS: Final = ("first", "second", "third")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingFilter:
    """Which readings of one signal and week, worst first."""

    signal: str
    week: int
    worst_is_least: bool
    chain: bool  # chains belong to the team of their person, pairs to the teams of both
    band: str | None = None
    team: str | None = None
    person: str | None = None
    min_value: float | None = None


ReadingPosition = tuple[float, str, str, str]
"""Value, first, second and third of the last reading seen."""


class ReadStore:
    """The reads of the API, in the caller's transaction (see `Transactions`).

    What the `viewer` must not see is not found at all: see `visibility`.
    """

    def __init__(self, dialect: Dialect) -> None:
        self._postgres: Final = dialect.name == "postgresql"
        self._statements: Final = Statements()

    def people(
        self,
        connection: Connection,
        *,
        limit: int,
        team: str | None = None,
        active: bool | None = None,
        people: Sequence[str] | None = None,
        after: str | None = None,
    ) -> list[FoundPerson]:
        """People, by key. `people` limits them to those that it names."""
        values = present(team=team, active=active, people=people, after=after)
        statement = self._statements.of(("people", *values), lambda: self._people(values))
        return [FoundPerson._make(row) for row in _fetch(connection, statement, values, limit=limit)]

    def managers(self, connection: Connection, people: Sequence[str], *, at: int) -> dict[str, str]:
        """Manager of each of these people at an instant; people without one are left out."""
        if not people:
            return {}
        statement = self._statements.of("managers", self._managers)
        # Of overlapping lines the one that starts later counts, so it comes last; a line to oneself is the top.
        rows = connection.execute(statement, {"people": people, "at": at}).all()
        latest = {person: str(manager) for person, manager in rows}
        return {person: manager for person, manager in latest.items() if manager and manager != person}

    def readings(
        self,
        connection: Connection,
        which: ReadingFilter,
        *,
        limit: int,
        viewer: Viewer,
        after: ReadingPosition | None = None,
    ) -> list[FoundReading]:
        """Readings of one signal and week, worst first."""
        values = present(band=which.band, team=which.team, person=which.person, min_value=which.min_value)
        if after is not None:
            values |= dict(zip(("value", *_POSITIONS), after, strict=True))
        shape = ("readings", which.worst_is_least, which.chain, viewer.person is None, *values)
        statement = self._statements.of(
            shape, lambda: self._readings(values, viewer, worst_is_least=which.worst_is_least, chain=which.chain)
        )
        values |= {"signal": which.signal, "week": which.week} | viewer.parameters()
        return [FoundReading._make(row) for row in _fetch(connection, statement, values, limit=limit)]

    def history(
        self,
        connection: Connection,
        *,
        people: tuple[str, str, str],
        signal: str,
        limit: int,
        viewer: Viewer,
        before: int | None = None,
    ) -> list[FoundPoint]:
        """Readings of one subject and signal, latest first."""
        values, chain = present(before=before), people[2] != ""
        shape = ("history", chain, viewer.person is None, *values)
        statement = self._statements.of(shape, lambda: self._history(values, viewer, chain=chain))
        values |= _subject(people) | {"signal": signal} | viewer.parameters()
        return [FoundPoint._make(row) for row in _fetch(connection, statement, values, limit=limit)]

    def evidence(
        self,
        connection: Connection,
        *,
        people: tuple[str, str, str],
        signals: Sequence[str],
        viewer: Viewer,
    ) -> list[FoundEvidence]:
        """The latest reading of each of these signals of one subject."""
        chain = people[2] != ""
        shape = ("evidence", chain, viewer.person is None)
        statement = self._statements.of(shape, lambda: self._evidence(viewer, chain=chain))
        values = _subject(people) | {"signals": list(signals)} | viewer.parameters()
        return [FoundEvidence._make(row) for row in _fetch(connection, statement, values, limit=len(signals))]

    def own(self, connection: Connection, *, week: int, viewer: Viewer, limit: int) -> list[FoundOwnReading]:
        """Readings that concern the viewer, by signal and people.

        Raises ValueError for a viewer who is nobody in the directory.
        """
        if viewer.person is None:
            raise ValueError("an own view needs a person")
        statement = self._statements.of("own", self._own)
        found = _fetch(connection, statement, {"week": week} | viewer.parameters(), limit=limit)
        return [FoundOwnReading._make(row) for row in found]

    def _text(self, column: _Text) -> _Text:
        # SQLite compares text by code point; PostgreSQL by language unless told otherwise.
        return column.collate("C") if self._postgres else column

    def _not_by_index(self, column: _Text) -> _Text:
        # SQLite keeps no statistics by itself, and would look through all readings of a signal, or all of pairs.
        return column if self._postgres else column.concat("")

    def _people(self, given: dict[str, Any]) -> Select[Any]:
        key = self._text(_PERSON.key)
        columns = (_PERSON.key, _PERSON.team, _PERSON.active, _NAME.name.label("team_name"))
        named = table_of(PersonRow).outerjoin(table_of(ConfirmedNameRow), _NAME.key == _PERSON.team)
        statement = select(*columns).select_from(named).order_by(key)
        if "team" in given:
            statement = statement.where(_PERSON.team == bindparam("team"))
        if "active" in given:
            statement = statement.where(_PERSON.active == bindparam("active"))
        if "people" in given:
            statement = statement.where(_PERSON.key.in_(bindparam("people", expanding=True)))
        if "after" in given:
            statement = statement.where(key > bindparam("after"))
        return statement.limit(bindparam("limit"))

    def _managers(self) -> Select[Any]:
        return (
            select(_LINE.person, _LINE.manager)
            .where(_LINE.person.in_(bindparam("people", expanding=True)))
            .where(_LINE.valid_from <= bindparam("at"), _LINE.valid_to > bindparam("at"))
            .order_by(_LINE.valid_from, _LINE.valid_to, self._text(_LINE.manager))
        )

    def _readings(self, given: dict[str, Any], viewer: Viewer, *, worst_is_least: bool, chain: bool) -> Select[Any]:
        positions = _people(chain)
        statement = select(*(_READING[name] for name in FoundReading._fields))
        about = []
        if "person" in given:
            about.append(_in_week(position == bindparam("person") for position in positions))
        if "team" in given:
            members = select(_PERSON.key).where(_PERSON.team == bindparam("team"))
            about.append(_in_week(position.in_(members) for position in (positions[:1] if chain else positions)))
        if about:
            statement = statement.where(*about, self._not_by_index(_READING.signal) == bindparam("signal"))
        else:
            statement = statement.where(_READING.week == bindparam("week"), _READING.signal == bindparam("signal"))
        if "band" in given:
            statement = statement.where(_READING.band == bindparam("band"))
        if "min_value" in given:
            statement = statement.where(_READING.value >= bindparam("min_value"))
        statement = statement.where(*visible_readings(viewer, positions, kind=_kind(chain)))
        if "value" in given:
            statement = statement.where(self._beyond(worst_is_least=worst_is_least))
        order = _READING.value.asc() if worst_is_least else _READING.value.desc()
        statement = statement.order_by(order, *(self._text(_READING[name]) for name in _POSITIONS))
        return statement.limit(bindparam("limit"))

    def _beyond(self, *, worst_is_least: bool) -> ColumnElement[bool]:
        """Comes after a position. The outer comparison lets the index on value start the scan."""
        value: BindParameter[float] = bindparam("value", type_=Float())
        later = _READING.value > value if worst_is_least else _READING.value < value
        at_or_later = _READING.value >= value if worst_is_least else _READING.value <= value
        keys = tuple_(*(self._text(_READING[name]) for name in _POSITIONS))
        return and_(at_or_later, or_(later, keys > tuple_(*(_text_value(name) for name in _POSITIONS))))

    def _history(self, given: dict[str, Any], viewer: Viewer, *, chain: bool) -> Select[Any]:
        statement = select(*(_READING[name] for name in FoundPoint._fields)).where(
            _READING.signal == bindparam("signal"), *_is_subject()
        )
        statement = statement.where(*visible_readings(viewer, _people(chain), kind=_kind(chain)))
        if "before" in given:
            statement = statement.where(_READING.week < bindparam("before"))
        return statement.order_by(_READING.week.desc()).limit(bindparam("limit"))

    def _evidence(self, viewer: Viewer, *, chain: bool) -> Select[Any]:
        other = table_of(ReadingRow).alias("other").c
        latest = (
            select(func.max(other.week))
            .where(other.signal == _READING.signal, *(other[name] == _READING[name] for name in _POSITIONS))
            .scalar_subquery()
        )
        statement = select(*(_READING[name] for name in FoundEvidence._fields)).where(
            _READING.signal.in_(bindparam("signals", expanding=True)), *_is_subject(), _READING.week == latest
        )
        statement = statement.where(*visible_readings(viewer, _people(chain), kind=_kind(chain)))
        return statement.limit(bindparam("limit"))

    def _own(self) -> Select[Any]:
        first, second, third = (_READING[name] for name in _POSITIONS)
        own = own_readings(self._not_by_index(_READING.signal), [first, second, self._not_by_index(third)])
        return (
            select(*(_READING[name] for name in FoundOwnReading._fields))
            .where(_in_week(position == bindparam("viewer", type_=Text()) for position in (first, second)), *own)
            .order_by(*(self._text(_READING[name]) for name in ("signal", "first", "second")))
            .limit(bindparam("limit"))
        )


def _fetch(connection: Connection, statement: Select[Any], values: dict[str, Any], *, limit: int) -> Result[Any]:
    return connection.execute(statement, values | {"limit": limit})


def _in_week(about: Iterable[ColumnElement[bool]]) -> ColumnElement[bool]:
    """Is of the week and about somebody. The week stands beside each position, as it does in their indexes."""
    return or_(*(and_(each, _READING.week == bindparam("week")) for each in about))


def _text_value(name: str) -> BindParameter[str]:
    return bindparam(name, type_=Text())


def _subject(people: tuple[str, str, str]) -> dict[str, str]:
    return dict(zip(_POSITIONS, people, strict=True))


def _is_subject() -> list[ColumnElement[bool]]:
    return [_READING[name] == bindparam(name) for name in _POSITIONS]


def _people(chain: bool) -> list[_Text]:  # noqa: FBT001 - one of two kinds of subject
    return [_READING[name] for name in (_POSITIONS if chain else _POSITIONS[:2])]


def _kind(chain: bool) -> SubjectKind:  # noqa: FBT001 - the same
    return "chain" if chain else "pair"
