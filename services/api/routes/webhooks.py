"""/v1/webhooks: where named HR partners receive messages about alerts. Operators set them up; secrets stay in files."""

from typing import Annotated, Any, Final

from fastapi import Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.engine import Connection
from typing_extensions import TypedDict

from services.api.auth.gate import CurrentVisit, Visit
from services.api.endpoint import Endpoint
from services.api.formats.fields import Instant, PersonKey
from services.api.formats.pages import Key, answer, changed
from services.api.formats.weeks import instant_text
from services.api.problems.kinds import INVALID, NOT_FOUND, ProblemError
from shared.domain.alerts.webhook_target import ForbiddenTargetError, parse_target
from shared.domain.privacy.roles import Permission
from shared.storage.alerts import webhook_outbox as outbox
from shared.storage.alerts.webhook_outbox import Disabled

WebhookParameter = Annotated[Key, Path(examples=["wh_0123456789abcdef"])]


class NewWebhook(BaseModel):
    """Whom to tell, and where."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    partner: Annotated[Key, Field(description="Person of the directory; told only of what they may read.")]
    url: Annotated[
        str, Field(max_length=2000, description="Public, https, port 443 or 8443.", examples=["https://hr.example/bw"])
    ]


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


_EXAMPLE: Final[dict[str, Any]] = {
    "webhook": "wh_0123456789abcdef", "partner": "joan", "url": "https://hr.example/bellwether", "enabled": True,
    "disabled_because": None, "created_at": "2026-02-02T09:00:00Z", "created_by": "local_0123456789ab",
}  # fmt: skip


@Endpoint(
    "GET",
    "/v1/webhooks",
    id="listWebhooks",
    permission=Permission.MANAGE_WEBHOOKS,
    summary="List webhooks",
    tag="webhooks",
    model=WebhookList,
    example={"data": [_EXAMPLE]},
)
async def get_webhooks(request: Request, visit: CurrentVisit) -> Response:
    """Every webhook, with whether it is enabled."""
    found = await visit.read(outbox.list_endpoints)
    body: WebhookList = {"data": [_shown(each) for each in found]}
    return answer(request, body, store=False)


@Endpoint(
    "POST",
    "/v1/webhooks",
    id="addWebhook",
    permission=Permission.MANAGE_WEBHOOKS,
    summary="Tell a partner of alerts; put its secret where the signals service looks for it",
    tag="webhooks",
    model=WebhookModel,
    example=_EXAMPLE,
    status=201,
)
async def post_webhook(new: NewWebhook, visit: CurrentVisit) -> Response:
    """Add a webhook. Its secret is a file that the command line writes."""
    backend = visit.backend
    try:
        parse_target(new.url, loopback=backend.settings.webhook_loopback)
    except ForbiddenTargetError as error:
        raise ProblemError(INVALID, [{"parameter": "url", "detail": str(error)}]) from None

    def add(connection: Connection) -> outbox.Endpoint:
        partner = backend.pseudonym(new.partner)
        return outbox.add_endpoint(
            connection, person=partner, url=new.url, created_by=visit.principal.id, now=visit.now
        )

    try:
        made = await visit.write(add)
    except LookupError as error:
        raise ProblemError(INVALID, [{"parameter": "partner", "detail": str(error)}]) from None
    return changed(_shown(made), status=201)


@Endpoint(
    "POST",
    "/v1/webhooks/{webhook}/enable",
    id="enableWebhook",
    permission=Permission.MANAGE_WEBHOOKS,
    summary="Enable a webhook",
    tag="webhooks",
    model=WebhookModel,
    example=_EXAMPLE,
    problems=(NOT_FOUND,),
)
async def post_enable(webhook: WebhookParameter, visit: CurrentVisit) -> Response:
    """Send messages to it from now on."""
    return await _switch(visit, webhook, on=True)


@Endpoint(
    "POST",
    "/v1/webhooks/{webhook}/disable",
    id="disableWebhook",
    permission=Permission.MANAGE_WEBHOOKS,
    summary="Disable a webhook",
    tag="webhooks",
    model=WebhookModel,
    example=_EXAMPLE | {"enabled": False, "disabled_because": "by-operator"},
    problems=(NOT_FOUND,),
)
async def post_disable(webhook: WebhookParameter, visit: CurrentVisit) -> Response:
    """Send nothing more to it, and drop what waits for it."""
    return await _switch(visit, webhook, on=False)


async def _switch(visit: Visit, webhook: str, *, on: bool) -> Response:
    found = await visit.write(lambda connection: outbox.switch_endpoint(connection, webhook, on=on, now=visit.now))
    if found is None:
        raise ProblemError(NOT_FOUND)
    return changed(_shown(found))


def _shown(endpoint: outbox.Endpoint) -> WebhookModel:
    because = endpoint.disabled_because
    return {
        "webhook": endpoint.id,
        "partner": endpoint.person,
        "url": endpoint.url,
        "enabled": endpoint.disabled_at is None,
        "disabled_because": None if because is None else Disabled(because),
        "created_at": instant_text(endpoint.created_at),
        "created_by": endpoint.created_by,
    }
