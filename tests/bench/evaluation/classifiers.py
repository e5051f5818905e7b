"""The classifiers that the product is measured beside; their library takes seconds to import, and so is where used."""

from typing import Any


def logistic_regression() -> Any:
    """Logistic regression on features of unit variance."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1_000))


def boosted_trees(**settings: int) -> Any:
    """Gradient boosted trees, shallow and seeded."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(max_depth=3, max_iter=100, learning_rate=0.1, random_state=7, **settings)
