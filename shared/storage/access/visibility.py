"""The authorisation filter: which rows a viewer may see, as conditions of the query that finds them.

Everything that is told of people to somebody goes through here: by the API, and so the console, by webhooks and of
alerts. Commands have the store at hand, and no viewer: they leave an entry of the audit. A row that is filtered is not
found at all, so that what is forbidden and what does not exist cannot be told apart: not by status, body, length,
headers, totals, order or the work done.

Who is kept from what:

* Nobody reads about themselves, about anybody who ever reported to them (directly or through others), or about anybody
  whom they act for and those people's reports. So a leader, their delegates, and everybody above the person never see
  that somebody may go over the leader's head.
* Nobody reads about those they report to themselves, unless these are only the target of an escalation. Nor do those
  who act for them.
* Nobody reads about their peers, who ever reported to somebody they ever reported to themselves: neither do they read
  that somebody may go over the head of one, to their common leader.
* Nobody reads about anybody whom no open case of theirs is about (see `coverage`).
* Whoever leads people, or acts for somebody who does, sees of groups what everybody sees (`domain.release.rule`).
* The own view has pairs that the viewer is part of, except with somebody who ever reported to them, and no chain.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import CTE, ColumnElement, Text, and_, bindparam, false, or_, select, true
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from shared.domain.evidence.reading import SubjectKind
from shared.domain.privacy.cases import CaseSubjectKind
from shared.domain.signals import SIGNALS
from shared.storage.access.coverage import ANY_PURPOSE, NOW, PURPOSE, VIEWER, covered
from shared.storage.engine.bulk import table_of
from shared.storage.tables.access import DelegationRow
from shared.storage.tables.directory import ReportingLineRow

CHAIN_SIGNALS: Final = tuple(signal.name for signal in SIGNALS if signal.kind == "chain")
"""Signals that tell of a person and those above them."""
# An own view tells of oneself: leadership as one's own style, pairs as one of the two.
_OWN_KINDS: Final = frozenset({"pair", "leader"})
_OWN_SIGNALS: Final = tuple(signal.name for signal in SIGNALS if signal.kind in _OWN_KINDS)
_PARAMETER: Final = VIEWER

_LINE: Final = table_of(ReportingLineRow).c
_DELEGATION: Final = table_of(DelegationRow).c


def _acting() -> CTE:
    acting = select(_VIEWER.label("person")).cte("acting", recursive=True)
    return acting.union(select(_DELEGATION.principal).where(_DELEGATION.delegate == acting.c.person))


def _below(acting: CTE) -> CTE:
    below = select(acting.c.person).cte("below", recursive=True)
    return below.union(select(_LINE.person).where(_LINE.manager == below.c.person))


def _above(acting: CTE) -> CTE:
    first = select(_LINE.manager.label("person")).where(_LINE.person.in_(select(acting.c.person)))
    above = first.cte("above", recursive=True)
    return above.union(select(_LINE.manager).where(_LINE.person == above.c.person))


_VIEWER: Final[ColumnElement[str]] = bindparam(_PARAMETER, type_=Text())
_ACTING: Final = _acting()
"""The viewer and everybody whom they act for, directly or through others."""
_BELOW: Final = _below(_ACTING)
"""Those, and everybody below them in any reporting line that was ever in force."""
_ABOVE: Final = _above(_ACTING)
"""Everybody whom these ever reported to, directly or through others."""
_MANAGERS: Final = select(_LINE.manager).where(_LINE.person.in_(select(_ACTING.c.person)), _LINE.manager != "")
_PEERS: Final = select(_LINE.person).where(_LINE.manager.in_(_MANAGERS))
"""Everybody who ever reported to one of those whom these reported to directly."""
_REPORTS: Final = select(_LINE.person).where(_LINE.manager.in_(select(_ACTING.c.person)), _LINE.person != _LINE.manager)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks. `person` is a key of the directory; whoever is nobody in it sees nothing about named people.

    `leads` marks those who are leaders by their role, whatever the directory says of them. `purpose` is what they look
    for, where their cases for any other do not count; `now`, in Unix seconds, says which cases are open.
    """

    person: str | None
    leads: bool = False
    purpose: str = ANY_PURPOSE
    now: int = 0

    def parameters(self) -> dict[str, Any]:
        """Values of the conditions of this module."""
        if self.person is None:
            return {}
        return {_PARAMETER: self.person, PURPOSE: self.purpose, NOW: self.now}


def visible_readings(viewer: Viewer, positions: Sequence[ColumnElement[str]], *, kind: SubjectKind) -> list[Any]:
    """Conditions on rows about named people, in a case. `positions` hold the people of a subject in their order.

    Bind `viewer.parameters()`. The statement depends on nothing else of the viewer than whether there is a person.
    """
    if viewer.person is None:
        return [false()]  # whom they must be kept from cannot be known
    below, above = select(_BELOW.c.person), select(_ABOVE.c.person)
    # The target of a chain may be above the viewer; the person and the leader must not be.
    lower = positions[:2]
    return [
        covered(positions, chain=kind == "chain"),
        *(column.not_in(below) for column in positions),
        *(column.not_in(above) for column in lower),
        *(column.not_in(_PEERS) for column in lower),
    ]


def concerned_by(people: ReadOnlyColumnCollection[str, Any], subject_kind: ColumnElement[str]) -> ColumnElement[bool]:
    """Condition on the people of a case: it is about the viewer, or somebody for or above or below whom they stand.

    Whoever that is neither sees the case nor approves it. Bind `viewer.parameters()`.
    """
    below, above = select(_BELOW.c.person), select(_ABOVE.c.person)
    about_few = and_(subject_kind != CaseSubjectKind.UNIT.value, people.person.in_(above))
    return or_(
        people.person.in_(below),
        people.leader.in_(below),
        people.leader.in_(above),
        people.leader.in_(_PEERS),
        about_few,
    )


def own_readings(signal: ColumnElement[str], positions: Sequence[ColumnElement[str]]) -> list[Any]:
    """Conditions on rows that concern the viewer alone or as one of a pair. Bind `viewer.parameters()`."""
    first, second, third = positions
    reports = select(_BELOW.c.person).where(_BELOW.c.person != _VIEWER)
    mine = or_(and_(first == _VIEWER, second.not_in(reports)), and_(second == _VIEWER, first.not_in(reports)))
    return [signal.in_(_OWN_SIGNALS), third == "", mine]


def sees_small_groups(viewer: Viewer) -> ColumnElement[bool]:
    """Whether a viewer leads nobody, and so may see what is not for leaders. Bind `viewer.parameters()`."""
    if viewer.leads:
        return false()
    return true() if viewer.person is None else ~_REPORTS.exists()
