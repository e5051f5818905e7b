"""Exploration: whether each hears and asks before adding, from what their texts do. Only where texts are read."""

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from operator import attrgetter
from typing import Final

import msgspec

from shared.domain.evidence.direction import direction_weights
from shared.domain.evidence.reading import Factor, Measure
from shared.domain.evidence.weighing import (
    DECAY,
    FLOOR,
    TYPICAL,
    WINDOW_DAYS,
    clipped,
    combined,
    first_day,
    logit,
    own_share,
    reference,
    score,
    shrunk,
)
from shared.domain.facts.history import TEXT_COUNTER_INDEX, PairHistory, TextDay
from shared.domain.signals.signal import HEALTH_BANDS, Earlier, PairSignal
from shared.domain.week import day_of

# 5.3: a mean of texts needs 16 of them before it weighs as much as the reference.
_STRENGTH: Final = 16.0
# A debate: a day on which at least three texts go between the two, and both take a position (1-2, advocacy).
_DEBATE_TEXTS: Final = 3

_TEXTS: Final = TEXT_COUNTER_INDEX["texts"]
_QUESTIONS: Final = TEXT_COUNTER_INDEX["questions"]
_RESPONSES: Final = TEXT_COUNTER_INDEX["responses"]
_ADVOCACY: Final = TEXT_COUNTER_INDEX["advocacy"]
_INQUIRY: Final = TEXT_COUNTER_INDEX["inquiry"]
_OTHER_LANGUAGE: Final = TEXT_COUNTER_INDEX["other_language"]


class _Behaviour(msgspec.Struct, frozen=True):
    """A mean over texts. `expected` and `within` are mean and standard deviation of single texts."""

    name: str
    total: int
    texts: int
    scale: float
    expected: float
    within: float
    weight: float
    action: str


# Expected values are those of 4,400 replies of one real community channel, measured with these very markers; there
# is no prior learnt from the organisation yet. Weights are twice those of 5.2, because here they stand alone.
_BEHAVIOURS: Final = (
    _Behaviour(
        name="acknowledged_first",
        total=TEXT_COUNTER_INDEX["acknowledged_halves"],
        texts=_RESPONSES,
        scale=0.5,
        expected=0.10,
        within=0.28,
        weight=0.5,
        action="acknowledge_first",
    ),
    _Behaviour(
        name="uptake",
        total=TEXT_COUNTER_INDEX["uptake"],
        texts=TEXT_COUNTER_INDEX["uptake_texts"],
        scale=0.01,
        expected=-0.39,
        within=0.30,
        weight=0.4,
        action="acknowledge_first",
    ),
    _Behaviour(
        name="receptiveness",
        total=TEXT_COUNTER_INDEX["receptiveness"],
        texts=TEXT_COUNTER_INDEX["receptiveness_texts"],
        scale=0.01,
        expected=-0.38,
        within=0.19,
        weight=0.4,
        action="acknowledge_first",
    ),
    _Behaviour(
        name="follow_ups",
        total=TEXT_COUNTER_INDEX["follow_ups"],
        texts=TEXT_COUNTER_INDEX["uptake_texts"],
        scale=1.0,
        expected=0.05,
        within=0.21,
        weight=0.3,
        action="lead_with_curiosity",
    ),
)
# The same channel's debates: 52% of what was advocated or inquired was advocated.
_ADVOCATED: Final = 0.52
_ADVOCATED_WITHIN: Final = 0.5
_ADVOCACY_WEIGHT: Final = -0.2


class _Direction(msgspec.Struct, frozen=True):
    """How one side treats what the other says: factors, and what they add up to against own habit."""

    factors: tuple[Factor, ...]
    change: float
    responses: int
    debated: int
    weight: float

    @property
    def logit(self) -> float | None:
        """What the side adds; None when nothing is known of it."""
        return logit(self.factors) if self.evidence else None

    @property
    def uncertainty(self) -> float:
        """Standard deviation of the logit: of each mean, in its spreads, sqrt(16 / (N + 16))."""
        own = math.sqrt(_STRENGTH / (self.weight + _STRENGTH))
        return own * combined(each.weight for each in _BEHAVIOURS)

    @property
    def evidence(self) -> int:
        """Texts that say something: answers, and words in debates."""
        return max(self.responses, self.debated)


def _direction(
    window: Sequence[TextDay], earlier: Sequence[TextDay], *, sender: str, direction: str, newest: int
) -> _Direction:
    plain, now, usual = _totals(window, sender), _totals(window, sender, newest), _totals(earlier, sender)
    factors: list[Factor] = []
    changes: list[float] = []
    for each in _BEHAVIOURS:
        sums = (now[each.total] * each.scale, now[each.texts])
        habit = (usual[each.total] * each.scale, usual[each.texts])
        added, change = _added(sums, habit, expected=each.expected, within=each.within, weight=each.weight)
        mean = plain[each.total] * each.scale / plain[each.texts] if plain[each.texts] else 0.0
        factors.append(Factor(f"{each.name}_by_{direction}", mean, int(plain[each.texts]), added))
        changes.append(change)
    debates, usual_debates = _debates(window), _debates(earlier)
    argued, voiced = _totals(debates, sender), _totals(debates, sender, newest)
    habit_voiced = _totals(usual_debates, sender)
    added, change = _added(
        (voiced[_ADVOCACY], voiced[_ADVOCACY] + voiced[_INQUIRY]),
        (habit_voiced[_ADVOCACY], habit_voiced[_ADVOCACY] + habit_voiced[_INQUIRY]),
        expected=_ADVOCATED,
        within=_ADVOCATED_WITHIN,
        weight=_ADVOCACY_WEIGHT,
    )
    said = int(argued[_ADVOCACY] + argued[_INQUIRY])
    asked = plain[_QUESTIONS] / plain[_TEXTS] if plain[_TEXTS] else 0.0
    factors += [
        Factor(f"advocacy_by_{direction}", argued[_ADVOCACY] / said if said else 0.0, said, added),
        Factor(f"questions_by_{direction}", asked, int(plain[_TEXTS])),
    ]
    return _Direction(
        factors=tuple(factors),
        change=math.fsum([*changes, change]),
        responses=int(plain[_RESPONSES]),
        debated=int(argued[_TEXTS]),
        weight=now[_RESPONSES],
    )


