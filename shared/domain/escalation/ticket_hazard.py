"""How likely a ticket goes up a support line, jumps one, or misses its promised time: additive hazards over one week.

What tells most is not the ticket but where it is: groups and kinds of tickets differ widely in how often they pass
work up. So each brings a rate of its own, drawn towards the ordinary rate while little is known, and what happened to
the ticket moves it from there. Everything is known at the instant of the prediction; nothing looks ahead.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from shared.domain.escalation.hazard_model import HazardModel, TicketTarget, Weight
from shared.domain.evidence.weighing import clipped

# Ours: ten outcomes of its own weigh as much as the ordinary rate. Groups see many tickets, so they soon speak up.
_RATE_STRENGTH: Final = 10.0
_NORMAL_PRIORITY: Final = 3
_HOURS_A_DAY: Final = 24.0
# Half a unit: directions are known from support organisations, sizes are not.
_OPEN_SPREAD: Final = 0.5


@dataclass(frozen=True, slots=True)
class Share:
    """How often something came of how many: outcomes that were known at the instant, none later."""

    times: float = 0.0
    of: float = 0.0


@dataclass(frozen=True, slots=True)
class TicketState:
    """An open ticket at one instant, as its tracker shows it, and what became of others like it before."""

    hours_open: float
    handoffs: int  # changes of group
    came_down: int  # of these, to a lower support line
    reopens: int
    line: int  # support line that has it: 1 is the first; 0 when not known
    priority: int  # 1 lowest to 5 most urgent; 0 when not known
    queued: bool  # nobody has taken it
    waiting: bool  # for its requester or a vendor, or blocked
    of_group: Share = Share()
    of_kind: Share = Share()  # its product, or category: known in logs alone, no ticket event carries it
    of_requester: Share = Share()


def log_rate(share: Share, *, usual: float) -> float:
    """Logarithm of a rate against the usual one, drawn towards it (beta prior) and held within three."""
    rate = (share.times + _RATE_STRENGTH * usual) / (share.of + _RATE_STRENGTH)
    return clipped(math.log(rate / usual))


TERMS: Final[Mapping[str, Callable[[TicketState, float], float]]] = {
    "group_rate": lambda state, usual: log_rate(state.of_group, usual=usual),
    "kind_rate": lambda state, usual: log_rate(state.of_kind, usual=usual),
    "requester_rate": lambda state, usual: log_rate(state.of_requester, usual=usual),
    "age": lambda state, _: clipped(math.log2(1 + state.hours_open / _HOURS_A_DAY)),
    "handoffs": lambda state, _: clipped(math.log2(1 + state.handoffs)),
    "came_down": lambda state, _: clipped(math.log2(1 + state.came_down)),
    "reopens": lambda state, _: clipped(math.log2(1 + state.reopens)),
    "upper_line": lambda state, _: float(state.line > 1),
    "priority": lambda state, _: float(state.priority - _NORMAL_PRIORITY) if state.priority else 0.0,
    "queued": lambda state, _: float(state.queued),
    "waiting": lambda state, _: float(state.waiting),
}
"""Every term by name, of a state and the usual share of the target in one week."""

USUAL: Final[Mapping[TicketTarget, float]] = {
    # Measured in the log of a vehicle maker's incidents, over moments at which a ticket can still go up.
    "ticket_goes_up": 0.23,
    "ticket_jumps": 0.02,
    # Measured in the log of an IT service desk.
    "ticket_misses_promise": 0.37,
}


def terms(model: HazardModel, state: TicketState) -> tuple[float, ...]:
    """The model's terms, in the order of its weights. Raises KeyError for one that is not measured."""
    usual = USUAL[model.target]  # type: ignore[index]  # a KeyError is what an escalation model deserves here
    return tuple(TERMS[each.term](state, usual) for each in model.weights)


def log_hazard(model: HazardModel, state: TicketState) -> float:
    """The log-hazard of a week; its probability is `hazard_model.probability(..., weeks=1)`."""
    x = terms(model, state)
    return model.calibrated(
        model.alpha + math.fsum(weight.weight * each for weight, each in zip(model.weights, x, strict=True))
    )


def _model(target: TicketTarget, **weights: float) -> HazardModel:
    return HazardModel(
        version=f"1-{target.replace('_', '-')}",
        target=target,
        alpha=round(math.log(-math.log1p(-USUAL[target])), 3),
        weights=tuple(Weight(term=term, weight=weight, prior_spread=_OPEN_SPREAD) for term, weight in weights.items()),
    )


# Rates enter with less than their natural weight of one, since group and kind tell partly the same. The other weights
# are round numbers in the direction that support organisations report, and the evaluation shows what learning adds.
DEFAULT_TICKET_MODELS: Final[Mapping[TicketTarget, HazardModel]] = {
    "ticket_goes_up": _model(
        "ticket_goes_up",
        group_rate=0.7,
        kind_rate=0.7,
        age=-0.1,
        handoffs=0.0,
        came_down=0.4,
        reopens=0.0,
        upper_line=-0.5,
        priority=0.2,
        queued=0.4,
        waiting=-0.4,
    ),
    "ticket_jumps": _model(
        "ticket_jumps",
        group_rate=0.7,
        kind_rate=0.7,
        age=-0.1,
        handoffs=0.3,
        came_down=0.4,
        reopens=0.0,
        upper_line=-0.5,
        priority=0.2,
        queued=0.4,
        waiting=-0.4,
    ),
    "ticket_misses_promise": _model(
        "ticket_misses_promise",
        group_rate=0.7,
        kind_rate=0.7,
        requester_rate=0.3,
        handoffs=0.3,
        reopens=0.3,
        priority=0.2,
        queued=0.2,
        waiting=0.2,
    ),
}
