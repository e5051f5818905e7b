"""Linguistic markers of a text: a closed registry of five, by fixed patterns. No sentiment, no emotion.

What is acknowledged at the start of an answer, asked and promised is what the ask ledger and the exploration signal
are made of; acknowledging first is the strongest single sign of being heard (Yeomans et al. 2020, conversational
receptiveness). The word "but" is never looked at. The patterns know English; other languages give no markers rather
than wrong ones.
"""

import re
from typing import Final, NamedTuple

from shared.domain.function_words import ENGLISH, OTHER, SHARED


class TextMarkers(NamedTuple):
    """Markers of one text, after quotes, code and links are taken out."""

    words: int
    questions: int
    requests: int
    acknowledges: bool
    defers: bool


# What others wrote, what machines read, and names.
_FENCE: Final = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_CODE: Final = re.compile(r"`[^`\n]*`")
_QUOTED_LINE: Final = re.compile(r"^[ \t]*(?:>|&gt;).*$", re.MULTILINE)
_MAIL_QUOTE: Final = re.compile(
    r"^(?:on\b[^\n]{1,200}\bwrote:|am\b[^\n]{1,200}\bschrieb\b[^\n]{0,100}:|le\b[^\n]{1,200}\ba écrit\s?:"
    r"|-{2,}\s?(?:original message|forwarded message)\b|_{10,}|from:[^\n]{1,200}\n(?:sent|date|to):|-- $)",
    re.MULTILINE,
)
_BRACKETED: Final = re.compile(r"<[^<>\n]{1,2000}>")
_LINK: Final = re.compile(r"(?:https?://|www\.)\S+")
_ADDRESS: Final = re.compile(r"[\w.+\-]{1,64}@[\w.\-]{1,255}")
_EMOJI: Final = re.compile(r":[a-z+\-][a-z0-9_+\-]{0,49}:")

_CURLY: Final = "\N{RIGHT SINGLE QUOTATION MARK}"
_WORD: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])[\s)\"']+|\n+|;\s")

# Below this share of function words a text is a list, a log or a language not known here.
_ENGLISH_SHARE: Final = 0.12
# As much of a text as decides its language.
_LANGUAGE_WORDS: Final = 200

_AUX: Final = (
    "can|could|would|will|do|does|did|is|are|was|were|have|has|should|shall|may|might|am|"
    "isn't|aren't|don't|can't|couldn't"
)
_ASKS: Final = re.compile(
    r"(?:(?:hi|hello|hey|so|and|but|also|ok|okay|or)\b[^.!?\n]{0,25}?[,\s]\s*)?"
    rf"(?:(?:{_AUX})\s+(?:you|we|i|he|she|they|it|there|this|that|these|those|anyone|anybody|somebody|someone|the)\b"
    rf"|(?:what|when|where|who|why|how|which)(?:'s|'re|\s+(?:{_AUX}|about|come|many|much|long|far|often))\b"
    r"|any\s+(?:idea|ideas|update|updates|news|thoughts|chance|progress|luck|objections|questions)\b)"
)
_REQUESTS: Final = re.compile(
    r"\b(?:(?:can|could|would|will)\s+(?:you|someone|anyone|somebody)\s+(?!be\b|believe\b|imagine\b|say\b)\w"
    r"|(?:can|could|may)\s+(?:we|i)\s+(?:get|have|please|ask|schedule|move|meet|talk)\b"
    r"|(?:please|pls|plz|kindly)\s+(?!find\b|note\b|excuse\b|accept\b|ignore\b|see\s+(?:attached|below)\b|\W)\w"
    r"|let\s+(?:me|us)\s+know\b|(?:would|do)\s+you\s+mind\b|make\s+sure\b"
    r"|(?:i|we)(?:'d|\s+would)\s+(?:really\s+)?appreciate\b|would\s+be\s+(?:great|good|nice|helpful)\s+if\s+you\b"
    r"|(?:i|we)(?:'d|'ll|\s+would|\s+will)?\s+(?:need|like|want)\s+you\s+to\b|(?:i|we)\s+need\s+(?:your|this|it|that)\b"
    r"|are\s+you\s+able\s+to\b)"
    r"|^(?:(?:please|and|then|also|so|ok|okay|hi|hey|hello)\b[\w ]{0,20}[,\s]\s*)?"
    r"(?:send|share|update|check|review|fix|add|call|ping|look|confirm|give|help|provide|prepare|remind|tell|move|"
    r"schedule|forward|approve|sign|resend|reply|finish|complete|talk)\s+"
    r"(?:me|us|it|them|him|her|the|this|that|these|those|a|an|to|with|over|up|in|into|at|your|my|our|by)\b"
)
_ACKNOWLEDGES: Final = re.compile(
    r"(?:(?:hi|hello|hey|dear|good\s+(?:morning|afternoon|evening))\b[^,.!?\n]{0,30}[,.!\n]\s*)?"
    r"(?:@?\w{1,30}[,:]\s+)?"
    r"(?:(?:ah|oh|well|so|and|hmm|wow|yes|ok|okay)[,\s]+)?"
    r"(?:thank\s+you|thanks|thx|ty|many\s+thanks)\b(?!\s+in\s+advance)"
    r"|(?:(?:hi|hello|hey|dear)\b[^,.!?\n]{0,30}[,.!\n]\s*)?(?:@?\w{1,30}[,:]\s+)?(?:(?:ah|oh|well|so|and|hmm)[,\s]+)?"
    r"(?:(?:yes|yeah|yep|yup|sure|ok|okay|okey|agreed|noted|understood|absolutely|exactly|certainly|definitely|true|"
    r"acknowledged|correct|gotcha|ack)\b|of\s+course\b|no\s+problem\b|no\s+worries\b|got\s+it\b|will\s+do\b"
    r"|right(?=[,.!]|\s*$)|(?:great|perfect|cool|nice|good)(?=[,.!]|\s*$|\s+(?:point|idea|question|catch|call|thinking)\b)"
    r"|(?:that|this|it)(?:'s|\s+is)?\s+(?:a\s+)?(?:makes\s+sense|good\s+point|great\s+point|fair|true|right)\b"
    r"|makes\s+(?:perfect\s+|total\s+)?sense\b|fair\s+(?:point|enough)\b|sounds\s+(?:good|great|right|reasonable)\b"
    r"|i\s+(?:completely\s+|totally\s+|fully\s+|do\s+|also\s+|can\s+)?(?:agree|understand|hear\s+you|appreciate)\b"
    r"|i\s+see(?!\s+no\b)\b|you(?:'re|\s+are)\s+(?:absolutely\s+)?right\b|happy\s+to\b|glad\s+(?:to|you)\b)"
)
_DEFERS: Final = re.compile(
    r"\b(?:get\s+back\s+to\s+(?:you|this|it)|(?:come|circle|loop)\s+back|follow\s+up\s+(?:later|tomorrow|next|on\s+this)"
    r"|let\s+me\s+(?:check|look|think|see|ask|find\s+out|get\s+back|come\s+back|sleep|verify|confirm)"
    r"|(?:i|we)(?:'ll|\s+will)\s+(?:have\s+to\s+|need\s+to\s+)?(?:check|look\s+(?:into|at)|get\s+back|come\s+back|let\s+you"
    r"\s+know|think\s+about|update\s+you|find\s+out|revert|follow\s+up|answer|reply|respond)"
    r"|(?:i|we)\s+(?:need|want)\s+to\s+(?:check|think|look\s+into|find\s+out|ask)"
    r"|(?:give|need|allow)\s+(?:me\s+|us\s+)?(?:some|a\s+bit|a\s+little|a\s+few|more|another)\s+(?:more\s+|of\s+)?"
    r"(?:time|days?|hours?|minutes?|weeks?)|bear\s+with\s+(?:me|us)|not\s+sure\s+yet|don't\s+know\s+yet"
    r"|(?:talk|discuss|chat|speak|do\s+(?:it|this)|look)\s+(?:about\s+(?:it|this|that)\s+)?(?:later|tomorrow|next\s+week)"
    r"|can\s+(?:this|it|that|we)\s+(?:wait|do\s+this\s+later)|to\s+be\s+(?:confirmed|decided)|tbd|tbc|stay\s+tuned)\b"
)
# The opening of a message, in which acknowledging counts (60 characters and a greeting).
_OPENING: Final = 110


