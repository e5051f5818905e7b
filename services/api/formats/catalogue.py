"""Signals and bands as parameters: closed lists made from the registry. No signal is named by hand."""

import re
from collections.abc import Iterable
from typing import Annotated, Final

from pydantic import AfterValidator, WithJsonSchema

from shared.domain.evidence.reading import INSUFFICIENT
from shared.domain.signals import SIGNAL_BY_NAME, SIGNALS, signal_names
from shared.domain.signals.signal import Signal

_HORIZON: Final = re.compile(r"escalation_risk_(\d+)d")

RISK_BY_HORIZON: Final[dict[int, Signal]] = {
    int(match[1]): signal for signal in SIGNALS if (match := _HORIZON.fullmatch(signal.name))
}
"""Escalation risk by days ahead."""


def bands_of(signals: Iterable[Signal]) -> tuple[str, ...]:
    """Bands that readings of these signals may have, best first."""
    return (*dict.fromkeys(name for signal in signals for name in signal.bands.names), INSUFFICIENT)


class _OneOf:
    """Validates a text against a closed list and says so in the schema."""

    def __init__(self, allowed: Iterable[str]) -> None:
        self.allowed: Final = tuple(allowed)
        self.schema: Final = WithJsonSchema({"type": "string", "enum": list(self.allowed)})
        self.check: Final = AfterValidator(self._check)

    def _check(self, text: str) -> str:
        if text not in self.allowed:
            raise ValueError(f"must be one of {', '.join(self.allowed)}")
        return text


_ANY: Final = _OneOf(SIGNAL_BY_NAME)
_OF_PAIRS: Final = _OneOf(signal_names("pair"))
_PAIR_BANDS: Final = _OneOf(bands_of(SIGNAL_BY_NAME[name] for name in signal_names("pair")))
_RISK_BANDS: Final = _OneOf(bands_of(RISK_BY_HORIZON.values()))

SignalName = Annotated[str, _ANY.check, _ANY.schema]
PairSignalName = Annotated[str, _OF_PAIRS.check, _OF_PAIRS.schema]
PairBand = Annotated[str, _PAIR_BANDS.check, _PAIR_BANDS.schema]
RiskBand = Annotated[str, _RISK_BANDS.check, _RISK_BANDS.schema]
