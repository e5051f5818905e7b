"""Turns a text into the markers that are kept of it. There is no other way."""

from shared.domain.text.measure import OwnText, markers, split
from shared.domain.text.uptake import Said
from shared.schemas.chat import Markers


def markers_of(text: str, answers: Said | None = None) -> Markers:
    """The markers of a text; `basis` says why there are none. `answers` is the text that it replies to, if known."""
    return markers_of_own(split(text), answers)


def markers_of_own(text: OwnText, answers: Said | None) -> Markers:
    """The markers of a text that is already split."""
    return Markers(**markers(text, answers)._asdict())
