"""Shows the metrics of a process to whoever scrapes them. There is no other way to its counters.

Services count exactly and at once, in `Metrics.registry`. Numbers about people's acts leave the process as each metric
declares (`shared.telemetry.disclosure`): a picture is taken at fixed instants, the same for every process, and shows
whole steps. Between two instants nothing moves, whoever scrapes and however often.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from math import floor, isnan
from typing import Final

from prometheus_client import generate_latest
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

from shared.telemetry.disclosure import Disclosure
from shared.telemetry.names import Metric

# The instants at which pictures are taken are multiples of this.
_BEAT_SECONDS: Final = 60
# What a client library adds: when a series was first counted, which is when the first of its kind was done.
_FIRST_COUNTED: Final = "_created"
_SUM_DIGITS: Final = 3


class Exposition:
    """The metrics of a process as they are shown. Nothing about people's acts is shown before the first picture."""

    def __init__(self, counted: Mapping[Metric, MetricWrapperBase], *, clock: Callable[[], float] = time.time) -> None:
        """`counted` holds what is counted of every metric; `clock` gives Unix seconds."""
        self._counted: Final = counted
        self._clock: Final = clock
        self._shown: Final[dict[Metric, Family]] = {}
        self._periods: Final[dict[Metric, int]] = {}

    async def run(self) -> None:
        """Take pictures at their instants, until cancelled."""
        while True:
            now = self._clock()
            await asyncio.sleep(_BEAT_SECONDS - now % _BEAT_SECONDS)
            self.settle()

    def settle(self) -> None:
        """Take the pictures that are due. Calling it more often changes nothing."""
        now = self._clock()
        for metric, counted in self._counted.items():
            if not metric.disclosure.every_seconds:
                continue
            period = floor(now / metric.disclosure.every_seconds)
            if self._periods.get(metric) != period:
                self._periods[metric] = period
                self._shown[metric] = _picture(_family(counted), metric.disclosure, self._shown.get(metric))

    def text(self, *, everything: bool) -> bytes:
        """The metrics in Prometheus' format: all of them, or those that are operational."""
        return generate_latest(_Families(self._families(everything=everything)))

    def _families(self, *, everything: bool) -> Iterator[Family]:
        for metric, counted in self._counted.items():
            if not (everything or metric.disclosure.operational):
                continue
            family = _family(counted)
            if metric.disclosure.every_seconds:
                family = self._shown.get(metric) or _like(family, ())
            yield family


class _Families(Collector):
    """What `generate_latest` asks."""

    def __init__(self, families: Iterable[Family]) -> None:
        self._families: Final = list(families)

    def collect(self) -> Iterable[Family]:
        return self._families


def _like(family: Family, samples: Iterable[Sample]) -> Family:
    made = Family(family.name, family.documentation, family.type, family.unit)
    made.samples = list(samples)
    return made


def _family(counted: MetricWrapperBase) -> Family:
    (family,) = counted.collect()
    return _like(family, (each for each in family.samples if each.name != family.name + _FIRST_COUNTED))


def _picture(family: Family, disclosure: Disclosure, before: Family | None) -> Family:
    """The family in whole steps. Counters never go back: where the steps are the same, so is everything."""
    if family.type == "histogram":
        return _like(family, _histogram(family, disclosure, before))
    rounded = (each._replace(value=_down(each.value, disclosure.step)) for each in family.samples)
    return _like(family, (each for each in rounded if disclosure.zeros or each.value))


def _histogram(family: Family, disclosure: Disclosure, before: Family | None) -> Iterator[Sample]:
    """Buckets and counts in whole steps, and sums as they would be of so many observations."""
    count_name, sum_name = f"{family.name}_count", f"{family.name}_sum"
    counts = {_series(each): each.value for each in family.samples if each.name == count_name}
    shown_before = {(each.name, _series(each)): each.value for each in before.samples} if before else {}
    for each in family.samples:
        series = _series(each)
        shown = _down(counts[series], disclosure.step)
        if not shown and not disclosure.zeros:
            continue
        value = _down(each.value, disclosure.step)
        if each.name == sum_name:
            value = shown_before.get((sum_name, series), 0.0)
            if shown and shown_before.get((count_name, series)) != shown:
                value = max(value, float(f"{each.value * shown / counts[series]:.{_SUM_DIGITS}g}"))
        yield each._replace(value=value)


def _series(sample: Sample) -> tuple[tuple[str, str], ...]:
    """The labels that identify one histogram of a family."""
    return tuple(sorted((name, value) for name, value in sample.labels.items() if name != "le"))


def _down(value: float, step: int) -> float:
    return value if isnan(value) else float(value // step * step)
