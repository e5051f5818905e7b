"""GET /v1/escalation-risks: chains, highest risk first."""

from typing import Annotated, Final, Literal

from fastapi import Depends, FastAPI, Query, Request, Response
from pydantic import BeforeValidator, Field

from services.api.auth.gate import Gate, Visit
from services.api.formats.catalogue import RISK_BY_HORIZON, RiskBand
from services.api.formats.models import EscalationRisk, EscalationRiskPage
from services.api.formats.pages import Cursor, Key, Paging, answer
from services.api.formats.subject_names import subject_text
from services.api.formats.weeks import LIVE, AsOf, instant_text, week_number
from services.api.openapi.description import documented
from services.api.operations import LIST_ESCALATION_RISKS
from services.api.routes.positions import Position, people_leading, position_of
from shared.storage.readings.queries import ReadingFilter, ReadingPosition

_CURSOR: Final[Cursor[ReadingPosition]] = Cursor(LIST_ESCALATION_RISKS, Position)


class EscalationRiskQuery(Paging):
    """Filters of the escalation risks."""

    horizon: Annotated[Literal[14, 28], BeforeValidator(int), Field(description="Days ahead.")] = 14
    band: Annotated[RiskBand | None, Field(description="Only this band.")] = None
    team: Annotated[Key | None, Field(description="Only people of this team.")] = None
    min_value: Annotated[float | None, Field(ge=0, le=1, description="Only this probability and higher.")] = None
    as_of: AsOf = LIVE


def register(app: FastAPI, gate: Gate) -> None:
    """Add the operation."""

    @app.get(
        "/v1/escalation-risks",
        **documented(
            LIST_ESCALATION_RISKS, model=EscalationRiskPage, summary="List escalation risks, highest first",
            tag="readings",
        ),
    )  # fmt: skip
    async def list_escalation_risks(
        request: Request,
        visit: Annotated[Visit, Depends(gate.permit(LIST_ESCALATION_RISKS))],
        query: Annotated[EscalationRiskQuery, Query()],
    ) -> Response:
        limit = query.limit or gate.settings.page_rows
        signal = RISK_BY_HORIZON[query.horizon]
        which = ReadingFilter(
            signal=signal.name,
            week=week_number(query.as_of),
            worst_is_least=signal.bands.descending,
            chain=True,
            band=query.band,
            team=query.team,
            min_value=query.min_value,
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
        data: list[EscalationRisk] = [
            {
                "subject": subject_text("chain", person, leader, skip_leader),
                "person": person,
                "leader": leader,
                "skip_leader": skip_leader,
                "horizon_days": query.horizon,
                "signal": signal.name,
                "value": value,
                "confidence": confidence,
                "band": band,
                "week": query.as_of,
                "as_of": instant_text(as_of),
                "action": action,
            }
            for person, leader, skip_leader, value, confidence, band, as_of, action in rows
        ]
        page: EscalationRiskPage = {"data": data, "next_cursor": cursor}
        return answer(request, page, store=False)
