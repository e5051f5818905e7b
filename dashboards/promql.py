"""PromQL over declared metrics, so that a query cannot name a metric or a label that no service exports.

Every query first folds replicas away: counters and histograms are summed, gauges that several replicas report
alike are averaged or their worst is taken.
"""

from typing import Final

from shared.telemetry.names import Metric

EXPOSED_ENDINGS: Final = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}


def rate(metric: Metric, *, by: tuple[str, ...] = ()) -> str:
    """How much a counter grows each second."""
    return f"sum{_by(metric, by)} (rate({_counter(metric)}[$__rate_interval]))"


def increase(metric: Metric, *, by: tuple[str, ...] = ()) -> str:
    """How much a counter grew over the time that the panel shows."""
    return f"sum{_by(metric, by)} (increase({_counter(metric)}[$__range]))"


def quantile(metric: Metric, share: float, *, by: tuple[str, ...] = ()) -> str:
    """The value that `share` (0 to 1) of a histogram's observations stayed below."""
    if metric.kind != "histogram":
        raise ValueError(f"{metric.name} is a {metric.kind}, not a histogram")
    buckets = f"rate({metric.name}_bucket[$__rate_interval])"
    grouping = ", ".join(("le", *_known(metric, by)))
    return f"histogram_quantile({share:g}, sum by ({grouping}) ({buckets}))"


def gauge(metric: Metric, fold: str, *, by: tuple[str, ...] = (), where: dict[str, str] | None = None) -> str:
    """A gauge folded by `sum`, `max` or `avg`. `where` maps a label to a matcher such as `="x"` or `=~"$cohort"`."""
    if metric.kind != "gauge":
        raise ValueError(f"{metric.name} is a {metric.kind}, not a gauge")
    conditions = where or {}
    _known(metric, tuple(conditions))
    selector = ", ".join(f"{label}{matcher}" for label, matcher in conditions.items())
    return f"{fold}{_by(metric, by)} ({metric.name}{f'{{{selector}}}' if selector else ''})"


def exposed_names(metric: Metric) -> tuple[str, ...]:
    """The names under which Prometheus stores a metric."""
    return tuple(metric.name + ending for ending in EXPOSED_ENDINGS[metric.kind])


def _counter(metric: Metric) -> str:
    if metric.kind != "counter":
        raise ValueError(f"{metric.name} is a {metric.kind}, not a counter")
    return f"{metric.name}_total"


def _by(metric: Metric, labels: tuple[str, ...]) -> str:
    return f" by ({', '.join(_known(metric, labels))})" if labels else ""


def _known(metric: Metric, labels: tuple[str, ...]) -> tuple[str, ...]:
    if unknown := set(labels) - set(metric.labels):
        raise ValueError(f"{metric.name} has no label {', '.join(sorted(unknown))}")
    return labels
