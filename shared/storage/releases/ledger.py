"""The releases: what was ever said about groups, over whom, and how far releasing has come. Rows are only added.

The one exception is erasure, which takes the number of a person out of panels and leaves another in its place.
"""

import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, LargeBinary, bindparam, func, insert, or_, select, update
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.organisation.hierarchy import ORGANISATION
from shared.domain.release.cell import Cell, cells_for_everybody
from shared.domain.release.contribution import Observation
from shared.domain.release.lattice import person_number, units_above
from shared.domain.release.panels import Panel
from shared.domain.release.schedule import last_due_week
from shared.domain.signals import signal_names
from shared.domain.week import LIVE_WEEK, week_of_day
from shared.storage.engine import bulk
from shared.storage.readings.factors import read_factors
from shared.storage.readings.store import scoring_state
from shared.storage.releases.told import told_today
from shared.storage.tables.directory import TeamRow
from shared.storage.tables.readings import ReadingRow
from shared.storage.tables.releases import NO_PANEL, ReleasePanelRow, ReleaseRow, ReleaseStateRow

RELEASE: Final = bulk.table_of(ReleaseRow)
_PANEL: Final = bulk.table_of(ReleasePanelRow).c
_STATE: Final = bulk.table_of(ReleaseStateRow)
_READING: Final = bulk.table_of(ReadingRow).c
_OBSERVED: Final = (
    _READING.signal, _READING.first, _READING.second, _READING.value, _READING.band, _READING.factors,
)  # fmt: skip
_OF_PAIRS: Final = frozenset(signal_names("pair"))
_NUMBER_BYTES: Final = 8
_NOTHING: Final[tuple[tuple[str, float], ...]] = ()


@dataclass(frozen=True, slots=True)
class ReleaseState:
    """Last week released, and the earliest week whose readings have changed since they were."""

    released_week: int = -1
    dirty_week: int = LIVE_WEEK


@dataclass(frozen=True, slots=True)
class Release:
    """A cell as released for a week. `panel` is the place of its people in the ledger, NO_PANEL when suppressed.

    Figures that are not `exact` are made of steps.
    """

    cell: Cell
    week: int
    revision: int
    as_of: int
    panel: int
    leaders: bool
    exact: bool


class ReleaseStore:
    """Writes of the publisher, in the caller's transaction."""

    def __init__(self, dialect: Dialect) -> None:
        self._releases: Final = bulk.inserting(ReleaseRow, dialect)
        self._panels: Final = bulk.inserting(ReleasePanelRow, dialect)

    async def add_panels(self, connection: AsyncConnection, signal: str, start: int, panels: Sequence[Panel]) -> None:
        """Add panels to the ledger of a signal, from a place on. Raises IntegrityError when that place is taken."""
        rows = [
            (signal, place, panel.cohort, panel.leaders, panel.exact, _packed(panel.people))
            for place, panel in enumerate(panels, start)
        ]
        await self._panels.run(connection, rows)

    async def add(self, connection: AsyncConnection, releases: Iterable[Release]) -> None:
        """Add releases. Raises IntegrityError for a revision that exists: what is released never changes."""
        encode = msgspec.json.encode
        rows = [
            (
                each.cell.signal,
                each.cell.cohort,
                each.week,
                each.revision,
                each.as_of,
                each.panel,
                each.cell.suppressed,
                each.leaders,
                each.exact,
                each.cell.people,
                each.cell.mean,
                encode(each.cell.shares, order="sorted").decode(),
                encode(each.cell.factors, order="sorted").decode(),
            )
            for each in releases
        ]
        await self._releases.run(connection, rows)

    async def mark_dirty(self, connection: AsyncConnection, week: int) -> None:
        """Note that readings have changed from this week on."""
        await self._begin(connection)
        await connection.execute(update(_STATE).where(_STATE.c.dirty_week > week).values(dirty_week=week))

    async def released(self, connection: AsyncConnection, week: int, *, settled: bool) -> None:
        """Note that a week is released; `settled` when no earlier one is left whose readings have changed since."""
        await self._begin(connection)
        await connection.execute(update(_STATE).where(_STATE.c.released_week < week).values(released_week=week))
        if settled:
            await connection.execute(update(_STATE).values(dirty_week=LIVE_WEEK))

    async def _begin(self, connection: AsyncConnection) -> None:
        if (await connection.execute(select(_STATE.c.id))).first() is None:
            await connection.execute(insert(_STATE).values(id=1, released_week=-1, dirty_week=LIVE_WEEK))


