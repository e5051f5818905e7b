"""Which released figures may still be told: those that the rule of today lets through, whatever told them.

A release is written once. One of an earlier version may be by a weaker rule: escalation told of fewer than three
leaders, or exact figures about fewer than twenty people. It binds what is told next, and nobody is shown it any more.
"""

from typing import Any, Final

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from shared.domain.release.rule import Limits, rule_of
from shared.domain.release.steps import FEWEST_EXACT
from shared.domain.signals import SIGNALS

_FOR_EVERYBODY_OR_NOBODY: Final = tuple(signal.name for signal in SIGNALS if rule_of(signal, Limits()).by_leaders)


def told_today(release: ReadOnlyColumnCollection[str, Any]) -> ColumnElement[bool]:
    """Condition on rows of releases: their numbers may be shown, to those who may see such cells."""
    return and_(
        release.suppressed.is_(False),
        or_(release.leaders, release.signal.not_in(_FOR_EVERYBODY_OR_NOBODY)),
        # Rounded down to fives, so twenty people are never less.
        or_(release.exact.is_(False), release.people >= FEWEST_EXACT),
    )
