"""Ticket heat: how likely an open ticket goes up within the next seven days: to a higher support line, or escalated.

The additive hazard of `ticket_hazard`, as of any instant: eta = base rate + sum of w * x, P(7 days) = 1 - exp(-e^eta).
The base rate is the organisation's own, drawn towards that of the literature while little is known. Where a ticket is
tells most, so its group's rate enters against it. What the hazard's data cannot show (silence towards the requester,
comments without a reply, raised priority, promised time, an escalation before) enters with weights of its own.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from shared.domain.escalation.hazard_model import probability
from shared.domain.escalation.ticket_hazard import DEFAULT_TICKET_MODELS, TERMS, TicketState
from shared.domain.escalation.ticket_rates import TicketScene, support_line
from shared.domain.evidence.reading import Factor, Measure
from shared.domain.evidence.weighing import clipped, logit, own_share, shrunk
from shared.domain.facts.ticket_history import Move, TicketMove
from shared.domain.organisation.working_time import STANDARD_HOURS, working_seconds
from shared.domain.signals.signal import Bands, Earlier, TicketSignal
from shared.domain.week import HOUR

# 10,000 escalations in 2.5 million tickets of a large vendor, and a ticket is open for about a week (derived).
USUAL_SHARE: Final = 0.004
# Ours: so many outcomes of the organisation weigh as much as the vendor's share.
USUAL_STRENGTH: Final = 10.0
HORIZON_DAYS: Final = 7
_DAY_SECONDS: Final = STANDARD_HOURS.day_seconds
# Working days: two without a reply is what requesters notice.
_SILENCE_UNIT: Final = 2.0
# Half of the promised time may pass before it is felt; at the promised instant the term is one.
_FELT_FROM: Final = 0.5
_SLA_MOST: Final = 2.0
_MOST_MOVES: Final = 20.0
_STRENGTH: Final = 3.0

_HAZARD: Final = {each.term: each.weight for each in DEFAULT_TICKET_MODELS["ticket_goes_up"].weights}
STATE_WEIGHTS: Final[Mapping[str, float]] = {
    # Kinds of tickets are not told apart here, so the group's rate stands alone and has its natural weight.
    "group_rate": 1.0,
    **{term: _HAZARD[term] for term in ("age", "came_down", "upper_line", "priority", "queued", "waiting")},
}
"""Of the hazard's terms: hand-overs and reopenings weigh nothing there and are left out."""
MOVE_WEIGHTS: Final[Mapping[str, float]] = {
    "silent_days": 0.35,
    "unanswered_comments": 0.35,
    "priority_raises": 0.35,
    "promise_used": 0.80,
    "escalations": 0.80,
}
ACTIONS_BY_FACTOR: Final[Mapping[str, str]] = {
    "group_rate": "three_way_talk",
    "age": "name_an_owner",
    "came_down": "explore_jointly",
    "upper_line": "explore_jointly",
    "priority": "shared_goal",
    "queued": "name_an_owner",
    "waiting": "close_the_loop",
    "silent_days": "close_the_loop",
    "unanswered_comments": "close_the_loop",
    "priority_raises": "shared_goal",
    "promise_used": "name_an_owner",
    "escalations": "three_way_talk",
}


def _compute(scene: TicketScene, as_of: int, _: Earlier) -> Measure | None:
    moves = scene.history.moves
    usual = shrunk(scene.rates.usual.times, scene.rates.usual.of, prior=USUAL_SHARE, strength=USUAL_STRENGTH)
    base = math.log(-math.log1p(-usual))
    terms = (*_of_state(scene, as_of, usual), *_of_moves(moves, as_of))
    eta = logit((Factor("base_rate", usual, 0, base), *terms))
    explained = [
        Factor(each.name, each.value, each.count, each.contribution, probability(eta - each.contribution, weeks=1))
        for each in terms
    ]
    worst = max(terms, key=lambda term: (term.contribution, term.name))
    return Measure(
        value=probability(eta, weeks=1),
        confidence=own_share(len(moves), _STRENGTH),
        factors=(Factor("base_rate", usual, int(scene.rates.usual.of), base), *explained),
        evidence=len(moves),
        action=ACTIONS_BY_FACTOR[worst.name] if worst.contribution > 0 else "keep_going",
    )


def _of_state(scene: TicketScene, as_of: int, usual: float) -> list[Factor]:
    """Where the ticket stands, by the terms of the hazard."""
    moves = scene.history.moves
    last = moves[-1]
    groups = scene.history.groups()
    lines = [support_line(group) for group in groups]
    changes = [(one, other) for one, other in pairwise(lines) if one and other]
    of_group = scene.rates.of_group(groups[-1])
    state = TicketState(
        hours_open=(as_of - moves[0].at) / HOUR,
        handoffs=0,
        came_down=sum(other < one for one, other in changes),
        reopens=0,
        line=lines[-1],
        priority=last.priority,
        queued=not last.assignee,
        waiting=last.waits,
        of_group=of_group,
    )
    shown = {
        "group_rate": (of_group.times / of_group.of if of_group.of else 0.0, int(of_group.of)),
        "age": (state.hours_open, len(moves)),
        "came_down": (state.came_down, state.came_down),
        "upper_line": (state.line, int(state.line > 0)),
        "priority": (state.priority, int(state.priority > 0)),
        "queued": (float(state.queued), int(state.queued)),
        "waiting": (float(state.waiting), int(state.waiting)),
    }
    return [Factor(name, *shown[name], weight * TERMS[name](state, usual)) for name, weight in STATE_WEIGHTS.items()]


