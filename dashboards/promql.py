"""Writes PromQL over declared metrics, so that a query cannot name a metric or a label that no service exports.

Every query first joins replicas. Counters and histograms are summed. Of gauges that several replicas report alike, the
mean or the worst is taken.
"""

from collections.abc import Mapping
from typing import Final

from shared.domain.week import HOUR
from shared.telemetry import names
from shared.telemetry.names import Metric

EXPOSED_ENDINGS: Final = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}
# Cells change by the hour at most, and their past is filled in twice a day: the last value of a day is current.
CELL_LOOKBACK: Final = "1d"
# Of every process, and of every service by its name where processes are found by looking names up.
UP: Final = 'up{job=~"bellwether(-services)?"}'

Where = Mapping[str, str]
"""Label to matcher, such as `="x"` or `=~"$cohort"`."""


def steps(metric: Metric) -> str:
    """A time that holds two instants at which a metric moves: over less, a rate is mostly nothing."""
    seconds = 2 * metric.disclosure.every_seconds
    return f"{seconds // HOUR}h" if seconds >= HOUR else f"{max(seconds, 60)}s"


def rate(
    metric: Metric, *, by: tuple[str, ...] = (), where: Where | None = None, over: str = "$__rate_interval"
) -> str:
    """How much a counter grows each second."""
    return f"sum{_by(metric, by)} (rate({_counter(metric)}{_selector(metric, where)}[{over}]))"


def increase(metric: Metric, *, by: tuple[str, ...] = (), where: Where | None = None, over: str = "$__range") -> str:
    """How much a counter grew over a time; by default over the time that the panel shows."""
    return f"sum{_by(metric, by)} (increase({_counter(metric)}{_selector(metric, where)}[{over}]))"


def quantile(metric: Metric, share: float, *, by: tuple[str, ...] = (), over: str = "$__rate_interval") -> str:
    """The value that `share` (0 to 1) of a histogram's observations stayed below."""
    grouping = ", ".join(("le", *_known(metric, by)))
    buckets = f"rate({_histogram(metric)}_bucket[{over}])"
    return f"histogram_quantile({share:g}, sum by ({grouping}) ({buckets}))"


def busy(metric: Metric, *, by: tuple[str, ...] = (), over: str = "$__rate_interval") -> str:
    """The share of time spent on what a histogram measures; 1 is one worker without a pause."""
    return f"sum{_by(metric, by)} (rate({_histogram(metric)}_sum[{over}]))"


def gauge(metric: Metric, fold: str, *, by: tuple[str, ...] = (), where: Where | None = None) -> str:
    """A gauge of all replicas, joined by `sum`, `max`, `min` or `avg`."""
    return f"{fold}{_by(metric, by)} ({_gauge(metric)}{_selector(metric, where)})"


def cell(
    metric: Metric,
    *,
    by: tuple[str, ...] = ("cohort",),
    where: Where | None = None,
    ago: str = "",
    fold: str = "avg",
) -> str:
    """A figure of cells: the latest of today, or of the day that is `ago` (such as `7d`) back."""
    offset = f" offset {ago}" if ago else ""
    return (
        f"{fold}{_by(metric, by)} (last_over_time({_gauge(metric)}{_selector(metric, where)}[{CELL_LOOKBACK}]{offset}))"
    )


def lately(metric: Metric, fold: str, *, by: tuple[str, ...] = (), lookback: str) -> str:
    """A gauge of all replicas. A process that ended less than `lookback` ago counts with its last value."""
    return f"{fold}{_by(metric, by)} (last_over_time({_gauge(metric)}[{lookback}]))"


def fallen(metric: Metric, *, by: tuple[str, ...], over: str) -> str:
    """How far a gauge of all replicas is below the highest that it was over a time."""
    highest = f"max{_by(metric, by)} (max_over_time({_gauge(metric)}[{over}]))"
    return f"{highest} - {gauge(metric, 'max', by=by)}"


def changes(metric: Metric, fold: str, *, by: str, over: str) -> str:
    """How often a gauge changed, folded by a label that Prometheus gives: `instance` or `job`."""
    return f"{fold} by ({by}) (changes({_gauge(metric)}[{over}]))"


def age(metric: Metric, *, lookback: str) -> str:
    """Seconds since the latest time stamp of a gauge, even if no process has reported one for a while."""
    return f"time() - max (last_over_time({_gauge(metric)}[{lookback}]))"


def titled(expr: str) -> str:
    """The series of an expression with the label `cohort`, and the name of the cohort as the label `title`."""
    title = cell(names.COHORT_INFO, by=("cohort", "title"), fold="max")
    return f"({expr}) * on (cohort) group_left (title) {title}"


def with_unit(expr: str) -> str:
    """The series of an expression with the label `shown_in`, and the name of that cohort as the label `unit`."""
    title = cell(names.COHORT_INFO, by=("cohort", "title"), fold="max")
    unit = f'label_replace(label_replace({title}, "shown_in", "$1", "cohort", "(.*)"), "unit", "$1", "title", "(.*)")'
    return f"({expr}) * on (shown_in) group_left (unit) {unit}"


def or_none(expr: str, label: str) -> str:
    """The expression, or zero with the label `label` set to none when it has no series yet."""
    return f'{expr} or on () label_replace(vector(0), "{label}", "none", "", "")'


def exposed_names(metric: Metric) -> tuple[str, ...]:
    """The names under which Prometheus stores a metric."""
    return tuple(metric.name + ending for ending in EXPOSED_ENDINGS[metric.kind])


def _counter(metric: Metric) -> str:
    return f"{_of_kind(metric, 'counter')}_total"


def _gauge(metric: Metric) -> str:
    return _of_kind(metric, "gauge")


def _histogram(metric: Metric) -> str:
    return _of_kind(metric, "histogram")


def _of_kind(metric: Metric, kind: str) -> str:
    if metric.kind != kind:
        raise ValueError(f"{metric.name} is a {metric.kind}, not a {kind}")
    return metric.name


def _selector(metric: Metric, where: Where | None) -> str:
    conditions = where or {}
    _known(metric, tuple(conditions))
    return f"{{{', '.join(f'{label}{matcher}' for label, matcher in conditions.items())}}}" if conditions else ""


def _by(metric: Metric, labels: tuple[str, ...]) -> str:
    return f" by ({', '.join(_known(metric, labels))})" if labels else ""


def _known(metric: Metric, labels: tuple[str, ...]) -> tuple[str, ...]:
    if unknown := set(labels) - set(metric.labels):
        raise ValueError(f"{metric.name} has no label {', '.join(sorted(unknown))}")
    return labels