def _totals(days: Sequence[TextDay], sender: str, newest: int | None = None) -> list[float]:
    """Sums of one side's counters, decayed by the age in days before `newest` when it is given."""
    totals = [0.0] * len(TEXT_COUNTER_INDEX)
    for entry in days:
        if entry.sender == sender:
            weight = 1.0 if newest is None else DECAY[newest - entry.day]
            for index, value in enumerate(entry.counts):
                totals[index] += value * weight
    return totals


def _debates(days: Sequence[TextDay]) -> list[TextDay]:
    """The entries of days and channels in which the two debate."""
    talks: dict[tuple[int, str], list[TextDay]] = defaultdict(list)
    for entry in days:
        talks[entry.day, entry.channel].append(entry)
    return [
        entry
        for talk in talks.values()
        if len({entry.sender for entry in talk if entry.counts[_ADVOCACY]}) > 1
        and sum([entry.counts[_TEXTS] for entry in talk]) >= _DEBATE_TEXTS
        for entry in talk
    ]


def _added(
    now: tuple[float, float], habit: tuple[float, float], *, expected: float, within: float, weight: float
) -> tuple[float, float]:
    """What a mean adds against the level to expect, and against the side's own habit alone; sums and texts."""
    usual = shrunk(*habit, prior=expected, strength=_STRENGTH)
    spread = within / math.sqrt(_STRENGTH)
    levels = (reference(expected, usual), usual)
    standing, change = (
        weight * clipped((shrunk(*now, prior=level, strength=_STRENGTH) - level) / spread) for level in levels
    )
    return standing, change


def _compute(history: PairHistory, as_of: int, _: Earlier) -> Measure | None:
    days = history.texts
    if not days:
        return None
    split = bisect_left(days, first_day(as_of, WINDOW_DAYS), key=attrgetter("day"))
    window, earlier, newest = days[split:], days[:split], day_of(as_of)
    first = _direction(window, earlier, sender=history.first, direction="first", newest=newest)
    second = _direction(window, earlier, sender=history.second, direction="second", newest=newest)
    shares = direction_weights(first.logit, second.logit)
    factors = tuple(
        Factor(each.name, each.value, each.count, share * each.contribution)
        for direction, share in zip((first, second), shares, strict=True)
        for each in direction.factors
    )
    unread = sum([entry.counts[_OTHER_LANGUAGE] for entry in window])
    change = shares[0] * first.change + shares[1] * second.change
    return Measure(
        value=score(logit((TYPICAL, *factors))),
        confidence=own_share(first.weight + second.weight, _STRENGTH),
        factors=(
            TYPICAL,
            *factors,
            Factor("logit_by_first", first.logit or 0.0, first.evidence),
            Factor("logit_by_second", second.logit or 0.0, second.evidence),
            Factor("other_language", unread, unread),
            Factor("change", change),
        ),
        evidence=first.evidence + second.evidence,
        spread=combined((shares[0] * first.uncertainty, shares[1] * second.uncertainty)),
        action=_action(factors),
    )


def _action(factors: Sequence[Factor]) -> str:
    """The invitation that fits what costs most; none is needed where nothing costs anything."""
    worst = min(factors, key=lambda factor: (factor.contribution, factor.name))
    if worst.contribution >= 0:
        return "keep_going"
    name = worst.name.rsplit("_by_", 1)[0]
    return next((each.action for each in _BEHAVIOURS if each.name == name), "lead_with_curiosity")


EXPLORATION: Final = PairSignal(
    name="exploration",
    title="Exploration",
    unit="points",
    window_days=WINDOW_DAYS,
    compute=_compute,
    bands=HEALTH_BANDS,
    floor=FLOOR,
    meaning=(
        "Whether each acknowledges first, takes up what the other said, asks about it, words answers so that the other "
        "view has room, and asks as well as asserts in debates. The less-heard side weighs three quarters; every "
        "behaviour is shown apart, in both directions."
    ),
    caution=(
        "It counts words in English texts of sources whose texts are read, not openness, and knows nothing of what was "
        "said aloud. A 'but' costs nothing, who answers a question has to assert, and short chat says little: look at "
        "the counts."
    ),
    formula=(
        "For each direction l = .5 z(acknowledged first) + .4 z(uptake) + .4 z(receptiveness) + .3 z(follow-up "
        "questions) - .2 z(advocacy in debates); L = 1 + 3/4 of the lower l + 1/4 of the higher, value = 100 / (1 + "
        "e^-L); means are shrunk with strength 16."
    ),
    inputs=("counts of what English texts do, by direction and day, only from sources whose texts are read",),
    evidence=(
        "Receptive wording predicts less escalation of disputes (Yeomans 2020); uptake tracks ratings of being heard "
        "(Demszky 2021)."
    ),
    source=(
        "Conversational receptiveness (Yeomans et al. 2020), uptake (Demszky et al. 2021), question asking (Huang et "
        "al. 2017)."
    ),
    action="acknowledge_first",
)
