"""The one way from a text to what is kept of it."""

from shared.domain.text import text_markers
from shared.schemas.chat import Markers


def markers_of(text: str) -> Markers:
    """Markers of a text; `Markers()` (basis `metadata`) when it is empty, not English or only quotes and code."""
    found = text_markers(text)
    if found is None:
        return Markers()
    return Markers(
        basis="text",
        words=found.words,
        questions=found.questions,
        requests=found.requests,
        acknowledges=found.acknowledges,
        defers=found.defers,
    )
