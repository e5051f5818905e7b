"""The metrics of one process. They are made from `names`, on a registry of their own."""

import time
from collections.abc import Callable
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from shared.telemetry.exposition import Exposition
from shared.telemetry.names import METRICS, Metric

# Batches take from a millisecond (idle) to tens of seconds (catching up on a cold store).
_BUCKETS: Final = (0.005, 0.02, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Metrics:
    """Counters, gauges and histograms by declaration: `metrics.counter(names.CONSUMED).labels(...)`.

    `registry` holds what is counted, exactly; whoever scrapes is shown the `exposition` of it.
    """

    def __init__(self, registry: CollectorRegistry, *, clock: Callable[[], float] = time.time) -> None:
        """`clock` gives Unix seconds."""
        self.registry: Final = registry
        self._made: Final = {metric: _make(metric, registry) for metric in METRICS}
        self.exposition: Final = Exposition(self._made, clock=clock)

    def counter(self, metric: Metric) -> Counter:
        """The counter of that declaration. Raises TypeError for another kind."""
        made = self._made[metric]
        if not isinstance(made, Counter):
            raise TypeError(f"{metric.name} is a {metric.kind}")
        return made

    def gauge(self, metric: Metric) -> Gauge:
        """The gauge of that declaration. Raises TypeError for another kind."""
        made = self._made[metric]
        if not isinstance(made, Gauge):
            raise TypeError(f"{metric.name} is a {metric.kind}")
        return made

    def histogram(self, metric: Metric) -> Histogram:
        """The histogram of that declaration. Raises TypeError for another kind."""
        made = self._made[metric]
        if not isinstance(made, Histogram):
            raise TypeError(f"{metric.name} is a {metric.kind}")
        return made


def _make(metric: Metric, registry: CollectorRegistry) -> Counter | Gauge | Histogram:
    described = metric.help + metric.disclosure.described
    match metric.kind:
        case "counter":
            return Counter(metric.name, described, metric.labels, registry=registry)
        case "gauge":
            return Gauge(metric.name, described, metric.labels, registry=registry)
        case "histogram":
            return Histogram(metric.name, described, metric.labels, registry=registry, buckets=_BUCKETS)
