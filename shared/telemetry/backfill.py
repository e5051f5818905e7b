"""Writes past metrics for a new Prometheus, in the format of `promtool tsdb create-blocks-from openmetrics`."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, pairwise

from shared.domain.release.cell import Cell
from shared.telemetry import names
from shared.telemetry.cohorts import Series, cell_samples

# Queries take the latest value of a day, so two in three days leave no gap.
STEP_SECONDS = 16 * 3600


def open_metrics(
    weeks: Iterable[tuple[int, list[Cell]]], titles: Mapping[str, str], *, since: int, until: int
) -> Iterator[str]:
    """Lines, with their ends: what Prometheus would have scraped from `since` to before `until`, in Unix seconds.

    `weeks` are the instants at which cells were released, the oldest first. Cells hold until the next are released,
    the last ones up to `until`.
    """
    known: dict[Series, float] = {(names.COHORT_INFO, pair): 1.0 for pair in titles.items()}
    for (released, cells), (replaced, _) in pairwise(chain(weeks, [(until, [])])):
        values = known | cell_samples(cells)[0]
        texts = [(_text(series), value) for series, value in values.items()]
        for at in range(max(released, since), min(replaced, until), STEP_SECONDS):
            yield "".join(f"{text} {value:g} {at}\n" for text, value in texts)
    yield "# EOF\n"


def _text(series: Series) -> str:
    metric, labels = series
    pairs = ",".join(f'{name}="{_escaped(value)}"' for name, value in zip(metric.labels, labels, strict=True))
    return f"{metric.name}{{{pairs}}}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
