"""Queries of generated dashboards, with the variables filled in as Grafana does before it asks Prometheus."""

from collections.abc import Mapping
from typing import Any

DEFAULTS = {"__rate_interval": "1m", "__range": "1h", "team": ".*", "horizon": "14d", "window": "7d"}


def queries(dashboard: dict[str, Any]) -> list[str]:
    """PromQL of every panel."""
    return [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]


def filled(expr: str, values: Mapping[str, str] = DEFAULTS) -> str:
    """PromQL that Prometheus can read."""
    for name, value in values.items():
        expr = expr.replace(f"${name}", value)
    return expr
