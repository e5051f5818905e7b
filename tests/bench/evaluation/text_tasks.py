"""How well the text features do on labelled texts, beside plain baselines, and how fast.

`run` gives plain values for a report, and `table` their rows; `python -m tests.bench.evaluation.text_tasks DATA`
prints those. Every fitted figure is out of fold: no row is predicted by a model that saw a row of its group.
Intervals are 95% by bootstrap over groups. They are a little optimistic all the same: see the page. Texts kept aside
will tell.
"""

import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from shared.domain.text.features import FEATURES, INDEX, TOKEN
from shared.domain.text.measure import remembered, split
from shared.domain.text.uptake import UPTAKE_FEATURES
from tests.bench.evaluation import text_data
from tests.bench.evaluation.fit_text import RECEPTIVENESS_PENALTY, UPTAKE_PENALTY
from tests.bench.evaluation.linear import Array, interval, out_of_fold, pearson, ridge, spearman
from tests.bench.evaluation.text_data import RECEPTIVENESS_FEATURES, Rated
from tests.unit.domain.texts import text_markers

SEEDS: Final = 5
GOALS: Final = {
    "receptiveness": 0.44,
    "receptiveness_cross_issue": 0.39,
    "uptake": 0.55,
    "politeness_wikipedia": 0.78,
    "messages_per_cpu_second": 5_000.0,
}
# The published receptiveness model needs a parser. These are its constructs, as far as our patterns have them.
_PUBLISHED: Final = (
    "agreement", "granting", "full_agreement", "acknowledgement", "their_words", "yes_no_questions", "own_view",
    "hedge", "however", "concession", "disagreement", "negation", "nothing", "limiter", "reasoning", "conclusion",
    "wh_questions", "intensifier", "impersonal",
)  # fmt: skip
PUBLISHED_R: Final = 0.36
_POLITENESS_PENALTY: Final = 100.0


def run(data: Path) -> dict[str, Any]:
    """All text tasks on the data sets in a directory, as values that JSON can hold."""
    return {
        "goals": GOALS,
        "receptiveness": _receptiveness(data),
        "uptake": _uptake(data),
        "politeness": _politeness(data),
        "speed": _speed(data),
    }


def table(found: Mapping[str, Any]) -> list[list[str]]:
    """Rows for a page, the heading first: every figure with its interval, and what it is compared with."""
    rows = [["task", "model", "value", "95 % interval", "goal"]]
    for row in found["receptiveness"]["rows"]:
        rows.append(_row("receptiveness, r", row, goal="receptiveness"))
        crossed = {"model": row["model"], "value": row["cross_issue"]}
        rows.append(_row("receptiveness across issues, r", crossed, goal="receptiveness_cross_issue"))
    published = {"model": "published model, as reported", "value": found["receptiveness"]["published"]}
    rows.append(_row("receptiveness, r", published))
    rows += [
        _row(f"uptake, rho with {row['rating'].replace('_', ' ')}", row, goal="uptake")
        for row in found["uptake"]["rows"]
    ]
    for row in found["politeness"]["rows"]:
        places = [row["trained on"], *([f"then {row['tested on']}"] if row["tested on"] != row["trained on"] else [])]
        own = places == ["wikipedia"]
        rows.append(_row(f"politeness, accuracy, {', '.join(places)}", row, goal="politeness_wikipedia" if own else ""))
    speed = found["speed"]
    for name, unit in (("", "all markers"), ("_with_uptake", "all markers, of a reply")):
        of_splitting = f"{speed[f'of_splitting_alone{name}']:.2f} of splitting alone"
        rate = f"{speed[f'messages_per_cpu_second{name}']:,.0f}"
        goal = f"{GOALS['messages_per_cpu_second']:,.0f}"
        rows.append([f"messages of {speed['mean_words']:.0f} words per CPU-second", unit, rate, of_splitting, goal])
    return rows


def _row(task: str, row: Mapping[str, Any], goal: str = "") -> list[str]:
    low, high = row.get("interval", ("", ""))
    interval_text = f"{low:.3f} to {high:.3f}" if low != "" else ""
    wanted = f"{GOALS[goal]:.2f}" if goal and row["model"] == "all features" else ""
    return [task, row["model"], f"{row['value']:.3f}", interval_text, wanted]


def _receptiveness(data: Path) -> dict[str, Any]:
    rated = text_data.receptiveness(data)
    issues = np.array([text_data.issue(text) for text in rated.texts])
    columns = {
        "length": [RECEPTIVENESS_FEATURES.index("words")],
        "published constructs, our patterns": [RECEPTIVENESS_FEATURES.index(name) for name in _PUBLISHED],
        "all features": list(range(len(RECEPTIVENESS_FEATURES))),
    }
    rows = []
    for name, used in columns.items():
        part = Rated(rated.texts, rated.features[:, used], rated.rating, rated.groups)
        found = _correlated(part, RECEPTIVENESS_PENALTY, folds=5, statistic=pearson)
        crossed = [
            pearson(
                ridge(part.features[issues == one], part.rating[issues == one], RECEPTIVENESS_PENALTY).predict(
                    part.features[issues == other]
                ),
                part.rating[issues == other],
            )
            for one, other in (("police", "campus"), ("campus", "police"))
        ]
        rows.append({"model": name, "features": len(used), **found, "cross_issue": statistics.fmean(crossed)})
    return {
        "texts": len(rated.rating),
        "measure": "Pearson r, 5 folds, mean of 5 seeds; cross-issue: trained on one issue, tested on the other, mean",
        "published": PUBLISHED_R,
        "rows": rows,
    }


