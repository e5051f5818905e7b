"""Released aggregates for readers: a page of one week's cells. Readers see no other table about groups."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Text, and_, bindparam, case, func, select, true, tuple_
from sqlalchemy.engine import Connection

from shared.domain.cells import ORGANISATION
from shared.storage.bulk import table_of
from shared.storage.queries import Rows
from shared.storage.release_tables import ReleaseRow
from shared.storage.tables import TeamRow
from shared.storage.visibility import Viewer, visible_aggregates

_RELEASE: Final = table_of(ReleaseRow)
_TEAM: Final = table_of(TeamRow).c


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregateFilter:
    """Which cells of a released week. There are no other filters: free ones would let groups be subtracted."""

    week: int
    viewer: Viewer  # of those who lead, cells that leaders may not see are suppressed
    cohort: str | None = None
    signal: str | None = None


def latest_release(connection: Connection) -> int | None:
    """The latest week that is released; None when none is."""
    week: int | None = connection.execute(select(func.max(_RELEASE.c.week))).scalar_one()
    return week


def is_released(connection: Connection, week: int) -> bool:
    """Whether anything was said about a week, if only that all is suppressed."""
    return connection.execute(select(_RELEASE.c.week).where(_RELEASE.c.week == week).limit(1)).first() is not None


def is_cohort(connection: Connection, cohort: str) -> bool:
    """Whether there is such a cohort."""
    if cohort == ORGANISATION:
        return True
    return connection.execute(select(_RELEASE.c.week).where(_RELEASE.c.cohort == cohort).limit(1)).first() is not None


def aggregates(
    connection: Connection, which: AggregateFilter, *, limit: int, after: Sequence[str] | None = None
) -> Rows:
    """Cohort, name, parent, signal, as_of, people, mean and shares, by cohort and signal.

    People, mean and shares are NULL for suppressed cells. Corrections stand in place of what they correct.
    """
    release, newer = _RELEASE.c, _RELEASE.alias("newer").c
    latest = (
        select(func.max(newer.revision))
        .where(newer.signal == release.signal, newer.cohort == release.cohort, newer.week == release.week)
        .scalar_subquery()
    )
    visible = and_(release.suppressed.is_(False), release.leaders if which.viewer.leads else true())
    shown = [
        case((visible, column), else_=None).label(column.name)
        for column in (release.people, release.mean, release.shares)
    ]
    # SQLite compares text by code point; PostgreSQL by language unless told otherwise.
    in_order: list[Any] = [release.cohort, release.signal]
    if connection.dialect.name == "postgresql":
        in_order = [column.collate("C") for column in in_order]
    statement = (
        select(release.cohort, _TEAM.name, _TEAM.parent, release.signal, release.as_of, *shown)
        .select_from(_RELEASE.outerjoin(table_of(TeamRow), _TEAM.key == release.cohort))
        .where(release.week == which.week, release.revision == latest)
        .where(*visible_aggregates(which.viewer, release.signal))
        .order_by(*in_order)
        .limit(limit)
    )
    if which.cohort is not None:
        statement = statement.where(release.cohort == which.cohort)
    if which.signal is not None:
        statement = statement.where(release.signal == which.signal)
    if after is not None:
        position = [bindparam(f"after{place}", value, type_=Text()) for place, value in enumerate(after)]
        statement = statement.where(tuple_(*in_order) > tuple_(*position))
    return list(connection.execute(statement, which.viewer.parameters()))
