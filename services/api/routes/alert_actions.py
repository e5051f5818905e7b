"""What HR partners do with alerts: acknowledge, snooze, resolve, judge. Conditional, so that nobody is overwritten."""

from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from fastapi import Depends, FastAPI, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy.engine import Connection

from services.api.auth.gate import Gate, Visit
from services.api.formats.alert_models import AlertDetail
from services.api.formats.pages import changed, named_in, tag_of
from services.api.openapi.description import documented
from services.api.operations import ACKNOWLEDGE_ALERT, JUDGE_ALERT, RESOLVE_ALERT, SNOOZE_ALERT, Operation
from services.api.problems.kinds import (
    ALERT_STATE,
    CHANGED_MEANWHILE,
    INVALID,
    NOT_FOUND,
    VERSION_NEEDED,
    ProblemError,
)
from services.api.routes.alerts import AlertParameter, alert_detail
from services.api.routes.positions import people_in
from shared import topics
from shared.domain.alerts.state import Acknowledge, AlertAction, IllegalActionError, Judge, Resolve, Snooze, Verdict
from shared.domain.week import DAY
from shared.storage.alerts.actions import Deed, do
from shared.storage.alerts.rows import AlertColumns

LONGEST_SNOOZE_SECONDS: Final = 90 * DAY
"""Whoever wants an alert to be quiet for longer resolves it."""


class NewSnooze(BaseModel):
    """For how long."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    until: Annotated[
        AwareDatetime | None, Field(description="Wakes then; without it, once the risk is a quarter higher.")
    ] = None


class NewVerdict(BaseModel):
    """What came of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    verdict: Verdict


def register(app: FastAPI, gate: Gate) -> None:
    """Add the operations."""
    _register_plain(app, gate)
    _register_with_body(app, gate)


def _register_plain(app: FastAPI, gate: Gate) -> None:
    @app.post("/v1/alerts/{alert}/acknowledge", **_documented(ACKNOWLEDGE_ALERT, "Take an alert up"))
    async def post_acknowledge(
        request: Request, alert: AlertParameter, visit: Annotated[Visit, Depends(gate.permit(ACKNOWLEDGE_ALERT))]
    ) -> Response:
        return await _perform(request, gate, visit, alert, Acknowledge())

    @app.post("/v1/alerts/{alert}/resolve", **_documented(RESOLVE_ALERT, "Be done with an alert"))
    async def post_resolve(
        request: Request, alert: AlertParameter, visit: Annotated[Visit, Depends(gate.permit(RESOLVE_ALERT))]
    ) -> Response:
        return await _perform(request, gate, visit, alert, Resolve())


def _register_with_body(app: FastAPI, gate: Gate) -> None:
    @app.post("/v1/alerts/{alert}/snooze", **_documented(SNOOZE_ALERT, "Put an alert aside"))
    async def post_snooze(
        request: Request,
        alert: AlertParameter,
        snooze: NewSnooze,
        visit: Annotated[Visit, Depends(gate.permit(SNOOZE_ALERT))],
    ) -> Response:
        return await _perform(request, gate, visit, alert, Snooze(until=_until(snooze.until, now=visit.now)))

    @app.put("/v1/alerts/{alert}/verdict", **_documented(JUDGE_ALERT, "Say what came of an alert"))
    async def put_verdict(
        request: Request,
        alert: AlertParameter,
        judged: NewVerdict,
        visit: Annotated[Visit, Depends(gate.permit(JUDGE_ALERT))],
    ) -> Response:
        return await _perform(request, gate, visit, alert, Judge(judged.verdict))


def _documented(operation: Operation, summary: str) -> dict[str, Any]:
    return documented(
        operation,
        model=AlertDetail,
        summary=summary,
        tag="alerts",
        by_subject=True,
        changes=True,
        conditional=True,
        problems=(ALERT_STATE, CHANGED_MEANWHILE, VERSION_NEEDED),
    )


def _until(instant: datetime | None, *, now: int) -> int | None:
    if instant is None:
        return None
    until = int(instant.timestamp())
    if not now < until <= now + LONGEST_SNOOZE_SECONDS:
        days = LONGEST_SNOOZE_SECONDS // DAY
        raise ProblemError(INVALID, [{"parameter": "until", "detail": f"must lie in the next {days} days"}])
    return until


async def _perform(request: Request, gate: Gate, visit: Visit, alert: str, action: AlertAction) -> Response:
    """Apply an action where the client has seen the alert as it is. An action that has been applied is not again."""
    if_match = request.headers.get("if-match")
    deed = Deed(alert=alert, action=action, actor=visit.principal.id, at=visit.now)
    topic = gate.settings.topic(topics.ALERTS.name)

    def perform(connection: Connection) -> tuple[AlertColumns, AlertDetail] | None:
        def check(row: AlertColumns) -> None:
            if if_match is None:
                raise ProblemError(VERSION_NEEDED)
            if not named_in(if_match, tag_of(msgspec.json.encode(alert_detail(connection, row))), weak=False):
                raise ProblemError(CHANGED_MEANWHILE)

        row = do(connection, deed, viewer=visit.viewer, topic=topic, check=check)
        return None if row is None else (row, alert_detail(connection, row))

    try:
        found = await visit.read_of_people(perform, people=lambda found: people_in([found[0]] if found else []))
    except IllegalActionError:
        raise ProblemError(ALERT_STATE) from None
    if found is None:
        raise ProblemError(NOT_FOUND)
    return changed(found[1], versioned=True)
