"""Released aggregates for readers: a page of one week's cells. Readers see no other table about groups."""

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, Text, and_, bindparam, case, func, or_, select, tuple_
from sqlalchemy.engine import Connection, Dialect

from shared.domain.organisation.hierarchy import ORGANISATION
from shared.domain.release.lattice import units_above
from shared.domain.release.rule import smallest_shown_above
from shared.storage.access.visibility import Viewer, sees_small_groups
from shared.storage.engine.bulk import table_of
from shared.storage.engine.statement_cache import Statements, present
from shared.storage.releases.told import told_today
from shared.storage.tables.directory import TeamRow
from shared.storage.tables.register import ConfirmedNameRow
from shared.storage.tables.releases import ReleaseRow

_RELEASE: Final = table_of(ReleaseRow)
_TEAM: Final = table_of(TeamRow).c
_NAME: Final = table_of(ConfirmedNameRow).c
_POSITION: Final = ("after_cohort", "after_signal")
_PARENTS: Final = select(_TEAM.key, _TEAM.parent)
_LATEST_WEEK: Final = select(func.max(_RELEASE.c.week))
_OF_WEEK: Final = select(_RELEASE.c.week).where(_RELEASE.c.week == bindparam("week")).limit(1)
_OF_COHORT: Final = select(_RELEASE.c.week).where(_RELEASE.c.cohort == bindparam("cohort")).limit(1)


class FoundAggregate(NamedTuple):
    """A cell. `people`, `mean` and `shares` are None for a suppressed one. `shares` are JSON.

    `shown_in` is the smallest unit above of which the viewer sees the signal; None where this one is shown, or none is.
    """

    cohort: str
    name: str | None  # that an operator has confirmed
    parent: str | None
    signal: str
    as_of: int
    people: int | None
    mean: float | None
    shares: str | None
    shown_in: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregateFilter:
    """Which cells of a released week. There are no other filters: free ones would let groups be subtracted."""

    week: int
    viewer: Viewer  # for those who lead, cells that leaders may not see are suppressed
    cohort: str | None = None
    signal: str | None = None


class AggregateStore:
    """Reads what was released, in the caller's transaction (see `Transactions`)."""

    def __init__(self, dialect: Dialect) -> None:
        self._postgres: Final = dialect.name == "postgresql"
        self._statements: Final = Statements()

    def latest_week(self, connection: Connection) -> int | None:
        """The latest week that is released; None when none is."""
        week: int | None = connection.execute(_LATEST_WEEK).scalar_one()
        return week

    def has_week(self, connection: Connection, week: int) -> bool:
        """Whether anything was said about a week, if only that all is suppressed."""
        return connection.execute(_OF_WEEK, {"week": week}).first() is not None

    def has_cohort(self, connection: Connection, cohort: str) -> bool:
        """Whether there is such a cohort."""
        return cohort == ORGANISATION or connection.execute(_OF_COHORT, {"cohort": cohort}).first() is not None

    def page(
        self, connection: Connection, which: AggregateFilter, *, limit: int, after: tuple[str, str] | None = None
    ) -> list[FoundAggregate]:
        """Cells of a released week, by cohort and signal. Corrections stand in place of what they correct."""
        values = present(cohort=which.cohort, signal=which.signal)
        if after is not None:
            values |= dict(zip(_POSITION, after, strict=True))
        shape = (which.viewer.leads, which.viewer.person is None, *values)
        statement = self._statements.of(shape, lambda: self._page(values, which.viewer))
        values |= {"week": which.week, "limit": limit} | which.viewer.parameters()
        found = [FoundAggregate(*row) for row in connection.execute(statement, values)]
        return self._with_units_above(connection, which, found)

    def _with_units_above(
        self, connection: Connection, which: AggregateFilter, found: list[FoundAggregate]
    ) -> list[FoundAggregate]:
        """The cells, suppressed ones with the unit that is shown in their place."""
        hidden = {row.signal for row in found if row.people is None}
        if not hidden:
            return found
        above = units_above({row.key: row.parent for row in connection.execute(_PARENTS)})
        shape = ("shown", which.viewer.leads, which.viewer.person is None)
        statement = self._statements.of(shape, lambda: _shown(which.viewer))
        values = {"week": which.week, "signals": sorted(hidden)} | which.viewer.parameters()
        shown: dict[str, set[str]] = {signal: set() for signal in hidden}
        for signal, cohort in connection.execute(statement, values):
            shown[signal].add(cohort)
        return [
            row._replace(shown_in=smallest_shown_above(row.cohort, above, shown[row.signal]))
            if row.people is None
            else row
            for row in found
        ]

    def _page(self, given: dict[str, Any], viewer: Viewer) -> Select[Any]:
        release, newer = _RELEASE.c, _RELEASE.alias("newer").c
        latest = (
            select(func.max(newer.revision))
            .where(newer.signal == release.signal, newer.cohort == release.cohort, newer.week == release.week)
            .scalar_subquery()
        )
        visible = and_(told_today(release), or_(release.leaders, sees_small_groups(viewer)))
        shown = [
            case((visible, column), else_=None).label(column.name)
            for column in (release.people, release.mean, release.shares)
        ]
        # SQLite compares text by code point; PostgreSQL by language unless told otherwise.
        in_order: list[Any] = [release.cohort, release.signal]
        if self._postgres:
            in_order = [column.collate("C") for column in in_order]
        statement = (
            select(release.cohort, _NAME.name, _TEAM.parent, release.signal, release.as_of, *shown)
            .select_from(
                _RELEASE.outerjoin(table_of(TeamRow), _TEAM.key == release.cohort).outerjoin(
                    table_of(ConfirmedNameRow), _NAME.key == release.cohort
                )
            )
            .where(release.week == bindparam("week"), release.revision == latest)
            .order_by(*in_order)
            .limit(bindparam("limit"))
        )
        for name in ("cohort", "signal"):
            if name in given:
                statement = statement.where(release[name] == bindparam(name))
        if _POSITION[0] in given:
            position = [bindparam(name, type_=Text()) for name in _POSITION]
            statement = statement.where(tuple_(*in_order) > tuple_(*position))
        return statement


def _shown(viewer: Viewer) -> Select[Any]:
    """Signal and cohort of every cell of a week that a viewer sees, of some signals."""
    release = _RELEASE.c
    return (
        select(release.signal, release.cohort)
        .where(release.week == bindparam("week"), release.signal.in_(bindparam("signals", expanding=True)))
        .where(told_today(release), or_(release.leaders, sees_small_groups(viewer)))
    )
