"""Features of a text: how often it does what the lexicon lists, and how it is built. One pass over its tokens."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from shared.domain.text.lexicon import PHRASES

# Words (with apostrophes, in any script), numbers, and the punctuation that is looked at.
TOKEN: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d+(?:[.,/]\d+)*|[?!.,;\"\n]")
# Tokens in which something counts as early: about the first 60 characters, in which acknowledging counts most.
_EARLY_TOKENS: Final = 14
_LONG_WORD: Final = 7

_EARLY: Final = (
    "acknowledgement", "their_words", "agreement", "full_agreement", "granting", "gratitude", "praise", "greeting",
    "disagreement", "negation", "second_person", "wh_word", "could_you", "own_view",
)  # fmt: skip
_BUILD: Final = (
    "words", "sentences", "words_per_sentence", "long_words", "commas", "quotes", "numbers", "question_marks",
    "wh_questions", "yes_no_questions", "opens_with_i", "opens_with_you", "opens_with_so",
)  # fmt: skip
FEATURES: Final[tuple[str, ...]] = (*PHRASES, *(f"early_{name}" for name in _EARLY), *_BUILD)
"""Names of the features, in the order of their counts: a closed registry."""
INDEX: Final[Mapping[str, int]] = {name: index for index, name in enumerate(FEATURES)}

_OPENERS: Final[Mapping[str, int]] = {
    word: INDEX[name]
    for name, words in {
        "opens_with_i": "i i'm i've i'd i'll my",
        "opens_with_you": "you your you're you've",
        "opens_with_so": "so then and or well now oh ok okay",
    }.items()
    for word in words.split()
}
_QUESTION_OPENERS: Final[Mapping[str, int]] = {
    word: INDEX[name]
    for name, words in {
        "wh_questions": "what why how who which where when what's who's how's",
        "yes_no_questions": (
            "can could would will do does did is are was were have has should shall may might am isn't aren't don't "
            "can't couldn't doesn't didn't wouldn't won't haven't hasn't"
        ),
    }.items()
    for word in words.split()
}
_PUNCTUATION: Final = {",": INDEX["commas"], ";": INDEX["commas"], '"': INDEX["quotes"]}
_SENTENCE_ENDS: Final = frozenset("?!.\n")
_QUESTION_MARKS: Final = INDEX["question_marks"]
_EARLY_OF: Final[Mapping[int, int]] = {INDEX[name]: INDEX[f"early_{name}"] for name in _EARLY}


class _Entry(NamedTuple):
    """What a word starts: features it counts for alone, and by next word the rests of longer phrases."""

    alone: tuple[int, ...]
    longer: Mapping[str, tuple[tuple[tuple[str, ...], int], ...]]


def _phrases(listed: str) -> Iterator[tuple[str, ...]]:
    """Phrases of one feature, without those that begin with another of them: one place counts once."""
    found = {tuple(phrase.split()) for phrase in re.split(r"[|\n]", listed)} - {()}
    for phrase in sorted(found):
        if not any(phrase[:length] in found for length in range(1, len(phrase))):
            yield phrase


def _entries() -> Mapping[str, _Entry]:
    alone: dict[str, list[int]] = {}
    longer: dict[str, dict[str, list[tuple[tuple[str, ...], int]]]] = {}
    for name, listed in PHRASES.items():
        for first, *rest in _phrases(listed):
            if rest:
                longer.setdefault(first, {}).setdefault(rest[0], []).append((tuple(rest[1:]), INDEX[name]))
            else:
                alone.setdefault(first, []).append(INDEX[name])
    return {
        word: _Entry(
            tuple(alone.get(word, ())), {second: tuple(rests) for second, rests in longer.get(word, {}).items()}
        )
        for word in alone.keys() | longer.keys()
    }


_ENTRIES: Final = _entries()


def count(tokens: Sequence[str]) -> list[int]:
    """Counts of all features, in the order of FEATURES. `tokens` are a text's own words by TOKEN."""
    counts = [0] * len(FEATURES)
    opener = ""  # first word of the sentence; empty between two
    words = long_words = sentences = 0
    for at, token in enumerate(tokens):
        if token in _SENTENCE_ENDS:
            if token == "?":  # noqa: S105 - a question mark
                counts[_QUESTION_MARKS] += 1
                asked = _QUESTION_OPENERS.get(opener)
                if asked is not None:
                    counts[asked] += 1
            sentences += opener != ""
            opener = ""
            continue
        mark = _PUNCTUATION.get(token)
        if mark is not None:
            counts[mark] += 1
            continue
        words += 1
        if len(token) >= _LONG_WORD:
            long_words += 1
        if not opener:
            opener = token
            opens = _OPENERS.get(token)
            if opens is not None:
                counts[opens] += 1
        entry = _ENTRIES.get(token)
        if entry is not None:
            _add(counts, entry, tokens, at)
    counts[INDEX["words"]] = words
    counts[INDEX["long_words"]] = long_words
    counts[INDEX["sentences"]] = sentences = sentences + (opener != "")
    counts[INDEX["words_per_sentence"]] = round(words / sentences) if sentences else 0
    counts[INDEX["numbers"]] = sum([token[0].isdecimal() for token in tokens])
    return counts


def _add(counts: list[int], entry: _Entry, tokens: Sequence[str], at: int) -> None:
    """Count what starts at a token."""
    early = at < _EARLY_TOKENS
    for feature in entry.alone:
        counts[feature] += 1
        if early and feature in _EARLY_OF:
            counts[_EARLY_OF[feature]] = 1
    if entry.longer and at + 1 < len(tokens):
        for rest, feature in entry.longer.get(tokens[at + 1], ()):
            if not rest or tuple(tokens[at + 2 : at + 2 + len(rest)]) == rest:
                counts[feature] += 1
                if early and feature in _EARLY_OF:
                    counts[_EARLY_OF[feature]] = 1
