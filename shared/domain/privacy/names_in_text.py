"""Finds names of people in what others call teams, goals and queues, and proposes the same without them. Pure.

Letters are compared without case, accents and marks, and with the spellings that stand for those. A *name* is found by
two of its words in whatever order and place, by an initial beside another word of it, by its words written together, or
by an account of the person. A single word of it, such as a surname, is only *part* of a name: it may be an ordinary
word as well. So is a mail address that nobody in the directory has.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise, permutations
from typing import Final, NamedTuple

_WORDS: Final = re.compile(r"[^\W_]+")
# Where a word begins within letters: `SalesAnaRuiz`, `team7Ana`.
_HUMPS: Final = re.compile(r"(?<=[a-z\u00df-\u00ff])(?=[A-Z\u00c0-\u00de])|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
_SPELLINGS: Final = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "æ": "ae", "œ": "oe", "ð": "d", "đ": "d", "þ": "th",
     "ł": "l", "\u0131": "i", "ħ": "h", "ŋ": "n"}
)  # fmt: skip
_PLAIN: Final = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "ð": "d", "đ": "d", "þ": "th", "ł": "l", "\u0131": "i", "ħ": "h", "ŋ": "n"}
)
# Stand in many names, and say who nobody is.
_PARTICLES: Final = frozenset({
    "al", "an", "and", "ap", "at", "bin", "bint", "by", "da", "dal", "de", "del", "della", "den", "der", "des", "di",
    "dos", "du", "el", "for", "in", "la", "las", "le", "les", "los", "mac", "mc", "mr", "mrs", "ms", "of", "on", "or",
    "san", "st", "te", "ten", "ter", "the", "to", "und", "van", "vom", "von", "zu", "zum", "zur",
})  # fmt: skip
_PART_LETTERS: Final = 3  # a shorter word alone is too often something else
_NAME_LETTERS: Final = 2
# Words of a name written together, anywhere among other letters. Shorter ones occur in ordinary words.
_TOGETHER_LETTERS: Final = range(7, 41)
_JOINED_LETTERS: Final = 5  # the same as a word of its own, such as an account
# Of these scripts words are not told apart, so a name is looked for among letters.
_UNSPACED_FROM: Final = "\u2e80"
_UNSPACED_LETTERS: Final = range(_NAME_LETTERS, 13)
_ACCOUNTS: Final = re.compile(r"[^\s()\[\]{}<>,;:'\"|/]+")
_ADDRESS: Final = re.compile(r"\S*@\S*")
_EMPTY_BRACKETS: Final = re.compile(r"[(\[{<][\W_]*[)\]}>]")
_POSSESSIVE: Final = re.compile(r"(?<!\w)['\u2019]s?(?!\w)")
_EDGES: Final = re.compile(r"^[\W_]+|[^\w)\]]+$|_+$")
_DANGLING: Final = re.compile(r"(?:^|\s)(?:of|by|for|with|and|von|de|du|und|for)$", re.IGNORECASE)
_GAPS: Final = re.compile(r"\s+_+(?=\s)|\s{2,}|(?<=[(\[])\s+|\s+(?=[)\],;])")
_JOINTS: Final = re.compile(r"(?:\s*[-_/,;:|&+\u2013\u2014]\s*){2,}")


class Match(StrEnum):
    """How much of somebody's name a text holds."""

    NAME = "name"  # enough to say who it is
    PART = "part"  # one word of it


@dataclass(frozen=True, slots=True)
class Finding:
    """What a text holds of names, and the same without it; the proposal is empty where nothing is left."""

    match: Match
    proposal: str


class _Word(NamedTuple):
    start: int
    end: int
    forms: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Person:
    words: tuple[frozenset[str], ...]  # every word of the name, in each of its spellings


