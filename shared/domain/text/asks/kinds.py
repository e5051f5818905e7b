"""What an ask of work is for: a permission, a choice, a judgement, a fact, or any other act."""

from collections.abc import Mapping
from typing import Final, Literal

from shared.domain.text.asks.rule import Rule, rule_of

Kind = Literal["decision", "information", "review", "approval", "favour", "social"]

KINDS: Final[Mapping[Kind, Rule]] = {
    "approval": rule_of(
        "approval",
        "Permission, release, signature, access, objections: the asker is ready and wants to be let.",
        r"\b(?:approv(?:e[sd]?|al|als|ing)|sign-?offs?|sign off|signatures?|sign(?! for| up| in)|countersign\w*|"
        r"consents?|permission|objections?|go-?ahead|thumbs up|green light|lgtm|stamp|authori[sz]\w+|blessing|"
        r"clearance|go-?live|waive|waiver|clear(?:ed)? to|happy for me to|grant (?:me|us|the|access))\b",
        r"\b(?:your|an?|my) (?:ok|okay)\b|\b(?:ok|okay|fine|alright|all right) (?:if|to|with|for you|"
        r"by you)\b(?!.*\bor\b)",
        r"\byou(?:'re| are) (?:fine|ok|okay|happy|alright) with\b|\bhappy with\b|\bokay with\b|"
        r"\bare you (?:ok|okay|fine)\b",
        r"^(?:may|can|could|might) (?:i|we)\b(?! (?:have|get|ask|see|know|agree|meet|talk|speak|decide|choose|move|"
        r"reschedule|postpone|shift|swap)\b)(?!.*\bask (?:you|which)\b)",
        r"\b(?:can|could|may) (?:i|we) (?:have|get) (?:\w+ )?(?:days?|leave|access|off|time off)\b|\bi may\b|"
        r"\bwe may\b",
        r"\bdo you agree\b|\bis it possible (?:that|for me|if) i?\b|\bpossible that i\b|\brelease (?:it|the|them)\b",
        r"\bconfirm\b.{0,25}\b(?:we|i) (?:can|may)\b|\bapproved\b|\bday off\b|\ballowed to\b|\bgo ahead\b|"
        r"\b(?:any|no) (?:concerns|problems?|issues?) (?:if|with|about)\b|\bmind if i\b|"
        r"\bis it (?:ok|okay|alright|fine|allowed)\b|\b(?:ok|okay|fine|good|alright) (?:by|on|from) your\b|"
        r"\b(?:all right|acceptable|ok|okay|alright) (?:that|when|for)\b|\blet me (?:go|have|take)\b|"
        r"\b(?:give|grant|need|get|add)\b.*\baccess\b|\bgood to (?:go|merge|ship|send)\b|"
        r"\bcan (?:this|it|the \w+) (?:go|be)\b",
    ),
    "decision": rule_of(
        "decision",
        "A choice between ways to go, or whether something is done at all.",
        r"\b(?:decid\w+|decisions?|choose|choice|ruling|determination|make up your mind|final answer|verdict|"
        r"your (?:call|choice|preference|verdict)|preferences?|prefer|favou?r (?:the|a)|your pick|up to you|"
        r"say the word|go or no|yes or no|no-?go)\b",
        r"\bpicks? (?:one|a|the|between)\b|^(?:pick|choose)\b|\bwhich (?:one|of (?:these|those|the|them))\b.*"
        r"\b(?:we|i|fix|take|go|first|prefer|like|you|round)\b|\bwhich option\b",
        r"\b(?:should|shall|do|are|will) (?:we|i)\b.*\bor\b.*\?|"
        r"^(?!(?:is|are|was|were|does|did|has|have|it|they|he|she|when|where)\b)[^?]{1,60}\bor\b[^?]{1,60}\?",
        r"^(?:so |team |and )*(?:should|shall) (?!i ask|you)|\b(?:who|what|which|where|when|how many) should\b|"
        r"\bshould we\b",
        r"^(?:or )?do we (?!have|know|need|get|still have)|\bare we (?:doing|going|agreed|keeping|taking|moving)\b|"
        r"\bor not\b",
        r"\b(?:do|would|if|which \w+|which) you (?:want|prefer|rather|like)\b(?! me to help)(?! to (?:join|help))|"
        r"\bwould (?:the )?\w+ prefer\b|\bversus\b|\bvs\b|\bsettle on\b|\bwhat (?:do|shall) we (?:do|go)\b|"
        r"\bhow (?:do|should|shall) (?:we|i) (?:proceed|handle|go)\b|\bis (?:it|this|that) a (?:go|yes|no)\b|"
        r"\bwhether (?:we|you want|to)\b|\b(?:if|whether) we\b(?! (?:have|had|got|can|may|were))|\boptions?\b|"
        r"\bwhich (?:\w+ )?(?:do|should|shall|would) (?:you|we|i)\b|\bare we (?:still|in|out|on)\b|"
        r"\bdo you want (?:the|it|us|this|a|both)\b|\bhow many (?:\w+ )?(?:do we|should|shall)\b|"
        r"\b(?:stay|stick|go|continue) with\b|\bwhat(?:'s| is) (?:it|your (?:call|decision|choice))\b|"
        r"\bwish(?:es)? to\b|\bdo we walk\b|\bagree today\b|\ba or b\b",
    ),
    "review": rule_of(
        "review",
        "A judgement of something that was made.",
        r"\b(?:re-?review|review(?:s|ed|ers?|ing)?|feedbacks?|comments?|remarks|proofread\w*|critique|sanity check|"
        r"second (?:pair|look|opinion)|ptal|assess|annotate|revise|re-?read|once-?over|impressions?|critic\w+|"
        r"suggestions|corrections?|edits|evaluate|double-?check|cross-?check|redline|opinion|last look|fresh eyes|"
        r"typos?|mistakes|omissions)\b",
        r"\bhow (?:does|do|is)\b.*\b(?:look|read|sound)s?\b|\banything (?:missing|wrong|off|unclear|you would|you'd|"
        r"i (?:missed|forgot))\b|\bdid (?:i|we) (?:miss|forget|get)\b|\bwhat do you make of\b|\bmarked up\b|"
        r"\bmark up\b",
        r"\b(?:look|peek|glance|eye|eyes|view|read) (?:\w+ )?(?:over|at|on|through)\b(?! (?:heating|getting))|"
        r"\b(?:go|run|read) (?:over|through)\b|\bhave (?:a|another) (?:quick )?(?:look|read|peek|view)\b",
        r"\bwhat (?:do |would )?you (?:think|change|would change)\b|"
        r"\byour (?:view|thoughts|opinion|impression|take)\b|\bthoughts\b|"
        r"\bwhat (?:am i|did i|have i) (?:miss\w*|overlook\w*|got wrong)\b|"
        r"\bis (?:it|this|that|my \w+) (?:\w+ )?(?:ok|okay|clear|right|correct|complete|good|readable|too \w+)\b|"
        r"\btell me if\b.*\b(?:wrong|clear|sense|right)\b|\bany (?:issues|concerns)\b",
        r"\bcheck (?:\w+ ){0,2}(?:my|whether|against|for|the \w+ (?:rev|for|against))\b|^check the\b|\bverify\b|"
        r"\bexamine\b|\bcomment on\b",
        r"\b(?:look|looks|read|reads|sound|sounds|make|makes) (?:ok|okay|right|good|better|safe|fine|correct|sense|"
        r"clear)\b|\b(?:is|are) (?:my|the|this)\b.*\b(?:correct|clear enough|good enough)\?|"
        r"\btoo (?:harsh|long|short|much)\?|\bread this\b|\bhave read it\b|\blook over\b|\bok like this\b",
    ),
    "information": rule_of(
        "information",
        "Facts, figures, files, reasons, free times: the asker learns something by the answer.",
        r"\b(?:send|share|give|tell|show|forward|mail|provide|email|get) (?:to )?(?:me|"
        r"us)\b(?! (?:a (?:hand|lift)|with))|\b(?:remind me|explain|let (?:me|us) know|status|eta|update on|"
        r"updates?\?|any news|report (?:the|their|your)|order number|contact details|clarify|elaborate|describe|"
        r"specify|confirm|find out|look up|keep (?:me|us) (?:posted|updated|informed))\b",
        r"^(?:what|when|where|who|whom|whose|why|how|which|in what)\b(?! can (?:lend|help|take|cover))|\b(?:what|when|"
        r"where|who|why|how (?:many|much|long|far|often)) (?:did|does|do|is|are|was|were|has|have|will|the|you|else)\b",
        r"^(?:is|are|was|were|has|have|had|does|do|did|will|am)\b|\bdo you (?:know|have|remember)\b|"
        r"\b(?:to know|to understand|to hear)\b|\b(?:wonder\w*|curious|asking myself)\b(?!.*\byou could\b)",
        r"\b(?:work|suit)s? (?:for )?you\b|\bavailable\b|\bfree (?:on|at|for)\b|\bshare (?:your|the)\b|"
        r"\bsends? (?:\w+ )?(?:the )?(?:q\d|numbers|figures|actuals|list|file|link|data|report)\b|"
        r"\b(?:send|share|provide|attach|name|list|upload|post)\b.{0,40}\b(?:link|files?|deck|minutes|notes|figures|"
        r"numbers?|data|logs?|address|phone|contact|list|details|prices?|quote|copy|schedule|specs?|photos?|"
        r"screenshots?|status|results?|version|docs?|reference)\b",
        r"\b(?:need|waiting (?:for|on)|missing|see)\b.{0,30}\b(?:number|numbers|list|figures?|data|link|file|address|"
        r"receipts?|report|details|hours|name|contact|date|info\w*|input|reply|answer)\b|\bcontact, please\b",
    ),
    "favour": rule_of(
        "favour",
        "Any other act of work: a request or an order that nothing above has claimed.",
        r"\b(?:can|could|would|will) (?:you|somebody|someone|anybody|anyone|we|i|\w+)\b|\bany chance\b|\bwho can\b|"
        r"\byou can\b|\bpossible\b|^[^?]*$",
    ),
}
"""Kinds in the order in which they are tried; the first that fits is it."""
