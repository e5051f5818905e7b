from pathlib import Path
from types import ModuleType

import pytest

from shared.domain.text import weights
from tests.bench.evaluation.fit_text import source


def test_the_weights_are_those_that_the_data_gives(data_directory: Path) -> None:
    """Whoever changes the lexicon has to fit again."""
    fitted = ModuleType("fitted")
    exec(source(data_directory), fitted.__dict__)  # noqa: S102 - what the script would write
    for name in ("RECEPTIVENESS", "UPTAKE"):
        shipped, found = getattr(weights, name), getattr(fitted, name)
        assert shipped.provenance == found.provenance
        assert shipped.intercept == pytest.approx(found.intercept, abs=2e-4)
        assert dict(shipped.weights) == pytest.approx(dict(found.weights), abs=2e-4)
