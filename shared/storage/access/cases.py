"""Cases: a named HR partner may read about named people for one purpose and a time. Somebody else opens them."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.engine import Connection

from shared.domain.privacy.roles import CASE_PURPOSES, LONGEST_CASE_SECONDS, Purpose
from shared.domain.week import DAY
from shared.storage.engine.bulk import table_of
from shared.storage.tables.access import CaseRow

_ID_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class Case:
    """A case as recorded; `partner` is the key of a person. Instants are Unix seconds."""

    id: str
    partner: str
    purpose: Purpose
    opened_by: str
    opened_at: int
    expires_at: int
    closed_at: int | None
    closed_by: str | None

    def open(self, now: int) -> bool:
        """Whether it may be read in now."""
        return self.closed_at is None and self.opened_at <= now < self.expires_at


_TABLE: Final = table_of(CaseRow)
_COLUMNS: Final = [_TABLE.c[name] for name in Case.__dataclass_fields__]
_OPEN: Final = select(_TABLE.c.id).where(
    _TABLE.c.partner == bindparam("partner"),
    _TABLE.c.purpose == bindparam("purpose"),
    _TABLE.c.closed_at.is_(None),
    _TABLE.c.opened_at <= bindparam("now"),
    _TABLE.c.expires_at > bindparam("now"),
)


def open_case(
    connection: Connection, *, partner: str, purpose: Purpose, opened_by: str, now: int, lifetime_seconds: int
) -> Case:
    """Open a case for somebody else.

    Raises:
        ValueError: it would be opened by the partner, for a purpose no case is for, or for a time that is not
            positive or too long.
    """
    if opened_by == partner:
        raise ValueError("a case is opened by somebody else than the partner who will read in it")
    if purpose not in CASE_PURPOSES:
        raise ValueError(f"a case is opened for one of {', '.join(sorted(CASE_PURPOSES))}")
    if not 0 < lifetime_seconds <= LONGEST_CASE_SECONDS:
        raise ValueError(f"a case is open for at most {LONGEST_CASE_SECONDS // DAY} days")
    case = Case(
        id=f"case_{secrets.token_hex(_ID_BYTES)}",
        partner=partner,
        purpose=purpose,
        opened_by=opened_by,
        opened_at=now,
        expires_at=now + lifetime_seconds,
        closed_at=None,
        closed_by=None,
    )
    connection.execute(insert(_TABLE).values({column.name: getattr(case, column.name) for column in _COLUMNS}))
    return case


def close_case(connection: Connection, case_id: str, *, closed_by: str, now: int) -> Case | None:
    """Close a case from now on; None when there is none. A case that is closed already stays as it is."""
    changed = {"closed_at": now, "closed_by": closed_by}
    connection.execute(update(_TABLE).where(_TABLE.c.id == case_id, _TABLE.c.closed_at.is_(None)).values(changed))
    row = connection.execute(select(*_COLUMNS).where(_TABLE.c.id == case_id)).one_or_none()
    return None if row is None else _case(row)


def list_cases(connection: Connection, *, partner: str | None = None) -> list[Case]:
    """Every case, or those of a partner, newest first."""
    statement = select(*_COLUMNS).order_by(_TABLE.c.opened_at.desc(), _TABLE.c.id)
    if partner is not None:
        statement = statement.where(_TABLE.c.partner == partner)
    return [_case(row) for row in connection.execute(statement)]


def has_open_case(connection: Connection, *, partner: str, purpose: Purpose, now: int) -> bool:
    """Whether the partner may read about people for this purpose now."""
    return connection.execute(_OPEN, {"partner": partner, "purpose": purpose.value, "now": now}).first() is not None


def _case(row: Sequence[Any]) -> Case:
    case_id, partner, purpose, *rest = row
    return Case(case_id, partner, Purpose(purpose), *rest)