def _uptake(data: Path) -> dict[str, Any]:
    names = UPTAKE_FEATURES
    columns: Mapping[str, Sequence[int]] = {
        "length of the reply": [names.index("reply_words")],
        "share of words taken up": [names.index("taken_share")],
        "all features": range(len(names)),
    }
    rows = []
    for label in ("uptake_zscore", "uptake"):
        rated = text_data.uptake(data, label)
        for name, used in columns.items():
            part = Rated(rated.texts, rated.features[:, list(used)], rated.rating, rated.groups)
            found = _correlated(part, UPTAKE_PENALTY, folds=10, statistic=spearman)
            rows.append({"model": name, "rating": label, "features": len(used), **found})
    return {
        "exchanges": len(rated.rating),
        "measure": "Spearman rho, 10 folds grouped by lesson, mean of 5 seeds",
        "rows": rows,
    }


def _politeness(data: Path) -> dict[str, Any]:
    sets = {name: _quartiles(text_data.politeness(data, name)) for name in ("wikipedia", "stack-exchange")}
    rows = []
    for name, rated in sets.items():
        for model, used in (("length", [INDEX["words"]]), ("all features", list(range(len(FEATURES))))):
            part = Rated(rated.texts, rated.features[:, used], rated.rating, rated.groups)
            found = _correlated(part, _POLITENESS_PENALTY, folds=5, statistic=_accuracy)
            rows.append({"model": model, "trained on": name, "tested on": name, **found})
    wiki, exchange = sets.values()
    away = ridge(wiki.features, wiki.rating, _POLITENESS_PENALTY).predict(exchange.features)
    rows.append(
        {
            "model": "all features",
            "trained on": "wikipedia",
            "tested on": "stack-exchange",
            "value": _accuracy(away, exchange.rating),
            "interval": list(interval(_accuracy, away, exchange.rating, groups=exchange.groups)),
        }
    )
    return {
        "requests": {name: len(rated.rating) for name, rated in sets.items()},
        "measure": "accuracy, most against least polite quarter, 5 folds, mean of 5 seeds; no marker of the product",
        "rows": rows,
    }


def _quartiles(rated: Rated) -> Rated:
    """The most and the least polite quarter, rated +1 and -1."""
    low, high = np.quantile(rated.rating, [0.25, 0.75])
    kept = np.flatnonzero((rated.rating <= low) | (rated.rating >= high))
    return Rated(
        texts=tuple(rated.texts[at] for at in kept),
        features=rated.features[kept],
        rating=np.where(rated.rating[kept] >= high, 1.0, -1.0),
        groups=tuple(rated.groups[at] for at in kept),
    )


def _accuracy(predicted: Array, rating: Array) -> float:
    return float(np.mean((predicted > 0) == (rating > 0)))


def _correlated(
    rated: Rated, penalty: float, *, folds: int, statistic: Callable[[Array, Array], float]
) -> dict[str, Any]:
    """Mean of a statistic over the seeds, and its interval by the first of them. One feature alone needs no fitting."""
    if rated.features.shape[1] == 1 and statistic is not _accuracy:
        predicted = [rated.features[:, 0]]
    else:
        predicted = [
            out_of_fold(rated.features, rated.rating, penalty, groups=rated.groups, folds=folds, seed=seed)
            for seed in range(SEEDS)
        ]
    return {
        "value": statistics.fmean(statistic(each, rated.rating) for each in predicted),
        "interval": list(interval(statistic, predicted[0], rated.rating, groups=rated.groups)),
    }


def _speed(data: Path) -> dict[str, Any]:
    """CPU seconds for all markers of short messages, alone and in answer to another, beside splitting them alone."""
    texts = text_data.politeness(data, "wikipedia").texts
    words = sum(len(split(text).words) for text in texts)
    earlier = [remembered(split(text)) for text in texts]
    bare = _cpu_seconds(lambda: [TOKEN.findall(text.lower()) for text in texts])
    alone = _cpu_seconds(lambda: [text_markers(text) for text in texts])
    answering = _cpu_seconds(lambda: [text_markers(text, said) for text, said in zip(texts, earlier, strict=True)])
    return {
        "messages": len(texts),
        "mean_words": words / len(texts),
        "messages_per_cpu_second": len(texts) / alone,
        "messages_per_cpu_second_with_uptake": len(texts) / answering,
        "of_splitting_alone": bare / alone,
        "of_splitting_alone_with_uptake": bare / answering,
    }


def _cpu_seconds(work: Callable[[], object]) -> float:
    """The least of three runs."""
    seconds = []
    for _ in range(3):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return min(seconds)


if __name__ == "__main__":
    sys.stdout.write("".join(f"{' | '.join(row)}\n" for row in table(run(Path(sys.argv[1])))))
