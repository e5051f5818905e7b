"""The registry of signals: the product. Loop over it; never list signals by hand."""

from collections.abc import Mapping
from typing import Final

from shared.domain.escalation.hazard_model import HazardModel
from shared.domain.evidence.reading import SubjectKind
from shared.domain.evidence.weighing import LONGEST_WINDOW_DAYS
from shared.domain.signals.bypass_contact import BYPASS_CONTACT
from shared.domain.signals.cadence import CADENCE
from shared.domain.signals.common_ground import COMMON_GROUND
from shared.domain.signals.escalation_risk import ESCALATION_RISK_14D, ESCALATION_RISK_28D, escalation_signals
from shared.domain.signals.exploration import EXPLORATION
from shared.domain.signals.factions import FACTIONS
from shared.domain.signals.friction import FRICTION
from shared.domain.signals.insularity import INSULARITY
from shared.domain.signals.leadership_audit import LEADERSHIP_AUDIT
from shared.domain.signals.meeting_style import MEETING_STYLE
from shared.domain.signals.one_on_one import ONE_ON_ONE
from shared.domain.signals.reciprocity import RECIPROCITY
from shared.domain.signals.relational_share import RELATIONAL_SHARE
from shared.domain.signals.relationship_health import RELATIONSHIP_HEALTH
from shared.domain.signals.responsiveness import RESPONSIVENESS
from shared.domain.signals.signal import Signal
from shared.domain.signals.ticket_heat import TICKET_HEAT
from shared.domain.signals.unheard import UNHEARD

__all__ = ["LONGEST_WINDOW_DAYS", "SIGNALS", "SIGNAL_BY_NAME", "signal_names", "signals_with"]

# A signal may use the measures of those before it.
SIGNALS: Final[tuple[Signal, ...]] = (
    CADENCE,
    ONE_ON_ONE,
    RESPONSIVENESS,
    RECIPROCITY,
    EXPLORATION,
    FRICTION,
    RELATIONAL_SHARE,
    COMMON_GROUND,
    RELATIONSHIP_HEALTH,
    BYPASS_CONTACT,
    UNHEARD,
    ESCALATION_RISK_14D,
    ESCALATION_RISK_28D,
    TICKET_HEAT,
    LEADERSHIP_AUDIT,
    MEETING_STYLE,
    INSULARITY,
    FACTIONS,
)
SIGNAL_BY_NAME: Final[Mapping[str, Signal]] = {signal.name: signal for signal in SIGNALS}


def signals_with(model: HazardModel) -> tuple[Signal, ...]:
    """The registry with the escalation risks of a model. Raises ValueError for one that cannot be scored with."""
    own: dict[str, Signal] = {each.name: each for each in escalation_signals(model)}
    return tuple(own.get(each.name, each) for each in SIGNALS)


def signal_names(*kinds: SubjectKind) -> tuple[str, ...]:
    """Names of the signals of these kinds of subject, in the registry's order."""
    return tuple(signal.name for signal in SIGNALS if signal.kind in kinds)