class PeopleNames:
    """The names of people, to look for in texts."""

    def __init__(self, names: Iterable[str], accounts: Iterable[str] = ()) -> None:
        """`names` are as the directory writes them; `accounts` are addresses and ids of people."""
        self._by_word: Final[dict[str, list[_Person]]] = defaultdict(list)
        self._together: Final[set[str]] = set()  # two words of a name
        self._with_initial: Final[set[str]] = set()
        self._unspaced: Final[set[str]] = set()
        # A number of few digits or an ordinary word is said of much else.
        self._accounts: Final = {
            each.casefold().strip() for each in accounts if len(each) >= _JOINED_LETTERS and not each.isalpha()
        }
        for name in names:
            self._add(name)

    def find(self, text: str) -> Finding | None:
        """What a text holds of them; None when it holds nothing."""
        words = _words(text)
        named, alone = self._named(words)
        joined = {index for index, word in enumerate(words) if word.forms & self._together}
        alone |= {index for index, word in enumerate(words) if word.forms & self._with_initial}
        hidden = self._holds_account(text) or self._holds_together(text)
        # An address is somebody's, whom the directory may not know.
        if not (named or alone or joined or hidden or _ADDRESS.search(text)):
            return None
        proposal = _without(text, [words[index] for index in sorted(named | alone | joined)])
        left = self.find(proposal) if proposal and proposal != text else None
        free = proposal != text and left is None
        return Finding(Match.NAME if named or joined or hidden else Match.PART, proposal if free else "")

    def _add(self, name: str) -> None:
        if any(letter >= _UNSPACED_FROM for letter in name):
            letters = _bare(name.casefold())
            if len(letters) >= _NAME_LETTERS:
                self._unspaced.add(letters)
            return
        words = tuple(
            each.forms
            for each in _words(name)
            if _shortest(each.forms) >= _NAME_LETTERS and not each.forms & _PARTICLES
        )
        person = _Person(words)
        for form in {form for forms in words for form in forms}:
            self._by_word[form].append(person)
        for one, other in permutations(words, 2):
            pairs = [(first, second) for first in one for second in other]
            self._together.update(a + b for a, b in pairs if len(a + b) >= _JOINED_LETTERS)
            self._with_initial.update(a[0] + b for a, b in pairs if len(b) >= _JOINED_LETTERS - 1)
            self._with_initial.update(a + b[0] for a, b in pairs if len(a) >= _JOINED_LETTERS - 1)

    def _holds_account(self, text: str) -> bool:
        return any(each in self._accounts for each in _ACCOUNTS.findall(text.casefold()))

    def _holds_together(self, text: str) -> bool:
        small = text.casefold()
        letters = {_bare(small.translate(_PLAIN)), _bare(small.translate(_SPELLINGS))}
        return any(
            not known.isdisjoint(_parts(each, lengths))
            for each in letters
            for known, lengths in ((self._together, _TOGETHER_LETTERS), (self._unspaced, _UNSPACED_LETTERS))
            if known
        )

    def _named(self, words: Sequence[_Word]) -> tuple[set[int], set[int]]:
        """Places of words that name somebody, and of those that are a part of a name alone."""
        candidates: dict[int, _Person] = {}
        alone: set[int] = set()
        for index, word in enumerate(words):
            for form in word.forms:
                for person in self._by_word.get(form, ()):
                    candidates[id(person)] = person
                    if _shortest(word.forms) >= _PART_LETTERS or len(person.words) == 1:
                        alone.add(index)
        named: set[int] = set()
        for person in candidates.values():
            named |= _places(person, words)
        return named, alone - named


def _places(person: _Person, words: Sequence[_Word]) -> set[int]:
    """Places of the words that name a person; none where it is less than a name."""
    said = {
        index: which
        for index, word in enumerate(words)
        for which, forms in enumerate(person.words)
        if word.forms & forms
    }
    initials = {
        index
        for index, word in enumerate(words)
        if _shortest(word.forms) == 1
        for beside in (index - 1, index + 1, index - 2, index + 2)
        for which, forms in enumerate(person.words)
        if beside in said and said[beside] != which and any(form[0] in word.forms for form in forms)
    }
    whole = len(person.words) == 1 and bool(said)
    return {*said, *initials} if len(set(said.values())) > 1 or initials or whole else set()


def _words(text: str) -> list[_Word]:
    found: list[_Word] = []
    for run in _WORDS.finditer(text):
        ends = [run.start(), *(run.start() + hump.start() for hump in _HUMPS.finditer(run.group())), run.end()]
        pieces = list(pairwise(ends))
        found += [_Word(start, end, _forms(text[start:end])) for start, end in pieces]
    return found


def _forms(word: str) -> frozenset[str]:
    """A word in small letters without marks, in each way to write those."""
    small = unicodedata.normalize("NFC", word).casefold()
    return frozenset(_bare(small.translate(table)) for table in (_PLAIN, _SPELLINGS))


def _bare(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKD", text) if letter.isalnum())


def _shortest(forms: Iterable[str]) -> int:
    return min(map(len, forms))


def _parts(letters: str, lengths: range) -> Iterator[str]:
    """Every run of letters of these lengths."""
    for start in range(len(letters)):
        for length in range(lengths.start, min(lengths.stop, len(letters) - start + 1)):
            yield letters[start : start + length]


def _without(text: str, words: Sequence[_Word]) -> str:
    """The text without these words, and without what they leave dangling."""
    left, at = "", 0
    for word in words:
        left += text[at : word.start]
        at = word.end
    left += text[at:]
    return _tidy(_ADDRESS.sub("", _POSSESSIVE.sub("", left)))


def _tidy(text: str) -> str:
    before = ""
    while text != before:
        before = text
        for pattern, put in ((_EMPTY_BRACKETS, ""), (_JOINTS, " - "), (_GAPS, " "), (_EDGES, ""), (_DANGLING, "")):
            text = pattern.sub(put, text).strip()
    return text if any(len(each) > 1 for each in _WORDS.findall(text)) else ""


def name_in_id(text: str) -> str:
    """The name that an id or an address is made of, such as `ana.ruiz`; empty for any other."""
    words = _WORDS.findall(text.partition("@")[0])
    return " ".join(words) if len(words) > 1 and all(map(str.isalpha, words)) else ""
