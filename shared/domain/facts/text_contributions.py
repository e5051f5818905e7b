"""What the markers of a contact or a comment contribute to the counters of a pair and day."""

from collections.abc import Mapping
from typing import Final

from shared.domain.facts.history import TEXT_COUNTER_INDEX, TEXT_COUNTERS
from shared.domain.facts.interaction import ContactInteraction, Markers

_AT: Final[Mapping[str, int]] = TEXT_COUNTER_INDEX
# "Noted, thanks" acknowledges, and that is all it does: half.
BRIEF_WORDS: Final = 5


def responds(contact: ContactInteraction, recipient: str, recipients: int) -> bool:
    """Whether a contact answers one of its recipients.

    True for a reply to the recipient. Also true for a message to one person whose text was read together with the
    message that it answers: that one can only be theirs.
    """
    if contact.in_reply_to:
        return contact.in_reply_to == recipient
    return recipients == 1 and contact.markers.follow_ups is not None


def text_counts(markers: Markers, *, response: bool) -> list[int] | None:
    """Counters of one text towards one person; None where no text was read."""
    if markers.basis == "not_english":
        counts = [0] * len(TEXT_COUNTERS)
        counts[_AT["other_language"]] = 1
        return counts
    if markers.basis != "text":
        return None
    counts = [0] * len(TEXT_COUNTERS)
    counts[_AT["texts"]] = 1
    counts[_AT["questions"]] = int(markers.questions > 0)
    counts[_AT["hedges"]] = markers.hedges
    counts[_AT["reasons"]] = markers.reasons
    counts[_AT["advocacy"]] = markers.advocacy
    counts[_AT["inquiry"]] = markers.inquiry
    if not response:
        return counts
    counts[_AT["responses"]] = 1
    if markers.acknowledges:
        counts[_AT["acknowledged_halves"]] = 1 if markers.words <= BRIEF_WORDS else 2
    counts[_AT["follow_ups"]] = int(bool(markers.follow_ups))
    if markers.uptake is not None:
        counts[_AT["uptake_texts"]] = 1
        counts[_AT["uptake"]] = markers.uptake
    if markers.receptiveness is not None:
        counts[_AT["receptiveness_texts"]] = 1
        counts[_AT["receptiveness"]] = markers.receptiveness
    return counts
