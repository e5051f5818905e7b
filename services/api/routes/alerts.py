"""/v1/alerts: risks that stood out, for named HR partners, and what these do with them."""

from typing import Annotated, Any, Final

import msgspec
from fastapi import Depends, FastAPI, Path, Query, Request, Response
from pydantic import Field
from sqlalchemy.engine import Connection

from services.api.auth.gate import Gate, Visit
from services.api.formats.alert_models import AlertDetail, AlertEvent, AlertModel, AlertPage
from services.api.formats.pages import Cursor, Key, Paging, PositionText, answer
from services.api.formats.subject_names import subject_text
from services.api.formats.weeks import instant_text, week_text
from services.api.openapi.description import documented
from services.api.operations import LIST_ALERTS, READ_ALERT
from services.api.problems.kinds import NOT_FOUND, ProblemError
from services.api.routes.positions import people_in
from shared.domain.alerts.state import EVIDENCE_RATIO, AlertState, Verdict
from shared.storage.alerts.reads import AlertFilter, AlertPosition, alert_history, find_alert, list_alerts
from shared.storage.alerts.rows import AlertColumns
from shared.storage.engine.rows import Columns, Rows

_CURSOR: Final[Cursor[AlertPosition]] = Cursor(LIST_ALERTS, tuple[int, PositionText])
_DETAIL: Final = msgspec.json.Decoder(dict[str, Any])

AlertParameter = Annotated[Key, Path(examples=["alert_0123456789abcdef01234567"])]


class AlertQuery(Paging):
    """Filters of the alerts."""

    state: Annotated[
        AlertState | None, Field(description="Only these; without it all but those that were suppressed.")
    ] = None
    verdict: Annotated[Verdict | None, Field(description="Only with this verdict.")] = None
    team: Annotated[Key | None, Field(description="Only about people of this team.")] = None
    person: Annotated[Key | None, Field(description="Only chains with this person.")] = None


def register(app: FastAPI, gate: Gate) -> None:
    """Add the reads."""
    _register_list(app, gate)
    _register_read(app, gate)


def _register_list(app: FastAPI, gate: Gate) -> None:
    @app.get(
        "/v1/alerts", **documented(LIST_ALERTS, model=AlertPage, summary="List alerts, the latest first", tag="alerts")
    )
    async def get_alerts(
        request: Request,
        visit: Annotated[Visit, Depends(gate.permit(LIST_ALERTS))],
        query: Annotated[AlertQuery, Query()],
    ) -> Response:
        limit = query.limit or gate.settings.page_rows
        which = AlertFilter(
            state=query.state,
            verdict=query.verdict,
            team=query.team,
            person=None if query.person is None else gate.pseudonym(query.person),
        )
        after = _CURSOR.read(query)

        def find(connection: Connection) -> tuple[Rows, str | None]:
            found = list_alerts(connection, which, viewer=visit.viewer, limit=limit + 1, after=after)
            return _CURSOR.page(query, found, rows=limit, position=_position)

        rows, cursor = await visit.read_of_people(find, people=lambda page: people_in(page[0]))
        page: AlertPage = {"data": [alert_model(row) for row in rows], "next_cursor": cursor}
        return answer(request, page, store=False)


def _register_read(app: FastAPI, gate: Gate) -> None:
    @app.get(
        "/v1/alerts/{alert}",
        **documented(READ_ALERT, model=AlertDetail, summary="An alert with its history", tag="alerts", by_subject=True),
    )
    async def get_alert(
        request: Request, visit: Annotated[Visit, Depends(gate.permit(READ_ALERT))], alert: AlertParameter
    ) -> Response:
        def find(connection: Connection) -> tuple[AlertColumns, AlertDetail] | None:
            row = find_alert(connection, alert, viewer=visit.viewer)
            return None if row is None else (row, alert_detail(connection, row))

        found = await visit.read_of_people(find, people=lambda found: people_in([found[0]] if found else []))
        if found is None:
            raise ProblemError(NOT_FOUND)
        return answer(request, found[1], store=False)


def alert_model(row: AlertColumns) -> AlertModel:
    """An alert as the API shows it.

    Without its threshold: where the budget was spent, that is the risk of somebody whom the viewer may not know of.
    """
    snoozed = row.state == AlertState.SNOOZED
    evidence_at = row.snoozed_value * EVIDENCE_RATIO if snoozed and row.snoozed_value is not None else None
    until = instant_text(row.snoozed_until) if snoozed and row.snoozed_until is not None else None
    return {
        "alert": row.id,
        "fingerprint": row.fingerprint,
        "subject": subject_text("chain", row.first, row.second, row.third),
        "person": row.first,
        "leader": row.second,
        "skip_leader": row.third,
        "signal": row.signal,
        "state": row.state,
        "ended": row.ended,
        "raised_at": instant_text(row.raised_at),
        "week": week_text(row.first_week if row.raised_week is None else row.raised_week),
        "value": row.value,
        "confidence": row.confidence,
        "latest": {"value": row.latest_value, "week": week_text(row.latest_week)},
        "action": row.action,
        "snooze": {"until": until, "evidence_at": evidence_at} if snoozed else None,
        "verdict": row.verdict,
        "model_version": row.model_version,
    }


def alert_detail(connection: Connection, row: AlertColumns) -> AlertDetail:
    """An alert with its history."""
    return {**alert_model(row), "history": [_event(each) for each in alert_history(connection, row.id)]}


def _event(row: Columns) -> AlertEvent:
    detail = _DETAIL.decode(row.detail)
    if "until" in detail:
        detail["until"] = instant_text(detail["until"])
    return {"at": instant_text(row.at), "kind": row.kind, "actor": row.actor or None, "detail": detail}


def _position(row: Columns) -> AlertPosition:
    return row.raised_at, row.id
