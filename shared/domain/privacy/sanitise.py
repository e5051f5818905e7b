"""Names from elsewhere, as they may stand in messages and spreadsheets: a team must not be called a command."""

from hashlib import blake2b
from typing import Final

# Mentions and links of Slack, links and code of Markdown, table cells; each becomes what only looks like it.
_LOOKALIKES: Final = str.maketrans(
    {
        "<": "\u2039", ">": "\u203a", "@": "\uff20", "[": "(", "]": ")", "`": "'", "|": "/", "*": "\u2217", "~": "-",
        "#": "\uff03", "{": "(", "}": ")", "\\": "/",
    }
)  # fmt: skip
_FORMULA: Final = ("=", "+", "-", "\uff20")
_MOST_LETTERS: Final = 80


def sanitise(name: str) -> str:
    """A name without markup, mentions, links, formulas and line breaks, of at most eighty letters."""
    plain = "".join(letter if letter.isprintable() else " " for letter in name).translate(_LOOKALIKES)
    plain = plain.replace("://", ": ").strip()[:_MOST_LETTERS]
    return f"'{plain}" if plain.startswith(_FORMULA) else plain


def label_of(key: str) -> str:
    """The key of a group as the value of a label: cleaned, and still another one for every other key."""
    clean = sanitise(key)
    return clean if clean == key else f"{clean} {blake2b(key.encode('utf-8', 'replace'), digest_size=4).hexdigest()}"
