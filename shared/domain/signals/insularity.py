"""Insularity: whether a team keeps to itself, against its own past and in how its tickets with others go."""

import math
from collections.abc import Iterable
from typing import Final

from shared.domain.evidence.reading import Factor, Measure
from shared.domain.evidence.weighing import (
    FLOOR,
    TYPICAL,
    WINDOW_DAYS,
    clipped,
    combined,
    logit,
    own_share,
    score,
    share_uncertainty,
    shrunk,
)
from shared.domain.organisation.work_ties import TeamTies, Tie
from shared.domain.signals.signal import HEALTH_BANDS, Earlier, TeamSignal

# Ours: three tenths of a team's contact go to other teams; half of that is one spread less. Ten contacts a week
# weigh as much as the expectation.
_EXTERNAL: Final = 0.3
_EXTERNAL_SPREAD: Final = 0.15
_STRENGTH: Final = 10.0
_EXTERNAL_WEIGHT: Final = 0.4
# Ours: a fall by a tenth of all contact is one spread; it counts more than where the team has always been.
_CHANGE_SPREAD: Final = 0.1
_CHANGE_WEIGHT: Final = 0.5
_FRICTION_WEIGHT: Final = -0.4


def _compute(ties: TeamTies, _: int, __: Earlier) -> Measure | None:
    inside, across = _contacts(ties.inside), _contacts(ties.across)
    usual_inside, usual_across = _usual(ties.inside), _usual(ties.across)
    if not inside + across + usual_inside + usual_across:
        return None
    usual = shrunk(usual_across, usual_inside + usual_across, prior=_EXTERNAL, strength=_STRENGTH)
    now = shrunk(across, inside + across, prior=usual, strength=_STRENGTH)
    rough_inside = math.fsum(tie.rough for tie in ties.inside)
    rough_across = math.fsum(tie.rough for tie in ties.across)
    lift = math.log2((rough_across + 1) / ((rough_inside + rough_across) * now + 1))
    factors = (
        TYPICAL,
        Factor(
            "external_share", now, len(ties.across), _EXTERNAL_WEIGHT * clipped((now - _EXTERNAL) / _EXTERNAL_SPREAD)
        ),
        Factor("change", now - usual, len(ties.across), _CHANGE_WEIGHT * clipped((now - usual) / _CHANGE_SPREAD)),
        Factor("friction_across", lift, int(rough_across), _FRICTION_WEIGHT * clipped(lift, low=0.0)),
        Factor("e_i_index", (across - inside) / (across + inside) if across + inside else 0.0, len(ties.inside)),
        Factor("rough_inside", rough_inside, int(rough_inside)),
        Factor("rough_across", rough_across, int(rough_across)),
        Factor("members", len(ties.members), len(ties.members)),
    )
    return Measure(
        value=score(logit(factors)),
        confidence=own_share(inside + across, _STRENGTH),
        factors=factors,
        evidence=len(ties.inside) + len(ties.across),
        spread=share_uncertainty(
            combined((_EXTERNAL_WEIGHT / _EXTERNAL_SPREAD, _CHANGE_WEIGHT / _CHANGE_SPREAD)),
            spread=1.0,
            prior=_EXTERNAL,
            # Four weeks of contacts stand behind a rate a week.
            observed=4 * (inside + across),
            strength=_STRENGTH,
        ),
    )


def _contacts(ties: Iterable[Tie]) -> float:
    return math.fsum(tie.contacts for tie in ties)


def _usual(ties: Iterable[Tie]) -> float:
    return math.fsum(tie.usual_contacts for tie in ties)


INSULARITY: Final = TeamSignal(
    name="insularity",
    title="Insularity",
    unit="points",
    window_days=WINDOW_DAYS,
    compute=_compute,
    bands=HEALTH_BANDS,
    floor=FLOOR,
    meaning=(
        "Whether a team keeps up contact beyond itself: the share of its contact that goes to other teams, how that "
        "changed, and whether tickets go rough across the border more than within. Low means that it closes up."
    ),
    caution=(
        "Some teams work on their own by design, and a deadline closes any team for a while. It describes a team of "
        "at least five as a whole and nobody in it."
    ),
    formula=(
        "L = 1 + .4 (x - .3) / .15 + .5 (x - usual) / .1 - .4 log2((rough across + 1) / (rough x + 1)), value = 100 / "
        "(1 + e^-L); x is the share of the team's contact that goes to other teams, shrunk with strength 10 towards "
        "its own past."
    ),
    inputs=("contacts a week of every pair", "rough passages of tickets of every pair", "teams"),
    evidence=(
        "The E-I index is the standard measure; a team's index is read against its own past because the org chart "
        "sets its level."
    ),
    source="E-I index, Krackhardt and Stern 1988: (external - internal) / (external + internal).",
    action="explore_jointly",
    swing=0.6,
    alert="FactionRising",
)
