"""Cells: aggregates over at least k people, and what must be withheld so that nothing smaller can be worked out."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import fsum
from typing import Final

from shared.domain.reading import INSUFFICIENT, Reading

ORGANISATION: Final = "organisation"


@dataclass(frozen=True, slots=True)
class Cell:
    """A signal over a cohort. Suppressed cells carry no value; shown ones cover at least k people on each side."""

    signal: str
    cohort: str
    suppressed: bool
    people: int  # rounded down to a multiple of five; 0 when suppressed
    mean: float
    shares: Mapping[str, float]
    factors: Mapping[str, float] = field(default_factory=dict)  # means of what the readings are made of


@dataclass(slots=True)
class _Gathered:
    values: list[float] = field(default_factory=list)
    bands: Counter[str] = field(default_factory=Counter)
    factors: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    own: set[str] = field(default_factory=set)  # people of the cohort
    other: set[str] = field(default_factory=set)  # whom they are paired with

    def look_into(self, reading: Reading) -> None:
        """Gather what a reading is made of."""
        for factor in reading.factors:
            self.factors[factor.name].append(factor.value)


class CellBuilder:
    """Gathers live readings into cells by team and for the whole organisation."""

    def __init__(self, teams: Mapping[str, str], *, k: int) -> None:
        self._teams: Final = teams
        self._k: Final = k
        self._gathered: Final[dict[tuple[str, str], _Gathered]] = defaultdict(_Gathered)

    def add(self, readings: Iterable[Reading]) -> None:
        """Count readings about people. Those without enough evidence say nothing of a cohort."""
        for reading in readings:
            people = reading.subject.people
            if reading.subject.kind == "pair":
                self.count(reading, [(people[0], people[1]), (people[1], people[0])])
            elif people:
                # In a chain it is the person who counts; several of them share one leader.
                self.count(reading, [(people[0], people[0])])

    def count(self, reading: Reading, ends: Iterable[tuple[str, str]]) -> None:
        """Count a reading for the cohorts of the first of each two people; the second is whom they are paired with."""
        if reading.band == INSUFFICIENT:
            return
        seen: set[str] = set()
        for own, other in ends:
            for cohort in filter(None, (self._teams.get(own, ""), ORGANISATION)):
                cell = self._gathered[reading.signal, cohort]
                cell.own.add(own)
                cell.other.add(other)
                if cohort not in seen:
                    seen.add(cohort)
                    cell.values.append(reading.value)
                    cell.bands[reading.band] += 1
                    if reading.subject.kind != "pair":  # of pairs there are too many to look into each
                        cell.look_into(reading)

    def add_group(self, reading: Reading, cohort: str, *, own: Iterable[str], other: Iterable[str]) -> None:
        """Take the reading of a whole cohort as its cell. `own` are its people, `other` whom they are tied to."""
        if reading.band == INSUFFICIENT:
            return
        cell = self._gathered[reading.signal, cohort]
        cell.own.update(own)
        cell.other.update(other)
        cell.values.append(reading.value)
        cell.bands[reading.band] += 1
        cell.look_into(reading)

    def cells(self) -> list[Cell]:
        """Every cell, sorted. What is left of the organisation beside the shown teams is never 1 to k - 1 people."""
        by_signal: dict[str, dict[str, _Gathered]] = defaultdict(dict)
        for (signal, cohort), gathered in self._gathered.items():
            by_signal[signal][cohort] = gathered
        return [
            _cell(signal, cohort, gathered, suppressed=cohort in hidden)
            for signal, cohorts in sorted(by_signal.items())
            for hidden in [self._hidden(cohorts)]
            for cohort, gathered in sorted(cohorts.items())
        ]

    def _hidden(self, cohorts: Mapping[str, _Gathered]) -> set[str]:
        hidden = {cohort for cohort, cell in cohorts.items() if min(len(cell.own), len(cell.other)) < self._k}
        # Complementary suppression: hide the next smallest team until the remainder is a cell of its own.
        shown = sorted((len(cell.own), cohort) for cohort, cell in cohorts.items() if cohort not in hidden)
        teams = [cohort for _, cohort in shown if cohort != ORGANISATION]
        whole = cohorts[ORGANISATION].own if ORGANISATION in cohorts else set()
        while teams and 0 < len(whole - set().union(*(cohorts[team].own for team in teams))) < self._k:
            hidden.add(teams.pop(0))
        return hidden


def _cell(signal: str, cohort: str, gathered: _Gathered, *, suppressed: bool) -> Cell:
    if suppressed:
        return Cell(signal=signal, cohort=cohort, suppressed=True, people=0, mean=0.0, shares={})
    count = len(gathered.values)
    return Cell(
        signal=signal,
        cohort=cohort,
        suppressed=False,
        people=len(gathered.own) // 5 * 5,
        mean=round(fsum(gathered.values) / count, 6) + 0.0,
        shares={band: round(number / count, 3) for band, number in sorted(gathered.bands.items())},
        factors={name: round(fsum(values) / len(values), 3) + 0.0 for name, values in sorted(gathered.factors.items())},
    )
