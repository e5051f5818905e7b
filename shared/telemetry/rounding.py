"""Disclosure rounding of counts that follow from one person's risk, where they are taken from the store."""

from typing import Final

DISCLOSURE_STEP: Final = 5


def round_for_disclosure(count: int) -> int:
    """The largest multiple of five that is not above the count."""
    return count // DISCLOSURE_STEP * DISCLOSURE_STEP
