"""Cases: a named HR partner may read about some named people, for one purpose and a time.

A case says whom it is about and how many people that is. It is opened by an operator or asked for by the partner, and
can be read in once a second person has approved it: neither who opened it, nor who will read in it, nor anybody whom it
concerns. In an emergency it can be read in at once, for hours, by *breaking the glass*; then nobody has approved it
yet, which everybody who sees cases is shown until somebody does.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import ColumnElement, bindparam, exists, insert, or_, select, update
from sqlalchemy.engine import Connection

from shared.domain.privacy.cases import (
    BREAK_GLASS_SECONDS,
    MOST_REASON_CHARACTERS,
    CaseRuleError,
    CaseState,
    CaseSubjectKind,
)
from shared.domain.privacy.roles import CASE_PURPOSES, LONGEST_CASE_SECONDS, Purpose
from shared.domain.week import DAY, HOUR
from shared.storage.access.case_people import people_of
from shared.storage.access.coverage import in_force
from shared.storage.access.visibility import Viewer, concerned_by
from shared.storage.engine.bulk import table_of
from shared.storage.tables.access import CasePersonRow, CaseRow

_ID_BYTES: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCase:
    """What is asked for. `partner` and `opened_by` are keys of people; `subject` is one, or the key of a unit."""

    partner: str
    purpose: Purpose
    subject_kind: CaseSubjectKind
    subject: str
    opened_by: str
    now: int
    lifetime_seconds: int
    reason: str = ""
    break_glass: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """A case as recorded. Instants are Unix seconds; `people` counts whom it is about.

    `subject_kind` is empty for a case of an earlier version, in which nothing can be read.
    """

    id: str
    partner: str
    purpose: Purpose
    subject_kind: str
    subject: str
    people: int
    reason: str
    opened_by: str
    opened_at: int
    expires_at: int
    approved_at: int | None
    approved_by: str | None
    break_glass: bool
    closed_at: int | None
    closed_by: str | None

    def state(self, now: int) -> CaseState:
        """How it stands."""
        if self.closed_at is not None:
            return CaseState.CLOSED
        if not self.opened_at <= now < self.expires_at:
            return CaseState.EXPIRED
        if self.approved_at is not None:
            return CaseState.OPEN
        return CaseState.BREAK_GLASS if self.break_glass else CaseState.WAITING

    def open(self, now: int) -> bool:
        """Whether it may be read in now."""
        return self.state(now) in (CaseState.OPEN, CaseState.BREAK_GLASS)


_TABLE: Final = table_of(CaseRow)
_PEOPLE: Final = table_of(CasePersonRow)
_COLUMNS: Final = [_TABLE.c[name] for name in Case.__dataclass_fields__]
_OPEN: Final = in_force(_TABLE.c, partner=bindparam("partner"), purpose=bindparam("purpose"), now=bindparam("now"))


def open_case(connection: Connection, new: NewCase) -> Case:
    """Open a case that waits for approval, or that breaks the glass.

    Raises:
        CaseRuleError: it is for a purpose no case is for, for a time that is not positive or too long, about nobody, or
            without a reason where one is needed; or the glass was broken for this partner before, and nobody has
            approved that yet.
        LookupError: the directory does not know whom it is about.
    """
    _check(new)
    if new.break_glass and _unapproved_break_glass(connection, new.partner):
        raise CaseRuleError("the glass was broken before, and nobody has approved that yet")
    people = people_of(connection, new.subject_kind, new.subject, now=new.now)
    case = Case(
        id=f"case_{secrets.token_hex(_ID_BYTES)}",
        partner=new.partner,
        purpose=new.purpose,
        subject_kind=new.subject_kind.value,
        subject=new.subject,
        people=len({person for person, _ in people}),
        reason=new.reason.strip(),
        opened_by=new.opened_by,
        opened_at=new.now,
        expires_at=new.now + new.lifetime_seconds,
        approved_at=None,
        approved_by=None,
        break_glass=new.break_glass,
        closed_at=None,
        closed_by=None,
    )
    connection.execute(insert(_TABLE).values({column.name: getattr(case, column.name) for column in _COLUMNS}))
    rows = [{"case": case.id, "person": person, "leader": leader} for person, leader in people]
    connection.execute(insert(_PEOPLE), rows)
    return case


def approve_case(connection: Connection, case_id: str, *, approver: Viewer, by: str, now: int) -> Case | None:
    """Approve a case that waits or that broke the glass; None when there is none that the approver may know of.

    `by` is who approves, as it is recorded. Approving a case that somebody else approved already changes nothing.

    Raises CaseRuleError when it is theirs, was opened by them, or is over.
    """
    case = find_case(connection, case_id, viewer=approver, name=by)
    if case is None:
        return None
    if by in (case.partner, case.opened_by):
        raise CaseRuleError("a case is approved by somebody else than who opened it or will read in it")
    if case.approved_at is not None:
        return case
    if case.state(now) in (CaseState.CLOSED, CaseState.EXPIRED) and not case.break_glass:
        raise CaseRuleError("the case is over")
    waiting = (_TABLE.c.id == case_id, _TABLE.c.approved_at.is_(None))
    connection.execute(update(_TABLE).where(*waiting).values(approved_at=now, approved_by=by))
    return replace(case, approved_at=now, approved_by=by)


def close_case(
    connection: Connection, case_id: str, *, viewer: Viewer, name: str, now: int, only_own: bool = False
) -> Case | None:
    """Close a case from now on; None when there is none that the viewer may know of, or that is theirs.

    A case that is closed already stays as it is.
    """
    case = find_case(connection, case_id, viewer=viewer, name=name)
    if case is None or (only_own and case.partner != name):
        return None
    if case.closed_at is not None:
        return case
    open_one = (_TABLE.c.id == case_id, _TABLE.c.closed_at.is_(None))
    connection.execute(update(_TABLE).where(*open_one).values(closed_at=now, closed_by=name))
    return replace(case, closed_at=now, closed_by=name)


def find_case(connection: Connection, case_id: str, *, viewer: Viewer, name: str) -> Case | None:
    """A case, unless it concerns the viewer and is not their own. `name` is what cases call them."""
    query = select(*_COLUMNS).where(_TABLE.c.id == case_id, *_may_know(viewer, name))
    row = connection.execute(query, viewer.parameters()).one_or_none()
    return None if row is None else _case(row)


def list_cases(
    connection: Connection, *, viewer: Viewer | None = None, name: str = "", own_and_waiting: bool = False
) -> list[Case]:
    """Cases that the viewer may know of, newest first; all without a viewer.

    `own_and_waiting` leaves out those of others that wait for nobody's approval.
    """
    statement = select(*_COLUMNS).order_by(_TABLE.c.opened_at.desc(), _TABLE.c.id)
    if own_and_waiting:
        statement = statement.where(or_(_TABLE.c.partner == name, _TABLE.c.approved_at.is_(None)))
    if viewer is not None:
        statement = statement.where(*_may_know(viewer, name))
    return [_case(row) for row in connection.execute(statement, {} if viewer is None else viewer.parameters())]


def has_open_case(connection: Connection, *, partner: str, purpose: Purpose, now: int) -> bool:
    """Whether the partner may read about anybody for this purpose now."""
    query = select(_TABLE.c.id).where(*_OPEN)
    return connection.execute(query, {"partner": partner, "purpose": purpose.value, "now": now}).first() is not None


def covered_people(connection: Connection, case_id: str) -> set[str]:
    """Whom a case is about."""
    return set(connection.execute(select(_PEOPLE.c.person).where(_PEOPLE.c.case == case_id)).scalars())


def _check(new: NewCase) -> None:
    if new.purpose not in CASE_PURPOSES:
        raise CaseRuleError(f"a case is opened for one of {', '.join(sorted(CASE_PURPOSES))}")
    if not 0 < new.lifetime_seconds <= LONGEST_CASE_SECONDS:
        raise CaseRuleError(f"a case is open for at most {LONGEST_CASE_SECONDS // DAY} days")
    if len(new.reason) > MOST_REASON_CHARACTERS:
        raise CaseRuleError(f"a reason has at most {MOST_REASON_CHARACTERS} characters")
    is_unit = new.subject_kind is CaseSubjectKind.UNIT
    if (is_unit or new.break_glass) and not new.reason.strip():
        raise CaseRuleError("a case about a unit, or one that breaks the glass, needs a written reason")
    if new.break_glass and is_unit:
        raise CaseRuleError("the glass is broken for a person or a leader's chains, not for a unit")
    if new.break_glass and new.lifetime_seconds > BREAK_GLASS_SECONDS:
        raise CaseRuleError(f"a broken glass lasts for at most {BREAK_GLASS_SECONDS // HOUR} hours")


def _unapproved_break_glass(connection: Connection, partner: str) -> bool:
    broken = (_TABLE.c.partner == partner, _TABLE.c.break_glass, _TABLE.c.approved_at.is_(None))
    return connection.execute(select(_TABLE.c.id).where(*broken)).first() is not None


def _may_know(viewer: Viewer, name: str) -> list[ColumnElement[bool]]:
    if viewer.person is None:
        return []
    of_case = exists().where(_PEOPLE.c.case == _TABLE.c.id, concerned_by(_PEOPLE.c, _TABLE.c.subject_kind))
    return [or_(_TABLE.c.partner == name, ~of_case)]


def _case(row: Sequence[Any]) -> Case:
    case_id, partner, purpose, *rest = row
    return Case(case_id, partner, Purpose(purpose), *rest)
