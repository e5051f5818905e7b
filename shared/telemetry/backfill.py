"""The past in OpenMetrics, as `promtool tsdb create-blocks-from openmetrics` reads it, for a new Prometheus."""

from collections.abc import Iterable, Iterator, Mapping

from shared.domain.release.cell import Cell
from shared.domain.week import DAY, WEEK_DAYS
from shared.telemetry import names
from shared.telemetry.cohorts import Series, cell_samples

# Queries take the latest value of a day, so two in three days leave no gap.
STEP_SECONDS = 16 * 3600
_WEEK_SECONDS = WEEK_DAYS * DAY


def open_metrics(weeks: Iterable[tuple[int, list[Cell]]], titles: Mapping[str, str], *, until: int) -> Iterator[str]:
    """Lines, with their ends. `weeks` are instants in Unix seconds and the cells as of them, the oldest first.

    Each week's cells hold until the next week's, those of the last one up to `until`.
    """
    known: dict[Series, float] = {(names.COHORT_INFO, pair): 1.0 for pair in titles.items()}
    for as_of, cells in weeks:
        values = known | cell_samples(cells)[0]
        texts = [(_text(series), value) for series, value in values.items()]
        for at in range(as_of, min(as_of + _WEEK_SECONDS, until), STEP_SECONDS):
            yield "".join(f"{text} {value:g} {at}\n" for text, value in texts)
    yield "# EOF\n"


def _text(series: Series) -> str:
    metric, labels = series
    pairs = ",".join(f'{name}="{_escaped(value)}"' for name, value in zip(metric.labels, labels, strict=True))
    return f"{metric.name}{{{pairs}}}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
