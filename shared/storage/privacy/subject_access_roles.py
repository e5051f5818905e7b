"""What somebody is to Bellwether itself: keys, cases, deputies and receivers, who looked, and where they count."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.engine import Connection
from sqlmodel import SQLModel

from shared.domain.organisation.hierarchy import FOREVER, SINCE_EVER
from shared.storage.access.audit import looks_at
from shared.storage.engine import bulk
from shared.storage.privacy.erasure import Subject
from shared.storage.releases.ledger import panels_with
from shared.storage.tables.access import ApiKeyRow, CaseRow, DelegationRow
from shared.storage.tables.exclusions import ExclusionRow
from shared.storage.tables.webhooks import WebhookEndpointRow

Report = dict[str, Any]

_ALL: Final = 1 << 31
_INSTANTS: Final = frozenset({"at", "since", "recorded_at", "created_at", "expires_at", "revoked_at"}) | {
    "opened_at", "closed_at", "disabled_at",
}  # fmt: skip
_LOOK: Final = ("at", "key_id", "operation", "purpose", "rows")
_KEY: Final = ("id", "name", "role", "scopes", "created_at", "expires_at", "revoked_at")
_CASE: Final = ("id", "partner", "purpose", "opened_by", "opened_at", "expires_at", "closed_at", "closed_by")


def roles_of(connection: Connection, subject: Subject) -> Report:
    """Sections of the report on a person. The hash of a key's secret is left out.

    Somebody who ever led people is not told of looks at chains, as in the API.
    """
    person = subject.person
    key, case, deputy = (bulk.table_of(each).c for each in (ApiKeyRow, CaseRow, DelegationRow))
    receiver, excluded = bulk.table_of(WebhookEndpointRow).c, bulk.table_of(ExclusionRow).c
    in_case = or_(case.partner == person, case.opened_by == person, case.closed_by == person)
    acting = or_(deputy.principal == person, deputy.delegate == person)
    away = excluded.name.in_(subject.pseudonyms)
    return {
        "keys": _rows(connection, ApiKeyRow, key.person == person, _KEY),
        "cases": _rows(connection, CaseRow, in_case, _CASE),
        "delegations": _rows(connection, DelegationRow, acting, ("principal", "delegate", "recorded_at")),
        "webhooks": _rows(connection, WebhookEndpointRow, receiver.person == person, ("id", "url", "created_at")),
        "exclusions": _rows(connection, ExclusionRow, away, ("name", "reason", "since")),
        "looks": [
            _in_rfc3339(dict(zip(_LOOK, row[1:], strict=True))) for row in looks_at(connection, person, limit=_ALL)
        ],
        "counted_in": [{"signal": signal, "cohort": cohort} for signal, cohort in panels_with(connection, person)],
    }


def instant(seconds: int) -> str | None:
    """Unix seconds as RFC 3339 in UTC; None for the ends of time."""
    if not SINCE_EVER < seconds < FOREVER:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def _rows(
    connection: Connection, model: type[SQLModel], where: ColumnElement[bool], columns: Sequence[str]
) -> list[Report]:
    table = bulk.table_of(model).c
    query = select(*(table[name] for name in columns)).where(where).order_by(table[columns[0]])
    return [_in_rfc3339(dict(row)) for row in connection.execute(query).mappings()]


def _in_rfc3339(row: Report) -> Report:
    return {name: instant(value) if name in _INSTANTS and value is not None else value for name, value in row.items()}
