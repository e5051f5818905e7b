"""The kinds of panel of the dashboards, in one style: a title, a description and queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from types import MappingProxyType
from typing import Final, TypeVar

from grafana_foundation_sdk.builders import bargauge, prometheus, stat, table, text, timeseries
from grafana_foundation_sdk.builders import common as common_builders
from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.models.common import (
    BarGaugeDisplayMode,
    BigValueColorMode,
    BigValueGraphMode,
    GraphDrawStyle,
    GraphThresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
    StackingMode,
    TableCellHeight,
    VizOrientation,
)
from grafana_foundation_sdk.models.dashboard import (
    DataTransformerConfig,
    DynamicConfigValue,
    FieldColorModeId,
    Threshold,
    ThresholdsMode,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat
from grafana_foundation_sdk.models.text import TextMode

from dashboards.page import SOURCE

PLAIN: Final = ((None, "blue"),)
_Bounded = TypeVar("_Bounded", timeseries.Panel, bargauge.Panel)


@dataclass(frozen=True, slots=True)
class Query:
    """A PromQL query and the names of its series."""

    expr: str
    legend: str = ""


@dataclass(frozen=True, slots=True)
class Scale:
    """Unit and colour steps of a panel. Steps go up; the first has no lower end."""

    unit: str = "short"
    steps: tuple[tuple[float | None, str], ...] = PLAIN
    low: float | None = None
    high: float | None = None
    decimals: int | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its head, its number for every row, and how the number is shown."""

    head: str
    expr: str
    scale: Scale


def note(content: str, *, height: int = 3) -> text.Panel:
    """A panel of text: what the page is for and how to read it."""
    return text.Panel().mode(TextMode.MARKDOWN).content(content).height(height).span(24).transparent(transparent=True)


def figure(
    title: str, description: str, expr: str, *, scale: Scale, width: int = 6, decimals: int | None = None
) -> stat.Panel:
    """A panel with the latest value of one number."""
    panel = (
        stat.Panel()
        .title(title)
        .description(description)
        .datasource(SOURCE)
        .unit(scale.unit)
        .height(4)
        .span(width)
        .graph_mode(BigValueGraphMode.NONE)
        .color_mode(BigValueColorMode.VALUE)
        .no_value("nothing yet")
        .thresholds(_thresholds(scale))
        .with_target(_target(Query(expr)).instant().ref_id("A"))
    )
    digits = decimals if decimals is not None else scale.decimals
    return panel if digits is None else panel.decimals(digits)


def lines(
    title: str, description: str, queries: Sequence[Query], *, scale: Scale, width: int = 12, height: int = 8
) -> timeseries.Panel:
    """A panel of lines over time, with the limits of the scale."""
    panel = (
        _over_time(title, description, queries, scale=scale, width=width, height=height).fill_opacity(0).line_width(2)
    )
    if scale.high is not None and scale.low is not None:
        # The whole range would press everything into one line; half of it leaves room to see a trend.
        panel = panel.axis_soft_min((scale.low + scale.high) / 2).axis_soft_max(scale.high)
    elif scale.low is not None:
        panel = panel.min(scale.low)
    if len(scale.steps) > 1:
        style = common_builders.GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.DASHED)
        panel = panel.thresholds(_thresholds(scale)).thresholds_style(style)
    return panel


def layers(
    title: str, description: str, queries: Sequence[Query], *, scale: Scale, width: int = 12, height: int = 8,
    colours: Sequence[str] = (), bars: bool = False,
) -> timeseries.Panel:  # fmt: skip
    """A panel of stacked parts over time. `colours` are those of the queries, from the bottom up."""
    panel = (
        _over_time(title, description, queries, scale=scale, width=width, height=height)
        .draw_style(GraphDrawStyle.BARS if bars else GraphDrawStyle.LINE)
        .fill_opacity(80 if bars else 60)
        .line_width(1)
        .stacking(common_builders.StackingConfig().mode(StackingMode.NORMAL).group("A"))
    )
    panel = _bounded(panel, scale)
    for letter, colour in zip(ascii_uppercase, colours, strict=False):
        panel = panel.override_by_query(letter, [_fixed(colour)])
    return panel


