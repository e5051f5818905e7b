"""Markers of a text in one call, for tests and benches."""

from shared.domain.text.measure import TextMarkers, markers, split
from shared.domain.text.uptake import Said


def text_markers(text: str, answers: Said | None = None) -> TextMarkers:
    """Markers of a text; `answers` is what it replies to, from `remembered`."""
    return markers(split(text), answers)
