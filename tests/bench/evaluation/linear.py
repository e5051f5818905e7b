"""Ridge regression and what is needed to judge it: cross-validation, correlations, bootstrap intervals."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Statistic = Callable[[Array, Array], float]
BOOTSTRAPS = 1_000


@dataclass(frozen=True, slots=True)
class Ridge:
    """A fitted model; `weights` are per unit of each feature."""

    intercept: float
    weights: Array

    def predict(self, features: Array) -> Array:
        """Expected rating of each row."""
        return np.asarray(features @ self.weights + self.intercept)


def ridge(features: Array, rating: Array, penalty: float) -> Ridge:
    """Fit on standardised features, so that the penalty treats rare and frequent ones alike."""
    mean, spread = features.mean(0), features.std(0)
    spread = np.where(spread > 0, spread, 1.0)
    scaled = (features - mean) / spread
    gram = scaled.T @ scaled + penalty * np.eye(features.shape[1])
    weights = np.linalg.solve(gram, scaled.T @ (rating - rating.mean())) / spread
    return Ridge(float(rating.mean() - mean @ weights), weights)


def out_of_fold(
    features: Array, rating: Array, penalty: float, *, groups: Sequence[str], folds: int, seed: int
) -> Array:
    """Predictions of every row by a model that saw no row of its group."""
    names = np.array(sorted(set(groups)))
    shuffled = np.random.default_rng(seed).permutation(len(names))
    fold_of = {str(names[at]): place % folds for place, at in enumerate(shuffled)}
    fold = np.array([fold_of[group] for group in groups])
    found = np.zeros(len(rating))
    for each in range(folds):
        inside = fold == each
        found[inside] = ridge(features[~inside], rating[~inside], penalty).predict(features[inside])
    return found


def pearson(one: Array, other: Array) -> float:
    """Pearson's correlation."""
    return float(np.corrcoef(one, other)[0, 1])


def spearman(one: Array, other: Array) -> float:
    """Spearman's rank correlation, ties at their mean rank."""
    return pearson(_ranks(one), _ranks(other))


def interval(statistic: Statistic, predicted: Array, rating: Array, *, groups: Sequence[str]) -> tuple[float, float]:
    """95% interval of a statistic by bootstrap over groups."""
    rng = np.random.default_rng(0)
    names, member = np.unique(np.array(groups), return_inverse=True)
    rows = [np.flatnonzero(member == at) for at in range(len(names))]
    drawn = []
    for _ in range(BOOTSTRAPS):
        chosen = np.concatenate([rows[at] for at in rng.integers(0, len(names), len(names))])
        drawn.append(statistic(predicted[chosen], rating[chosen]))
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(low), float(high)


def _ranks(values: Array) -> Array:
    unique, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    mean = last - (counts - 1) / 2
    return np.asarray(mean[inverse], dtype=np.float64) if len(unique) else values
