"""Relationship health: one score from the pair signals, additive before the logistic, by who is heard by whom."""

import math
from typing import Final, NamedTuple

from shared.domain.evidence.direction import direction_weights
from shared.domain.evidence.reading import Factor, Measure
from shared.domain.evidence.weighing import (
    FLOOR,
    TYPICAL,
    TYPICAL_LOGIT,
    WINDOW_DAYS,
    combined,
    factor_value,
    logit,
    score,
)
from shared.domain.facts.history import PairHistory
from shared.domain.signals.cadence import CADENCE
from shared.domain.signals.exploration import EXPLORATION
from shared.domain.signals.friction import FRICTION
from shared.domain.signals.one_on_one import ONE_ON_ONE
from shared.domain.signals.reciprocity import RECIPROCITY
from shared.domain.signals.relational_share import RELATIONAL_SHARE
from shared.domain.signals.responsiveness import RESPONSIVENESS
from shared.domain.signals.signal import HEALTH_BANDS, Earlier, PairSignal

# After 5.2: being answered weighs most (reply rate .30, reply time .20 and closed loop .25, of which text shows only a
# part), then closed tickets and kept one-to-ones; the weights of cadence and reciprocity are ours. Without contact
# beyond deliverables they sum to 1.2, so that a pair that is a spread below everywhere is strained.
_ALIKE: Final = (
    (FRICTION, 0.25),
    (CADENCE, 0.20),
    (ONE_ON_ONE, 0.20),
    (RECIPROCITY, 0.15),
    (RELATIONAL_SHARE, 0.10),
)
# What differs by direction. Where texts are read, exploration comes to it at half its own weights, which gives each
# behaviour exactly that of 5.2.
_HEARD: Final = ((RESPONSIVENESS, 0.40), (EXPLORATION, 0.50))
_WEIGHTS: Final = {signal.name: weight for signal, weight in (*_ALIKE, *_HEARD)}
# Metadata alone is the ordinary case: nobody is less certain for it.
_NEEDS_MORE: Final = frozenset({EXPLORATION.name, RELATIONAL_SHARE.name})
_KEEP: Final = "keep_going"


class _Direction(NamedTuple):
    """How one is heard by the other: what each directed part adds, by its name, and over how many observations."""

    parts: dict[str, float]
    observed: int

    @property
    def logit(self) -> float | None:
        """What this direction adds; None when nothing is known of it."""
        return math.fsum(self.parts.values()) if self.observed else None


def _compute(_: PairHistory, __: int, earlier: Earlier) -> Measure | None:
    present = [(signal, earlier[signal.name]) for signal, _ in (*_ALIKE, *_HEARD) if signal.name in earlier]
    if not present:
        return None
    directions = {by: _direction(by, earlier) for by in ("first", "second")}
    shares = dict(
        zip(directions, direction_weights(*(direction.logit for direction in directions.values())), strict=True)
    )
    parts = tuple(
        # A part that was not measured adds nothing: missing evidence leaves a pair ordinary.
        Factor(
            signal.name,
            measure.value,
            measure.evidence,
            math.fsum([shares[by] * direction.parts[signal.name] for by, direction in directions.items()])
            if signal.name in directions["first"].parts
            else _WEIGHTS[signal.name] * (logit(measure.factors) - TYPICAL_LOGIT),
        )
        for signal, measure in present
    )
    total = logit((TYPICAL, *parts))
    alike = total - math.fsum([shares[by] * (direction.logit or 0.0) for by, direction in directions.items()])
    change = math.fsum([_WEIGHTS[signal.name] * factor_value(measure, "change") for signal, measure in present])
    weights = math.fsum([weight for name, weight in _WEIGHTS.items() if name in earlier or name not in _NEEDS_MORE])
    return Measure(
        value=score(total),
        confidence=math.fsum([_WEIGHTS[signal.name] * measure.confidence for signal, measure in present]) / weights,
        factors=(
            TYPICAL,
            *parts,
            _heard("first", directions["second"], alike),
            _heard("second", directions["first"], alike),
            Factor("trend", score(total) - score(total - change)),
        ),
        evidence=sum(measure.evidence for _, measure in present),
        action=_action(parts, {signal.name: (signal, measure) for signal, measure in present}),
        spread=combined(_WEIGHTS[signal.name] * (measure.spread or 0.0) for signal, measure in present),
    )


def _direction(by: str, earlier: Earlier) -> _Direction:
    """How the other is heard by this side: whether and how soon it answers, and how its answers read (5.2)."""
    wanted = f"logit_by_{by}"
    found = [
        (signal.name, weight, factor)
        for signal, weight in _HEARD
        if signal.name in earlier
        for factor in earlier[signal.name].factors
        if factor.name == wanted
    ]
    return _Direction(
        parts={name: weight * factor.value for name, weight, factor in found},
        observed=sum(factor.count for _, _, factor in found),
    )


def _heard(whom: str, by: _Direction, alike: float) -> Factor:
    """The score as it would be if only this direction counted."""
    other = "second" if whom == "first" else "first"
    return Factor(f"{whom}_heard_by_{other}", score(alike + (by.logit or 0.0)), by.observed)


def _action(parts: tuple[Factor, ...], measured: dict[str, tuple[PairSignal, Measure]]) -> str:
    """The action of the part that costs most; nothing to repair when none costs anything."""
    worst = min(parts, key=lambda part: (part.contribution, part.name))
    if worst.contribution >= 0:
        return _KEEP
    signal, measure = measured[worst.name]
    return measure.action or signal.action


RELATIONSHIP_HEALTH: Final = PairSignal(
    name="relationship_health",
    title="Relationship health",
    unit="points",
    window_days=WINDOW_DAYS,
    compute=_compute,
    bands=HEALTH_BANDS,
    floor=FLOOR,
    widest=30.0,  # 5.1
    meaning=(
        "How well the working relationship is kept up, from 0 to 100: being heard by the other, smooth tickets, "
        "steady contact, kept one-to-ones, balance and contact beyond deliverables. The less-heard side weighs three "
        "quarters; an ordinary pair scores about 73, and the factors show what moves it."
    ),
    caution=(
        "It describes traces of work, not people and not what they think of each other. Do not compare pairs with it "
        "and do not use it to assess anybody."
    ),
    formula=(
        "L = 1 + .25 friction + .20 cadence + .20 one-to-ones + .15 reciprocity + .10 relational share, each as its "
        "logit less 1, + 3/4 of the lower and 1/4 of the higher direction of .40 responsiveness + .50 exploration; "
        "value = 100 / (1 + e^-L)."
    ),
    inputs=("the other signals of the pair",),
    evidence=(
        "The weights are centred on the literature (sections 5.1 and 5.2 of the method notes) and not fitted to any "
        "organisation."
    ),
    source=(
        "Additive logistic score; a tie is about as healthy as its less-heard side: mean less a quarter of the "
        "difference."
    ),
    action="keep_going",
    swing=0.25,
)