def _of_moves(moves: Sequence[TicketMove], as_of: int) -> list[Factor]:
    """What happened to the ticket beyond the hazard's terms. Ages and counts are doublings: log2(1 + x)."""
    kinds = [each.move for each in moves]
    silent = _working_days(_last_reply(moves), as_of)
    unanswered = _unanswered(moves)
    raises, escalations = kinds.count(Move.PRIORITY_RAISED), kinds.count(Move.ESCALATED)
    return [
        _term("silent_days", silent, silent / _SILENCE_UNIT),
        _term("unanswered_comments", unanswered, unanswered),
        _term("priority_raises", raises, raises),
        _term("escalations", escalations, escalations),
        _promise(moves, as_of),
    ]


def _term(name: str, value: float, amount: float) -> Factor:
    added = MOVE_WEIGHTS[name] * clipped(math.log2(1 + amount), high=_MOST_MOVES)
    return Factor(name, value, math.ceil(value), added)


def _working_days(start: int, end: int) -> float:
    return working_seconds(start, end) / _DAY_SECONDS


def _last_reply(moves: Sequence[TicketMove]) -> int:
    """When somebody other than the requester last did something; the opening when nobody has."""
    replies = [each.at for each in moves if each.actor and each.actor != each.reporter]
    return replies[-1] if replies else moves[0].at


def _unanswered(moves: Sequence[TicketMove]) -> int:
    """Comments of the requester since the last reply."""
    since = _last_reply(moves)
    return sum(each.move == Move.COMMENTED and each.at > since and each.actor == each.reporter != 0 for each in moves)


def _promise(moves: Sequence[TicketMove], as_of: int) -> Factor:
    """How much of the promised time is used up, felt from half of it on; a breach counts as all of it."""
    opened = moves[0].at
    due = next((each.due for each in reversed(moves) if each.due), 0)
    used = (as_of - opened) / (due - opened) if due > opened else 0.0
    breached = any(each.move == Move.SLA_BREACHED for each in moves)
    felt = clipped((used - _FELT_FROM) / (1 - _FELT_FROM), low=float(breached), high=_SLA_MOST)
    return Factor(
        "promise_used", used or float(breached), int(due > 0 or breached), MOVE_WEIGHTS["promise_used"] * felt
    )


TICKET_HEAT: Final = TicketSignal(
    name="ticket_heat",
    title="Ticket heat",
    unit="probability",
    window_days=HORIZON_DAYS,
    compute=_compute,
    bands=Bands(names=("low", "elevated", "high"), limits=(0.05, 0.20), descending=False),
    floor=3,
    meaning=(
        "The estimated probability that an open ticket goes up within seven days: to a higher support line, or by a "
        "formal escalation. How often tickets of its group go up tells most; its state, silence towards the requester "
        "and the promised time move it from there."
    ),
    caution=(
        "It says where help, a reply or an owner is missing, not who is at fault, and a group that passes much up may "
        "be there for that. The weights come from what support organisations report and one vehicle maker's log; "
        "only the rates are this organisation's own, and many hot tickets never go up."
    ),
    formula=(
        "eta = ln(-ln(1 - u)) + ln of the group's rate against u - .10 log2(1 + days open) + .40 log2(1 + times it "
        "came down a line) - .50 above the first line + .20 (priority - 3) + .40 in nobody's hands - .40 waiting + .35 "
        "log2(1 + silence / 2 working days) + .35 log2(1 + unanswered comments) + .35 log2(1 + raises) + .80 promised "
        "time used beyond half + .80 log2(1 + escalations); u is the organisation's share, drawn towards .004, and the "
        "group's rate is drawn towards u, each by ten outcomes; both count what happened within a week after moves of "
        "the last 16 weeks. P(7 days) = 1 - exp(-e^eta)."
    ),
    inputs=(
        "every step of the ticket: who, hand-overs, status, priority, promised time",
        "the group that has it, its support line as its name tells (2nd, L2, tier 3), and what became of its tickets",
    ),
    evidence=(
        "In a vehicle maker's incidents it finds those that go up well ahead of a regression on counts (see "
        "evaluation.md). 10,000 escalations in 2.5 million tickets of a large vendor give the share to start from."
    ),
    source="Additive hazard with rates of groups, ours; factors of Montgomery and Damian 2017 and of support products.",
    action="close_the_loop",
    # 2 had no rates of groups, and weighed hand-overs and reopenings.
    model_version="3",
)
