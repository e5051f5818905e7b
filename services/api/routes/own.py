"""GET /v1/own/readings: what concerns the caller themselves."""

from typing import Annotated, Final

from fastapi import Depends, FastAPI, Query, Request, Response
from pydantic import BaseModel, ConfigDict

from services.api.access import Gate, Visit
from services.api.description import documented
from services.api.models import OwnReading, OwnReadings
from services.api.operations import LIST_OWN_READINGS
from services.api.pages import answer
from services.api.routes.positions import people_of
from services.api.subject_names import subject_text
from services.api.weeks import LIVE, AsOf, instant_text, week_number
from shared.domain.signals import SIGNAL_BY_NAME

# Ten signals with a hundred people: more than anybody works with.
_MOST: Final = 1_000


class OwnReadingsQuery(BaseModel):
    """Which of one's own readings."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    as_of: AsOf = LIVE


def register(app: FastAPI, gate: Gate) -> None:
    """Add the operation."""

    @app.get(
        "/v1/own/readings",
        **documented(LIST_OWN_READINGS, model=OwnReadings, summary="What concerns you yourself", tag="own"),
    )
    async def list_own_readings(
        request: Request,
        visit: Annotated[Visit, Depends(gate.permit(LIST_OWN_READINGS))],
        query: Annotated[OwnReadingsQuery, Query()],
    ) -> Response:
        week = week_number(query.as_of)
        rows = await visit.read_of_people(
            lambda connection: gate.reads.own(connection, week=week, viewer=visit.viewer, limit=_MOST),
            people=lambda rows: people_of((row.first, row.second) for row in rows),
        )
        data: list[OwnReading] = [
            {
                "subject": subject_text(SIGNAL_BY_NAME[signal].kind, *filter(None, (first, second))),
                "people": [person for person in (first, second) if person],
                "signal": signal,
                "value": value,
                "confidence": confidence,
                "band": band,
                "week": query.as_of,
                "as_of": instant_text(as_of),
                "action": action,
            }
            for first, second, signal, value, confidence, band, as_of, action in rows
        ]
        body: OwnReadings = {"data": data}
        return answer(request, body, store=False)
