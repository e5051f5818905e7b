"""The author's own words: what others wrote, what machines read and what templates say is taken out first."""

import re
from typing import Final

_FENCE: Final = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_CODE: Final = re.compile(r"`[^`\n]*`")
_QUOTED_LINE: Final = re.compile(r"^[ \t]*(?:>|&gt;).*$", re.MULTILINE)
_MAIL_QUOTE: Final = re.compile(
    r"^(?:on\b[^\n]{1,200}\bwrote:|am\b[^\n]{1,200}\bschrieb\b[^\n]{0,100}:|le\b[^\n]{1,200}\ba écrit\s?:"
    r"|-{2,}\s?(?:original message|forwarded message)\b|_{10,}|from:[^\n]{1,200}\n(?:sent|date|to):|-- $"
    r"|sent from my \w+|(?:confidentiality|disclaimer|legal) notice\b|this e-?mail (?:and any|is confidential))",
    re.MULTILINE,
)
# A closing alone on its line, and the few short lines below it that end the text.
_CLOSING: Final = re.compile(
    r"^[ \t]*(?:(?:best|kind|warm|many|with best|with kind)?[ ]?regards|sincerely|yours|best|cheers|thanks|thank you"
    r"|many thanks|br|kr|rgds|all the best|best wishes)[ ]?[,.!]?[ \t]*\n",
    re.MULTILINE,
)
_SIGNATURE_LINES: Final = 6
_SIGNATURE_LINE_LENGTH: Final = 60
_SIGNATURE_LENGTH: Final = (_SIGNATURE_LINES + 1) * (_SIGNATURE_LINE_LENGTH + 1)
# Headings of forms: "## Steps", "**Expected**", "Steps to reproduce:", and boxes to tick.
_HEADING: Final = re.compile(
    r"^[ \t]*(?:\#{1,6}[ ][^\n]*|\*{1,2}[^*\n]{1,60}\*{1,2}:?|[a-z][a-z /()-]{2,40}:|[-*][ ]\[[ x]\][^\n]*)[ \t]*$",
    re.MULTILINE,
)
_BRACKETED: Final = re.compile(r"<[^<>\n]{1,2000}>")
_LINK: Final = re.compile(r"(?:https?://|www\.)\S+")
_ADDRESS: Final = re.compile(r"[\w.+\-]{1,64}@[\w.\-]{1,255}")
_EMOJI: Final = re.compile(r":[a-z+\-][a-z0-9_+\-]{0,49}:")
_CURLY: Final = "\N{RIGHT SINGLE QUOTATION MARK}"

# As much of a text as decides whether a machine wrote it.
_HEAD: Final = 400
_AUTOMATIC: Final = re.compile(
    r"^\s*(?:(?:re|aw):\s*)?(?:automatic reply|auto-?\s?reply|automatische antwort|réponse automatique|out of office"
    r"|delivery status notification|undeliverable)\b"
    r"|\bthis is an? auto(?:mated|matic|-?generated)\b"
    r"|\b(?:do not|don't) reply to this (?:e-?mail|message)\b"
    r"|\b(?:i am|i'm|i will be) (?:currently )?"
    r"(?:out of (?:the )?office|on (?:annual |parental )?leave|on vacation|away)\b"
    r"[^.!?\n]{0,80}\b(?:until|returning|limited access|no access|will (?:respond|reply|return))\b"
)


def own_words(text: str) -> str:
    """The author's own words in lower case, without quotes, code, links, mentions, templates and signatures.

    Linear in the length of the text.
    """
    own = text.lower()
    if _CURLY in own:
        own = own.replace(_CURLY, "'")
    if "\r" in own:
        own = own.replace("\r\n", "\n").replace("\r", "\n")
    if "`" in own:
        own = _CODE.sub(" ", _FENCE.sub(" ", own))
    if "\n" in own:
        own = _lines(own)
    elif own.startswith(("on ", "sent from", "this e")) or own[:1] in "-_":
        own = _cut(own, _MAIL_QUOTE)
    if ">" in own or "&gt;" in own:
        own = _BRACKETED.sub(" ", _QUOTED_LINE.sub("", own))
    if "://" in own or "www." in own:
        own = _LINK.sub(" ", own)
    if "@" in own:
        own = _ADDRESS.sub(" ", own)
    if own.count(":") > 1:
        own = _EMOJI.sub(" ", own)
    return own.strip()


def is_automatic(own: str) -> bool:
    """Whether a machine answered or notified, told from how such messages begin."""
    return _AUTOMATIC.search(own, 0, _HEAD) is not None


def _lines(own: str) -> str:
    """Without what follows a mail's quote mark, without the signature, and without headings of forms."""
    own = _cut(own, _MAIL_QUOTE)
    own = own.strip()
    # Signatures are short: what ends earlier is none.
    for closing in _CLOSING.finditer(own, max(len(own) - _SIGNATURE_LENGTH, 1)):
        rest = own[closing.end() :].strip().split("\n")
        if len(rest) <= _SIGNATURE_LINES and all(len(line) <= _SIGNATURE_LINE_LENGTH for line in rest):
            own = own[: closing.start()]
            break
    return _HEADING.sub("", own)


def _cut(own: str, mark: re.Pattern[str]) -> str:
    found = mark.search(own)
    return own if found is None else own[: found.start()]
