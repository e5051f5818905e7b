"""Common ground: how much of two people's work lies under the same goals, and one level higher."""

from typing import Final

from shared.domain.evidence.reading import Factor, Measure
from shared.domain.evidence.weighing import (
    ANSWER_STRENGTH,
    FLOOR,
    TYPICAL,
    WINDOW_DAYS,
    logit,
    own_share,
    score,
    share_uncertainty,
)
from shared.domain.facts.history import PairHistory
from shared.domain.organisation.goals import Shares, overlap
from shared.domain.signals.signal import HEALTH_BANDS, Earlier, PairSignal

# Ours: people of one team share their goals, people of neighbouring teams the goal above. Half of the work under a
# common goal one level up is ordinary; sharing the goals themselves is worth as much again.
_ORDINARY: Final = 0.5
_HIGHER_WEIGHT: Final = 4.0
_OWN_WEIGHT: Final = 1.0


def _compute(history: PairHistory, _: int, __: Earlier) -> Measure | None:
    if not history.days and not history.steps:
        return None
    one, other = history.first_work, history.second_work
    if not one.own or not other.own:
        return None
    own, higher = overlap(one.own, other.own), overlap(one.higher, other.higher)
    steps = min(one.steps, other.steps)
    # Goals that somebody is only assigned to say less than tickets do.
    trust = own_share(steps, ANSWER_STRENGTH)
    factors = (
        TYPICAL,
        Factor("shared_one_level_higher", higher, steps, trust * _HIGHER_WEIGHT * (higher - _ORDINARY)),
        Factor("shared_at_own_level", own, steps, trust * _OWN_WEIGHT * own),
        Factor("goals_of_first", len(one.own), one.steps),
        Factor("goals_of_second", len(other.own), other.steps),
    )
    return Measure(
        value=score(logit(factors)),
        confidence=trust,
        factors=factors,
        evidence=steps if _known(one, other) else 0,
        spread=share_uncertainty(_HIGHER_WEIGHT, spread=1.0, prior=_ORDINARY, observed=steps, strength=ANSWER_STRENGTH),
    )


def _known(one: Shares, other: Shares) -> bool:
    """Whether both people's goals come from tickets."""
    return one.steps > 0 and other.steps > 0


COMMON_GROUND: Final = PairSignal(
    name="common_ground",
    title="Common ground",
    unit="points",
    window_days=WINDOW_DAYS,
    compute=_compute,
    bands=HEALTH_BANDS,
    floor=FLOOR,
    meaning=(
        "How much of the work of two people lies under the same goals, and how much under the same goals one level "
        "higher. Low means that their goals meet further up, so that is where a talk can start from."
    ),
    caution=(
        "Different goals are a matter of how work is cut, not of how two people get on. Work that is on no ticket, or "
        "on tickets without a goal, is not seen."
    ),
    formula=(
        "L = 1 + t (4 (h - 0.5) + o), value = 100 / (1 + e^-L); o and h are the overlap sum of min(share of one, "
        "share of other) over goals, at their own level and one level higher; t = n / (n + 4) for the n ticket steps "
        "of the one with fewer."
    ),
    inputs=(
        "goals of the tickets each acts on or holds, by week",
        "the tree of goals",
        "goals owned by a person or team where no ticket names one",
    ),
    evidence=(
        "That conflicts settle at the nearest shared goal is the product's premise; it is not validated on data here."
    ),
    source=(
        "Shared goal one level up (epic and parent keys as in DevLake); histogram intersection (Swain and Ballard "
        "1991)."
    ),
    action="shared_goal",
)
