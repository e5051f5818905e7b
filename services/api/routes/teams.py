"""GET /v1/teams: aggregates per cohort and signal, from the release table only."""

from typing import Annotated, Final

import msgspec
from fastapi import Depends, FastAPI, Query, Request, Response
from pydantic import Field
from sqlalchemy.engine import Connection

from services.api.auth.gate import Gate, Visit
from services.api.formats.catalogue import SignalName
from services.api.formats.models import Aggregate, AggregatePage
from services.api.formats.pages import Cursor, Key, Paging, PositionText, answer
from services.api.formats.weeks import LIVE, AsOf, instant_text, week_number, week_text
from services.api.openapi.description import documented
from services.api.operations import LIST_TEAMS
from services.api.problems.kinds import INVALID, ProblemError
from shared.storage.engine.rows import Rows
from shared.storage.releases.aggregates import AggregateFilter, AggregateStore

_CURSOR: Final[Cursor[tuple[str, str]]] = Cursor(LIST_TEAMS, tuple[PositionText, PositionText])
_SHARES: Final = msgspec.json.Decoder(dict[str, float])


class TeamQuery(Paging):
    """Filters of the aggregates. There are no others: free filters would let groups be subtracted from each other."""

    team: Annotated[Key | None, Field(description="Only this cohort: a team, or `organisation`.")] = None
    signal: Annotated[SignalName | None, Field(description="Only this signal.")] = None
    as_of: AsOf = LIVE


def register(app: FastAPI, gate: Gate) -> None:
    """Add the operation."""

    @app.get(
        "/v1/teams",
        **documented(LIST_TEAMS, model=AggregatePage, summary="List aggregates of teams", tag="teams"),
    )
    async def list_teams(
        request: Request,
        visit: Annotated[Visit, Depends(gate.permit(LIST_TEAMS))],
        query: Annotated[TeamQuery, Query()],
    ) -> Response:
        limit = query.limit or gate.settings.page_rows
        after = _CURSOR.read(query)

        def find(connection: Connection) -> tuple[int, Rows]:
            week = _week(connection, gate.aggregates, query)
            which = AggregateFilter(week=week, viewer=visit.viewer, cohort=query.team, signal=query.signal)
            return week, gate.aggregates.page(connection, which, after=after, limit=limit + 1)

        week, found = await visit.read(find)
        rows, cursor = _CURSOR.page(query, found, rows=limit, position=lambda row: (row.cohort, row.signal))
        data: list[Aggregate] = [
            {
                "cohort": cohort,
                "name": name,
                "parent": parent,
                "signal": signal,
                "week": week_text(week),
                "as_of": instant_text(as_of),
                "suppressed": people is None,
                "people": people,
                "mean": mean,
                "bands": None if shares is None else _SHARES.decode(shares),
            }
            for cohort, name, parent, signal, as_of, people, mean, shares in rows
        ]
        page: AggregatePage = {"data": data, "next_cursor": cursor}
        return answer(request, page, store=True)


def _week(connection: Connection, aggregates: AggregateStore, query: TeamQuery) -> int:
    """The week asked for. Raises ProblemError for what was never released: there is nothing beside the releases."""
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