async def release_state(connection: AsyncConnection) -> ReleaseState:
    """How far releasing has come; nothing yet when it never ran."""
    row = (await connection.execute(select(_STATE.c.released_week, _STATE.c.dirty_week))).first()
    return ReleaseState(*row) if row else ReleaseState()


async def panels_from(connection: AsyncConnection, starts: Mapping[str, int]) -> list[tuple[str, Panel]]:
    """Panels of signals with their signal, from a place of each on, in order."""
    columns = (_PANEL.signal, _PANEL.cohort, _PANEL.people, _PANEL.leaders, _PANEL.exact)
    later = or_(*((_PANEL.signal == signal) & (_PANEL.place >= start) for signal, start in starts.items()))
    rows = await connection.execute(select(*columns).where(later).order_by(_PANEL.signal, _PANEL.place))
    return [
        (signal, Panel(cohort, frozenset(_unpacked(people)), leaders, exact))
        for signal, cohort, people, leaders, exact in rows
    ]


async def panels_with(connection: AsyncConnection, person: str) -> list[tuple[str, str]]:
    """Signal and cohort of every panel that somebody is in, each once, sorted."""
    query = select(_PANEL.signal, _PANEL.cohort).where(_counts(connection, person)).distinct()
    rows = await connection.execute(query.order_by(_PANEL.signal, _PANEL.cohort))
    return [(signal, cohort) for signal, cohort in rows]


async def forget_in_panels(connection: AsyncConnection, person: str) -> int:
    """Let a number by chance stand for somebody in every panel they are in; how many panels that are.

    It is the same in all of them, so that what can be told apart by adding and subtracting stays what it was.
    """
    old, new = person_number(person), secrets.randbits(8 * _NUMBER_BYTES)
    query = select(_PANEL.signal, _PANEL.place, _PANEL.people).where(_counts(connection, person))
    found = (await connection.execute(query)).all()
    for signal, place, people in found:
        packed = _packed(new if each == old else each for each in _unpacked(people))
        here = (_PANEL.signal == signal, _PANEL.place == place)
        await connection.execute(update(bulk.table_of(ReleasePanelRow)).where(*here).values(people=packed))
    return len(found)


def _counts(connection: AsyncConnection, person: str) -> ColumnElement[bool]:
    number = bindparam(None, _packed([person_number(person)]), type_=LargeBinary())
    if connection.dialect.name == "sqlite":
        return func.instr(_PANEL.people, number) > 0
    return func.position(number.op("IN")(_PANEL.people)) > 0


async def panels_in_use(connection: AsyncConnection, *, start: int, end: int) -> dict[str, dict[str, int]]:
    """By signal and cohort, the panel of its latest release in the weeks from `start` to before `end`."""
    column = RELEASE.c
    latest = (
        select(column.signal, column.cohort, func.max(column.week).label("week"))
        .where(column.panel != NO_PANEL, column.week >= start, column.week < end)
        .group_by(column.signal, column.cohort)
        .subquery()
    )
    query = select(column.signal, column.cohort, column.panel).join(
        latest,
        (column.signal == latest.c.signal) & (column.cohort == latest.c.cohort) & (column.week == latest.c.week),
    )
    found: dict[str, dict[str, int]] = defaultdict(dict)
    # A correction is over the panel of what it corrects, so any revision will do.
    for signal, cohort, panel in await connection.execute(query.where(column.panel != NO_PANEL)):
        found[signal][cohort] = panel
    return found


async def people_released(connection: AsyncConnection, signal: str) -> frozenset[int]:
    """Numbers of the people over whom everybody is told a signal of the whole organisation; none where nobody is."""
    last = select(func.max(RELEASE.c.week)).scalar_subquery()
    # A correction is over the panel of what it corrects, so any revision will do.
    query = (
        select(_PANEL.people)
        .join(RELEASE, (RELEASE.c.signal == _PANEL.signal) & (RELEASE.c.panel == _PANEL.place))
        .where(RELEASE.c.signal == signal, RELEASE.c.cohort == ORGANISATION, RELEASE.c.week == last, RELEASE.c.leaders)
        .limit(1)
    )
    people = (await connection.execute(query)).scalar_one_or_none()
    return frozenset() if people is None else frozenset(_unpacked(people))


