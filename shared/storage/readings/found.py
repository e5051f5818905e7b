"""Rows that the API reads, one type for each kind, with columns by name."""

from typing import NamedTuple


class FoundPerson(NamedTuple):
    """A person of the directory. `key` is the pseudonym."""

    key: str
    team: str | None
    active: bool
    team_name: str | None  # that an operator has confirmed


class FoundReading(NamedTuple):
    """A reading of a pair, whose `third` is empty, or of a chain. `as_of` is in Unix seconds."""

    first: str
    second: str
    third: str
    value: float
    confidence: float
    band: str
    as_of: int
    action: str


class FoundOwnReading(NamedTuple):
    """A reading of one person, whose `second` is empty, or of a pair."""

    first: str
    second: str
    signal: str
    value: float
    confidence: float
    band: str
    as_of: int
    action: str


class FoundPoint(NamedTuple):
    """A reading in a history. `factors` are encoded: see `read_factors`."""

    week: int
    as_of: int
    value: float
    confidence: float
    band: str
    factors: str


class FoundEvidence(NamedTuple):
    """A reading with what made it. `factors` are encoded: see `read_factors`."""

    signal: str
    week: int
    as_of: int
    value: float
    confidence: float
    band: str
    factors: str
    action: str
    model_version: str