def ranking(
    title: str, description: str, queries: Sequence[Query], *, scale: Scale, width: int = 12, height: int = 8
) -> bargauge.Panel:
    """A panel of bars with the latest values, in the order of the query."""
    panel = (
        bargauge.Panel()
        .title(title)
        .description(description)
        .datasource(SOURCE)
        .unit(scale.unit)
        .height(height)
        .span(width)
        .display_mode(BarGaugeDisplayMode.BASIC)
        .orientation(VizOrientation.HORIZONTAL)
        .show_unfilled(show_unfilled=True)
        .no_value("nothing to show")
        .thresholds(_thresholds(scale))
        .color_scheme(builders.FieldColor().mode(FieldColorModeId.THRESHOLDS))
    )
    panel = _bounded(panel, scale)
    for letter, query in zip(ascii_uppercase, queries, strict=False):
        panel = panel.with_target(_target(query).instant().ref_id(letter))
    return panel


def grid(
    title: str, description: str, columns: Sequence[Column], *, rows: str = "title", head: str = "Team",
    sort: str = "", descending: bool = True, width: int = 24, height: int = 14, missing: str = "hidden",
    also: Mapping[str, str] = MappingProxyType({}), without: Sequence[str] = (),
) -> table.Panel:  # fmt: skip
    """A table with one row for every value of the label `rows`. Each column colours its cells by its own steps.

    `missing` fills a cell without a number. `also` gives heads to labels that are columns of their own; `without` are
    columns of the answers that are left out.
    """
    panel = (
        table.Panel()
        .title(title)
        .description(description)
        .datasource(SOURCE)
        .height(height)
        .span(width)
        .no_value(missing)
        .cell_height(TableCellHeight.SM)
        .with_transformation(DataTransformerConfig("merge", options={}))
    )
    heads = {rows: head}
    for letter, column in zip(ascii_uppercase, columns, strict=False):
        target = _target(Query(column.expr)).instant().format(PromQueryFormat.TABLE).ref_id(letter)
        panel = panel.with_target(target).override_by_name(column.head, _cell_style(column.scale))
        heads[f"Value #{letter}"] = column.head
    if len(columns) == 1:
        heads["Value"] = columns[0].head  # Grafana numbers the values only when there are several
    hidden = {"Time": True, "cohort": True} if rows != "cohort" else {"Time": True}
    hidden |= dict.fromkeys(without, True)
    heads |= also
    organised = {"excludeByName": hidden, "renameByName": heads, "indexByName": {rows: 0}}
    panel = panel.with_transformation(DataTransformerConfig("organize", options=organised))
    if sort:
        panel = panel.sort_by([common_builders.TableSortByFieldState().display_name(sort).desc(descending)])
    return panel


def _over_time(
    title: str, description: str, queries: Sequence[Query], *, scale: Scale, width: int, height: int
) -> timeseries.Panel:
    panel = (
        timeseries.Panel()
        .title(title)
        .description(description)
        .datasource(SOURCE)
        .unit(scale.unit)
        .height(height)
        .span(width)
        .no_value("nothing to show")
        .legend(
            common_builders.VizLegendOptions()
            .show_legend(show_legend=True)
            .display_mode(LegendDisplayMode.LIST)
            .placement(LegendPlacement.BOTTOM)
        )
    )
    if scale.decimals is not None:
        panel = panel.decimals(scale.decimals)
    for letter, query in zip(ascii_uppercase, queries, strict=False):
        panel = panel.with_target(_target(query).range().ref_id(letter))
    return panel


def _bounded(panel: _Bounded, scale: Scale) -> _Bounded:
    if scale.low is not None:
        panel = panel.min(scale.low)
    if scale.high is not None:
        panel = panel.max(scale.high)
    if scale.decimals is not None:
        panel = panel.decimals(scale.decimals)
    return panel


def _cell_style(scale: Scale) -> list[DynamicConfigValue]:
    style = [DynamicConfigValue("unit", scale.unit), DynamicConfigValue("thresholds", _thresholds(scale).build())]
    if scale.decimals is not None:
        style.append(DynamicConfigValue("decimals", scale.decimals))
    if len(scale.steps) > 1:
        style.append(DynamicConfigValue("custom.cellOptions", {"type": "color-background", "mode": "basic"}))
    return style


def _fixed(colour: str) -> DynamicConfigValue:
    return DynamicConfigValue("color", {"mode": "fixed", "fixedColor": colour})


def _target(query: Query) -> prometheus.Dataquery:
    return prometheus.Dataquery().expr(query.expr).legend_format(query.legend).datasource(SOURCE)


def _thresholds(scale: Scale) -> builders.ThresholdsConfig:
    steps = [Threshold(value=value, color=color) for value, color in scale.steps]
    return builders.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)