async def team_parents(connection: AsyncConnection) -> dict[str, str | None]:
    """The team that every team belongs to."""
    team = bulk.table_of(TeamRow).c
    return {row.key: row.parent for row in await connection.execute(select(team.key, team.parent))}


async def observations(connection: AsyncConnection, week: int) -> Iterator[Observation]:
    """Readings of a week, of everybody, in any order."""
    rows = await connection.execute(select(*_OBSERVED).where(_READING.week == week))
    return map(_observation, rows)


async def observations_of(
    connection: AsyncConnection, signals: Collection[str], people: Collection[str], *, weeks: range
) -> dict[int, list[Observation]]:
    """Readings of signals that these people are the first of, or in a pair either, by week, in any order."""
    query = select(_READING.week, *_OBSERVED).where(_READING.week.between(weeks.start, weeks.stop - 1))
    of_signals, of_pairs = (
        query.where(_READING.signal.in_(sorted(wanted)))
        for wanted in (set(signals), _OF_PAIRS.intersection(signals))
    )  # fmt: skip
    found: defaultdict[int, list[Observation]] = defaultdict(list)
    for part in bulk.parts(sorted(people)):
        rows = list(await connection.execute(of_signals.where(_READING.first.in_(part))))
        if not _OF_PAIRS.isdisjoint(signals):  # a pair of two of them is found by its first
            rows += await connection.execute(of_pairs.where(_READING.second.in_(part), _READING.first.not_in(part)))
        for week, *row in rows:
            found[week].append(_observation(row))
    return found


def _observation(row: Iterable[Any]) -> Observation:
    signal, first, second, value, band, factors = row
    return signal, first, second, value, band, _NOTHING if signal in _OF_PAIRS else _factors(factors)


def _factors(text: str) -> list[tuple[str, float]]:
    return [(each.name, each.value) for each in read_factors(text)]


async def up_to_date(connection: AsyncConnection) -> bool:
    """Whether every week that is due has been released."""
    scored, state = await scoring_state(connection), await release_state(connection)
    due = last_due_week(scored.scored_week, scored.scored_at)
    return state.released_week >= due or due < week_of_day(scored.first_day)


async def weeks_released(connection: AsyncConnection) -> list[int]:
    """Every week that anything was said about, the earliest first."""
    weeks = await connection.execute(select(RELEASE.c.week).distinct().order_by(RELEASE.c.week))
    return list(weeks.scalars())


async def releases_of(connection: AsyncConnection, week: int | None = None) -> list[Release]:
    """What is released for a week, by default the latest: the last revision of each, by signal and cohort."""
    return [_release(row) for row in await _last_revisions(connection, week)]


async def cells_of(connection: AsyncConnection, week: int | None = None) -> tuple[int | None, list[Cell]]:
    """The cells that everybody may see of a week, by default the latest, and which week that is."""
    rows = await _last_revisions(connection, week)
    above = units_above(await team_parents(connection))
    cells = cells_for_everybody([(_release(row).cell, bool(row.told and row.leaders)) for row in rows], above)
    return rows[0].week if rows else None, cells


async def _last_revisions(connection: AsyncConnection, week: int | None) -> list[Any]:
    """Rows of a week, by default the latest, with whether they may be `told` today."""
    if week is None:
        week = (await connection.execute(select(func.max(RELEASE.c.week)))).scalar_one()
    order = RELEASE.c.signal, RELEASE.c.cohort, RELEASE.c.revision
    query = select(RELEASE, told_today(RELEASE.c).label("told")).where(RELEASE.c.week == week).order_by(*order)
    return list({(row.signal, row.cohort): row for row in await connection.execute(query)}.values())


def _release(row: Any) -> Release:
    cell = Cell(
        signal=row.signal,
        cohort=row.cohort,
        suppressed=bool(row.suppressed),
        people=row.people,
        mean=row.mean,
        shares=msgspec.json.decode(row.shares),
        factors=msgspec.json.decode(row.factors),
    )
    return Release(cell, row.week, row.revision, row.as_of, row.panel, bool(row.leaders), bool(row.exact))


def _packed(people: Iterable[int]) -> bytes:
    return b"".join(number.to_bytes(_NUMBER_BYTES) for number in sorted(people))


def _unpacked(people: bytes) -> Iterator[int]:
    return (int.from_bytes(people[at : at + _NUMBER_BYTES]) for at in range(0, len(people), _NUMBER_BYTES))
