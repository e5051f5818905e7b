"""The text features keep what they promise on the labelled texts. How fast they are is shown by the bench, not here."""

from pathlib import Path
from typing import Any

import pytest

from tests.bench.evaluation import linear, text_tasks


@pytest.fixture(scope="module")
def found(data_directory: Path) -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(linear, "BOOTSTRAPS", 20)
        patch.setattr(text_tasks, "SEEDS", 2)
        return text_tasks.run(data_directory)


def best(task: dict[str, Any], **wanted: str) -> dict[str, Any]:
    chosen: dict[str, Any]
    (chosen,) = [row for row in task["rows"] if row["model"] == "all features" and wanted.items() <= row.items()]
    return chosen


def test_receptiveness(found: dict[str, Any]) -> None:
    task = found["receptiveness"]
    assert best(task)["value"] >= text_tasks.GOALS["receptiveness"]
    assert best(task)["cross_issue"] >= text_tasks.GOALS["receptiveness_cross_issue"]
    assert best(task)["value"] == max(row["value"] for row in task["rows"])


@pytest.mark.parametrize("rating", ["uptake_zscore", "uptake"])
def test_uptake(found: dict[str, Any], rating: str) -> None:
    assert best(found["uptake"], rating=rating)["value"] >= text_tasks.GOALS["uptake"]


def test_politeness(found: dict[str, Any]) -> None:
    task = found["politeness"]
    wiki = best(task, **{"trained on": "wikipedia", "tested on": "wikipedia"})
    assert wiki["value"] >= text_tasks.GOALS["politeness_wikipedia"]


def test_every_figure_has_an_interval_and_a_baseline(found: dict[str, Any]) -> None:
    for name in ("receptiveness", "uptake", "politeness"):
        rows = found[name]["rows"]
        assert len({row["model"] for row in rows}) > 1
        assert all(
            low <= row["value"] + 0.02 and row["value"] - 0.02 <= high
            for row in rows
            for low, high in [row["interval"]]
        )
    assert found["speed"]["messages_per_cpu_second"] > 0


def test_the_rows_of_a_page(found: dict[str, Any]) -> None:
    heading, *rows = text_tasks.table(found)
    assert len(rows) == 20
    assert all(len(row) == len(heading) for row in rows)
