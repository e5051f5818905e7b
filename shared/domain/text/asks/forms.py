"""How an ask is put where it is no question: please, needs, waiting, embedded questions, hints."""

from typing import Final

from shared.domain.text.asks.orders import OUTCOME, THEIRS, VERB, WH
from shared.domain.text.asks.rule import rule_of

FORMS: Final = (
    rule_of("please", "Any sentence with a 'please'.", r"\b(?:please|pls|plz|kindly)\b", words="please pls plz kindly"),
    rule_of(
        "told_to",
        "'Are asked to', as letters and notices of work have it, and 'say', 'tell', 'let me know'.",
        r"\b(?:is|are|be) (?:kindly )?(?:requested|asked|invited|required) to\b|\blet (?:me|us) know\b",
        r"\b(?:i|we) (?:kindly |hereby |would |must )*ask you\b|\bjust say\b|\bmake sure\b|\byes or no\b",
        r"\b(?:comments?|feedback|input|remarks)\b.{0,30}\bwelcome\b|\brsvp\b",
        words="requested asked invited required let ask say sure yes welcome rsvp",
    ),
    rule_of(
        "need",
        "What the writer says they need, want or would be glad of, where another has to give it.",
        r"\b(?:i|we)(?:'d| would| will| do)?(?: still| really| also| urgently)* (?:need|require|want)s? "
        r"(?:your|the|this|that|these|you|a|an|another|some|more|approval|\w+'s|it|\w+ to (?!be))\b",
        r"\b(?:i|we)(?:'d| would) (?:like|love|need) (?!to\b)(?:your|the|this|you|a|an|some|@?\w+ to)\b",
        r"\b(?:i|we)(?:'d| would| still|'ll)* (?:need|want|have|like|love) to (?:know|understand|hear|have|see|get)\b",
        rf"^(?:still )?needs?\b(?! to\b)|\bneeds? (?:your\b|(?:\w+ ){{0,2}}{OUTCOME}\b)|"
        rf"\b{OUTCOME}\b.{{0,30}}\b(?:needed|required)\b",
        r"\bthe \w+ (?:needs|requires) your\b|\brequires? your\b|\bwould help me\b",
        r"\bit would be (?:\w+ )?(?:great|good|nice|helpful|appreciated|useful|kind|perfect|fantastic)\b",
        r"\b(?:would|'d) (?:really |very much |be )*(?:appreciate|grateful|obliged|thankful|happy|glad|pleased) ?"
        r"(?:if|when|to (?:receive|get|have|hear)|your|it)\b",
        words="know need needs needed want wants require requires required would like i'd we'd",
    ),
    rule_of(
        "waiting",
        "Work that stands still until somebody who is addressed or named acts.",
        rf"\b(?:await\w*|waiting|wait|pending|blocked|stuck|gated|held up|on hold|missing|depends?|outstanding|open)\b"
        rf".{{0,50}}\b{THEIRS}(?!\w)",
        rf"(?<!\w){THEIRS} (?:\w+ )?(?:{OUTCOME})\b.{{0,30}}\b(?:missing|pending|outstanding|last|due|overdue|"
        rf"open)\b",
        r"\b(?:waiting|wait|blocked|stuck|holding|hold|can't|cannot)\b.{0,60}\b(?:until|till|before|unless) "
        r"(?:you|@\w+)(?!\w)",
        rf"\b(?:waiting|blocked) (?:for|on) @?\w+ to (?:{VERB})\b",
        r"\b(?:waiting|await\w*)\b.{0,60}\bfrom (?:your|you)\b",
        words=(
            "await awaits awaiting waiting wait pending blocked stuck gated held hold holding missing depends depend "
            "outstanding open can't cannot last due overdue"
        ),
    ),
    rule_of(
        "embedded",
        "A question inside a statement: 'I wonder whether', 'curious what', 'not sure if you'.",
        rf"\bwonder(?:ing|ed)? (?:{WH})\b|\bcurious (?:to \w+ )?(?:about|{WH})\b|\basking myself (?:{WH})\b",
        r"\b(?:not sure|unsure|don't know|no idea) (?:if|whether|which|what|when|how) you\b|\bjust checking\b",
        rf"\b(?:don't|do not|can't) (?:get|understand|see)(?: is)? (?:{WH})\b",
        words="wonder wondering wondered curious myself sure unsure know idea checking get understand see",
    ),
    rule_of(
        "hint",
        "A statement that only an act of the reader answers: what of theirs is not there, or whose turn it is.",
        r"\byour (?:\w+ ){1,5}(?:is|are|isn't|aren't) (?:\w+ )?(?:not|missing|overdue|still|late|in the way)\b",
        r"\byour (?:turn|week|shift|call)\b|\bup to you\b|\b(?:don't|can't|do not|cannot) (?:see|find|open) your\b",
        r"^@\w+ your\b|\byour (?:\w+ ){1,4}(?:blocks?|breaks?|fails?|failed|broke|is blocking|is breaking)\b",
        r"\bneeds? (?:\w+ )?signatures?\b",
        words="your you needs need",
    ),
)
"""How an ask is put where it is no question."""
