"""What a text does: asks, asks for something to be done, acknowledges, defers. English only, by fixed patterns."""

import re
from collections.abc import Iterator
from typing import Final

_SENTENCE_END: Final = re.compile(r"(?<=[.!?])[\s)\"']+|\n+|;\s")

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


def acknowledges(own: str) -> bool:
    """Whether the text opens by acknowledging or agreeing."""
    return _ACKNOWLEDGES.match(own, 0, _OPENING) is not None


def defers(own: str) -> bool:
    """Whether the text promises an answer later instead of giving one."""
    return _DEFERS.search(own) is not None


def sentences(own: str) -> Iterator[str]:
    """The sentences of a text; nobody asks in one character."""
    return (sentence for sentence in _SENTENCE_END.split(own) if len(sentence) > 1)


def asks(sentence: str) -> bool:
    """Whether a sentence is a question, by its mark or by how it begins."""
    return sentence.endswith("?") or _ASKS.match(sentence) is not None


def requests(sentence: str) -> bool:
    """Whether a sentence asks for something to be done."""
    return _REQUESTS.search(sentence) is not None
