"""What HR partners do with alerts: acknowledge, snooze, resolve, judge. A change names the version it is based on."""

from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from fastapi import Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy.engine import Connection

from services.api.auth.gate import CurrentVisit, Visit
from services.api.endpoint import Endpoint
from services.api.formats.pages import changed, named_in, tag_of
from services.api.problems.kinds import (
    ALERT_STATE,
    CHANGED_MEANWHILE,
    INVALID,
    NOT_FOUND,
    VERSION_NEEDED,
    ProblemError,
)
from services.api.routes.alerts import EXAMPLE_ALERT, EXAMPLE_RAISED, AlertDetail, AlertParameter, alert_detail
from services.api.routes.positions import people_in
from shared.domain.alerts.state import Acknowledge, AlertAction, IllegalActionError, Judge, Resolve, Snooze, Verdict
from shared.domain.privacy.roles import Mode, Permission
from shared.domain.week import DAY
from shared.storage.alerts.actions import Deed, do
from shared.storage.alerts.rows import StoredAlert

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


_PROBLEMS: Final = (NOT_FOUND, ALERT_STATE, CHANGED_MEANWHILE, VERSION_NEEDED)
_UNTIL: Final = "2026-03-02T08:00:00Z"


def _handled(kind: str, detail: dict[str, Any] | None = None, **changed: Any) -> dict[str, Any]:
    """The example of an alert after somebody handled it."""
    done = {"at": "2026-02-18T10:15:00Z", "kind": kind, "actor": "local_0123456789ab", "detail": detail or {}}
    return EXAMPLE_ALERT | changed | {"history": [EXAMPLE_RAISED, done]}


@Endpoint(
    "POST",
    "/v1/alerts/{alert}/acknowledge",
    id="acknowledgeAlert",
    permission=Permission.HANDLE_ALERTS,
    mode=Mode.CASE,
    summary="Take an alert up",
    tag="alerts",
    model=AlertDetail,
    example=_handled("acknowledged", state="acknowledged"),
    conditional=True,
    problems=_PROBLEMS,
)
async def post_acknowledge(request: Request, alert: AlertParameter, visit: CurrentVisit) -> Response:
    """Say that somebody works on it."""
    return await _perform(request, visit, alert, Acknowledge())


@Endpoint(
    "POST",
    "/v1/alerts/{alert}/snooze",
    id="snoozeAlert",
    permission=Permission.HANDLE_ALERTS,
    mode=Mode.CASE,
    summary="Put an alert aside",
    tag="alerts",
    model=AlertDetail,
    example=_handled("snoozed", {"until": _UNTIL}, state="snoozed", snooze={"until": _UNTIL, "evidence_at": None}),
    conditional=True,
    problems=_PROBLEMS,
)
async def post_snooze(request: Request, alert: AlertParameter, snooze: NewSnooze, visit: CurrentVisit) -> Response:
    """Let it rest until an instant, or until the risk is a quarter higher."""
    return await _perform(request, visit, alert, Snooze(until=_until(snooze.until, now=visit.now)))


@Endpoint(
    "POST",
    "/v1/alerts/{alert}/resolve",
    id="resolveAlert",
    permission=Permission.HANDLE_ALERTS,
    mode=Mode.CASE,
    summary="Be done with an alert",
    tag="alerts",
    model=AlertDetail,
    example=_handled("resolved", state="resolved"),
    conditional=True,
    problems=_PROBLEMS,
)
async def post_resolve(request: Request, alert: AlertParameter, visit: CurrentVisit) -> Response:
    """Close it for good."""
    return await _perform(request, visit, alert, Resolve())


@Endpoint(
    "PUT",
    "/v1/alerts/{alert}/verdict",
    id="judgeAlert",
    permission=Permission.HANDLE_ALERTS,
    mode=Mode.CASE,
    summary="Say what came of an alert",
    tag="alerts",
    model=AlertDetail,
    example=_handled("judged", {"verdict": "helpful"}, verdict="helpful"),
    conditional=True,
    problems=_PROBLEMS,
)
async def put_verdict(request: Request, alert: AlertParameter, judged: NewVerdict, visit: CurrentVisit) -> Response:
    """Keep a verdict, or replace the one before."""
    return await _perform(request, visit, alert, Judge(judged.verdict))


def _until(instant: datetime | None, *, now: int) -> int | None:
    if instant is None:
        return None
    until = int(instant.timestamp())
    if not now < until <= now + LONGEST_SNOOZE_SECONDS:
        days = LONGEST_SNOOZE_SECONDS // DAY
        raise ProblemError(INVALID, [{"parameter": "until", "detail": f"must lie in the next {days} days"}])
    return until


async def _perform(request: Request, visit: Visit, alert: str, action: AlertAction) -> Response:
    """Apply an action if the client has seen the latest version of the alert. Repeating an action changes nothing."""
    if_match = request.headers.get("if-match")
    deed = Deed(alert=alert, action=action, actor=visit.principal.id, at=visit.now)

    def perform(connection: Connection) -> tuple[StoredAlert, AlertDetail] | None:
        def check(row: StoredAlert) -> None:
            if if_match is None:
                raise ProblemError(VERSION_NEEDED)
            if not named_in(if_match, tag_of(msgspec.json.encode(alert_detail(connection, row))), weak=False):
                raise ProblemError(CHANGED_MEANWHILE)

        row = do(connection, deed, viewer=visit.viewer, check=check)
        return None if row is None else (row, alert_detail(connection, row))

    try:
        found = await visit.read_of_people(perform, people=lambda found: people_in([found[0]] if found else []))
    except IllegalActionError:
        raise ProblemError(ALERT_STATE) from None
    if found is None:
        raise ProblemError(NOT_FOUND)
    return changed(found[1], versioned=True)
