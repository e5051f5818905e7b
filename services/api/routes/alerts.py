"""GET /v1/alerts and /v1/alerts/{alert}: risks that stood out, for named HR partners."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

import msgspec
from fastapi import Path, Query, Request, Response
from pydantic import Field
from sqlalchemy.engine import Connection
from typing_extensions import TypedDict

from services.api.auth.gate import CurrentVisit
from services.api.endpoint import Endpoint
from services.api.formats.fields import (
    EXAMPLE_AS_OF,
    EXAMPLE_CHAIN,
    Confidence,
    Instant,
    NextCursor,
    PersonKey,
    SubjectText,
    Week,
)
from services.api.formats.pages import Cursor, Key, Paging, PositionText, answer
from services.api.formats.subject_names import subject_text
from services.api.formats.weeks import instant_text, week_text
from services.api.problems.kinds import NOT_FOUND, ProblemError
from services.api.routes.positions import people_in
from shared.domain.alerts.state import EVIDENCE_RATIO, AlertState, Ended, Verdict
from shared.domain.privacy.roles import Mode, Permission
from shared.storage.alerts.reads import AlertFilter, AlertPosition, alert_history, find_alert, list_alerts
from shared.storage.alerts.rows import StoredAlert, StoredEvent

_CURSOR: Final[Cursor[AlertPosition]] = Cursor("listAlerts", tuple[int, PositionText])
_DETAIL: Final = msgspec.json.Decoder(dict[str, Any])

AlertParameter = Annotated[Key, Path(examples=["alert_0123456789abcdef01234567"])]
AlertId = Annotated[str, Field(description="Opaque: tells nothing about whom it is.")]


class AlertQuery(Paging):
    """Filters of the alerts."""

    state: Annotated[
        AlertState | None, Field(description="Only these; without it all but those that were suppressed.")
    ] = None
    verdict: Annotated[Verdict | None, Field(description="Only with this verdict.")] = None
    team: Annotated[Key | None, Field(description="Only about people of this team.")] = None
    person: Annotated[Key | None, Field(description="Only chains with this person.")] = None


class LatestRisk(TypedDict):
    """The risk in the last closed week that the alert stood in."""

    value: Annotated[float, Field(ge=0, le=1, description="Probability.")]
    week: Week


class SnoozeModel(TypedDict):
    """How long an alert sleeps: until an instant, or until the risk reaches a value."""

    until: Instant | None
    evidence_at: Annotated[float | None, Field(description="Risk at which it wakes, as new evidence.")]


class AlertModel(TypedDict):
    """An alert about a chain: a risk that stood out in a closed week."""

    alert: AlertId
    fingerprint: Annotated[str, Field(description="The same for every alert about this chain and signal.")]
    subject: SubjectText
    person: PersonKey
    leader: PersonKey
    skip_leader: Annotated[str, Field(description="The leader's leader.")]
    signal: str
    state: AlertState
    ended: Annotated[Ended | None, Field(description="Why the rule does not stand by it any more.")]
    raised_at: Annotated[Instant, Field(description="End of the week in which it was raised.")]
    week: Week
    value: Annotated[float, Field(ge=0, le=1, description="Probability when it was raised.")]
    confidence: Confidence
    latest: LatestRisk
    action: Annotated[str, Field(description="Key of the suggested action; the evidence has it in words.")]
    snooze: SnoozeModel | None
    verdict: Verdict | None
    model_version: str


class AlertPage(TypedDict):
    """Alerts, the latest first."""

    data: list[AlertModel]
    next_cursor: NextCursor


class AlertEvent(TypedDict):
    """Something that happened to an alert."""

    at: Annotated[Instant, Field(description="Event time for what the rule found, clock time for what people did.")]
    kind: Annotated[str, Field(description="`raised`, `cleared`, `acknowledged`, `judged`, ...")]
    actor: Annotated[str | None, Field(description="Id of the credential; null for the rule and the clock.")]
    detail: dict[str, Any]


class AlertDetail(AlertModel):
    """An alert with its whole history, oldest first."""

    history: list[AlertEvent]


EXAMPLE_ALERT: Final[dict[str, Any]] = {
    "alert": "alert_0123456789abcdef01234567", "fingerprint": "0123456789abcdef0123456789abcdef",
    **EXAMPLE_CHAIN, "signal": "escalation_risk_14d", "state": "open", "ended": None, "raised_at": EXAMPLE_AS_OF,
    "week": "2026-W07", "value": 0.14, "confidence": 0.75,
    "latest": {"value": 0.14, "week": "2026-W07"}, "action": "close_the_loop", "snooze": None, "verdict": None,
    "model_version": "1",
}  # fmt: skip
EXAMPLE_RAISED: Final[dict[str, Any]] = {
    "at": EXAMPLE_AS_OF, "kind": "raised", "actor": None, "detail": {"value": 0.14},
}  # fmt: skip


@Endpoint(
    "GET",
    "/v1/alerts",
    id="listAlerts",
    permission=Permission.HANDLE_ALERTS,
    mode=Mode.CASE,
    summary="List alerts, the latest first",
    tag="alerts",
    model=AlertPage,
    example={"data": [EXAMPLE_ALERT], "next_cursor": None},
)
async def get_alerts(request: Request, visit: CurrentVisit, query: Annotated[AlertQuery, Query()]) -> Response:
    """The page that is asked for."""
    limit = query.limit or visit.backend.settings.page_rows
    which = AlertFilter(
        state=query.state,
        verdict=query.verdict,
        team=query.team,
        person=None if query.person is None else visit.backend.pseudonym(query.person),
    )
    after = _CURSOR.read(query, visit.cursors)

    def find(connection: Connection) -> tuple[Sequence[StoredAlert], str | None]:
        found = list_alerts(connection, which, viewer=visit.viewer, limit=limit + 1, after=after)
        return _CURSOR.page(query, found, cursors=visit.cursors, rows=limit, position=_position)

    rows, cursor = await visit.read_of_people(find, people=lambda page: people_in(page[0]))
    page: AlertPage = {"data": [alert_model(row) for row in rows], "next_cursor": cursor}
    return answer(request, page, store=False)


@Endpoint(
    "GET",
    "/v1/alerts/{alert}",
    id="readAlert",
    permission=Permission.HANDLE_ALERTS,
    mode=Mode.CASE,
    summary="An alert with its history",
    tag="alerts",
    model=AlertDetail,
    example=EXAMPLE_ALERT | {"history": [EXAMPLE_RAISED]},
    problems=(NOT_FOUND,),
)
async def get_alert(request: Request, visit: CurrentVisit, alert: AlertParameter) -> Response:
    """One alert."""

    def find(connection: Connection) -> tuple[StoredAlert, AlertDetail] | None:
        row = find_alert(connection, alert, viewer=visit.viewer)
        return None if row is None else (row, alert_detail(connection, row))

    found = await visit.read_of_people(find, people=lambda found: people_in([found[0]] if found else []))
    if found is None:
        raise ProblemError(NOT_FOUND)
    return answer(request, found[1], store=False)


def alert_model(row: StoredAlert) -> AlertModel:
    """An alert as the API shows it.

    The threshold is left out. Where the budget was spent, it is the risk of another person, who may be hidden from the
    viewer.
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
        "state": AlertState(row.state),
        "ended": Ended(row.ended) if row.ended else None,
        "raised_at": instant_text(row.raised_at),
        "week": week_text(row.first_week if row.raised_week is None else row.raised_week),
        "value": row.value,
        "confidence": row.confidence,
        "latest": {"value": row.latest_value, "week": week_text(row.latest_week)},
        "action": row.action,
        "snooze": {"until": until, "evidence_at": evidence_at} if snoozed else None,
        "verdict": Verdict(row.verdict) if row.verdict else None,
        "model_version": row.model_version,
    }


def alert_detail(connection: Connection, row: StoredAlert) -> AlertDetail:
    """An alert with its history."""
    return {**alert_model(row), "history": [_event(each) for each in alert_history(connection, row.id)]}


def _event(row: StoredEvent) -> AlertEvent:
    detail = _DETAIL.decode(row.detail)
    if "until" in detail:
        detail["until"] = instant_text(detail["until"])
    return {"at": instant_text(row.at), "kind": row.kind, "actor": row.actor or None, "detail": detail}


def _position(row: StoredAlert) -> AlertPosition:
    return row.raised_at, row.id
