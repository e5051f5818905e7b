"""The registry of signals: the product. Loop over it; never list signals by hand."""

from collections.abc import Mapping
from typing import Final

from shared.domain.evidence import LONGEST_WINDOW_DAYS
from shared.domain.signals.bypass_contact import BYPASS_CONTACT
from shared.domain.signals.cadence import CADENCE
from shared.domain.signals.escalation_risk import ESCALATION_RISK_14D, ESCALATION_RISK_28D
from shared.domain.signals.friction import FRICTION
from shared.domain.signals.one_on_one import ONE_ON_ONE
from shared.domain.signals.reciprocity import RECIPROCITY
from shared.domain.signals.relationship_health import RELATIONSHIP_HEALTH
from shared.domain.signals.responsiveness import RESPONSIVENESS
from shared.domain.signals.signal import Signal
from shared.domain.signals.unheard import UNHEARD

__all__ = ["LONGEST_WINDOW_DAYS", "SIGNALS", "SIGNAL_BY_NAME"]

# A signal may use the measures of those before it.
SIGNALS: Final[tuple[Signal, ...]] = (
    CADENCE,
    ONE_ON_ONE,
    RESPONSIVENESS,
    RECIPROCITY,
    FRICTION,
    RELATIONSHIP_HEALTH,
    BYPASS_CONTACT,
    UNHEARD,
    ESCALATION_RISK_14D,
    ESCALATION_RISK_28D,
)
SIGNAL_BY_NAME: Final[Mapping[str, Signal]] = {signal.name: signal for signal in SIGNALS}
