"""GET /v1/relationships: readings of pairs, worst first."""

from typing import Annotated, Final

from fastapi import Depends, FastAPI, Query, Request, Response
from pydantic import Field

from services.api.auth.gate import Gate, Visit
from services.api.formats.catalogue import PairBand, PairSignalName
from services.api.formats.models import Relationship, RelationshipPage
from services.api.formats.pages import Cursor, Key, Paging, answer
from services.api.formats.subject_names import subject_text
from services.api.formats.weeks import LIVE, AsOf, instant_text, week_number
from services.api.openapi.description import documented
from services.api.operations import LIST_RELATIONSHIPS
from services.api.routes.positions import Position, people_leading, position_of
from shared.domain.signals import SIGNAL_BY_NAME
from shared.domain.signals.relationship_health import RELATIONSHIP_HEALTH
from shared.storage.readings.queries import ReadingFilter, ReadingPosition

_CURSOR: Final[Cursor[ReadingPosition]] = Cursor(LIST_RELATIONSHIPS, Position)


class RelationshipQuery(Paging):
    """Filters of the relationships."""

    signal: Annotated[PairSignalName, Field(description="Which signal.")] = RELATIONSHIP_HEALTH.name
    band: Annotated[PairBand | None, Field(description="Only readings in this band of the signal.")] = None
    team: Annotated[Key | None, Field(description="Only pairs with a member of this team.")] = None
    person: Annotated[Key | None, Field(description="Only pairs with this person.")] = None
    as_of: AsOf = LIVE


def register(app: FastAPI, gate: Gate) -> None:
    """Add the operation."""

    @app.get(
        "/v1/relationships",
        **documented(
            LIST_RELATIONSHIPS, model=RelationshipPage, summary="List relationships, worst first", tag="readings",
        ),
    )  # fmt: skip
    async def list_relationships(
        request: Request,
        visit: Annotated[Visit, Depends(gate.permit(LIST_RELATIONSHIPS))],
        query: Annotated[RelationshipQuery, Query()],
    ) -> Response:
        limit = query.limit or gate.settings.page_rows
        which = ReadingFilter(
            signal=query.signal,
            week=week_number(query.as_of),
            worst_is_least=SIGNAL_BY_NAME[query.signal].bands.descending,
            chain=False,
            band=query.band,
            team=query.team,
            person=gate.pseudonym(query.person) if query.person else None,
        )
        after = _CURSOR.read(query)
        rows, cursor = await visit.read_of_people(
            lambda connection: _CURSOR.page(
                query,
                gate.reads.readings(connection, which, viewer=visit.viewer, after=after, limit=limit + 1),
                rows=limit,
                position=position_of,
            ),
            people=lambda page: people_leading(page[0]),
        )
        data: list[Relationship] = [
            {
                "subject": subject_text("pair", first, second),
                "people": [first, second],
                "signal": query.signal,
                "value": value,
                "confidence": confidence,
                "band": band,
                "week": query.as_of,
                "as_of": instant_text(as_of),
                "action": action,
            }
            for first, second, _, value, confidence, band, as_of, action in rows
        ]
        page: RelationshipPage = {"data": data, "next_cursor": cursor}
        return answer(request, page, store=False)
