"""What a signal is: one frozen constant per file, listed in `SIGNALS`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from shared.domain.history import ChainHistory, PairHistory
from shared.domain.reading import INSUFFICIENT, MODEL_VERSION, Factor, Measure, Reading, Subject, SubjectKind

Earlier = Mapping[str, Measure]
"""Measures of the same subject by signals earlier in the registry (for a chain also those of person and leader)."""


@dataclass(frozen=True, slots=True)
class Bands:
    """Named ranges of a value, worst last. `limits[i]` separates `names[i]` from `names[i + 1]`."""

    names: tuple[str, ...]
    limits: tuple[float, ...]
    descending: bool  # True when smaller values are worse

    def of(self, value: float) -> str:
        """Name of the range that holds the value; a value on a limit belongs to the better range."""
        for name, limit in zip(self.names, self.limits, strict=False):
            if (value >= limit) if self.descending else (value <= limit):
                return name
        return self.names[-1]


HEALTH_BANDS = Bands(names=("healthy", "watch", "strained"), limits=(60.0, 40.0), descending=True)


@dataclass(frozen=True, slots=True)
class PairSignal:
    """A signal of two people. `compute` is pure and returns None when there is nothing to say at all."""

    name: str
    title: str
    unit: str
    window_days: int
    compute: Callable[[PairHistory, int, Earlier], Measure | None]
    bands: Bands
    floor: int  # fewer observations than this give the band "insufficient"
    meaning: str
    caution: str  # what it does not mean
    action: str  # key in ACTIONS
    kind: SubjectKind = "pair"
    model_version: str = MODEL_VERSION


@dataclass(frozen=True, slots=True)
class ChainSignal:
    """A signal of a person, their leader and their leader's leader."""

    name: str
    title: str
    unit: str
    window_days: int
    compute: Callable[[ChainHistory, int, Earlier], Measure | None]
    bands: Bands
    floor: int
    meaning: str
    caution: str
    action: str
    kind: SubjectKind = "chain"
    model_version: str = MODEL_VERSION


Signal = PairSignal | ChainSignal


def reading(signal: Signal, subject: Subject, *, as_of: int, measure: Measure) -> Reading:
    """Band, round and sign a measure. The same measure always gives the same reading."""
    enough = measure.evidence >= signal.floor
    return Reading(
        signal=signal.name,
        subject=subject,
        as_of=as_of,
        value=_rounded(measure.value),
        confidence=_rounded(measure.confidence),
        band=signal.bands.of(measure.value) if enough else INSUFFICIENT,
        factors=tuple(
            [
                Factor(
                    factor.name,
                    _rounded(factor.value),
                    factor.count,
                    _rounded(factor.contribution),
                    factor.what_if if factor.what_if is None else _rounded(factor.what_if),
                )
                for factor in measure.factors
            ]
        ),
        action=measure.action or signal.action,
        model_version=signal.model_version,
    )


def _rounded(value: float) -> float:
    """Nine decimals, and never minus zero, so that equal values are equal bytes."""
    # Counts and zeros are most of what there is, and rounding costs three times as much as asking.
    return round(value, 9) + 0.0 if value else 0.0
