"""GET /v1/teams: aggregates per cohort and signal, from the release table only."""

from typing import Annotated, Any, Final

import msgspec
from fastapi import Query, Request, Response
from pydantic import Field
from sqlalchemy.engine import Connection
from typing_extensions import TypedDict

from services.api.auth.gate import CurrentVisit
from services.api.endpoint import Endpoint
from services.api.formats.catalogue import SignalName
from services.api.formats.fields import EXAMPLE_AS_OF, Instant, NextCursor, Week
from services.api.formats.pages import Cursor, Key, Paging, PositionText, answer
from services.api.formats.weeks import LIVE, AsOf, instant_text, week_number, week_text
from services.api.problems.kinds import INVALID, ProblemError
from shared.domain.organisation.hierarchy import ORGANISATION
from shared.domain.privacy.named_things import ThingKind, neutral_name
from shared.domain.privacy.roles import Permission
from shared.storage.releases.aggregates import AggregateFilter, AggregateStore, FoundAggregate

_CURSOR: Final[Cursor[tuple[str, str]]] = Cursor("listTeams", tuple[PositionText, PositionText])
_SHARES: Final = msgspec.json.Decoder(dict[str, float])


class TeamQuery(Paging):
    """Filters of the aggregates. There are no others: with free filters, groups could be subtracted from each other."""

    team: Annotated[Key | None, Field(description="Only this cohort: a team, or `organisation`.")] = None
    signal: Annotated[SignalName | None, Field(description="Only this signal.")] = None
    as_of: AsOf = LIVE


class Aggregate(TypedDict):
    """A signal over a team or the whole organisation; a suppressed one says nothing but that it is suppressed."""

    cohort: Annotated[str, Field(description="Key of a team, or `organisation`.")]
    name: Annotated[str | None, Field(description="As an operator has confirmed it, or a neutral one.")]
    parent: Annotated[str | None, Field(description="Team that this one belongs to.")]
    signal: str
    week: Week
    as_of: Instant
    suppressed: Annotated[bool, Field(description="Too few people, or a smaller group could be worked out from it.")]
    shown_in: Annotated[
        str | None, Field(description="The smallest unit above a suppressed cohort of which you see the signal.")
    ]
    people: Annotated[int | None, Field(description="People covered, rounded down to a multiple of five at least.")]
    mean: float | None
    bands: Annotated[dict[str, float] | None, Field(description="Share of the cohort's subjects in each band.")]


class AggregatePage(TypedDict):
    """Aggregates, by cohort and signal."""

    data: list[Aggregate]
    next_cursor: NextCursor


_EXAMPLE: Final[dict[str, Any]] = {
    "data": [
        {
            "cohort": "engines", "name": "Engines", "parent": "works", "signal": "relationship_health",
            "week": "2026-W07", "as_of": EXAMPLE_AS_OF, "suppressed": False, "shown_in": None, "people": 10,
            "mean": 68.4, "bands": {"healthy": 0.7, "watch": 0.2, "strained": 0.1},
        },
        {
            "cohort": "looms", "name": "Looms", "parent": "works", "signal": "relationship_health",
            "week": "2026-W07", "as_of": EXAMPLE_AS_OF, "suppressed": True, "shown_in": "works", "people": None,
            "mean": None, "bands": None,
        },
    ],
    "next_cursor": None,
}  # fmt: skip


@Endpoint(
    "GET",
    "/v1/teams",
    id="listTeams",
    permission=Permission.READ_AGGREGATES,
    summary="List aggregates of teams",
    tag="teams",
    model=AggregatePage,
    example=_EXAMPLE,
)
async def list_teams(request: Request, visit: CurrentVisit, query: Annotated[TeamQuery, Query()]) -> Response:
    """The page that is asked for, of the latest release or of an earlier one."""
    aggregates = visit.backend.aggregates
    limit = query.limit or visit.backend.settings.page_rows
    after = _CURSOR.read(query, visit.cursors)

    def find(connection: Connection) -> tuple[int, list[FoundAggregate]]:
        week = _week(connection, aggregates, query)
        which = AggregateFilter(week=week, viewer=visit.viewer, cohort=query.team, signal=query.signal)
        return week, aggregates.page(connection, which, after=after, limit=limit + 1)

    week, found = await visit.read(find)
    rows, cursor = _CURSOR.page(
        query, found, cursors=visit.cursors, rows=limit, position=lambda row: (row.cohort, row.signal)
    )
    data: list[Aggregate] = [
        {
            "cohort": row.cohort,
            "name": None if row.cohort == ORGANISATION else row.name or neutral_name(ThingKind.TEAM, row.cohort),
            "parent": row.parent,
            "signal": row.signal,
            "week": week_text(week),
            "as_of": instant_text(row.as_of),
            "suppressed": row.people is None,
            "shown_in": row.shown_in,
            "people": row.people,
            "mean": row.mean,
            "bands": None if row.shares is None else _SHARES.decode(row.shares),
        }
        for row in rows
    ]
    page: AggregatePage = {"data": data, "next_cursor": cursor}
    return answer(request, page, store=True)


def _week(connection: Connection, aggregates: AggregateStore, query: TeamQuery) -> int:
    """The week that is asked for. Raises ProblemError for a week or cohort without a release."""
    if query.as_of == LIVE:
        week = aggregates.latest_week(connection)
        if week is None:
            return 0  # nothing is released yet: no rows
    else:
        week = week_number(query.as_of)
        if not aggregates.has_week(connection, week):
            raise ProblemError(INVALID, [{"parameter": "as_of", "detail": "Nothing is released for this week."}])
    if query.team is not None and not aggregates.has_cohort(connection, query.team):
        raise ProblemError(INVALID, [{"parameter": "team", "detail": "There is no such cohort."}])
    return week
