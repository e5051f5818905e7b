"""/v1/webhooks: where named HR partners are told of alerts. Operators set this up; secrets stay in files."""

from typing import Annotated

from fastapi import Depends, FastAPI, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.engine import Connection

from services.api.auth.gate import Gate, Visit
from services.api.formats.alert_models import WebhookList, WebhookModel
from services.api.formats.pages import Key, answer, changed
from services.api.formats.weeks import instant_text
from services.api.openapi.description import documented
from services.api.operations import ADD_WEBHOOK, DISABLE_WEBHOOK, ENABLE_WEBHOOK, LIST_WEBHOOKS, Operation
from services.api.problems.kinds import INVALID, NOT_FOUND, ProblemError
from shared.domain.alerts.webhook_target import ForbiddenTargetError, parse_target
from shared.storage.alerts.webhook_outbox import Disabled, Endpoint, add_endpoint, list_endpoints, switch_endpoint


class NewWebhook(BaseModel):
    """Whom to tell, and where."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    partner: Annotated[Key, Field(description="Person of the directory; told only of what they may read.")]
    url: Annotated[
        str, Field(max_length=2000, description="Public, https, port 443 or 8443.", examples=["https://hr.example/bw"])
    ]


def register(app: FastAPI, gate: Gate) -> None:
    """Add the operations."""
    _register_list_and_add(app, gate)
    for operation, word, on in ((ENABLE_WEBHOOK, "enable", True), (DISABLE_WEBHOOK, "disable", False)):
        _register_switch(app, gate, operation, word, on=on)


def _register_list_and_add(app: FastAPI, gate: Gate) -> None:
    @app.get("/v1/webhooks", **documented(LIST_WEBHOOKS, model=WebhookList, summary="List webhooks", tag="webhooks"))
    async def get_webhooks(request: Request, visit: Annotated[Visit, Depends(gate.permit(LIST_WEBHOOKS))]) -> Response:
        found = await visit.read(list_endpoints)
        body: WebhookList = {"data": [_shown(each) for each in found]}
        return answer(request, body, store=False)

    @app.post(
        "/v1/webhooks",
        **documented(
            ADD_WEBHOOK,
            model=WebhookModel,
            summary="Tell a partner of alerts; put its secret where the signals service looks for it",
            tag="webhooks",
            status=201,
            changes=True,
        ),
    )
    async def post_webhook(new: NewWebhook, visit: Annotated[Visit, Depends(gate.permit(ADD_WEBHOOK))]) -> Response:
        try:
            parse_target(new.url, loopback=gate.settings.webhook_loopback)
        except ForbiddenTargetError as error:
            raise ProblemError(INVALID, [{"parameter": "url", "detail": str(error)}]) from None

        def add(connection: Connection) -> Endpoint:
            partner = gate.pseudonym(new.partner)
            return add_endpoint(connection, person=partner, url=new.url, created_by=visit.principal.id, now=visit.now)

        try:
            endpoint = await visit.write(add)
        except LookupError as error:
            raise ProblemError(INVALID, [{"parameter": "partner", "detail": str(error)}]) from None
        return changed(_shown(endpoint), status=201)


def _register_switch(app: FastAPI, gate: Gate, operation: Operation, word: str, *, on: bool) -> None:
    @app.post(
        f"/v1/webhooks/{{webhook}}/{word}",
        **documented(
            operation, model=WebhookModel, summary=f"{word.title()} a webhook", tag="webhooks", changes=True,
            by_subject=True,
        ),
    )  # fmt: skip
    async def post_switch(
        webhook: Annotated[Key, Path(examples=["wh_0123456789abcdef"])],
        visit: Annotated[Visit, Depends(gate.permit(operation))],
    ) -> Response:
        found = await visit.write(lambda connection: switch_endpoint(connection, webhook, on=on, now=visit.now))
        if found is None:
            raise ProblemError(NOT_FOUND)
        return changed(_shown(found))


def _shown(endpoint: Endpoint) -> WebhookModel:
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
