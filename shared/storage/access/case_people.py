"""Whom a case is about: the people of its subject, as of when it is opened."""

from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.engine import Connection

from shared.domain.privacy.cases import WHOLE_ORGANISATION, CaseSubjectKind
from shared.storage.engine.bulk import table_of
from shared.storage.tables.directory import PersonRow, ReportingLineRow, TeamRow

ANY_LEADER: Final = ""
_PERSON: Final = table_of(PersonRow).c
_LINE: Final = table_of(ReportingLineRow).c
_TEAM: Final = table_of(TeamRow).c


def people_of(connection: Connection, kind: CaseSubjectKind, subject: str, *, now: int) -> list[tuple[str, str]]:
    """People and under which leader, in order.

    Raises LookupError when the directory does not know the subject, or nobody belongs to it.
    """
    match kind:
        case CaseSubjectKind.PERSON:
            found = [subject] if _is_known(connection, subject) else []
            leader = ANY_LEADER
        case CaseSubjectKind.LEADER:
            current = (_LINE.manager == subject, _LINE.person != subject, _LINE.valid_to > now)
            found = list(connection.execute(select(_LINE.person).where(*current)).scalars())
            leader = subject
        case CaseSubjectKind.UNIT:
            found, leader = _members(connection, subject), ANY_LEADER
    if not found:
        raise LookupError(f"the directory knows nobody for the {kind} of this case")
    return [(person, leader) for person in sorted(set(found))]


def _is_known(connection: Connection, person: str) -> bool:
    return connection.execute(select(_PERSON.key).where(_PERSON.key == person)).first() is not None


def _members(connection: Connection, unit: str) -> list[str]:
    if unit == WHOLE_ORGANISATION:
        return list(connection.execute(select(_PERSON.key)).scalars())
    below = select(_TEAM.key).where(_TEAM.key == unit).cte("below", recursive=True)
    below = below.union(select(_TEAM.key).where(_TEAM.parent == below.c.key))
    in_it = or_(_PERSON.team == unit, _PERSON.team.in_(select(below.c.key)))
    return list(connection.execute(select(_PERSON.key).where(in_it)).scalars())
