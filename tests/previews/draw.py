"""Draws a dashboard from its JSON and the answers of Prometheus: places, titles, units and colours are the JSON's."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from textwrap import fill
from typing import Any

import matplotlib as mpl
from matplotlib import dates
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator

from tests.dashboards.walk import Asked
from tests.previews.theme import (
    COLOURS,
    EDGE,
    FAINT,
    GRID,
    PAGE,
    PANEL,
    SERIES,
    TEXT,
    colour,
    step_colour,
    written,
)

# Grafana's own measures on a screen of 1440 pixels: 24 columns, rows of 30 pixels, gaps of 8.
WIDTH, COLUMNS, ROW, GAP, HEAD = 1440, 24, 30, 8, 64
DPI = 100
ROWS_OF_TABLE = 28  # pixels
_AXIS = 74  # pixels for what is written beside the y axis
mpl.rcParams.update(
    {"font.family": "DejaVu Sans", "text.color": TEXT, "axes.edgecolor": EDGE, "text.parse_math": False}
)


class Picture:
    """One dashboard on one picture. Coordinates are pixels from the top left."""

    def __init__(self, dashboard: dict[str, Any], *, span: str) -> None:
        rows = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in dashboard["panels"])
        self.height = HEAD + rows * (ROW + GAP) + GAP
        self.figure = Figure(figsize=(WIDTH / DPI, self.height / DPI), dpi=DPI, facecolor=PAGE)
        self.canvas = self.axes(0, 0, WIDTH, self.height)
        self.canvas.text(16, 26, dashboard["title"], fontsize=15, weight="bold", va="center")
        chosen = [
            f"{each['label']}: {each['current']['text']}"
            for each in dashboard["templating"]["list"]
            if each.get("hide") != 2
        ]
        line = "   ".join((dashboard["description"], *chosen, f"last {span}"))
        self.canvas.text(16, 48, line, fontsize=9, color=FAINT, va="center")

    def axes(self, x: float, y: float, width: float, height: float) -> Axes:
        """Axes over a part of the picture, with pixels as coordinates and y downwards, and nothing drawn."""
        axes = self._place(x, y, width, height)
        axes.set_xlim(0, width)
        axes.set_ylim(height, 0)
        axes.axis("off")
        return axes

    def _place(self, x: float, y: float, width: float, height: float) -> Axes:
        return self.figure.add_axes((x / WIDTH, 1 - (y + height) / self.height, width / WIDTH, height / self.height))

    def draw(self, panel: dict[str, Any], asked: Sequence[Asked]) -> None:
        """Draw a panel at its place in the grid."""
        grid = panel["gridPos"]
        unit = (WIDTH - GAP) / COLUMNS
        x, y = GAP + grid["x"] * unit, HEAD + grid["y"] * (ROW + GAP)
        width, height = grid["w"] * unit - GAP, grid["h"] * (ROW + GAP) - GAP
        if panel["type"] == "row":
            self.canvas.text(x + 4, y + height / 2, f"⌄  {panel['title']}", fontsize=12, weight="bold", va="center")
            return
        if panel["type"] == "text":
            _words(self.axes(x, y, width, height), panel["options"]["content"], width)
            return
        box = FancyBboxPatch((x, y), width, height, boxstyle="round,pad=0,rounding_size=3", fc=PANEL, ec=EDGE, lw=0.8)
        self.canvas.add_patch(box)
        room = int(width / 7.2)
        title = panel["title"] if len(panel["title"]) <= room else panel["title"][: room - 1] + "…"
        self.canvas.text(x + 10, y + 17, title, fontsize=9.5, weight="medium", va="center")
        inner = (x + 10, y + 32, width - 20, height - 40)
        series = [each for one in asked for each in one.series]
        if not series:
            told = panel["fieldConfig"]["defaults"].get("noValue", "No data")
            self.axes(*inner).text(inner[2] / 2, inner[3] / 2, told, ha="center", va="center", color=FAINT)
            return
        match panel["type"]:
            case "stat":
                _stat(self.axes(*inner), panel, float(series[0]["values"][-1][1]))
            case "timeseries":
                self._timeseries(panel, asked, inner)
            case "bargauge":
                _bars(self.axes(*inner), panel, asked, inner[2], inner[3])
            case "table":
                _table(self.axes(*inner), panel, asked, inner[2], inner[3])
            case kind:
                raise ValueError(f"no way to draw a panel of the kind {kind}")

    def save(self, file: Path) -> None:
        """Write the picture."""
        file.parent.mkdir(parents=True, exist_ok=True)
        self.figure.savefig(file, dpi=DPI, facecolor=PAGE, metadata={"Software": None})

    def _timeseries(self, panel: dict[str, Any], asked: Sequence[Asked], inner: tuple[float, ...]) -> None:
        x, y, width, height = inner
        lines = [(legend(one, each), each["values"], one) for one in asked for each in one.series]
        shown, legend_rows = _legend_layout([name for name, _, _ in lines], width, height)
        plot_height = height - 17 * legend_rows - 24
        axes = self._place(x + _AXIS, y, width - _AXIS - 4, plot_height)
        axes.set_facecolor("none")
        self._plot(axes, panel, lines)
        start, end = asked[0].range
        axes.set_xlim(datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC))  # type: ignore[arg-type]
        under = self.axes(x, y + plot_height + 24, width, 17 * legend_rows)
        left, row = 0.0, 0
        for index, name in enumerate(shown):
            wide = _legend_width(name)
            if left + wide > width and left:
                left, row = 0.0, row + 1
            if row >= legend_rows:
                break
            tone = _tone(panel, lines[index][2], index)
            under.plot([left + 2, left + 14], [17 * row + 9, 17 * row + 9], color=tone, lw=3, solid_capstyle="butt")
            under.text(left + 18, 17 * row + 9, name, fontsize=7.6, va="center")
            left += wide

    def _plot(self, axes: Axes, panel: dict[str, Any], lines: Sequence[tuple[str, Any, Asked]]) -> None:
        defaults = panel["fieldConfig"]["defaults"]
        custom = defaults.get("custom", {})
        stacked = custom.get("stacking", {}).get("mode") == "normal"
        base: dict[float, float] = {}
        for index, (_, values, one) in enumerate(lines):
            tone = _tone(panel, one, index)
            times, heights = _with_gaps([float(at) for at, _ in values], [float(value) for _, value in values])
            when = [datetime.fromtimestamp(at, UTC) for at in times]
            if stacked:
                low = [base.get(at, 0.0) for at in times]
                high = [bottom + each for bottom, each in zip(low, heights, strict=True)]
                base.update(zip(times, high, strict=True))
                axes.fill_between(when, low, high, color=tone, alpha=0.75, lw=0.6)  # type: ignore[arg-type]
                if len(when) == 1:  # what has no past yet
                    axes.plot(when, high, color=tone, marker="s", ms=5)  # type: ignore[arg-type]
            else:
                few = "." if len(when) < 3 else None
                axes.plot(when, heights, color=tone, lw=1.5, marker=few)  # type: ignore[arg-type]
        low_end, high_end = defaults.get("min"), defaults.get("max")
        bottom, top = axes.get_ylim()
        bottom = min(bottom, custom.get("axisSoftMin", bottom))
        top = max(top, custom.get("axisSoftMax", top))
        counts = defaults.get("decimals") == 0 and not defaults.get("unit", "short").startswith("percent")
        if top - bottom < (1 if counts else 1e-9):
            top = bottom + 1
        axes.set_ylim(low_end if low_end is not None else bottom, high_end if high_end is not None else top)
        if not stacked and len(defaults.get("thresholds", {}).get("steps", ())) > 1:
            bottom, top = axes.get_ylim()
            for step in defaults["thresholds"]["steps"][1:]:
                if bottom < step["value"] < top:
                    axes.axhline(step["value"], color=colour(step["color"]), lw=1, ls=(0, (4, 3)))
        unit, decimals = defaults.get("unit", "short"), defaults.get("decimals")
        # As Grafana does: no more marks than differ as they are written.
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=counts))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: written(value, unit, decimals)))
        locator = dates.AutoDateLocator(maxticks=7)  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator, show_offset=False))  # type: ignore[no-untyped-call]
        axes.grid(color=GRID, lw=0.7)
        axes.set_axisbelow(True)
        axes.tick_params(labelsize=7.6, colors=FAINT, length=0)
        axes.margins(x=0)
        for spine in axes.spines.values():
            spine.set_visible(False)


def _with_gaps(times: list[float], heights: list[float]) -> tuple[list[float], list[float]]:
    """Points with a hole wherever some are missing, so that nothing is drawn where nothing is known."""
    step = min((later - at for at, later in pairwise(times)), default=0.0)
    found: list[tuple[float, float]] = []
    for at, height in zip(times, heights, strict=True):
        if found and at - found[-1][0] > 1.5 * step:
            found.append((found[-1][0] + step, float("nan")))
        found.append((at, height))
    return [at for at, _ in found], [height for _, height in found]


def legend(one: Asked, series: dict[str, Any]) -> str:
    """What a series is called."""
    template = one.target.get("legendFormat") or ""
    if not template:
        return ", ".join(f"{name}={value}" for name, value in series["metric"].items()) or one.panel["title"]
    return re.sub(r"\{\{(\w+)\}\}", lambda found: series["metric"].get(found[1], ""), template).strip()


def _legend_layout(names: list[str], width: float, height: float) -> tuple[list[str], int]:
    """Names to show and how many lines they take; at most a quarter of the panel."""
    rows, left = 1, 0.0
    for name in names:
        wide = _legend_width(name)
        if left + wide > width and left:
            rows, left = rows + 1, 0.0
        left += wide
    return names, min(rows, max(int(height / 4 / 17), 1))


def _legend_width(name: str) -> float:
    return 34 + 6.6 * len(name)


def _tone(panel: dict[str, Any], one: Asked, index: int) -> str:
    """Colour of a series: that of its query, or the next of the palette."""
    for override in panel["fieldConfig"].get("overrides", ()):
        if override["matcher"] == {"id": "byFrameRefID", "options": one.target["refId"]}:
            for each in override["properties"]:
                if each["id"] == "color":
                    return colour(each["value"]["fixedColor"])
    return SERIES[index % len(SERIES)]


def _words(axes: Axes, content: str, width: float) -> None:
    """Markdown, of which bold and italics are all there is: the bold beginning, then the rest."""
    bold = re.match(r"\*\*(.+?)\*\*\s*", content)
    rest = re.sub(r"\*(\w[^*]*)\*", r"\1", content[bold.end() :] if bold else content)
    top = 14.0
    if bold:
        axes.text(6, top, bold[1], fontsize=10.5, weight="bold", va="center")
        top += 20
    axes.text(6, top - 8, fill(rest, int(width / 6.7)), fontsize=9.5, va="top", linespacing=1.45)


def _stat(axes: Axes, panel: dict[str, Any], value: float) -> None:
    defaults = panel["fieldConfig"]["defaults"]
    text = written(value, defaults.get("unit", "short"), defaults.get("decimals"))
    steps = defaults.get("thresholds", {}).get("steps", ())
    width, height = axes.get_xlim()[1], axes.get_ylim()[0]
    size = min(30, 1.15 * width / max(len(text), 1))
    axes.text(
        width / 2,
        height / 2 - 4,
        text,
        fontsize=size,
        weight="bold",
        color=step_colour(value, steps),
        ha="center",
        va="center",
    )


def _bars(axes: Axes, panel: dict[str, Any], asked: Sequence[Asked], width: float, height: float) -> None:
    defaults = panel["fieldConfig"]["defaults"]
    unit, decimals = defaults.get("unit", "short"), defaults.get("decimals")
    bars = [(legend(one, each), float(each["values"][-1][1])) for one in asked for each in one.series]
    room = max(int(height / 22), 1)
    bars = bars[:room]
    name_width = min(max(7.0 * max(len(name) for name, _ in bars), 60), 0.55 * width)
    top = defaults.get("max", max([value for _, value in bars] + [1e-9]))
    low = min(defaults.get("min", 0.0), 0.0)
    step = min(height / len(bars), 34)
    for index, (name, value) in enumerate(bars):
        y = index * step
        tone = step_colour(value, defaults.get("thresholds", {}).get("steps", ()))
        full = width - name_width - 70
        share = max(min((value - low) / (top - low or 1), 1), 0)
        axes.text(0, y + step / 2, name[: int(name_width / 6.8)], fontsize=8.4, va="center")
        axes.add_patch(Rectangle((name_width + 6, y + 4), full, step - 8, fc=GRID))
        axes.add_patch(Rectangle((name_width + 6, y + 4), max(full * share, 2), step - 8, fc=tone))
        axes.text(
            width,
            y + step / 2,
            written(value, unit, decimals),
            fontsize=8.8,
            va="center",
            ha="right",
            color=TEXT,
            weight="bold",
        )


def table_rows(panel: dict[str, Any], asked: Sequence[Asked]) -> tuple[list[str], list[list[float | str | None]]]:
    """Heads and rows of a table: queries merged by their labels, fields renamed and left out as the JSON says."""
    organise = next(each["options"] for each in panel["transformations"] if each["id"] == "organize")
    names, hidden = organise["renameByName"], {key for key, out in organise["excludeByName"].items() if out}
    label = min(organise["indexByName"], key=organise["indexByName"].get)
    values: dict[str, dict[str, float]] = {}
    for one in asked:
        head = names.get(f"Value #{one.target['refId']}", names.get("Value", "Value"))
        for each in one.series:
            values.setdefault(each["metric"].get(label, ""), {})[head] = float(each["values"][-1][1])
    heads = [names.get(f"Value #{one.target['refId']}", names.get("Value", "Value")) for one in asked]
    assert label not in hidden
    rows: list[list[float | str | None]] = [[key, *(own.get(head) for head in heads)] for key, own in values.items()]
    sort = panel["options"].get("sortBy", ())
    place = [names.get(label, label), *heads].index(sort[0]["displayName"]) if sort else 0
    rows.sort(key=lambda row: _order(row[place], str(row[0]), descending=not sort or sort[0]["desc"]))
    return [names.get(label, label), *heads], rows


def _order(value: float | str | None, name: str, *, descending: bool) -> tuple[float, str]:
    """By numbers, then by names; what has no number comes last."""
    sign = -1.0 if descending else 1.0
    return (sign * value if isinstance(value, float) else float("inf"), name)


def _table(axes: Axes, panel: dict[str, Any], asked: Sequence[Asked], width: float, height: float) -> None:
    heads, rows = table_rows(panel, asked)
    styles = {
        override["matcher"]["options"]: {each["id"]: each["value"] for each in override["properties"]}
        for override in panel["fieldConfig"].get("overrides", ())
    }
    first = min(0.22 * width, 190.0)
    wide = (width - first) / max(len(heads) - 1, 1)
    head_height = 34 if any(len(head) * 6.8 > wide for head in heads[1:]) else 22
    for column, head in enumerate(heads):
        x = 0 if column == 0 else first + (column - 0.5) * wide
        text = fill(head, max(int(wide / 6.8), 8), break_long_words=False)
        axes.text(
            x,
            head_height / 2,
            text,
            fontsize=min(7.6, 7.6 * wide / (6.8 * max(map(len, text.split("\n")), default=1))),
            color=COLOURS["semi-dark-blue"],
            weight="bold",
            va="center",
            ha="left" if column == 0 else "center",
            linespacing=1.1,
        )
    for index, row in enumerate(rows[: int((height - head_height) / ROWS_OF_TABLE)]):
        y = head_height + index * ROWS_OF_TABLE
        axes.plot([0, width], [y, y], color=GRID, lw=0.8)
        axes.text(0, y + ROWS_OF_TABLE / 2, str(row[0])[: int(first / 6.4)], fontsize=8.8, va="center")
        for column, value in enumerate(row[1:], 1):
            style = styles.get(heads[column], {})
            middle = first + (column - 0.5) * wide
            if value is None:
                told = panel["fieldConfig"]["defaults"].get("noValue", "")
                axes.text(
                    middle,
                    y + ROWS_OF_TABLE / 2,
                    told,
                    fontsize=7.6,
                    color=FAINT,
                    va="center",
                    ha="center",
                    style="italic",
                )
                continue
            assert isinstance(value, float)
            steps = style.get("thresholds", {}).get("steps", ())
            filled = "custom.cellOptions" in style
            if filled:
                tone = step_colour(value, steps)
                axes.add_patch(
                    Rectangle(
                        (middle - wide / 2 + 1, y + 1),
                        wide - 2,
                        ROWS_OF_TABLE - 2,
                        fc=tone,
                        alpha=0.55 if tone == COLOURS["blue"] else 0.9,
                    )
                )
            text = written(value, style.get("unit", "short"), style.get("decimals"))
            axes.text(middle, y + ROWS_OF_TABLE / 2, text, fontsize=8.6, va="center", ha="center")
