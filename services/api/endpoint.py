"""How an endpoint is declared: one declaration says its path, permission, mode, answer, example and handler.

    @Endpoint("GET", "/v1/things", id="listThings", permission=Permission.READ_DIRECTORY, ...)
    async def list_things(request: Request, visit: CurrentVisit) -> Response: ...

The routes, the gate, the audit, the metrics, the description and the privacy pack are made from these declarations.
`services.api.endpoints` finds them in the modules of `services.api.routes`.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import KW_ONLY, dataclass, replace
from typing import Any, Literal, Self

from starlette.responses import Response

from services.api.problems.kinds import Problem
from shared.domain.privacy.roles import CASE_PURPOSES, GRANTS, Mode, Permission, Purpose, Role

Handler = Callable[..., Awaitable[Response]]


@dataclass(frozen=True, slots=True, eq=False)
class Endpoint:
    """What a request does, and what it needs. Used as the decorator of its handler. Two endpoints are never equal."""

    method: Literal["GET", "POST", "PUT"]
    path: str
    _: KW_ONLY
    id: str
    """Name in the description, in the audit and in metrics. Never changes."""
    permission: Permission
    mode: Mode = Mode.AGGREGATE
    """Mode of the deployment from which on it is allowed. Above AGGREGATE it reads about named people."""
    summary: str
    tag: str
    model: Any
    """Type of the answer."""
    example: Mapping[str, Any]
    """An answer, for the description. Names are made up."""
    status: int = 200
    conditional: bool = False
    """Whether it changes only the version that the client names in `If-Match`."""
    problems: tuple[Problem, ...] = ()
    """Errors of its own, beside those of the gate and of every request."""
    measured_with_people: bool = False
    """Whether metrics count it with the reads about people: when it is asked follows from what those found."""
    handler: Handler | None = None

    def __call__(self, handler: Handler) -> Self:
        """The endpoint with its handler."""
        return replace(self, handler=handler)

    @property
    def changes(self) -> bool:
        """Whether it changes something. Answers to changes have no version, unless the change is conditional."""
        return self.method != "GET"

    @property
    def readings_of_people(self) -> bool:
        """Whether it reads about named people: it needs a purpose and leaves an audit row per person."""
        return self.mode is not Mode.AGGREGATE

    @property
    def purposes(self) -> frozenset[Purpose]:
        """Purposes that it accepts. None where it reads about nobody."""
        match self.mode:
            case Mode.CASE:
                return CASE_PURPOSES
            case Mode.SELF:
                return frozenset({Purpose.OWN_DATA})
            case Mode.AGGREGATE:
                return frozenset()

    @property
    def roles(self) -> frozenset[Role]:
        """Roles that grant the permission."""
        return frozenset(role for role, granted in GRANTS.items() if self.permission in granted)
