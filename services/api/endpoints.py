"""Every endpoint of the API, in the order of the description."""

from types import ModuleType
from typing import Final

from services.api.endpoint import Endpoint
from services.api.routes import (
    alert_actions,
    alerts,
    cases,
    evidence,
    history,
    identities,
    names,
    notifications,
    own,
    people,
    readings,
    signals,
    sources,
    subscriptions,
    teams,
)

ROUTERS: Final = (
    people, teams, readings, history, evidence, own, cases, alerts, alert_actions, notifications, subscriptions,
    names, identities, sources, signals,
)  # fmt: skip
"""Modules that declare endpoints. A new module is named here, and nowhere else."""


def declared_in(module: ModuleType) -> list[Endpoint]:
    """Endpoints that a module declares, in the order of its lines. Raises LookupError for one without a handler."""
    found = [thing for thing in vars(module).values() if isinstance(thing, Endpoint)]
    for each in found:
        if each.handler is None:
            raise LookupError(f"the endpoint {each.id} has no handler")
    return [each for each in found if getattr(each.handler, "__module__", "") == module.__name__]


ENDPOINTS: Final = tuple(endpoint for module in ROUTERS for endpoint in declared_in(module))
