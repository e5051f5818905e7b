"""A share against the one to expect: what it adds to a logit, and how uncertain that is."""

from dataclasses import dataclass

from shared.domain.evidence.reading import Factor
from shared.domain.evidence.weighing import clipped, share_uncertainty, shrunk


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedShare:
    """What to expect of a share, how far shares lie apart, and what lying a spread away adds."""

    weight: float
    prior: float
    spread: float
    strength: float  # so many observations weigh as much as the prior

    def factor(self, name: str, part: float, whole: float) -> Factor:
        """The share as a factor; what was not seen adds nothing."""
        share = shrunk(part, whole, prior=self.prior, strength=self.strength)
        spreads = clipped((share - self.prior) / self.spread)
        return Factor(name, part / whole if whole else 0.0, int(whole), self.weight * spreads)

    def uncertainty(self, whole: float) -> float:
        """Standard deviation of what it adds."""
        return share_uncertainty(
            self.weight, spread=self.spread, prior=self.prior, observed=whole, strength=self.strength
        )
