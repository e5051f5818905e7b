"""Relationship health: one score from the pair signals, additive before the logistic."""

import math
from typing import Final

from shared.domain.evidence import FLOOR, TYPICAL, TYPICAL_LOGIT, WINDOW_DAYS, factor_value, logit, score
from shared.domain.history import PairHistory
from shared.domain.reading import Factor, Measure
from shared.domain.signals.cadence import CADENCE
from shared.domain.signals.exploration import EXPLORATION
from shared.domain.signals.friction import FRICTION
from shared.domain.signals.one_on_one import ONE_ON_ONE
from shared.domain.signals.reciprocity import RECIPROCITY
from shared.domain.signals.responsiveness import RESPONSIVENESS
from shared.domain.signals.signal import HEALTH_BANDS, Earlier, PairSignal

# After 5.2: being answered weighs most (reply rate .30, reply time .20 and closed loop .25, of which text shows only a
# part), then closed tickets and kept one-to-ones; the weights of cadence and reciprocity are ours. They sum to 1.2,
# so that a pair that is a spread below everywhere is strained. Where texts are read, exploration comes to it at half
# its own weights, which gives each behaviour exactly that of 5.2.
_PARTS: Final = (
    (RESPONSIVENESS, 0.40),
    (FRICTION, 0.25),
    (CADENCE, 0.20),
    (ONE_ON_ONE, 0.20),
    (RECIPROCITY, 0.15),
    (EXPLORATION, 0.50),
)
# Metadata alone is the ordinary case: nobody is less certain for it.
_WEIGHTS: Final = math.fsum(weight for signal, weight in _PARTS if signal is not EXPLORATION)
_KEEP: Final = "keep_going"


def _compute(_: PairHistory, __: int, earlier: Earlier) -> Measure | None:
    present = [(signal, weight, earlier[signal.name]) for signal, weight in _PARTS if signal.name in earlier]
    if not present:
        return None
    parts = tuple(
        # A part that was not measured adds nothing: missing evidence leaves a pair ordinary.
        Factor(signal.name, measure.value, measure.evidence, weight * (logit(measure.factors) - TYPICAL_LOGIT))
        for signal, weight, measure in present
    )
    total = logit((TYPICAL, *parts))
    change = math.fsum(weight * factor_value(measure, "change") for _, weight, measure in present)
    weights = _WEIGHTS + math.fsum(weight for signal, weight, _ in present if signal is EXPLORATION)
    worst = min(parts, key=lambda part: (part.contribution, part.name))
    return Measure(
        value=score(total),
        confidence=math.fsum(weight * measure.confidence for _, weight, measure in present) / weights,
        factors=(TYPICAL, *parts, Factor("trend", score(total) - score(total - change))),
        evidence=sum(measure.evidence for _, _, measure in present),
        action=_action(worst, present=[(signal, measure) for signal, _, measure in present]),
    )


def _action(worst: Factor, *, present: list[tuple[PairSignal, Measure]]) -> str:
    """The action of the part that costs most; nothing to repair when none costs anything."""
    if worst.contribution >= 0:
        return _KEEP
    return next(measure.action or signal.action for signal, measure in present if signal.name == worst.name)


RELATIONSHIP_HEALTH: Final = PairSignal(
    name="relationship_health",
    title="Relationship health",
    unit="points",
    window_days=WINDOW_DAYS,
    compute=_compute,
    bands=HEALTH_BANDS,
    floor=FLOOR,
    meaning=(
        "How well the working relationship is kept up, from 0 to 100: being answered, smooth tickets, steady contact, "
        "kept one-to-ones, balance and, where texts are read, exploration. An ordinary pair scores about 73; the "
        "factors show what moves it."
    ),
    caution=(
        "It describes traces of work, not people and not what they think of each other. Do not compare pairs with it "
        "and do not use it to assess anybody."
    ),
    action="keep_going",
)
