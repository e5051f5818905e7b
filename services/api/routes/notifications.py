"""/v1/notifications: where an HR partner is told, once a week, that their list changed. Everybody sets up their own."""

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
from services.api.problems.kinds import FORBIDDEN, NO_WEBHOOK_KEY, NOT_FOUND, TOO_MANY_WEBHOOKS, ProblemError
from services.api.routes.receivers import EXAMPLE_KEYS, EXAMPLE_URL, Keys, Url, add, checked_url, keys_of
from shared.domain.alerts.notification_week import Notify, sending_instant
from shared.domain.privacy.roles import Permission, Role
from shared.domain.week import DAY
from shared.storage.alerts import endpoints
from shared.storage.alerts.endpoints import Disabled, Owner

NotificationParameter = Annotated[Key, Path(examples=["wh_0123456789abcdef"])]
_WEEK_SECONDS: Final = 7 * DAY


class NewNotification(BaseModel):
    """Where to tell oneself, and when."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Url
    notify: Annotated[
        Notify,
        Field(
            description="In weeks in which the own list changed, or `always`: every week, so that silence means "
            "nothing to whoever sees the receiver."
        ),
    ] = Notify.CHANGES


class NotificationModel(TypedDict):
    """Where one is told. Nobody else sees it."""

    notification: str
    url: str
    notify: Notify
    enabled: bool
    disabled_because: Disabled | None
    created_at: Instant
    next_at: Annotated[Instant, Field(description="When messages leave next: the same for everybody.")]
    delivered_at: Annotated[Instant | None, Field(description="When a message last arrived.")]
    failed_at: Annotated[Instant | None, Field(description="When an attempt last failed, if none arrived since.")]


class NewNotificationModel(NotificationModel, Keys):
    """One just made, or with a new secret."""


class NotificationList(TypedDict):
    """One's own, oldest first."""

    data: list[NotificationModel]


_EXAMPLE: Final[dict[str, Any]] = {
    "notification": "wh_0123456789abcdef", "url": EXAMPLE_URL, "notify": "changes", "enabled": True,
    "disabled_because": None, "created_at": "2026-02-02T09:00:00Z", "next_at": "2026-02-03T08:00:00Z",
    "delivered_at": None, "failed_at": None,
}  # fmt: skip


@Endpoint(
    "GET",
    "/v1/notifications",
    id="listNotifications",
    permission=Permission.OWN_NOTIFICATIONS,
    summary="List where oneself is told",
    tag="notifications",
    model=NotificationList,
    example={"data": [_EXAMPLE]},
)
async def get_notifications(request: Request, visit: CurrentVisit) -> Response:
    """One's own, with whether messages arrive."""
    owner = _own(visit)
    found = await visit.read(lambda connection: endpoints.list_endpoints(connection, owner))
    body: NotificationList = {"data": [_shown(each, visit.now) for each in found]}
    return answer(request, body, store=False)


@Endpoint(
    "POST",
    "/v1/notifications",
    id="addNotification",
    permission=Permission.OWN_NOTIFICATIONS,
    summary="Be told once a week that one's list changed; shows the secret, once",
    tag="notifications",
    model=NewNotificationModel,
    example=_EXAMPLE | EXAMPLE_KEYS,
    status=201,
    problems=(NO_WEBHOOK_KEY, TOO_MANY_WEBHOOKS),
)
async def post_notification(new: NewNotification, visit: CurrentVisit) -> Response:
    """Set it up for oneself. The list is that of the alerts which one's open cases are about."""
    owner, url, by = _own(visit), checked_url(visit, new.url), visit.principal.id

    def make(connection: Connection) -> endpoints.Endpoint:
        return endpoints.add_notification(
            connection, person=owner.person, url=url, notify=new.notify, by=by, now=visit.now
        )

    made = await add(visit, make)
    return changed({**_shown(made, visit.now), **keys_of(visit, made)}, status=201)


@Endpoint(
    "POST",
    "/v1/notifications/{notification}/rotate",
    id="rotateNotification",
    permission=Permission.OWN_NOTIFICATIONS,
    summary="Replace the secret; shows the new one, once",
    tag="notifications",
    model=NewNotificationModel,
    example=_EXAMPLE | EXAMPLE_KEYS,
    problems=(NOT_FOUND, NO_WEBHOOK_KEY),
)
async def post_rotate(notification: NotificationParameter, visit: CurrentVisit) -> Response:
    """The secret before signs as well until it is replaced again."""
    owner = _own(visit)
    found = await visit.write(lambda connection: endpoints.replace_secret(connection, notification, owner))
    if found is None:
        raise ProblemError(NOT_FOUND)
    return changed({**_shown(found, visit.now), **keys_of(visit, found)})


@Endpoint(
    "POST",
    "/v1/notifications/{notification}/enable",
    id="enableNotification",
    permission=Permission.OWN_NOTIFICATIONS,
    summary="Be told there again, after the receiver answered 410",
    tag="notifications",
    model=NotificationModel,
    example=_EXAMPLE,
    problems=(NOT_FOUND,),
)
async def post_enable(notification: NotificationParameter, visit: CurrentVisit) -> Response:
    """From the next week on."""
    owner = _own(visit)
    found = await visit.write(lambda connection: endpoints.enable(connection, notification, owner))
    if found is None:
        raise ProblemError(NOT_FOUND)
    return changed(_shown(found, visit.now))


@Endpoint(
    "POST",
    "/v1/notifications/{notification}/remove",
    id="removeNotification",
    permission=Permission.OWN_NOTIFICATIONS,
    summary="Be told there no more",
    tag="notifications",
    model=NotificationModel,
    example=_EXAMPLE | {"enabled": False, "disabled_because": "removed"},
    problems=(NOT_FOUND,),
)
async def post_remove(notification: NotificationParameter, visit: CurrentVisit) -> Response:
    """It is gone from the list at once, and what waits for it is dropped."""
    owner = _own(visit)
    found = await visit.write(lambda connection: endpoints.remove(connection, notification, owner, now=visit.now))
    if found is None:
        raise ProblemError(NOT_FOUND)
    return changed(_shown(found, visit.now))


def _own(visit: Visit) -> Owner:
    """Whose: the partner's who asks, in person. Nobody sets one up for somebody else."""
    principal = visit.principal
    if principal.person is None or Role.HR_PARTNER not in principal.roles:
        raise ProblemError(FORBIDDEN)
    return Owner(principal.person)


def _shown(endpoint: endpoints.Endpoint, now: int) -> NotificationModel:
    because = endpoint.disabled_because
    return {
        "notification": endpoint.id,
        "url": endpoint.url,
        "notify": Notify(endpoint.notify),
        "enabled": endpoint.disabled_at is None,
        "disabled_because": None if because is None else Disabled(because),
        "created_at": instant_text(endpoint.created_at),
        "next_at": instant_text(sending_instant(now) + _WEEK_SECONDS),
        "delivered_at": None if endpoint.delivered_at is None else instant_text(endpoint.delivered_at),
        "failed_at": None if endpoint.failed_at is None else instant_text(endpoint.failed_at),
    }
