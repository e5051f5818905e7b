"""Broken files: bytes of valid ones, changed at random and spliced with each other."""

import random
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

# What parsers tripped over elsewhere: limits of numbers and dates, quotes, line ends, marks of encodings, directions.
_ODD: Final = (
    b"", b"0", b"-1", b"1e999", b"9" * 40, b"NaN", b"0000-00-00", b"9999-12-31T23:59:60Z", b"31/02/2024", b"\x00",
    b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b"\n", b"\r\n", b'"', b"'", b",", b";", b"\t", b"=", b":", b"\\", b"[", b"]",
    b"{", b"}", b"null", b"true", b"[[[[[[[[", b'{"a":' * 8, "\u202e".encode(), "\u0130".encode(), b"\xf0\x9f\x98\x80",
    b"\xed\xa0\x80", b"%00", b"RRULE:FREQ=SECONDLY", b"INTERVAL=0", b"COUNT=99999999", b"TZID=Nowhere", b"mailto:",
    b"@", b"<", b">", b"=?utf-8?B?", b"+99:99", b"-----", b"  ", b"BEGIN:VEVENT\n", b"END:VCALENDAR\n",
)  # fmt: skip
_WORDS: Final = re.compile(rb"[\w.+@:/-]+")
_LONGEST: Final = 6_000


def mutations(samples: Sequence[bytes], count: int, *, seed: int) -> Iterator[bytes]:
    """So many broken files, always the same for a seed."""
    chance = random.Random(seed)
    words = sorted({word for sample in samples for word in _WORDS.findall(sample)})
    for _ in range(count):
        broken = chance.choice(samples)
        for _ in range(chance.choice((1, 1, 2, 3, 6))):
            broken = chance.choice(_CHANGES)(broken, chance, words, samples)
        yield broken[:_LONGEST]


def _flipped(data: bytes, chance: random.Random, _: Sequence[bytes], __: Sequence[bytes]) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]


def _cut(data: bytes, chance: random.Random, _: Sequence[bytes], __: Sequence[bytes]) -> bytes:
    start, end = _span(data, chance)
    return data[:start] + data[end:]


def _again(data: bytes, chance: random.Random, _: Sequence[bytes], __: Sequence[bytes]) -> bytes:
    start, end = _span(data, chance)
    return data[:end] + data[start:end] * chance.choice((1, 1, 3, 20)) + data[end:]


def _odd(data: bytes, chance: random.Random, _: Sequence[bytes], __: Sequence[bytes]) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.choice(_ODD) + data[at:]


def _other_word(data: bytes, chance: random.Random, words: Sequence[bytes], _: Sequence[bytes]) -> bytes:
    found = list(_WORDS.finditer(data))
    if not found:
        return data
    place = chance.choice(found)
    return data[: place.start()] + chance.choice(chance.choice((words, _ODD))) + data[place.end() :]


def _other_lines(data: bytes, chance: random.Random, _: Sequence[bytes], __: Sequence[bytes]) -> bytes:
    lines = data.splitlines(keepends=True)
    chance.shuffle(lines)
    return b"".join(lines[: chance.randrange(len(lines) + 1)])


def _spliced(data: bytes, chance: random.Random, _: Sequence[bytes], samples: Sequence[bytes]) -> bytes:
    other = chance.choice(samples)
    return data[: chance.randrange(len(data) + 1)] + other[chance.randrange(len(other) + 1) :]


def _span(data: bytes, chance: random.Random) -> tuple[int, int]:
    start = chance.randrange(len(data) + 1)
    return start, min(start + chance.choice((1, 2, 8, 40, 400)), len(data))


_CHANGES: Final[Sequence[Callable[[bytes, random.Random, Sequence[bytes], Sequence[bytes]], bytes]]] = (
    _flipped,
    _cut,
    _again,
    _odd,
    _other_word,
    _other_word,
    _other_lines,
    _spliced,
)
