"""How Grafana colours and writes things, as far as the previews need it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

PAGE, PANEL, EDGE, TEXT, FAINT, GRID = "#f4f5f5", "#ffffff", "#d8d9da", "#24292e", "#6e7781", "#e4e7ea"
COLOURS = {
    "transparent": PANEL,
    "green": "#56a64b", "yellow": "#f2cc0c", "orange": "#ff780a", "red": "#e02f44", "blue": "#5794f2",
    "purple": "#a352cc", "light-blue": "#8ab8ff", "semi-dark-blue": "#1f60c4", "super-light-blue": "#c0d8ff",
}  # fmt: skip
# Grafana's classic palette, for series without a colour of their own.
SERIES = (
    "#56a64b", "#f2cc0c", "#3274d9", "#ff780a", "#e02f44", "#1f60c4", "#a352cc", "#37872d", "#e0b400", "#8ab8ff",
    "#c4162a", "#8f3bb8", "#96d98d", "#ffb357", "#b877d9", "#fade2a", "#5794f2", "#fa6400",
)  # fmt: skip
_SIZES = ((1e9, " Bil"), (1e6, " Mil"), (1e3, " K"))
_TIMES = ((365 * 86_400, "years"), (7 * 86_400, "weeks"), (86_400, "days"), (3600, "hours"), (60, "mins"))


def colour(name: str) -> str:
    """A colour of Grafana by name."""
    return COLOURS.get(name, name)


def step_colour(value: float, steps: Sequence[dict[str, Any]]) -> str:
    """Colour of the threshold that a value lies in."""
    found = steps[0]["color"] if steps else "blue"
    for step in steps:
        if step.get("value") is not None and value >= step["value"]:
            found = step["color"]
    return colour(found)


def written(value: float, unit: str, decimals: int | None = None) -> str:
    """A value in its unit, as Grafana writes it."""
    match unit:
        case "percentunit":
            return f"{_number(100 * value, decimals if decimals is not None else 1)}%"
        case "dateTimeAsIso":
            return datetime.fromtimestamp(value / 1000, UTC).strftime("%Y-%m-%d %H:%M")
        case "s":
            return _duration(value, decimals)
        case "cps":
            return f"{_number(value, decimals)} c/s"
        case "none":
            return _number(value, decimals)
        case _ if unit.startswith("suffix:"):
            return f"{_number(value, decimals)}{unit.removeprefix('suffix:')}"
        case _:
            for size, name in _SIZES:
                if abs(value) >= size:
                    return f"{_number(value / size, decimals)}{name}"
            return _number(value, decimals)


def _number(value: float, decimals: int | None) -> str:
    if decimals is not None:
        return f"{value:.{int(decimals)}f}"
    text = f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
    return text if "e" not in text else f"{value:.2g}"


def _duration(value: float, decimals: int | None) -> str:
    for size, name in _TIMES:
        if abs(value) >= size:
            return f"{_number(value / size, decimals if decimals is not None else 1)} {name}"
    return f"{value * 1000:.0f} ms" if abs(value) < 1 else f"{_number(value, decimals)} s"
