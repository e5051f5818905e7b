"""GET /v1/own/readings and /v1/own/audit: what concerns the caller themselves, and who looked at it."""

from typing import Annotated, Final

from fastapi import Depends, FastAPI, Query, Request, Response
from pydantic import BaseModel, ConfigDict

from services.api.auth.gate import Gate, Visit
from services.api.formats.models import Look, OwnAudit, OwnReading, OwnReadings
from services.api.formats.pages import answer
from services.api.formats.subject_names import subject_text
from services.api.formats.weeks import LIVE, AsOf, instant_text, week_number
from services.api.openapi.description import documented
from services.api.operations import LIST_OWN_AUDIT, LIST_OWN_READINGS
from services.api.problems.kinds import FORBIDDEN, ProblemError
from services.api.routes.positions import people_of
from shared.domain.signals import SIGNAL_BY_NAME
from shared.storage.access.audit import looks_at

# Ten signals with a hundred people: more than anybody works with.
_MOST: Final = 1_000


class OwnReadingsQuery(BaseModel):
    """Which of one's own readings."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    as_of: AsOf = LIVE


def register(app: FastAPI, gate: Gate) -> None:
    """Add both operations."""
    _register_readings(app, gate)
    _register_audit(app, gate)


def _register_readings(app: FastAPI, gate: Gate) -> None:
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


def _register_audit(app: FastAPI, gate: Gate) -> None:
    @app.get(
        "/v1/own/audit",
        **documented(LIST_OWN_AUDIT, model=OwnAudit, summary="Who read about you, latest first", tag="own"),
    )
    async def list_own_audit(
        request: Request, visit: Annotated[Visit, Depends(gate.permit(LIST_OWN_AUDIT))]
    ) -> Response:
        person = visit.principal.person
        if person is None:
            raise ProblemError(FORBIDDEN)
        rows = await visit.read(lambda connection: looks_at(connection, person, limit=_MOST))
        data: list[Look] = [
            {
                "at": instant_text(at),
                "reader": reader,
                "operation": operation,
                "purpose": purpose,
                "rows": count,
            }
            # Without the number of the entry: a gap would tell what was found about others.
            for _, at, reader, operation, purpose, count in rows
        ]
        body: OwnAudit = {"data": data}
        return answer(request, body, store=False)
