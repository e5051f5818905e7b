"""Whether a text is English: by its function words, deterministic and cheap."""

from collections.abc import Sequence
from typing import Final

from shared.domain.text.function_words import ENGLISH, OTHER, SHARED

# Below this share of function words a text is a list, a log or a language not known here.
_ENGLISH_SHARE: Final = 0.12
# As much of a text as decides its language.
_LANGUAGE_WORDS: Final = 200
_CLEARLY_ENGLISH: Final = ENGLISH - OTHER
_CLEARLY_OTHER: Final = OTHER - ENGLISH


def is_english(words: Sequence[str]) -> bool:
    """Whether these lower-case words are English; a text of words that many languages share counts as English."""
    sample = words[:_LANGUAGE_WORDS]
    english = other = shared = 0
    for word in sample:
        if word in _CLEARLY_ENGLISH:
            english += 1
        elif word in _CLEARLY_OTHER:
            other += 1
        elif word in SHARED:
            shared += 1
    if not english and not other:
        return shared == len(sample)
    return english > other and english >= _ENGLISH_SHARE * len(sample)
