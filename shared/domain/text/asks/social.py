"""Questions about people and not about work. They tell that an ask is none of work, and are kept nowhere."""

from typing import Final

from shared.domain.text.asks.rule import rule_of

_WORK: Final = (
    r"\b(?:clients?|customers?|contracts?|invoices?|budget|meeting|review|report|orders?|supplier|deploy\w*|release|"
    r"handover|project|team meeting|shift|desk|deadline|approve\w*|agenda|workshop|training|machine|system|office|"
    r"audit|slides?|draft|tickets? (?:number|queue)|server down|delivery|expenses?|book(?:ing)?|call|visit|cover|"
    r"contact)\b"
)
_TOPICS: Final = """
    lunch dinner breakfast brunch beer beers drink drinks wine pizza sushi ramen burger burgers barbecue bbq cake
    cakes cookies canteen bakery restaurant pub picnic snack snacks supper curry kebab pasta takeaway cocktail
    cocktails pint coffee tea hungry cooking baking recipe recipes chocolate ice-cream sandwich cafe bar wife
    husband kid kids baby son sons daughter daughters mother mum mom father dad parents grandma grandpa granny
    grandchildren grandson granddaughter family brother sister girlfriend boyfriend dog dogs cat cats puppy kitten
    kittens wedding married engaged birthday christmas easter santa nephew niece uncle aunt twins toddler pet pets
    football soccer tennis climbing gym yoga jogging hike hiking skiing ski swim swimming gaming bowling karaoke
    guitar cello piano choir concert opera theatre cinema movie movies film podcast podcasts novel museum allotment
    garden gardening festival marathon chess dance dancing beach camping cycling surfing sailing fishing knitting
    painting hobby hobbies playlist band netflix vacation holidays weekend weekends sunday honeymoon party parties
    dentist hairdresser barber babysitter plumber jumper haircut hair tattoo shoes dress sweater grumpy flat
    apartment sofa bike bicycle pram mattress weather snow snowing snowed sunburn lottery neighbour neighbours
    neighbors fancy slept sleep feeling sick grandmother grandfather enjoy enjoyed joining karting quiz
"""
TOPICS: Final = frozenset(_TOPICS.split())
"""Topics of life outside work."""
# Words that are of work as well; those of them that have a pattern below are read with what stands beside them.
_AMBIGUOUS: Final = frozenset(
    ("bar", "bike", "coffee", "film", "flat", "painting", "parties", "party", "sick", "sunday", "weekend")
)
_CLEAR: Final = "|".join(sorted(TOPICS - _AMBIGUOUS))
SOCIAL: Final = rule_of(
    "social",
    "People and not work: how one is, and topics of life outside work.",
    rf"\b(?:{_CLEAR})\b",
    r"\bcoffee\b(?! machine)|\bmy (?:old )?(?:bike|flat)\b|\bchild's\b|"
    r"\b(?:birthday|christmas|office|your|the) part(?:y|ies)\b",
    r"\bhow(?:'s| is| are|s)(?: \w+){0,2} (?:it going|life|things|everybody|everyone|gang|little)\b|"
    r"\bhow are (?:you|things)\b(?! (?:getting|going|handling|planning|with|doing with))|^how(?: it goes|dy)\b|"
    r"\blong time no\b|^all good\?|\bwhat's up\b",
    r"\bhow (?:was|were)\b|\bhow did your\b|\bhow have you been\b|\b(?:your|good|nice|the|this|long) weekend\b|"
    r"\bon sunday\b",
    r"\b(?:plans for the|fly home|reading at the moment|old gang|rsvp for|walk after|bike ride|after work|eat|"
    r"eating (?:with|out|together)|join us|come along|where are you from|chip in|gift for|present for|secret|"
    r"second-?hand|for sale|ice cream|new year's|do you live|any plans|cheer up|catch up over|board games?|"
    r"are you (?:sick|tired|okay today|ok today|cold))\b",
    r"\bhave you (?:tried|seen|watched|read) (?:the|that) new\b|\bguess who\b|"
    r"\bdid you (?:see|watch|catch) the (?:game|match|show|race)\b",
)
_BEGINNINGS: Final = """
    how how's hows howdy long all what's rsvp plans fly reading gang walk work eat eating join come where chip gift
    present secret second-hand secondhand sale ice year's live cheer catch board guess tried seen watched read
    child's moment ride sick tired okay ok cold game match show race
"""
SOCIAL_WORDS: Final = TOPICS | frozenset(_BEGINNINGS.split())
"""A text with none of these words is not social, and need not be searched."""
SOCIAL_UNLESS: Final = rule_of("work", "Words of work beside which a social topic is none.", _WORK)
