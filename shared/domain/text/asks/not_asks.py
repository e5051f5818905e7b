"""What only looks like an ask: polite ends, offers, promises, what others asked, manuals, and answers that follow."""

from typing import Final

from shared.domain.text.asks.rule import rule_of

NO_ASK: Final = (
    rule_of(
        "closer",
        "Polite ends and notices: an answer is welcome and none is waited for.",
        r"\blet (?:me|us) know (?:if|when|should) (?:you (?:have|need|want|get|run|require)|there|any|anything|"
        r"something)(?! (?:to keep|to go|any objection|any concern))",
        r"\b(?:ping|shout|call|tell|ask|contact|write|mail|reach out)\b[\w ]{0,14}\b(?:if|when|should|in case) "
        r"(?:any|anything|something|you (?:get|need|have|run|want))\b",
        r"\b(?:if|should|for) (?:you have |you need |there (?:are|is) )?(?:any|some|further|more|anything|something)\b"
        r".{0,40}(?:,|disposal|\bam\b|\bare\b)",
        r"\bfeel free\b|\bhesitate\b|\bat (?:your|my) (?:disposal|convenience)\b|\blook(?:ing)? forward\b",
        r"^you can always\b|\byou (?:can|may) (?:always )?(?:reach|find|contact) (?:me|us)\b",
        r"^(?:please|kindly) (?:be reminded|remember|note|be advised|be aware|find|accept|excuse|"
        r"see (?:attached|below)|ignore)\b",
        r"^(?:take care|have a (?!look|read|quick|peek|glance|second)|have fun|enjoy|get well|take your time|see you|"
        r"keep it up|keep up|give my regards)\b",
        r"\b(?:in error|no (?:action|reply|answer|need|rush to reply))\b",
        words=(
            "know ping shout call tell ask contact write mail reach any some further more anything something feel "
            "hesitate disposal convenience forward note advised aware find accept excuse attached below ignore "
            "reminded remember take have enjoy get see keep give error action reply answer need always may"
        ),
    ),
    rule_of(
        "offer",
        "Something is offered to the reader; nothing is wanted of them.",
        r"\b(?:can|could|may|shall|should) i (?:help|assist|offer|bring you|get you|give you a (?:hand|lift)|"
        r"take that)",
        r"\b(?:do you|you|would you like|anyone|anybody|would you) (?:need|want|like) "
        r"(?:any |some |a |more )?(?:help|hand|assistance|support|lift)\b",
        r"\bneed anything\b|\bwant me to\b|\b(?:do|would) you (?:want|like) me to\b(?!.*\bor\b)|\bwould it help\b|"
        r"\bif (?:you want|you like)[.!]?$|\bif (?:it would help|that helps|that makes it)\b|"
        r"^(?:i'm |i am |we are |we're )?(?:happy|glad) to\b",
        r"^you (?:can|may|could) (?:have|use|take|keep)\b(?!.*\?)",
        words=(
            "help assist offer bring give get hand assistance support lift anything want like that helps happy glad "
            "have use take keep you"
        ),
    ),
    rule_of(
        "own_act",
        "A promise, a plan or a duty of the writer.",
        r"^(?:let me|lemme|let's see)\b(?! know)|^(?:i'll|i will|i can|i could|i am going to|i'm going to|we'll|"
        r"we will|will|i have already|i've already|already)\b(?!.*\b(?:if you|once you|until you|"
        r"as soon as you)\b)(?!.*\?)",
        r"\bneed (?:a|an|some|more|another) (?:break|coffee|holiday|vacation|minute|moment|bit|few|time|nap|drink)\b|"
        r"^(?:have|had|got|need) to\b",
        r"^(?:i|we)(?: still)? (?:need|have|want) to (?!know|have|hear|understand|get your|see your)",
    ),
    rule_of(
        "reported",
        "What somebody else asked or was told, not what the writer wants.",
        r"(?<!are )(?<!is )(?<!be )(?<!kindly )\b(?:asked|requested)\b(?!.*\?)|"
        r"\b(?:wanted to know|wants to know|wanted|inquired|enquired|(?:was|were) asking(?! myself)|again asking|"
        r"called asking)\b(?!.*\?)",
        r"\b(?:asks|will ask|is called|is the name)\b(?!.*\?)",
        r"^(?:he|she|they|somebody|the \w+) (?:told|said|wrote|mailed|called)\b(?!.*\?)",
        r"\b(?:says?|reads?|said|goes|asked|it was|called|message is) quoted\b|^quoted\b",
        words="told said wrote mailed called asked requested wanted wants inquired enquired asking asks ask is quoted",
    ),
    rule_of(
        "rhetorical",
        "A question in form that says something or is put to oneself.",
        r"\bguess what\b|^(?:do )?(?:you )?know what\b|\b(?:am i right|who knew|who cares|who knows|one might ask)\b",
        r"^(?:seriously|honestly|really), (?:who|what|why|how)\b|\bhow hard (?:can|could)\b|"
        r"\bwho (?:doesn't|wouldn't)\b",
        r"\bcould (?:possibly )?go wrong\b|^(?:isn't|wasn't|aren't|didn't) (?:that|it|this|we|i)\b|\bdo i look like\b",
        r"\bwhat was i\b|\bwhere (?:was|did) i\b(?! (?:put|supposed))|\b(?:why|what) did i\b(?! (?:miss|get))|"
        r"\bwhy bother\b|\bwho would have thought\b|\bwhat else is new\b|\bis it just me\b|\bare you kidding\b|"
        r"\bremember when\b|\bwhat do we have here\b|^since when is (?:that|this|it)\b|\bat all if\b|\beven\b.*\.\.\.",
        r"^(?:why|how|what) (?:on earth|the hell|in the world)\b|^what's (?:not to|the point)\b",
        words=(
            "guess know right knew cares might seriously honestly really hard doesn't wouldn't wrong isn't wasn't "
            "aren't didn't look was did bother thought else me kidding remember here since all even earth hell world "
            "what's"
        ),
    ),
    rule_of(
        "manual",
        "Orders to whoever may ever read: manuals, checklists, agendas.",
        r"^(?:\w+, please, |(?:yes|no),? please\b)",
        r"^(?:call|report|test|order|review|change|update|release|check|run|start|return|print|visit) (?:with|for|by|"
        r"on|in|at|from|to|of) .*\b(?:is|was|were|went|has|have|are|starts?|passed|failed|arrived|done|"
        r"looks?)\b(?!.*\?)",
        r"^(?:in case of|step \d|agenda\b|\d+\W |to \w+(?: \w+){0,4}, (?!.*\?))|"
        r"^(?:of course|sure|yes|no|yep|nope)\b(?!.*\?)",
    ),
)
"""What is no ask, whatever its form."""

ANSWERED: Final = rule_of(
    "answered",
    "How the next sentence begins where the writer answers the question themselves.",
    r"^(?:because|no\b|nope|none|nothing|nobody|never|not |of course|sure|yes|always|exactly|that was|that is what|"
    r"it never|obviously|me neither|as we saw)",
)
