"""Uptake: whether a reply builds on what was said, as overlap of words (after Demszky et al. 2021).

Overlap needs the message replied to. It is measured where both pass through one hand, and what is carried from one to
the other is `Said`: sets of word stems in memory, never written anywhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log1p
from typing import Final

from shared.domain.text.function_words import EMPTY

_NUMBERS: Final = {
    "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9", "ten": "10", "eleven": "11", "twelve": "12",
}  # fmt: skip
_ENDINGS: Final = ("ies", "ing", "ed", "es", "'s", "ly", "s")
_STEM_LENGTH: Final = 3

UPTAKE_FEATURES: Final = ("taken_share", "taken_any", "taken_words", "taken_phrases", "reply_words", "asks_back")


@dataclass(frozen=True, slots=True)
class Said:
    """What is remembered of a message until it is answered, within one pass over a conversation."""

    content: frozenset[str]
    phrases: frozenset[tuple[str, str]]
    contested: bool
    """Whether it asks or takes a position: a reply to it can be more or less receptive."""


def said(words: Sequence[str], *, contested: bool) -> Said:
    """What to remember of a message."""
    return Said(content_of(words), _phrases(words), contested)


def uptake_features(said: Said, words: Sequence[str], *, asks_back: bool) -> tuple[float, ...]:
    """How much of what was said the words of a reply take up, in the order of UPTAKE_FEATURES."""
    taken = len(said.content & content_of(words))
    return (
        taken / max(len(said.content), 1),
        float(taken > 0),
        log1p(taken),
        log1p(len(said.phrases & _phrases(words))),
        log1p(len(words)),
        float(asks_back),
    )


def content_of(words: Sequence[str]) -> frozenset[str]:
    """Stems of the words that carry content."""
    return frozenset([_stem(word) for word in words if word not in EMPTY])


def _phrases(words: Sequence[str]) -> frozenset[tuple[str, str]]:
    return frozenset(pairwise([_stem(word) for word in words]))


def _stem(word: str) -> str:
    """The word without its common endings: crude, and the same on both sides of a comparison."""
    known = _NUMBERS.get(word)
    if known is not None:
        return known
    if len(word) > _STEM_LENGTH + 1:
        for ending in _ENDINGS:
            if word.endswith(ending) and len(word) - len(ending) >= _STEM_LENGTH:
                word = word[: -len(ending)]
                break
        if word[-1] == word[-2] or (word[-1] == "e" and len(word) > _STEM_LENGTH):
            word = word[:-1]
    return word
