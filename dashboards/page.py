"""What the dashboards have in common: the page, its data source, and the two kinds of panel they use."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

from grafana_foundation_sdk.builders import common as common_builders
from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.builders import prometheus, stat, timeseries
from grafana_foundation_sdk.models.common import (
    BigValueGraphMode,
    GraphThresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
)
from grafana_foundation_sdk.models.dashboard import (
    Dashboard,
    DashboardCursorSync,
    DataSourceRef,
    Threshold,
    ThresholdsMode,
)

SOURCE: Final = DataSourceRef(type_val="prometheus", uid="prometheus")  # as in provisioning/datasources
GRID_COLUMNS: Final = 24


@dataclass(frozen=True, slots=True)
class Query:
    """PromQL and how its series are called."""

    expr: str
    legend: str = ""


@dataclass(frozen=True, slots=True)
class Scale:
    """Unit and colour steps of a panel. Steps go up; the first has no lower end."""

    unit: str = "short"
    steps: tuple[tuple[float | None, str], ...] = ((None, "green"),)
    low: float | None = None
    high: float | None = None


def lines(title: str, text: str, queries: Sequence[Query], *, scale: Scale, width: int = 12) -> timeseries.Panel:
    """A panel of lines over time. `text` tells the reader what to make of it."""
    panel = (
        timeseries.Panel()
        .title(title)
        .description(text)
        .datasource(SOURCE)
        .unit(scale.unit)
        .height(8)
        .span(width)
        .fill_opacity(0)
        .legend(
            common_builders.VizLegendOptions()
            .show_legend(True)
            .display_mode(LegendDisplayMode.LIST)
            .placement(LegendPlacement.BOTTOM)
        )
    )
    if scale.low is not None:
        panel = panel.min(scale.low)
    if scale.high is not None:
        panel = panel.max(scale.high)
    if len(scale.steps) > 1:
        style = common_builders.GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.DASHED)
        panel = panel.thresholds(_thresholds(scale)).thresholds_style(style)
    for letter, query in zip("ABCDEFGH", queries, strict=False):
        panel = panel.with_target(_target(query).range().ref_id(letter))
    return panel


def figure(title: str, text: str, expr: str, *, scale: Scale, width: int = 6) -> stat.Panel:
    """A panel with one number, as of now."""
    return (
        stat.Panel()
        .title(title)
        .description(text)
        .datasource(SOURCE)
        .unit(scale.unit)
        .height(4)
        .span(width)
        .graph_mode(BigValueGraphMode.NONE)
        .thresholds(_thresholds(scale))
        .with_target(_target(Query(expr)).instant().ref_id("A"))
    )


def page(uid: str, title: str, text: str) -> builders.Dashboard:
    """An empty dashboard in the house style."""
    return (
        builders.Dashboard(title)
        .uid(uid)
        .description(text)
        .tags(["bellwether"])
        .timezone("browser")
        .time("now-24h", "now")
        .refresh("1m")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .readonly()
    )


def numbered(dashboard: Dashboard) -> Dashboard:
    """The dashboard with its panels numbered in order, so that links to a panel stay valid between builds."""
    numbers = count(1)
    for panel in dashboard.panels or ():
        panel.id_val = next(numbers)
    return dashboard


def _target(query: Query) -> prometheus.Dataquery:
    return prometheus.Dataquery().expr(query.expr).legend_format(query.legend).datasource(SOURCE)


def _thresholds(scale: Scale) -> builders.ThresholdsConfig:
    steps = [Threshold(value=value, color=color) for value, color in scale.steps]
    return builders.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)
