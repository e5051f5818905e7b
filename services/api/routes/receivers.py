"""What notifications and subscriptions share: where they go, and what their receivers verify with."""

from collections.abc import Callable
from typing import Annotated, Final

from pydantic import Field
from sqlalchemy.engine import Connection
from typing_extensions import TypedDict

from services.api.auth.gate import Visit
from services.api.problems.kinds import INVALID, NO_WEBHOOK_KEY, TOO_MANY_WEBHOOKS, ProblemError
from shared.domain.alerts.webhook_target import ForbiddenTargetError, parse_target
from shared.storage.alerts.endpoints import Endpoint, TooManyEndpointsError
from shared.transport.webhook_signing import receiver_keys

EXAMPLE_URL: Final = "https://hr.example/bellwether"
EXAMPLE_KEYS: Final = {"secret": "whsec_...", "public_key": "whpk_..."}
Url = Annotated[str, Field(max_length=2000, description="Public, https, port 443 or 8443.", examples=[EXAMPLE_URL])]


class Keys(TypedDict):
    """What a receiver verifies with, by Standard Webhooks. It needs one of the two."""

    secret: Annotated[str, Field(description="Of `v1` signatures. It is shown once, and made by the system.")]
    public_key: Annotated[str, Field(description="Of `v1a` signatures; no secret.")]


def checked_url(visit: Visit, url: str) -> str:
    """A URL that messages may go to. Raises ProblemError for any other, and where nothing could be signed."""
    if visit.backend.webhook_keys is None:
        raise ProblemError(NO_WEBHOOK_KEY)
    try:
        parse_target(url, loopback=visit.backend.settings.webhook_loopback)
    except ForbiddenTargetError as error:
        raise ProblemError(INVALID, [{"parameter": "url", "detail": str(error)}]) from None
    return url


async def add(visit: Visit, make: Callable[[Connection], Endpoint]) -> Endpoint:
    """Make an endpoint. Raises ProblemError where there are as many as there may be."""
    try:
        return await visit.write(make)
    except TooManyEndpointsError:
        raise ProblemError(TOO_MANY_WEBHOOKS) from None


def keys_of(visit: Visit, endpoint: Endpoint) -> Keys:
    """What to show of an endpoint just made or renewed. Raises ProblemError where nothing could be signed."""
    keys = visit.backend.webhook_keys
    if keys is None:
        raise ProblemError(NO_WEBHOOK_KEY)
    shown = receiver_keys(keys, endpoint.id, generation=endpoint.generation)
    return {"secret": shown.secret, "public_key": shown.public_key}
