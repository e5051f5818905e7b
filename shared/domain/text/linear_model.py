"""What a fitted linear model is here: names, weights and where they come from."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LinearModel:
    """Expected human rating, in standard deviations: `intercept` plus the sum of weight times feature."""

    intercept: float
    weights: Mapping[str, float]
    provenance: str
