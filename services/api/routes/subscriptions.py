"""/v1/subscriptions: what tools are told of: releases, finished imports, silent sources. Never of anybody's alerts."""

from typing import Annotated, Any, Final

from fastapi import Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.engine import Connection
from typing_extensions import TypedDict

from services.api.auth.gate import CurrentVisit, Visit
from services.api.endpoint import Endpoint
from services.api.formats.fields import Instant
from services.api.formats.pages import Key, answer, changed
from services.api.formats.weeks import instant_text
from services.api.problems.kinds import NO_WEBHOOK_KEY, NOT_FOUND, TOO_MANY_WEBHOOKS, ProblemError
from services.api.routes.receivers import EXAMPLE_KEYS, EXAMPLE_URL, Keys, Url, add, checked_url, keys_of
from shared.domain.alerts.subscription_events import SubscriptionEvent
from shared.domain.privacy.roles import Permission, Role
from shared.storage.alerts import endpoints
from shared.storage.alerts.endpoints import Disabled, Owner

SubscriptionParameter = Annotated[Key, Path(examples=["wh_0123456789abcdef"])]


class NewSubscription(BaseModel):
    """Of what to tell, and where."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Url
    events: Annotated[frozenset[SubscriptionEvent], Field(min_length=1, description="Of what to tell.")]


class SubscriptionModel(TypedDict):
    """Where a tool is told of what the program did."""

    subscription: str
    url: str
    events: list[SubscriptionEvent]
    enabled: bool
    disabled_because: Disabled | None
    created_at: Instant
    created_by: Annotated[str, Field(description="Id of the credential.")]
    delivered_at: Annotated[Instant | None, Field(description="When a message last arrived.")]
    failed_at: Annotated[Instant | None, Field(description="When an attempt last failed, if none arrived since.")]


class NewSubscriptionModel(SubscriptionModel, Keys):
    """One just made, or with a new secret."""


class SubscriptionList(TypedDict):
    """Subscriptions, oldest first: one's own, or all for operators."""

    data: list[SubscriptionModel]


_EXAMPLE: Final[dict[str, Any]] = {
    "subscription": "wh_0123456789abcdef", "url": EXAMPLE_URL, "events": ["release.published"], "enabled": True,
    "disabled_because": None, "created_at": "2026-02-02T09:00:00Z", "created_by": "local_0123456789ab",
    "delivered_at": "2026-02-03T09:00:00Z", "failed_at": None,
}  # fmt: skip


@Endpoint(
    "GET",
    "/v1/subscriptions",
    id="listSubscriptions",
    permission=Permission.SUBSCRIBE,
    summary="List subscriptions",
    tag="subscriptions",
    model=SubscriptionList,
    example={"data": [_EXAMPLE]},
)
async def get_subscriptions(request: Request, visit: CurrentVisit) -> Response:
    """Those of this credential, or every one for operators."""
    owner = _seen(visit)
    found = await visit.read(lambda connection: endpoints.list_endpoints(connection, owner))
    body: SubscriptionList = {"data": [_shown(each) for each in found]}
    return answer(request, body, store=False)


@Endpoint(
    "POST",
    "/v1/subscriptions",
    id="addSubscription",
    permission=Permission.SUBSCRIBE,
    summary="Tell a tool of what the program did; shows the secret, once",
    tag="subscriptions",
    model=NewSubscriptionModel,
    example=_EXAMPLE | EXAMPLE_KEYS,
    status=201,
    problems=(NO_WEBHOOK_KEY, TOO_MANY_WEBHOOKS),
)
async def post_subscription(new: NewSubscription, visit: CurrentVisit) -> Response:
    """What happens from now on. Nothing of it is about a person."""
    url, by = checked_url(visit, new.url), visit.principal.id

    def make(connection: Connection) -> endpoints.Endpoint:
        return endpoints.add_subscription(connection, url=url, events=new.events, by=by, now=visit.now)

    made = await add(visit, make)
    return changed({**_shown(made), **keys_of(visit, made)}, status=201)


@Endpoint(
    "POST",
    "/v1/subscriptions/{subscription}/rotate",
    id="rotateSubscription",
    permission=Permission.SUBSCRIBE,
    summary="Replace the secret; shows the new one, once",
    tag="subscriptions",
    model=NewSubscriptionModel,
    example=_EXAMPLE | EXAMPLE_KEYS,
    problems=(NOT_FOUND, NO_WEBHOOK_KEY),
)
async def post_rotate(subscription: SubscriptionParameter, visit: CurrentVisit) -> Response:
    """The secret before signs as well until it is replaced again."""
    owner = _seen(visit)
    found = await visit.write(lambda connection: endpoints.replace_secret(connection, subscription, owner))
    if found is None:
        raise ProblemError(NOT_FOUND)
    return changed({**_shown(found), **keys_of(visit, found)})


@Endpoint(
    "POST",
    "/v1/subscriptions/{subscription}/enable",
    id="enableSubscription",
    permission=Permission.SUBSCRIBE,
    summary="Tell a tool again, after its receiver answered 410",
    tag="subscriptions",
    model=SubscriptionModel,
    example=_EXAMPLE,
    problems=(NOT_FOUND,),
)
async def post_enable(subscription: SubscriptionParameter, visit: CurrentVisit) -> Response:
    """Of what happens from now on."""
    owner = _seen(visit)
    found = await visit.write(lambda connection: endpoints.enable(connection, subscription, owner))
    if found is None:
        raise ProblemError(NOT_FOUND)
    return changed(_shown(found))


@Endpoint(
    "POST",
    "/v1/subscriptions/{subscription}/remove",
    id="removeSubscription",
    permission=Permission.SUBSCRIBE,
    summary="Tell a tool no more",
    tag="subscriptions",
    model=SubscriptionModel,
    example=_EXAMPLE | {"enabled": False, "disabled_because": "removed"},
    problems=(NOT_FOUND,),
)
async def post_remove(subscription: SubscriptionParameter, visit: CurrentVisit) -> Response:
    """It is gone from the list at once, and what waits for it is dropped."""
    owner = _seen(visit)
    found = await visit.write(lambda connection: endpoints.remove(connection, subscription, owner, now=visit.now))
    if found is None:
        raise ProblemError(NOT_FOUND)
    return changed(_shown(found))


def _seen(visit: Visit) -> Owner:
    """Whose: those of this credential; operators see all of tools."""
    return Owner() if Role.OPERATOR in visit.principal.roles else Owner(credential=visit.principal.id)


def _shown(endpoint: endpoints.Endpoint) -> SubscriptionModel:
    because = endpoint.disabled_because
    return {
        "subscription": endpoint.id,
        "url": endpoint.url,
        "events": [SubscriptionEvent(each) for each in endpoint.events.split()],
        "enabled": endpoint.disabled_at is None,
        "disabled_because": None if because is None else Disabled(because),
        "created_at": instant_text(endpoint.created_at),
        "created_by": endpoint.created_by,
        "delivered_at": None if endpoint.delivered_at is None else instant_text(endpoint.delivered_at),
        "failed_at": None if endpoint.failed_at is None else instant_text(endpoint.failed_at),
    }
