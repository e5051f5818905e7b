"""Exports cells as gauges, up to a limit. In a large organisation the smallest cohorts lose detail first."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from shared.domain.organisation.hierarchy import ORGANISATION
from shared.domain.privacy.sanitise import label_of
from shared.domain.release.cell import Cell
from shared.domain.signals import SIGNAL_BY_NAME
from shared.telemetry import names
from shared.telemetry.metrics import Metrics
from shared.telemetry.names import Metric

# A scrape of 50,000 series takes Python about half a second; the rest of them leaves room for the pipeline's own.
MOST_SERIES: Final = 46_000

Series = tuple[Metric, tuple[str, ...]]
"""A metric and the values of its labels."""


class CohortGauges:
    """Keeps the gauges equal to the cells that were shown last.

    It sets gauges one by one and removes only those of cells that are gone. So a scrape in between never misses a
    cohort that is there before and after.
    """

    def __init__(self, metrics: Metrics, *, most_series: int = MOST_SERIES) -> None:
        self._metrics: Final = metrics
        self._most_series: Final = most_series
        self._shown: frozenset[Series] = frozenset()

    def show(self, cells: Sequence[Cell]) -> None:
        """Set the gauges to these cells. A suppressed cell exports `suppressed` 1 and no value at all."""
        values, omitted_series = cell_samples(cells, most_series=self._most_series)
        for (metric, labels), value in values.items():
            self._metrics.gauge(metric).labels(*labels).set(value)
        for metric, labels in self._shown - values.keys():
            self._metrics.gauge(metric).remove(*labels)
        self._shown = frozenset(values)
        self._metrics.gauge(names.CELL_SERIES_LEFT_OUT).set(omitted_series)


def cell_samples(cells: Sequence[Cell], *, most_series: int = MOST_SERIES) -> tuple[dict[Series, float], int]:
    """The series to export for these cells, and how many series are left out."""
    wanted = sorted(_samples(cells), key=lambda each: each[:4])
    values = {(metric, labels): value for _, _, _, labels, metric, value in wanted[:most_series]}
    return values | _counts(cells), max(len(wanted) - most_series, 0)


_Sample = tuple[int, int, str, tuple[str, ...], Metric, float]
"""Rank (low ranks are kept longest), minus people, metric name, labels, metric, value."""


def _samples(cells: Iterable[Cell]) -> Iterator[_Sample]:
    for cell in cells:
        labels = (cell.signal, label_of(cell.cohort))
        whole = cell.cohort == ORGANISATION

        def sample(
            rank: int,
            metric: Metric,
            value: float,
            *more: str,
            people: int = cell.people,
            labels: tuple[str, str] = labels,
            whole: bool = whole,
        ) -> _Sample:
            return 0 if whole else rank, -people, metric.name, (*labels, *more), metric, value

        if cell.suppressed:
            # Before anything else: a cohort must never look as if it had nothing to show.
            shown_in = label_of(cell.shown_in) if cell.shown_in else ""
            yield 1, 0, names.SIGNAL_SUPPRESSED.name, (*labels, shown_in), names.SIGNAL_SUPPRESSED, 1.0
            continue
        signal = SIGNAL_BY_NAME.get(cell.signal)
        of_chains = signal is not None and signal.kind == "chain"  # what warns of an escalation
        worst = signal.bands.names[-1] if signal is not None else None
        yield sample(1, names.SIGNAL_MEAN, cell.mean)
        for band, share in cell.shares.items():
            rank = 5 if band != worst else 2 if of_chains else 4
            yield sample(rank, names.SIGNAL_SHARE, share, band)
        for factor, mean in cell.factors.items():
            yield sample(5, names.SIGNAL_FACTOR, mean, factor)
        yield sample(3 if of_chains else 6, names.SIGNAL_PEOPLE, cell.people)


def _counts(cells: Iterable[Cell]) -> dict[Series, float]:
    counts: dict[Series, float] = {}
    for cell in cells:
        for state, counted in (("shown", not cell.suppressed), ("suppressed", cell.suppressed)):
            key = (names.CELLS, (cell.signal, state))
            counts[key] = counts.get(key, 0.0) + counted
    return counts
