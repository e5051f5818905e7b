"""Of whom something is asked, and whether the text says by when."""

from typing import Final

from shared.domain.text.asks.rule import rule_of

_TIME: Final = (
    r"(?:(?:the )?(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|(?:mon|tue|wed|thu|fri)\b|today|tonight|tomorrow|tmrw|"
    r"noon|midnight|e\.?o\.?[dbw]\b|cob\b|close of business|(?:the )?end of|\d{1,2}(?::\d\d|\s?[ap]m\b|\.\d\d)|"
    r"(?:the )?\d{1,2}(?:st|nd|rd|th)\b|\d{1,2} (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)|"
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w* \d|"
    r"(?:this|next) (?:week|morning|afternoon|evening|\w+day)|lunch\b|(?:\w+ ){0,2}(?:hours|days|weeks)\b|\d{4}-\d\d)"
)
DEADLINE: Final = rule_of(
    "deadline",
    "A day, a time or a dated occasion by which the answer or the act is due.",
    rf"\b(?:by|until|till|before|due(?: on)?|not? later than|within|latest) (?:\w+ )?{_TIME}",
    r"\bbefore (?:the|our|your|we|you|payroll|visiting|tonight's) ?(?:\w+ ){0,2}?(?:standup|stand-up|meeting|call|"
    r"drill|inspection|weekend|hours|build|demo|closes|go home|leave|audit|workshop|handover|sync|shift)\b|"
    r"\b(?:eod|eob|cob|asap today)\b",
)
DUE_TODAY: Final = rule_of(
    "due_today",
    "A day without 'by', where an order, a need or a request to decide has it.",
    r"\b(?:today|this (?:afternoon|morning|week|evening)|tonight|on my desk \w+)\b",
)
# The day is what is asked about, or when the act is to take place.
NOT_DUE: Final = rule_of(
    "not_due",
    "Questions about a day and acts at a time.",
    r"^(?:may|do|is|are|can i|will|has|would|why|who|anyone|guess|you)\b|\b(?:hand|free|or|extend)\b",
)

GROUP: Final = rule_of(
    "group",
    "The text turns to anybody or to everybody.",
    r"\b(?:anyone|anybody|someone|somebody|everyone|everybody|folks|whoever|any of|reviewers)\b|"
    r"^who\b(?!.{0,12}\b(?:is|does|do|should|pays|was|has)\b)|"
    r"^(?:team|colleagues|all|dear (?:all|colleagues|team)|hi (?:all|team)|guys)\b[, ]|"
    r"\ball (?:\w+ ){0,2}(?:owners|staff|departments|employees|teams|managers)\b|"
    r"^\w+ are (?:kindly )?(?:asked|requested)",
)
NAMED: Final = rule_of(
    "named",
    "A mention, or a name at the head of the message.",
    r"(?<!\w)@\w+",
    r"^(?:dear|hi|hello|hey) (?!all|team|there|colleagues|boss|everyone|guys|folks|hi|do|can|could|is|are|we|i\b|what|"
    r"quick)(?:(?:ms|mr|mrs|dr|professor|prof)\.? )?\w+[,!]",
    r"^(?!(?:please|thanks|sorry|yes|no|ok|okay|so|hey|hi|hello|morning|team|folks|everyone|all|well|and|but|reminder|"
    r"fyi|status|update|question|cheers|congratulations|guys|agenda|colleagues|sure|alright|great|perfect|now|today|"
    r"tomorrow|monday|tuesday|wednesday|thursday|friday)\b)(?:(?:ms|mr|mrs|dr|professor)\.? )?[a-z]+(?:[,:!]+|"
    r" (?:please|pls|to decide|-)) ",
    r"\b(?:for|until|from) [a-z]+ to (?:review|approve|sign|decide|confirm|send)\b|^i would like [a-z]+ to\b",
)
