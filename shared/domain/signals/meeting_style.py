"""Meeting style: whether a recurring meeting looks like a workshop or like a battleground, as far as traces tell.

What is said in the room is not known and not asked for. Traces are the calendar (who keeps coming, what is called off)
and what host and participants write each other on the days of the meeting: who writes, who asks, who acknowledges.
"""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Final

from shared.domain.evidence.expected_share import ExpectedShare
from shared.domain.evidence.reading import Factor, Measure
from shared.domain.evidence.weighing import (
    TYPICAL,
    WINDOW_DAYS,
    clipped,
    combined,
    logit,
    own_share,
    score,
    window_start,
)
from shared.domain.facts.history import COUNTER_INDEX, TEXT_COUNTER_INDEX, Meeting, SeriesHistory, Step
from shared.domain.signals.signal import HEALTH_BANDS, Earlier, SeriesSignal
from shared.domain.week import day_of

# A recurring meeting of two is a one-to-one and has a signal of its own.
_LEAST_PEOPLE: Final = 3
# Ours: three quarters of those invited come and four of five meetings take place; a spread is a quarter and a fifth.
_COMING: Final = ExpectedShare(weight=0.40, prior=0.75, spread=0.25, strength=2.0)
_HELD: Final = ExpectedShare(weight=0.30, prior=0.8, spread=0.2, strength=2.0)
# Ours: around a meeting two in five texts ask, one answer in five opens by acknowledging. 5.3: text qualities need 16
# observations.
_ASKING: Final = ExpectedShare(weight=0.30, prior=0.4, spread=0.2, strength=16.0)
_ACKNOWLEDGING: Final = ExpectedShare(weight=0.30, prior=0.2, spread=0.2, strength=16.0)
# Ours: evenness of voices (normalised entropy) of .6 is ordinary, because a host writes most.
_EVENNESS: Final = 0.6
_EVENNESS_SPREAD: Final = 0.3
_EVENNESS_WEIGHT: Final = 0.25
_VOICES_STRENGTH: Final = 8.0
_ROUGH_WEIGHT: Final = -0.4
_ROUGH_MOST: Final = 3.0
_MEETING_STRENGTH: Final = 2.0
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


def _compute(history: SeriesHistory, as_of: int, _: Earlier) -> Measure | None:
    start = window_start(as_of)
    now = [each for each in history.meetings if each.start >= start and len(each.invited) >= _LEAST_PEOPLE]
    if not now:
        return None
    took_place = [each for each in now if not each.cancelled]
    days = {day_of(each.start) for each in took_place}
    invited = sum(len(each.invited) - 1 for each in took_place)
    came = sum(len(each.people) - 1 for each in took_place)
    texts = _texts(history, days)
    voices = _voices(history, days)
    rough = sum(
        step.step in _ROUGH and step.at >= start and step.at <= as_of
        for pair in history.pairs.values()
        for step in pair.steps
    )
    terms = (
        _COMING.factor("coming", came, invited),
        _HELD.factor("held", len(took_place), len(now)),
        _ASKING.factor("asking", texts["questions"], texts["texts"]),
        _ACKNOWLEDGING.factor("acknowledging", texts["acknowledged_halves"] / 2, texts["responses"]),
        _even(voices, len(history.pairs) + 1),
        Factor("rough_tickets", rough, rough, _ROUGH_WEIGHT * clipped(math.log2(1 + rough), high=_ROUGH_MOST)),
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
        spread=combined((_COMING.uncertainty(invited), _HELD.uncertainty(len(now)))),
        action=_ACTIONS[worst.name] if worst.contribution < 0 else "keep_going",
    )


def _texts(history: SeriesHistory, days: set[int]) -> Counter[str]:
    """What texts between host and participants did on days of the meeting."""
    found: Counter[str] = Counter()
    for pair in history.pairs.values():
        for entry in pair.texts:
            if entry.day in days:
                found.update({name: entry.counts[place] for name, place in TEXT_COUNTER_INDEX.items()})
    return found


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
    return Factor("evenness_of_voices", evenness, total, _EVENNESS_WEIGHT * spreads)


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
    formula=(
        "L = 1 + .40 z(invited who come) + .30 z(held) + .30 z(texts that ask) + .30 z(answers that acknowledge "
        "first) + .25 z(evenness of voices) - .40 log2(1 + rough tickets), value = 100 / (1 + e^-L); evenness is the "
        "entropy of who writes against the greatest possible."
    ),
    inputs=(
        "the series in the calendar: invited, declined, held",
        "messages of host and participants on its days",
        "tickets between host and participants",
    ),
    evidence=(
        "Declines and cancelled meetings are in use as meeting metrics; nothing here is validated against what was "
        "said."
    ),
    source="Meeting effectiveness metrics of Viva Insights; normalised entropy (Shannon).",
    action="hear_everybody",
)
