"""What the API answers about alerts and webhooks."""

from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from services.api.formats.models import Confidence, Instant, NextCursor, PersonKey, SubjectText, Week
from shared.domain.alerts.state import AlertState, Ended, Verdict
from shared.storage.alerts.webhook_outbox import Disabled

AlertId = Annotated[str, Field(description="Opaque: tells nothing about whom it is.")]


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


class WebhookModel(TypedDict):
    """Where a partner is told of alerts."""

    webhook: str
    partner: PersonKey
    url: str
    enabled: bool
    disabled_because: Disabled | None
    created_at: Instant
    created_by: str


class WebhookList(TypedDict):
    """Webhooks, oldest first."""

    data: list[WebhookModel]
