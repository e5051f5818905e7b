"""GET /v1/teams: aggregates per cohort and signal, from released cells only."""

from typing import Annotated, Final

import msgspec
from fastapi import Depends, FastAPI, Query, Request, Response
from pydantic import Field

from services.api.access import Gate, Visit
from services.api.catalogue import SignalName
from services.api.description import documented
from services.api.models import Aggregate, AggregatePage
from services.api.operations import LIST_TEAMS
from services.api.pages import Cursor, Key, Paging, PositionText, answer
from services.api.weeks import LIVE, AsOf, instant_text, week_number

# As exported to Prometheus: an exact count tells who joined or left.
_PEOPLE_STEP: Final = 5
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
        found = await visit.read(
            lambda connection: gate.reads.cells(
                connection,
                viewer=visit.viewer,
                week=week_number(query.as_of),
                least=gate.least_people(visit.caller),
                cohort=query.team,
                signal=query.signal,
                after=after,
                limit=limit + 1,
            )
        )
        rows, cursor = _CURSOR.page(query, found, rows=limit, position=lambda row: (row.cohort, row.signal))
        aggregates: list[Aggregate] = [
            {
                "cohort": cohort,
                "name": name,
                "parent": parent,
                "signal": signal,
                "week": query.as_of,
                "as_of": instant_text(as_of),
                "suppressed": people is None,
                "people": None if people is None else people // _PEOPLE_STEP * _PEOPLE_STEP,
                "mean": mean,
                "bands": None if shares is None else _SHARES.decode(shares),
            }
            for cohort, name, parent, signal, as_of, people, mean, shares in rows
        ]
        page: AggregatePage = {"data": aggregates, "next_cursor": cursor}
        return answer(request, page, store=True)
