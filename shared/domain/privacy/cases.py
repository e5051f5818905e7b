"""What a case is about, how long it lasts, and how it stands: the rules, without a store."""

from enum import StrEnum
from typing import Final

from shared.domain.week import HOUR

BREAK_GLASS_SECONDS: Final = 4 * HOUR
"""Longest time that a case may be read in that nobody has approved."""
MOST_REASON_CHARACTERS: Final = 500
WHOLE_ORGANISATION: Final = "organisation"
"""Key of the unit that holds everybody."""


class CaseSubjectKind(StrEnum):
    """Whom a case is about."""

    PERSON = "person"  # one person: their chains and pairs
    LEADER = "leader"  # the chains under one leader, and the pairs of that leader with each report
    UNIT = "unit"  # everybody in a team and the teams below it


class CaseState(StrEnum):
    """How a case stands at an instant."""

    WAITING = "waiting"  # for somebody's approval: nothing can be read in it
    OPEN = "open"
    BREAK_GLASS = "break-glass"  # open, and nobody has approved it yet
    EXPIRED = "expired"
    CLOSED = "closed"


class CaseRuleError(ValueError):
    """A case cannot be opened or approved like that. The message says why, and names nobody."""
