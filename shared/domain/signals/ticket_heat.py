"""Ticket heat: how likely an open ticket is to be escalated within the next seven days.

A log-hazard like that of escalation risk: eta = alpha + sum of w * x, P(7 days) = 1 - exp(-e^eta). Counts and ages are
taken as log2(1 + x), so that a doubling is one unit. The factors are those that support organisations name (age,
back-and-forth, no reply for two days, reassignments, priority, promised time); the weights are ours.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Final

from shared.domain.evidence import clipped, logit, own_share
from shared.domain.reading import Factor, Measure
from shared.domain.signals.signal import Bands, Earlier, TicketSignal
from shared.domain.ticket_history import Move, TicketHistory, TicketMove
from shared.domain.working_time import STANDARD_HOURS, working_seconds

# 10,000 escalations in 2.5 million tickets of a large vendor, and a ticket is open for about a week (derived).
ALPHA: Final = math.log(0.004)
HORIZON_DAYS: Final = 7
_DAY_SECONDS: Final = STANDARD_HOURS.day_seconds
_NORMAL_PRIORITY: Final = 3
# Working days; a week is no age, two days without a reply is what requesters notice.
_AGE_UNIT: Final = 5.0
_SILENCE_UNIT: Final = 2.0
# Half of the promised time may pass before it is felt; at the promised instant the term is one.
_FELT_FROM: Final = 0.5
_SLA_MOST: Final = 2.0
_MOST_MOVES: Final = 20.0
_STRENGTH: Final = 3.0

WEIGHTS: Final[Mapping[str, float]] = {
    "age_days": 0.25,
    "silent_days": 0.35,
    "unanswered_comments": 0.35,
    "handoffs": 0.30,
    "returns": 0.30,
    "reopens": 0.40,
    "priority": 0.30,
    "priority_raises": 0.35,
    "promise_used": 0.80,
    "escalations": 0.80,
}
ACTIONS_BY_FACTOR: Final[Mapping[str, str]] = {
    "age_days": "name_an_owner",
    "silent_days": "close_the_loop",
    "unanswered_comments": "close_the_loop",
    "handoffs": "name_an_owner",
    "returns": "name_an_owner",
    "reopens": "explore_jointly",
    "priority": "shared_goal",
    "priority_raises": "shared_goal",
    "promise_used": "name_an_owner",
    "escalations": "three_way_talk",
}


def _compute(history: TicketHistory, as_of: int, _: Earlier) -> Measure | None:
    moves = history.moves
    opened = moves[0].at
    age = _working_days(opened, as_of)
    silent = _working_days(_last_reply(moves), as_of)
    unanswered = _unanswered(moves)
    # Group and holder often change together: that is one hand-over.
    handoffs = len({each.at for each in moves if each.handed})
    returns = _returns(moves)
    priority = moves[-1].priority
    above = priority - _NORMAL_PRIORITY if priority else 0
    terms = (
        _term("age_days", age, age / _AGE_UNIT),
        _term("silent_days", silent, silent / _SILENCE_UNIT),
        _term("unanswered_comments", unanswered, unanswered),
        _term("handoffs", handoffs, handoffs),
        _term("returns", returns, returns),
        *(_term(name, count, count) for name, count in _counts(moves).items()),
        Factor("priority", priority, int(priority > 0), WEIGHTS["priority"] * above),
        _promise(moves, opened, as_of),
    )
    factors = (Factor("base_rate", ALPHA, 0, ALPHA), *terms)
    worst = max(terms, key=lambda term: (term.contribution, term.name))
    return Measure(
        value=-math.expm1(-math.exp(logit(factors))),
        confidence=own_share(len(moves), _STRENGTH),
        factors=factors,
        evidence=len(moves),
        action=ACTIONS_BY_FACTOR[worst.name] if worst.contribution > 0 else "keep_going",
    )


def _term(name: str, value: float, amount: float) -> Factor:
    return Factor(name, value, math.ceil(value), WEIGHTS[name] * clipped(math.log2(1 + amount), high=_MOST_MOVES))


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


def _returns(moves: Sequence[TicketMove]) -> int:
    """How often somebody got it back who had it before: changes of holder beyond the first of each holder."""
    taken_over = sum(each.handed and each.assignee > 0 and each.move == Move.ASSIGNED for each in moves)
    holders = {each.assignee for each in moves if each.assignee}
    return max(taken_over - max(len(holders) - 1, 0), 0)


def _counts(moves: Sequence[TicketMove]) -> dict[str, int]:
    kinds = [each.move for each in moves]
    return {
        "reopens": kinds.count(Move.REOPENED),
        "priority_raises": kinds.count(Move.PRIORITY_RAISED),
        "escalations": kinds.count(Move.ESCALATED),
    }


def _promise(moves: Sequence[TicketMove], opened: int, as_of: int) -> Factor:
    """How much of the promised time is used up, felt from half of it on; a breach counts as all of it."""
    due = next((each.due for each in reversed(moves) if each.due), 0)
    used = (as_of - opened) / (due - opened) if due > opened else 0.0
    breached = any(each.move == Move.SLA_BREACHED for each in moves)
    felt = clipped((used - _FELT_FROM) / (1 - _FELT_FROM), low=float(breached), high=_SLA_MOST)
    return Factor("promise_used", used or float(breached), int(due > 0 or breached), WEIGHTS["promise_used"] * felt)


def _limit(times: float) -> float:
    """Probability at so many times the ordinary hazard."""
    return -math.expm1(-times * math.exp(ALPHA))


TICKET_HEAT: Final = TicketSignal(
    name="ticket_heat",
    title="Ticket heat",
    unit="probability",
    window_days=HORIZON_DAYS,
    compute=_compute,
    bands=Bands(names=("low", "elevated", "high"), limits=(_limit(4), _limit(16)), descending=False),
    floor=3,
    meaning=(
        "The estimated probability that an open ticket is escalated within seven days. Age, silence towards the "
        "requester, hand-overs, reopening, priority and the promised time make it; the ordinary chance is about 0.4%."
    ),
    caution=(
        "It says where a reply or an owner is missing, not who is at fault. The weights come from what support "
        "organisations report, not from this organisation, and most hot tickets are never escalated."
    ),
    formula=(
        "eta = ln 0.004 + .25 log2(1 + age / 5 d) + .35 log2(1 + silence / 2 d) + .35 log2(1 + unanswered comments) + "
        ".30 log2(1 + hand-overs) + .30 log2(1 + returns) + .40 log2(1 + reopens) + .30 (priority - 3) + .35 log2(1 + "
        "raises) + .80 promised time used beyond half + .80 log2(1 + escalations); P(7 days) = 1 - exp(-e^eta). Days "
        "are working days."
    ),
    inputs=("every step of the ticket: who, hand-overs, status, priority, promised time",),
    evidence=(
        "10,000 escalations in 2.5 million tickets of a large vendor give the base rate; models there reach a recall "
        "of 80% at a fifth of the work."
    ),
    source="Factors of Montgomery and Damian 2017 and of support products; weights are ours.",
    action="close_the_loop",
)
