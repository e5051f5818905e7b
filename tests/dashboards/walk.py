"""Asks a running Prometheus what Grafana would ask it: every query of every panel of the generated dashboards."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.dashboards.queries import DEFAULTS, filled

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Asked:
    """A query of a panel and what Prometheus answered: one element a series, each with `metric` and `values`."""

    dashboard: str
    panel: dict[str, Any]
    target: dict[str, Any]
    series: list[dict[str, Any]]
    range: tuple[float, float]
    """From when to when it was asked, in Unix seconds."""

    @property
    def place(self) -> str:
        """Where the query stands."""
        return f"{self.dashboard}: {self.panel['title']} ({self.target['refId']})"


def boards(directory: Path) -> dict[str, dict[str, Any]]:
    """Generated dashboards by name."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(directory.glob("*.json"))}


def panels(dashboard: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Panels with queries."""
    return (panel for panel in dashboard["panels"] if panel.get("targets"))


class Prometheus:
    """A client of Prometheus' HTTP API."""

    def __init__(self, address: str) -> None:
        self._address = address

    def get(self, path: str, **parameters: Any) -> Any:
        """The data of an answer. Raises AssertionError with Prometheus' words for an error."""
        answer = httpx.get(f"{self._address}/api/v1/{path}", params=parameters, timeout=60).json()
        assert answer["status"] == "success", f"{parameters}: {answer.get('error')}"
        return answer["data"]

    def ask(self, name: str, panel: dict[str, Any], target: dict[str, Any], *, start: int, end: int) -> Asked:
        """Ask one query of a panel, from `start` to `end` if it is one over time and as of `end` if not."""
        step = _step(panel, end - start)
        given = {"__rate_interval": f"{max(4 * step, 60)}s", "__range": f"{end - start}s"}
        expr = filled(target["expr"], DEFAULTS | given)
        if target.get("instant"):
            found = self.get("query", query=expr, time=end)["result"]
            series = [{"metric": each["metric"], "values": [each["value"]]} for each in found]
        else:
            # Up to this moment, so that what has no past yet is there.
            first = end - (end - start) // step * step
            series = self.get("query_range", query=expr, start=first, end=end, step=step)["result"]
        return Asked(name, panel, target, series, (start, end))

    def walk(self, directory: Path, *, spans: Mapping[str, int] = {}) -> Iterator[Asked]:
        """Ask everything as of now, over each dashboard's own time or over the seconds given for it."""
        end = int(time.time())
        for name, dashboard in boards(directory).items():
            start = end - spans.get(name, seconds(dashboard["time"]["from"]))
            for panel in panels(dashboard):
                for target in panel["targets"]:
                    yield self.ask(name, panel, target, start=start, end=end)


def _step(panel: dict[str, Any], span: int) -> int:
    """Seconds between points: some 200 over half the width, as Grafana takes for the width of the panel."""
    width = int(panel["gridPos"]["w"])
    return max(span * 12 // (200 * width), 5)


def seconds(time_from: str) -> int:
    """Seconds of a relative time such as now-90d."""
    number, unit = int(time_from.removeprefix("now-")[:-1]), time_from[-1]
    return number * {"h": 3600, "d": DAY}[unit]
