"""What a signal is: one frozen constant per file, listed in `SIGNALS`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import floor, inf
from typing import Any, Final, Generic, Literal, TypeVar

from shared.domain.escalation.ticket_rates import TicketScene
from shared.domain.evidence.reading import (
    HIGH,
    INSUFFICIENT,
    LOW,
    MODEL_VERSION,
    Factor,
    Measure,
    Reading,
    Subject,
    SubjectKind,
)
from shared.domain.evidence.weighing import logit, score
from shared.domain.facts.history import ChainHistory, LeaderHistory, PairHistory, SeriesHistory
from shared.domain.organisation.work_ties import OrganisationTies, TeamTies

Family = Literal["escalation", "leading", "relationship"]
"""What a signal tells of a group: `escalation`, whether somebody may go past their leader; `leading`, what a leader
does with their people; `relationship`, everything else. See `shared.domain.release.rule`."""

Earlier = Mapping[str, Measure]
"""Measures of the same subject by signals earlier in the registry (for a chain also those of person and leader)."""


@dataclass(frozen=True, slots=True)
class Bands:
    """Named ranges of a value, worst last. `limits[i]` separates `names[i]` from `names[i + 1]`."""

    names: tuple[str, ...]
    limits: tuple[float, ...]
    descending: bool  # True when smaller values are worse

    @property
    def width(self) -> float:
        """The distance from the edge of the best band to the edge of the worst; with two bands, to zero."""
        return abs(self.limits[0] - self.limits[-1]) or abs(self.limits[0]) or 1.0

    @property
    def ordinary(self) -> float:
        """A value that is nothing special: in the best band, half a middle band from its edge, or near nothing."""
        return self.limits[0] + self.width / 2 if self.descending else self.limits[0] / 4

    def of(self, value: float) -> str:
        """Name of the range that holds the value; a value on a limit belongs to the better range."""
        for name, limit in zip(self.names, self.limits, strict=False):
            if (value >= limit) if self.descending else (value <= limit):
                return name
        return self.names[-1]


HEALTH_BANDS = Bands(names=("healthy", "watch", "strained"), limits=(60.0, 40.0), descending=True)


H = TypeVar("H")
# A normal deviate lies within so many standard deviations four times in five.
_Z_80: Final = 1.2816
# By unit; of others there can be any number.
_MOST: Final = {"points": 100.0, "probability": 1.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalOf(Generic[H]):
    """A signal of one kind of subject. `compute` is pure and returns None when there is nothing to say at all."""

    name: str
    title: str
    unit: str
    window_days: int
    compute: Callable[[H, int, Earlier], Measure | None]
    bands: Bands
    floor: int  # fewer observations than this give the band "insufficient"
    meaning: str
    caution: str  # what it does not mean
    formula: str
    inputs: tuple[str, ...]  # which facts it is made from
    evidence: str  # why anybody should believe it, and what is not known
    source: str  # of the formula
    action: str  # key in ACTIONS
    kind: SubjectKind
    family: Family = "relationship"
    widest: float | None = None  # a wider 80% band of the value gives the band "insufficient"
    swing: float = 0.75  # ordinary change over four weeks, in widths of the middle band; beyond it an alert rule warns
    alert: str = ""  # name of that rule, which then is a warning; without a name it informs
    model_version: str = MODEL_VERSION

    def within(self, value: float) -> float:
        """The nearest value that the signal can have."""
        return min(max(value, 0.0), _MOST.get(self.unit, inf))


@dataclass(frozen=True, slots=True, kw_only=True)
class PairSignal(SignalOf[PairHistory]):
    """A signal of two people."""

    kind: SubjectKind = "pair"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainSignal(SignalOf[ChainHistory]):
    """A signal of a person, their leader and their leader's leader."""

    kind: SubjectKind = "chain"
    family: Family = "escalation"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketSignal(SignalOf[TicketScene]):
    """A signal of an open ticket."""

    kind: SubjectKind = "ticket"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaderSignal(SignalOf[LeaderHistory]):
    """A signal of a leader's own style."""

    kind: SubjectKind = "leader"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesSignal(SignalOf[SeriesHistory]):
    """A signal of a recurring meeting."""

    kind: SubjectKind = "series"


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamSignal(SignalOf[TeamTies]):
    """A signal of a team as a whole."""

    kind: SubjectKind = "team"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationSignal(SignalOf[OrganisationTies]):
    """A signal of the whole organisation."""

    kind: SubjectKind = "organisation"


Signal = SignalOf[Any]
"""Any signal of the registry."""


def reading(signal: Signal, subject: Subject, *, as_of: int, measure: Measure) -> Reading:
    """Band, round and sign a measure. The same measure always gives the same reading."""
    low, high = _interval(signal, measure)
    enough = measure.evidence >= signal.floor and (signal.widest is None or high - low <= signal.widest)
    ends = () if measure.spread is None else (Factor(LOW, low), Factor(HIGH, high))
    return Reading(
        signal=signal.name,
        subject=subject,
        as_of=as_of,
        value=_rounded(measure.value),
        confidence=_rounded(measure.confidence),
        band=signal.bands.of(measure.value) if enough else INSUFFICIENT,
        factors=tuple([_rounded_factor(factor) for factor in (*measure.factors, *ends)]),
        action=measure.action or signal.action,
        model_version=signal.model_version,
    )


def _interval(signal: Signal, measure: Measure) -> tuple[float, float]:
    """Ends of the 80% band of the value; both the value itself when its uncertainty cannot be told."""
    if measure.spread is None:
        return measure.value, measure.value
    reach = _Z_80 * measure.spread
    if signal.unit == "points":
        centre = logit(measure.factors)
        return score(centre - reach), score(centre + reach)
    return max(measure.value - reach, 0.0), measure.value + reach


def _rounded_factor(factor: Factor) -> Factor:
    """The factor with its numbers as `_rounded` leaves them: written out, because a pass makes millions."""
    value, contribution = factor.value, factor.contribution
    return Factor(
        factor.name,
        floor(value * 1e9 + 0.5) / 1e9 if value else 0.0,
        factor.count,
        floor(contribution * 1e9 + 0.5) / 1e9 if contribution else 0.0,
        factor.what_if if factor.what_if is None else _rounded(factor.what_if),
    )


def _rounded(value: float) -> float:
    """Nine decimals, and never minus zero, so that equal values are equal bytes."""
    # Zeros are half of what there is, and to ask costs less; `round`, which is exact about halves, costs four times as
    # much. An integer has no minus zero.
    return floor(value * 1e9 + 0.5) / 1e9 if value else 0.0
