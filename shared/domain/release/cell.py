"""Cells: what is said about a cohort, as released. Nothing else about groups leaves the store."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Cell:
    """A signal over a cohort. Suppressed cells carry no value; shown ones cover at least k people on each side."""

    signal: str
    cohort: str
    suppressed: bool
    people: int = 0  # rounded down to a multiple of five; 0 when suppressed
    mean: float = 0.0  # of the people's own means, to three digits
    shares: Mapping[str, float] = field(default_factory=dict)  # by band, in steps of 5 % from 5 to 95 %
    factors: Mapping[str, float] = field(default_factory=dict)  # means of what readings of chains are made of
