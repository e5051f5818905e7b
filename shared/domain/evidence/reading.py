"""A reading: the value of one signal for one subject as of one instant, with what made it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import msgspec

SubjectKind = Literal["pair", "chain", "ticket", "leader", "series", "team", "organisation"]
INSUFFICIENT: Final = "insufficient"
LOW: Final = "low_80"
HIGH: Final = "high_80"
"""Factors that hold the ends of the 80% band of a reading's value."""
MODEL_VERSION: Final = "3"


class Shape(NamedTuple):
    """How a kind of subject is named: so many parts, of which the first so many are keys of people."""

    parts: int
    people: int


SHAPES: Final[Mapping[SubjectKind, Shape]] = {
    "pair": Shape(2, 2),  # two people, sorted
    "chain": Shape(3, 3),  # person, leader, leader's leader
    "ticket": Shape(1, 0),  # the tracker's id
    "leader": Shape(1, 1),
    "series": Shape(2, 1),  # the host, and a number that stands for the series
    "team": Shape(1, 0),
    "organisation": Shape(1, 0),
}
"""Every kind of subject. Readings of kinds without people say nothing of anybody in particular, except tickets."""
GROUPS: Final[frozenset[SubjectKind]] = frozenset({"team", "organisation"})
"""Kinds that are groups: what may be told of them is released, and their readings are where that comes from."""


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


class Measure(msgspec.Struct, frozen=True, gc=False):
    """What a signal computes for a subject, before it is banded."""

    value: float
    confidence: float  # 0 to 1: the share of evidence that is the subject's own, not the prior's
    factors: tuple[Factor, ...]
    evidence: int  # observations behind the value; below the signal's floor the band is "insufficient"
    action: str = ""  # key of the suggested action; empty takes the signal's own
    spread: float | None = None  # standard deviation of the logit, or of a count; None when it cannot be told


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """The subject of a reading: people, a ticket, a series or a group; see `SHAPES`."""

    kind: SubjectKind
    parts: tuple[str, ...]

    @property
    def people(self) -> tuple[str, ...]:
        """The people among the parts."""
        return self.parts[: SHAPES[self.kind].people]

    def __str__(self) -> str:
        """Canonical text, as in exports and on topics."""
        return f"{self.kind}:{'|'.join(self.parts)}"


class Reading(msgspec.Struct, frozen=True, gc=False):
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
