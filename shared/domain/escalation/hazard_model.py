"""The document of an escalation model: weights, their priors and the recalibration, under one version.

An additive hazard (method notes, 5.3): a weekly log-hazard eta = alpha + sum of w * x, where x is how far a term lies
from its reference, in spreads. Over any horizon P = 1 - exp(-weeks * e^eta) (complementary log-log link), so one fit
serves every horizon, and what each term adds to eta is w * x.
"""

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Final, Literal

import msgspec

Target = Literal["unsolicited_onset", "unsolicited_contact", "contact"]
TicketTarget = Literal["ticket_goes_up", "ticket_jumps", "ticket_misses_promise"]

# 5.3: measured unsolicited onset of 2.4% in 14 days gives a weekly hazard of .012.
ALPHA: Final = -4.4
# 5.3: best in a pilot of thirty people; .5 overfits there and is kept for those who have seen fifty positives.
PRIOR_SPREAD: Final = 0.15

Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Finite = Annotated[float, msgspec.Meta(ge=-20, le=20)]


class Weight(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a spread of one term adds to the log-hazard, and how far learning may move it."""

    term: Name
    weight: Finite
    prior_spread: Annotated[float, msgspec.Meta(ge=0, le=2)] = PRIOR_SPREAD  # 0: given by definition, never learnt


class Point(msgspec.Struct, frozen=True, array_like=True):
    """One corner of a recalibration: a log-hazard, and what it should have been."""

    eta: float
    calibrated: float


class HazardModel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A versioned model. `curve` is empty, or rises strictly in eta and never falls in what it should have been.

    Raises ValueError for a curve that falls, and for a term that is named twice.
    """

    version: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
    target: Target | TicketTarget
    alpha: Finite
    weights: tuple[Weight, ...]
    curve: tuple[Point, ...] = ()
    weeks: Annotated[int, msgspec.Meta(ge=0, description="Weeks it learnt from.")] = 0
    samples: Annotated[int, msgspec.Meta(ge=0, description="Chain weeks it learnt from.")] = 0
    positives: Annotated[int, msgspec.Meta(ge=0, description="Of these, with an event in the week after.")] = 0

    def __post_init__(self) -> None:
        """Check what the types cannot say."""
        names = [each.term for each in self.weights]
        if len(set(names)) < len(names):
            raise ValueError("a term is named twice")
        corners = self.curve
        if any(left.eta >= right.eta for left, right in pairwise(corners)):
            raise ValueError("the curve must rise in eta")
        if any(left.calibrated > right.calibrated for left, right in pairwise(corners)):
            raise ValueError("the curve must not fall: a higher hazard is never a smaller chance")

    def calibrated(self, eta: float) -> float:
        """The log-hazard after recalibration: linear between the corners, and parallel to the identity outside."""
        corners = self.curve
        if not corners:
            return eta
        if eta <= corners[0].eta:
            return corners[0].calibrated + eta - corners[0].eta
        for left, right in pairwise(corners):
            if eta <= right.eta:
                share = (eta - left.eta) / (right.eta - left.eta)
                return left.calibrated + share * (right.calibrated - left.calibrated)
        return corners[-1].calibrated + eta - corners[-1].eta


def probability(eta: float, *, weeks: float) -> float:
    """Probability of an event within so many weeks at a constant weekly log-hazard."""
    return -math.expm1(-weeks * math.exp(eta))


# Weights of 5.3 per spread, from the literature. Peer contagion has weight 0 there (AUROC .40 to .47 in real mail:
# no effect) and is left out.
_LITERATURE: Final = (
    Weight(term="unheard_load", weight=0.80),
    Weight(term="silence", weight=0.25),
    Weight(term="reply_rate", weight=-0.25),
    Weight(term="reply_hours", weight=0.10),
    Weight(term="ask_volume", weight=0.20),
    Weight(term="nudges", weight=0.15),
    Weight(term="rough_tickets", weight=0.25),
    Weight(term="one_on_ones_missed", weight=0.15),
)
# A rate is its own logarithm's natural weight: twice the rate is twice the hazard.
_OWN_RATE: Final = Weight(term="unsolicited_rate", weight=1.0)

DEFAULT_MODEL: Final = HazardModel(
    version="3",
    target="unsolicited_onset",
    alpha=ALPHA,
    # An onset needs four weeks without one: how much of the horizon is left is arithmetic, not something to learn.
    weights=(*_LITERATURE, _OWN_RATE, Weight(term="already_in_touch", weight=1.0, prior_spread=0.0)),
)
"""The model of the product: version 1 had the chain's change of contact in place of its own rate, and in version 2 who
stopped asking had less to be unheard of."""

DEFAULT_MODELS: Final[Mapping[Target, HazardModel]] = {
    "unsolicited_onset": DEFAULT_MODEL,
    # For comparison with other work only; the product warns of onsets. Contact is habit, so there it is what counts:
    # measured 4.5% and 8.3% in 14 days.
    "unsolicited_contact": HazardModel(
        version="2-unsolicited-contact",
        target="unsolicited_contact",
        alpha=-3.8,
        weights=(_OWN_RATE, Weight(term="unsolicited_recently", weight=0.5)),
    ),
    "contact": HazardModel(
        version="2-contact",
        target="contact",
        alpha=-3.1,
        weights=(
            Weight(term="skip_contact_rate", weight=1.0),
            Weight(term="skip_contact_recently", weight=0.7),
        ),
    ),
}
