"""Meeting style: whether a recurring meeting looks like a workshop or like a battleground, as far as traces tell.

What is said in the room is not known and not asked for. Traces are the calendar (who keeps coming, what is called off)
and what host and participants write each other on the days of the meeting: who writes, who asks, who acknowledges.
"""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Final

from shared.domain.evidence import TYPICAL, WINDOW_DAYS, clipped, logit, own_share, score, shrunk, window_start
from shared.domain.history import COUNTER_INDEX, Mark, Meeting, SeriesHistory, Step
from shared.domain.reading import Factor, Measure
from shared.domain.signals.signal import HEALTH_BANDS, Earlier, SeriesSignal
from shared.domain.week import day_of

# A recurring meeting of two is a one-to-one and has a signal of its own.
_LEAST_PEOPLE: Final = 3
# Ours: three quarters of those invited come and four of five meetings take place; a spread is a quarter and a fifth.
_COMING: Final = 0.75
_COMING_SPREAD: Final = 0.25
_HELD: Final = 0.8
_HELD_SPREAD: Final = 0.2
_MEETING_STRENGTH: Final = 2.0
# Ours: around a meeting two in five messages ask, one in five opens by acknowledging.
_ASKING: Final = 0.4
_ACKNOWLEDGING: Final = 0.2
_TEXT_SPREAD: Final = 0.2
_TEXT_STRENGTH: Final = 16.0  # 5.3
# Ours: evenness of voices (normalised entropy) of .6 is ordinary, because a host writes most.
_EVENNESS: Final = 0.6
_EVENNESS_SPREAD: Final = 0.3
_VOICES_STRENGTH: Final = 8.0
_ROUGH_MOST: Final = 3.0
_WEIGHTS: Final = {
    "coming": 0.40,
    "held": 0.30,
    "asking": 0.30,
    "acknowledging": 0.30,
    "evenness_of_voices": 0.25,
    "rough_tickets": -0.40,
}
_ACTIONS: Final = {
    "coming": "ask_what_for",
    "held": "ask_what_for",
    "asking": "lead_with_curiosity",
    "acknowledging": "acknowledge_first",
    "evenness_of_voices": "hear_everybody",
    "rough_tickets": "explore_jointly",
}
_ROUGH: Final = frozenset({Step.REOPEN, Step.PRIORITY_RAISE, Step.ESCALATION, Step.SLA_BREACH})
_MESSAGES: Final = COUNTER_INDEX["messages"]
_ASK: Final = int(Mark.ASK)
_ACKNOWLEDGES: Final = int(Mark.ACKNOWLEDGES)
_TEXT: Final = int(Mark.TEXT)


def _compute(history: SeriesHistory, as_of: int, _: Earlier) -> Measure | None:
    start = window_start(as_of)
    now = [each for each in history.meetings if each.start >= start and len(each.invited) >= _LEAST_PEOPLE]
    if not now:
        return None
    took_place = [each for each in now if not each.cancelled]
    days = {day_of(each.start) for each in took_place}
    invited = sum(len(each.invited) - 1 for each in took_place)
    came = sum(len(each.people) - 1 for each in took_place)
    texts, asking, polite = _texts(history, days)
    voices = _voices(history, days)
    rough = sum(
        step.step in _ROUGH and step.at >= start and step.at <= as_of
        for pair in history.pairs.values()
        for step in pair.steps
    )
    terms = (
        _term("coming", came, invited, prior=_COMING, spread=_COMING_SPREAD, strength=_MEETING_STRENGTH),
        _term("held", len(took_place), len(now), prior=_HELD, spread=_HELD_SPREAD, strength=_MEETING_STRENGTH),
        _term("asking", asking, texts, prior=_ASKING, spread=_TEXT_SPREAD, strength=_TEXT_STRENGTH),
        _term("acknowledging", polite, texts, prior=_ACKNOWLEDGING, spread=_TEXT_SPREAD, strength=_TEXT_STRENGTH),
        _even(voices, len(history.pairs) + 1),
        Factor(
            "rough_tickets", rough, rough, _WEIGHTS["rough_tickets"] * clipped(math.log2(1 + rough), high=_ROUGH_MOST)
        ),
    )
    factors = (
        TYPICAL,
        *terms,
        Factor("scheduled", len(now), len(now)),
        Factor("people", _people(now), len(now)),
        Factor("messages_on_the_day", sum(voices.values()), len(days)),
        Factor("voices", len(voices), len(voices)),
    )
    worst = min(terms, key=lambda term: (term.contribution, term.name))
    return Measure(
        value=score(logit(factors)),
        confidence=own_share(len(now), _MEETING_STRENGTH),
        factors=factors,
        evidence=len(now),
        action=_ACTIONS[worst.name] if worst.contribution < 0 else "keep_going",
    )


def _term(name: str, part: int, whole: int, *, prior: float, spread: float, strength: float) -> Factor:
    """A share against the one to expect; what was not seen adds nothing."""
    share = shrunk(part, whole, prior=prior, strength=strength)
    return Factor(name, part / whole if whole else 0.0, whole, _WEIGHTS[name] * clipped((share - prior) / spread))


def _texts(history: SeriesHistory, days: set[int]) -> tuple[int, int, int]:
    """Messages with text markers on days of the meeting: all, those that ask, those that open by acknowledging."""
    marks = [
        int(each.marks)
        for pair in history.pairs.values()
        for each in pair.contacts
        if int(each.marks) & _TEXT and day_of(each.at) in days
    ]
    return len(marks), sum(each & _ASK > 0 for each in marks), sum(each & _ACKNOWLEDGES > 0 for each in marks)


def _voices(history: SeriesHistory, days: set[int]) -> Counter[str]:
    """Messages between host and participants on days of the meeting, by sender."""
    voices: Counter[str] = Counter()
    for pair in history.pairs.values():
        for entry in pair.days:
            if entry.day in days and entry.counts[_MESSAGES]:
                voices[entry.sender] += entry.counts[_MESSAGES]
    return voices


def _even(voices: Counter[str], people: int) -> Factor:
    """How evenly messages are spread over people: entropy against the greatest possible, 1 for perfectly even."""
    total = voices.total()
    entropy = -math.fsum(count / total * math.log(count / total) for count in voices.values()) if total else 0.0
    evenness = entropy / math.log(people) if people > 1 else 0.0
    trust = own_share(total, _VOICES_STRENGTH)
    spreads = trust * clipped((evenness - _EVENNESS) / _EVENNESS_SPREAD)
    return Factor("evenness_of_voices", evenness, total, _WEIGHTS["evenness_of_voices"] * spreads)


def _people(meetings: Sequence[Meeting]) -> float:
    """People invited on average."""
    return sum(len(each.invited) for each in meetings) / len(meetings)


MEETING_STYLE: Final = SeriesSignal(
    name="meeting_style",
    title="Meeting style",
    unit="points",
    window_days=WINDOW_DAYS,
    compute=_compute,
    bands=HEALTH_BANDS,
    floor=3,
    meaning=(
        "Whether a recurring meeting works like a workshop: people keep coming, it takes place, and around it several "
        "people write, ask and acknowledge. Low is closer to a battleground, with rough tickets between host and "
        "participants."
    ),
    caution=(
        "Nobody listens to the meeting: it is read from the calendar and from what host and participants write on its "
        "days. A quiet chat may mean that everything was said in the room."
    ),
    action="hear_everybody",
)
