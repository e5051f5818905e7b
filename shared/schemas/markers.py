"""The one way from a text to what is kept of it."""

from shared.domain.text.measure import OwnText, markers, split
from shared.domain.text.uptake import Said
from shared.schemas.chat import Markers


def markers_of(text: str, answers: Said | None = None) -> Markers:
    """Markers of a text; `basis` says why there are none. `answers` is what it replies to, where that is at hand."""
    return markers_of_own(split(text), answers)


def markers_of_own(text: OwnText, answers: Said | None) -> Markers:
    """Markers of a text that was split already."""
    return Markers(**markers(text, answers)._asdict())
