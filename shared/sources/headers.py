"""Headers of tables as keys that do not depend on case, marks or spacing. Any script survives."""

import re
import unicodedata
from typing import Final

_HINT: Final = re.compile(r"\[[^\]]*\]")
# Letters of the Latin script that do not decompose into a letter and a mark.
_PLAIN: Final = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "\u0131": "i", "æ": "ae", "œ": "oe"})


def header_key(header: str) -> str:
    """A header in lower case, letters and digits only: `Reports-To ID` and `reportsToId` become the same.

    Marks on Latin letters go (`Prénom` is `prenom`); those of other scripts are part of the letter and stay. What
    stands in square brackets is a hint of the program that wrote it and is left out.
    """
    if header.isascii():
        return "".join(filter(str.isalnum, _HINT.sub("", header).lower()))
    text = unicodedata.normalize("NFKC", _HINT.sub("", header)).casefold().translate(_PLAIN)
    return unicodedata.normalize("NFC", "".join(_letters(text)))


def _letters(text: str) -> list[str]:
    kept: list[str] = []
    for letter in text:
        if "LATIN" in unicodedata.name(letter, ""):
            kept += [part for part in unicodedata.normalize("NFD", letter) if part.isalnum()]
        elif letter.isalnum() or (unicodedata.category(letter).startswith("M") and kept and not kept[-1].isascii()):
            kept.append(letter)
    return kept
