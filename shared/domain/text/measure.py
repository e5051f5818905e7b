"""From a text to its markers. A pure function of the text and of what it answers, if that is at hand."""

from dataclasses import dataclass
from math import log1p
from typing import Final, Literal, NamedTuple

from shared.domain.text import acts
from shared.domain.text.features import INDEX, TOKEN, count
from shared.domain.text.language import is_english
from shared.domain.text.own_words import is_automatic, own_words
from shared.domain.text.uptake import Said, content_of, said, uptake_features
from shared.domain.text.weights import RECEPTIVENESS, UPTAKE

Basis = Literal["metadata", "text", "not_english", "no_own_words", "automatic"]

# Ours: of fewer words nothing is estimated; "sounds good" is counted as an acknowledgement and that is all.
_RECEPTIVENESS_WORDS: Final = 8
# Shorter messages can be repeated by chance (1-2, uptake).
_SAID_WORDS: Final = 5
# Estimates are kept in hundredths of a standard deviation of human ratings, three of them at most.
_HUNDREDTHS: Final = 100
_LIMIT: Final = 3 * _HUNDREDTHS

_ADVOCACY: Final = [INDEX[name] for name in ("obligation", "you_should", "certainty", "own_view")]
_INQUIRY: Final = [INDEX[name] for name in ("curiosity", "concession")]
_REASONS: Final = [INDEX[name] for name in ("reasoning", "conclusion", "example")]
_CONTESTS: Final = [INDEX[name] for name in ("disagreement", "obligation", "own_view")]
_HEDGE: Final = INDEX["hedge"]
_REBUTTAL: Final = INDEX["rebuttal"]
_RECEPTIVENESS: Final = [(INDEX[name], weight) for name, weight in RECEPTIVENESS.weights.items()]
_UPTAKE: Final = tuple(UPTAKE.weights.values())


class TextMarkers(NamedTuple):
    """Markers of one text, by the names of `markers.MARKERS`; without basis `text` nothing was counted."""

    basis: Basis
    words: int = 0
    questions: int = 0
    requests: int = 0
    acknowledges: bool = False
    defers: bool = False
    hedges: int = 0
    reasons: int = 0
    advocacy: int = 0
    inquiry: int = 0
    receptiveness: int | None = None
    uptake: int | None = None
    follow_ups: int | None = None


@dataclass(frozen=True, slots=True)
class OwnText:
    """A text in one's own words, split once; lives no longer than the pass over its conversation."""

    basis: Basis
    own: str = ""
    tokens: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


def split(text: str) -> OwnText:
    """The text's own words; without any, in another language or from a machine, its basis says so."""
    own = own_words(text)
    tokens = TOKEN.findall(own)
    words = [token for token in tokens if token[0].isalpha()]
    if not words:
        return OwnText("no_own_words")
    if is_automatic(own):
        return OwnText("automatic")
    if not is_english(words):
        return OwnText("not_english")
    return OwnText("text", own, tuple(tokens), tuple(words))


def remembered(text: OwnText) -> Said | None:
    """What a reply to this text can be compared with; None when the text is too short or was not read."""
    if text.basis != "text" or len(text.words) < _SAID_WORDS:
        return None
    counts = count(text.tokens)
    asks = any(acts.asks(sentence) or acts.requests(sentence) for sentence in acts.sentences(text.own))
    heard = said(_stated(text), contested=asks or any(counts[each] for each in _CONTESTS))
    return heard if heard.content else None


def markers(text: OwnText, answers: Said | None) -> TextMarkers:
    """Markers of a text that was split, and of how it takes up what it answers."""
    if text.basis != "text":
        return TextMarkers(text.basis)
    counts = count(text.tokens)
    questions, requests, follow_ups = _asked(text.own, answers)
    return TextMarkers(
        basis="text",
        words=len(text.words),
        questions=questions,
        requests=requests,
        acknowledges=acts.acknowledges(text.own),
        defers=acts.defers(text.own),
        hedges=counts[_HEDGE],
        reasons=_sum(counts, _REASONS),
        advocacy=_sum(counts, _ADVOCACY),
        # A question that is a rebuttal in another form does not inquire.
        inquiry=max(questions - counts[_REBUTTAL], 0) + _sum(counts, _INQUIRY),
        receptiveness=_receptiveness(counts, text, answers),
        uptake=_uptake(text, answers, asks_back=questions > 0),
        follow_ups=None if answers is None else follow_ups,
    )


def _asked(own: str, answers: Said | None) -> tuple[int, int, int]:
    """Sentences that ask, that request, and that ask about what was said."""
    questions = requests = follow_ups = 0
    for sentence in acts.sentences(own):
        if acts.asks(sentence):
            questions += 1
            if answers is not None and answers.content & content_of(TOKEN.findall(sentence)):
                follow_ups += 1
        if acts.requests(sentence):
            requests += 1
    return questions, requests, follow_ups


def _receptiveness(counts: list[int], text: OwnText, answers: Said | None) -> int | None:
    """Expected human rating; not of a few words, and not of a reply to what is known to be neither ask nor position."""
    if len(text.words) < _RECEPTIVENESS_WORDS or (answers is not None and not answers.contested):
        return None
    total = RECEPTIVENESS.intercept
    for feature, weight in _RECEPTIVENESS:
        if counts[feature]:
            total += weight * log1p(counts[feature])
    return _hundredths(total)


def _uptake(text: OwnText, answers: Said | None, *, asks_back: bool) -> int | None:
    """Expected human rating of how the text builds on what it answers."""
    if answers is None:
        return None
    values = uptake_features(answers, _stated(text), asks_back=asks_back)
    return _hundredths(UPTAKE.intercept + sum(map(float.__mul__, _UPTAKE, values)))


def _stated(text: OwnText) -> list[str]:
    """Words and numbers."""
    return [token for token in text.tokens if token[0].isalnum()]


def _sum(counts: list[int], features: list[int]) -> int:
    return sum([counts[feature] for feature in features])


def _hundredths(value: float) -> int:
    return min(max(round(_HUNDREDTHS * value), -_LIMIT), _LIMIT)