def text_markers(text: str) -> TextMarkers | None:
    """Markers of a text, or None when it is empty, not English, or nothing but quotes, code and links.

    Deterministic, and linear in the length of the text. `words` counts what is left after taking out.
    """
    own = own_words(text)
    words = _WORD.findall(own)
    if not words or not _is_english(words):
        return None
    questions, requests = _asked(own)
    return TextMarkers(
        words=len(words),
        questions=questions,
        requests=requests,
        acknowledges=_ACKNOWLEDGES.match(own, 0, _OPENING) is not None,
        defers=_DEFERS.search(own) is not None,
    )


def own_words(text: str) -> str:
    """The author's own words in lower case: without quoted lines and mails, code, links, mentions and emoji codes."""
    own = text.lower()
    if _CURLY in own:
        own = own.replace(_CURLY, "'")
    if "\r" in own:
        own = own.replace("\r\n", "\n").replace("\r", "\n")
    if "`" in own:
        own = _CODE.sub(" ", _FENCE.sub(" ", own))
    if "\n" in own or own.startswith("on ") or own[:1] in "-_":
        quote = _MAIL_QUOTE.search(own)
        if quote is not None:
            own = own[: quote.start()]
    if ">" in own or "&gt;" in own:
        own = _BRACKETED.sub(" ", _QUOTED_LINE.sub("", own))
    if "://" in own or "www." in own:
        own = _LINK.sub(" ", own)
    if "@" in own:
        own = _ADDRESS.sub(" ", own)
    if own.count(":") > 1:
        own = _EMOJI.sub(" ", own)
    return own.strip()


def _is_english(words: list[str]) -> bool:
    sample = words[:_LANGUAGE_WORDS]
    english = other = shared = 0
    for word in sample:
        known = word in ENGLISH
        foreign = word in OTHER
        if known != foreign:
            if known:
                english += 1
            else:
                other += 1
        elif word in SHARED:
            shared += 1
    if not english and not other:
        return shared == len(sample)
    return english > other and english >= _ENGLISH_SHARE * len(sample)


def _asked(own: str) -> tuple[int, int]:
    questions = requests = 0
    for sentence in _SENTENCE_END.split(own):
        if len(sentence) < 2:  # noqa: PLR2004 - nobody asks in one character
            continue
        if sentence.endswith("?") or _ASKS.match(sentence):
            questions += 1
        if _REQUESTS.search(sentence):
            requests += 1
    return questions, requests
