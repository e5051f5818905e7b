"""A reading: the value of one signal for one subject as of one instant, with what made it."""

from dataclasses import dataclass
from typing import Final, Literal

import msgspec

SubjectKind = Literal["pair", "chain"]
INSUFFICIENT: Final = "insufficient"
MODEL_VERSION: Final = "1"


class Factor(msgspec.Struct, frozen=True, gc=False):
    """One thing that was measured: its value, over how many observations, and what it added to the score.

    A Struct and not a dataclass, because a reading has a dozen of them and they are seven times as cheap to make.
    Contributions are in the units that the signal documents and, where a signal is additive, sum to it.
    """

    name: str
    value: float
    count: int = 0
    contribution: float = 0.0
    what_if: float | None = None  # the reading's value if this factor were at its reference, where that is known


@dataclass(frozen=True, slots=True)
class Measure:
    """What a signal computes for a subject, before it is banded."""

    value: float
    confidence: float  # 0 to 1: the share of evidence that is the subject's own, not the prior's
    factors: tuple[Factor, ...]
    evidence: int  # observations behind the value; below the signal's floor the band is "insufficient"
    action: str = ""  # key of the suggested action; empty takes the signal's own


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """A pair (two people, sorted) or a chain (person, leader, leader's leader)."""

    kind: SubjectKind
    people: tuple[str, ...]

    def __str__(self) -> str:
        """Canonical text, as in exports and on topics."""
        return f"{self.kind}:{'|'.join(self.people)}"


@dataclass(frozen=True, slots=True)
class Reading:
    """A measure with its subject, instant, band and model; numbers are rounded to 1e-9 so that equals are equal."""

    signal: str
    subject: Subject
    as_of: int
    value: float
    confidence: float
    band: str
    factors: tuple[Factor, ...]
    action: str
    model_version: str = MODEL_VERSION
