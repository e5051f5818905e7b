"""The plots of the evaluation page, as SVG. Equal results give equal bytes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from tests.bench.evaluation.results import PRODUCT, Results

_STYLE: Any = {
    "svg.hashsalt": "bellwether",
    "svg.fonttype": "none",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
_OURS, _OTHERS = "#1f5f8b", "#a7b4bd"


def draw(results: Results, folder: Path) -> list[Path]:
    """Write every plot into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    onset = results["mail"]["targets"]["unsolicited_onset"]
    made: list[Path] = []
    with _figure(folder / "onset.svg", width=8, height=3.2, made=made) as figure:
        for place, (name, title, goal) in enumerate((("auroc", "AUROC", 0.80), ("auprc", "AUPRC", 0.25)), start=1):
            _ranking(figure.add_subplot(1, 2, place), onset["models"], name, title=title, goal=goal, labels=place == 1)
    with _figure(folder / "calibration.svg", width=4.2, height=3.4, made=made) as figure:
        _calibration(figure.add_subplot(), onset["models"])
    with _figure(folder / "tickets.svg", width=8, height=3.2, made=made) as figure:
        for place, target in enumerate(results["tickets"], start=1):
            _tickets(figure.add_subplot(1, 3, place), results["tickets"][target]["models"], target, labels=place == 1)
    return made


@contextmanager
def _figure(path: Path, *, width: float, height: float, made: list[Path]) -> Iterator[Figure]:
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasSVG(figure)
        yield figure
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})
    text = "\n".join(line.rstrip() for line in path.read_text(encoding="utf-8").splitlines()) + "\n"
    path.write_text(text, encoding="utf-8")
    made.append(path)


def _ranking(axes: Any, models: Results, name: str, *, title: str, goal: float, labels: bool) -> None:
    names = list(reversed(models))
    for row, each in enumerate(names):
        low, high = models[each][f"{name}_interval"]
        color = _OURS if each.startswith("product") else _OTHERS
        axes.plot([low, high], [row, row], color=color, linewidth=2)
        axes.plot(models[each][name], row, "o", color=color)
    axes.axvline(goal, color="#b5651d", linestyle=":", linewidth=1)
    axes.set_yticks(range(len(names)), names if labels else [""] * len(names))
    axes.set_title(f"{title} of unsolicited onset, with 95 % intervals", fontsize=9)


def _calibration(axes: Any, models: Results) -> None:
    for name, color in ((PRODUCT, _OTHERS), ("product, learnt", _OURS)):
        points = models[name]["reliability"]
        axes.plot([x for x, _ in points], [y for _, y in points], "o-", color=color, label=name, markersize=4)
    top = max(max(point) for name in (PRODUCT, "product, learnt") for point in models[name]["reliability"])
    axes.plot([0, top], [0, top], color="black", linewidth=0.7, linestyle=":")
    axes.set_xlabel("mean probability, tenths of the chain weeks")
    axes.set_ylabel("share that came true")
    axes.legend(frameon=False)


def _tickets(axes: Any, models: Results, target: str, *, labels: bool) -> None:
    names = list(reversed(SHOWN))
    for row, each in enumerate(names):
        value = models[each]["recall_at_20_percent"] if each in models else 0.0
        axes.barh(row, value, color=_OURS if each.startswith("product") else _OTHERS)
    axes.axvline(0.2, color="black", linewidth=0.7, linestyle=":")
    axes.set_yticks(range(len(names)), names if labels else [""] * len(names))
    axes.set_title(target.replace("_", " "), fontsize=9)
    axes.set_xlabel("recall, a fifth reviewed")


SHOWN = (
    "age",
    "handoffs",
    "logistic regression on counts",
    "gradient boosting on counts",
    "product, ticket heat",
    "product, ticket hazard, default weights",
    "product, ticket hazard, learnt",
)
