"""Whether a text asks something about work, and what: the rules of this room, applied.

A text is read sentence by sentence, and the first sentence that asks decides. Of a sentence it is told first whether it
is no ask, then whether it is one, then of which kind. English only: whoever calls has found out that the text is.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from shared.domain.text import acts
from shared.domain.text.asks.forms import FORMS
from shared.domain.text.asks.kinds import KINDS, Kind
from shared.domain.text.asks.not_asks import ANSWERED, NO_ASK
from shared.domain.text.asks.orders import CLAUSE, VERBS
from shared.domain.text.asks.rule import Rule
from shared.domain.text.asks.social import SOCIAL, SOCIAL_UNLESS, SOCIAL_WORDS
from shared.domain.text.asks.whom_and_when import DEADLINE, DUE_TODAY, GROUP, NAMED, NOT_DUE

Directed = Literal["reader", "named", "group", "nobody"]

_QUOTED: Final = re.compile(
    r"\"[^\"\n]{1,400}\"|\N{LEFT DOUBLE QUOTATION MARK}[^\N{RIGHT DOUBLE QUOTATION MARK}\n]{1,400}."
)
# What stands before a sentence and says nothing of it: greetings, names, mentions, small words.
_LEAD: Final = re.compile(
    r"(?:(?:hi|hello|hey|dear|quick q(?:uestion)?|so+|and|also|but|well|sorry|hmm|then|now|good morning|morning|thanks|"
    r"haha|fyi|(?:ok|okay)(?=,))\b[ ,!:-]*"
    r"|(?:(?:ms|mr|mrs|dr|professor|prof)\b\.? )?@?[a-z]+[,:] (?=\w)|@\w+[,:]? +|[-(*] *)"
)
_LEADS: Final = 4
_WORD: Final = re.compile(r"[a-z']+")
_CLAUSES: Final = re.compile("[,:] ")
# A text without a question mark and without these asks no question.
_OPENING: Final = (
    "can could would will do does did is are was were have has should shall may might am any what when where who "
    "why how which isn't aren't don't can't couldn't"
)
_OPENERS: Final = frozenset(_OPENING.split())
# What a question is about, set before it: "one thing I did not get: does it ...?"
_AFTER: Final = re.compile(r"^[^?]*(?:: | - )(?=\w+ \w+ \w)")
_BARE: Final = re.compile(r"(?:which|what|whose|who|where) \w+$")
_FRAGMENT_WORDS: Final = 4
# Statements that may be social too: invitations and the like.
_INVITES: Final = re.compile(r"(?:come|tell|bring|join|rsvp|send|let me know|.*\bwonder)\b")
_PLEASE: Final = re.compile(r"^(?!.*rsvp).*\b(?:please|kindly)\b")


@dataclass(frozen=True, slots=True)
class Ask:
    """What a text asks: of which kind, of whom, and whether it says by when."""

    kind: Kind
    directed: Directed
    deadline: bool


class _Sentence(NamedTuple):
    whole: str
    core: str  # without what leads to it
    question: bool


def asks_of_work(own: str, words: Iterable[str]) -> bool:
    """Whether a text, in its own words and lower case, asks something about work. `words` are those of the text."""
    held = frozenset(words)
    found = _asking(own, held)
    return found is not None and not _social(found, own, held)


def read_ask(own: str) -> Ask | None:
    """What a text, in its own words and lower case, asks; None where it asks nothing."""
    words = frozenset(_WORD.findall(own))
    found = _asking(own, words)
    if found is None:
        return None
    kind: Kind = "social" if _social(found, own, words) else _kind(found)
    return Ask(kind, _directed(found, own), _deadline(found, own))


def _asking(own: str, words: frozenset[str]) -> _Sentence | None:
    """The first sentence that asks."""
    if '"' in own or "\N{LEFT DOUBLE QUOTATION MARK}" in own:
        own = _QUOTED.sub("quoted", own)
    forms = [rule for rule in FORMS if not rule.words.isdisjoint(words)]
    orders = not VERBS.isdisjoint(words)
    if not forms and not orders and "?" not in own and _OPENERS.isdisjoint(words):
        return None
    blocks = [rule for rule in NO_ASK if not rule.words or not rule.words.isdisjoint(words)]
    read = list(acts.sentences(own))
    for at, whole in enumerate(read):
        sentence = _sentence(whole)
        if (
            (sentence.question or any(_fits(rule, sentence) for rule in forms) or (orders and _orders(sentence)))
            and not any(_fits(rule, sentence) for rule in blocks)
            and not (sentence.question and at + 1 < len(read) and _answered(sentence, read[at + 1]))
        ):
            return sentence
    return None


def _sentence(whole: str) -> _Sentence:
    core = whole
    for _ in range(_LEADS):
        found = _LEAD.match(core)
        if found is None or found.end() == len(core):
            break
        core = core[found.end() :]
    question = "?" in core[-3:] or acts.asks(core) or _BARE.match(core) is not None
    if question and (": " in core or " - " in core):
        core = _AFTER.sub("", core)
    return _Sentence(whole, core, question)


def _orders(sentence: _Sentence) -> bool:
    """Whether a clause of it is an order."""
    if CLAUSE.found(sentence.core) is not None:
        return True
    clauses = _CLAUSES.split(sentence.whole)
    return len(clauses) > 1 and any(CLAUSE.found(clause) is not None for clause in clauses[1:])


def _fits(rule: Rule, sentence: _Sentence) -> bool:
    """Whether a pattern is in a sentence, seen with what leads to it or without."""
    if rule.starts is not None and rule.starts.match(sentence.core):
        return True
    return rule.found(sentence.whole) is not None


def _answered(sentence: _Sentence, following: str) -> bool:
    """Whether the writer goes on to answer: in so many words, or after two or three words of the other's question."""
    if ANSWERED.found(following):
        return True
    fragment = len(sentence.core.split()) <= _FRAGMENT_WORDS and sentence.core.startswith(("the ", "why "))
    return fragment and "?" not in following


def _social(sentence: _Sentence, own: str, words: frozenset[str]) -> bool:
    if SOCIAL_WORDS.isdisjoint(words) or not (sentence.question or _INVITES.match(sentence.core)):
        return False
    if SOCIAL_UNLESS.found(own) or _PLEASE.search(sentence.core):
        return False
    return SOCIAL.found(sentence.core) is not None or (
        len(sentence.core.split()) <= _FRAGMENT_WORDS and SOCIAL.found(own) is not None
    )


def _kind(sentence: _Sentence) -> Kind:
    """The first kind whose pattern fits the sentence."""
    return next((kind for kind, rule in KINDS.items() if rule.found(sentence.core)), "information")


def _directed(sentence: _Sentence, own: str) -> Directed:
    if GROUP.found(sentence.core) or GROUP.found(sentence.whole):
        return "group"
    return "named" if NAMED.found(own) or NAMED.found(sentence.whole) else "reader"


def _deadline(sentence: _Sentence, own: str) -> bool:
    due = DEADLINE.found(own)
    if due is not None and (due[0].startswith(("by", "due")) or due[0] in sentence.core):
        return NOT_DUE.found(sentence.core) is None or due[0].startswith("by")
    return DUE_TODAY.found(sentence.core) is not None and NOT_DUE.found(sentence.core) is None
