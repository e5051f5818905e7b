"""The labelled texts, and their features by the product's own code."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from shared.domain.text.acts import asks, sentences
from shared.domain.text.features import FEATURES, INDEX, TOKEN, count
from shared.domain.text.own_words import own_words
from shared.domain.text.uptake import said, uptake_features
from tests.bench.evaluation.linear import Array

# Left out of receptiveness: courtesies and punctuation that hardly occur in its texts, so that their weights would be
# chance (fewer than 50 texts have them, commas and quotes apart, which are habits of writing).
UNUSED: Final = frozenset(
    {
        "gratitude", "praise", "apology", "greeting", "please", "can_you", "early_gratitude", "early_praise",
        "early_greeting", "early_could_you", "commas", "quotes", "numbers", "opens_with_so",
    }
)  # fmt: skip
RECEPTIVENESS_FEATURES: Final = tuple(name for name in FEATURES if name not in UNUSED)
_POLICE: Final = ("police", "cop", "officer", "media", "minorit", "black", "race", "shoot", "force")
_CAMPUS: Final = ("campus", "accus", "assault", "victim", "college", "school", "student", "rape", "universit", "guilty")


@dataclass(frozen=True, slots=True)
class Rated:
    """Texts with a human rating each, as features. Rows of a group share an origin and are never split."""

    texts: tuple[str, ...]
    features: Array
    rating: Array
    groups: tuple[str, ...]


def receptiveness(data: Path) -> Rated:
    """Arguments rated for receptiveness, as log1p counts of the features that the model uses."""
    rows = _rows(data / "receptiveness" / "receptive_train.csv")
    texts = tuple(row["text"] for row in rows)
    used = [INDEX[name] for name in RECEPTIVENESS_FEATURES]
    rating = np.array([float(row["receptive"]) for row in rows])
    return Rated(texts, log_counts(texts)[:, used], rating, tuple(map(str, range(len(rows)))))


def issue(text: str) -> str:
    """Which of the two policy issues a text argues about; empty when its words do not tell."""
    lower = text.lower()
    police, campus = (sum(lower.count(word) for word in words) for words in (_POLICE, _CAMPUS))
    return "police" if police > campus else "campus" if campus > police else ""


def politeness(data: Path, name: str) -> Rated:
    """Requests rated for politeness, as log1p counts of all features."""
    rows = _rows(data / "politeness" / f"{name}.annotated.csv")
    texts = tuple(row["Request"].replace("<url>", " ") for row in rows)
    rating = np.array([float(row["Normalized Score"]) for row in rows])
    return Rated(texts, log_counts(texts), rating, tuple(map(str, range(len(rows)))))


def uptake(data: Path, rating: str = "uptake_zscore") -> Rated:
    """Exchanges rated for uptake, as features of overlap; grouped by the lesson they are from."""
    rows = [row for row in _rows(data / "uptake" / "uptake_data.csv") if row[rating]]
    return Rated(
        texts=tuple(row["teacher_text"] for row in rows),
        features=np.array([exchange_features(row["student_text"], row["teacher_text"]) for row in rows]),
        rating=np.array([float(row[rating]) for row in rows]),
        groups=tuple(row["obs_id"] for row in rows),
    )


def exchange_features(first: str, reply: str) -> tuple[float, ...]:
    """Features of how a reply takes up what came first, however short that is."""
    own = own_words(reply)
    return uptake_features(
        said(_stated(own_words(first)), contested=True),
        _stated(own),
        asks_back=any(asks(sentence) for sentence in sentences(own)),
    )


def log_counts(texts: Sequence[str]) -> Array:
    """log1p of the counts of all features."""
    return np.log1p(np.array([count(TOKEN.findall(own_words(text))) for text in texts], dtype=np.float64))


def _stated(own: str) -> list[str]:
    return [token for token in TOKEN.findall(own) if token[0].isalnum()]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
