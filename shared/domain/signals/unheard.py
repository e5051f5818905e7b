"""Unheard: how much of what a person asked of their leader is still without an answer."""

import math
from collections.abc import Sequence
from typing import Final

from shared.domain.evidence.reading import Factor, Measure
from shared.domain.evidence.weighing import (
    ANSWER_SHARE,
    ANSWER_STRENGTH,
    DECAY,
    REPLY_LOG_HOURS,
    WINDOW_DAYS,
    median,
    own_share,
    shrunk,
    window_start,
)
from shared.domain.facts.asks import GRACE_SECONDS, Ask, ask_ledger
from shared.domain.facts.history import ChainHistory, Contact, Mark
from shared.domain.facts.one_on_ones import one_on_ones
from shared.domain.organisation.working_time import STANDARD_HOURS
from shared.domain.signals.signal import Bands, ChainSignal, Earlier
from shared.domain.week import DAY, HOUR, day_of

# 5.3: an ask is forgotten with a half-life of 14 days; waiting is felt with a time constant of two working days.
ASK_HALF_LIFE_SECONDS: Final = 14 * DAY
_PATIENCE_SECONDS: Final = 2 * STANDARD_HOURS.day_seconds
# 1-2: an acknowledgement alone, or a promise, counts half.
_PARKED: Final = 0.5
# Of presumed asks the share that ordinarily stays unanswered is not a load, it is small talk.
_ORDINARY_UNANSWERED: Final = 1 - ANSWER_SHARE
# 5.3: a one-to-one called off weighs .15 and a lost acknowledgement .20 where an unanswered ask weighs .80.
CALLED_OFF: Final = 0.15 / 0.80
_LOST_ACKNOWLEDGEMENT: Final = 0.20 / 0.80
# 5.3: text qualities need 16 observations before they outweigh their prior.
_TEXT_STRENGTH: Final = 16.0

_TEXT: Final = int(Mark.TEXT)
_ACKNOWLEDGES: Final = int(Mark.ACKNOWLEDGES)
# Ours: one unanswered ask is daily life; more than three at a time is what people name when they go past a leader.
_BANDS: Final = Bands(names=("low", "elevated", "high"), limits=(1.0, 3.0), descending=False)


def _compute(history: ChainHistory, as_of: int, _: Earlier) -> Measure | None:
    pair = history.with_leader
    asks = [ask for ask in ask_ledger(pair.contacts, as_of, pair.calendars) if ask.asker == history.person]
    called_off = _called_off(history, as_of)
    if not asks and not pair.meetings:
        return None
    load = _load(asks, as_of)
    lost = _lost_acknowledgements(history, as_of)
    start = window_start(as_of)
    now = [ask for ask in asks if ask.opened_at >= start]
    factors = (
        *load,
        Factor("one_on_ones_called_off", len(called_off), len(called_off), CALLED_OFF * math.fsum(called_off)),
        Factor("acknowledgements_lost", lost, 0, _LOST_ACKNOWLEDGEMENT * lost),
        Factor("unheard_load", math.fsum(factor.contribution for factor in load), len(asks)),
        *_exposure(asks, now, as_of),
    )
    return Measure(
        value=math.fsum(factor.contribution for factor in factors),
        confidence=own_share(len(now), ANSWER_STRENGTH),
        factors=factors,
        spread=math.sqrt(max(math.fsum(factor.contribution for factor in factors), 0.0)),
        evidence=len(now) + sum(each.start >= start for each in one_on_ones(pair, as_of)),
        action=_action(factors),
    )


def _load(asks: Sequence[Ask], as_of: int) -> tuple[Factor, ...]:
    """The unheard load of 5.3 by state, in asks: decayed by age, growing with the time waited beyond the grace.

    An answered ask adds nothing: the quality of an answer is not measured here, and without it the term of 5.3 for
    answered asks only repeats how many there were.
    """
    open_load: list[float] = []
    parked_load: list[float] = []
    dropped_load: list[float] = []
    presumed_load: list[float] = []
    ordinary: list[float] = []
    by_state = {"opened": open_load, "acknowledged": parked_load, "deferred": parked_load, "dropped": dropped_load}
    for ask in asks:
        memory = 0.5 ** ((as_of - ask.opened_at) / ASK_HALF_LIFE_SECONDS)
        if ask.presumed and (ask.state == "answered" or ask.overdue):
            ordinary.append(memory * _ORDINARY_UNANSWERED)
        if ask.state == "answered":
            continue
        late = ask.waiting_seconds - GRACE_SECONDS[ask.channel]
        felt = memory * -math.expm1(-max(late, 0) / _PATIENCE_SECONDS)
        if ask.state in ("acknowledged", "deferred"):
            felt *= _PARKED
        by_state[ask.state].append(felt)
        if ask.presumed:
            presumed_load.append(felt)
    return (
        _count("open_asks", open_load),
        _count("parked_asks", parked_load),
        _count("dropped_asks", dropped_load),
        Factor(
            "ordinary_unanswered",
            math.fsum(ordinary),
            len(ordinary),
            -min(math.fsum(ordinary), math.fsum(presumed_load)),
        ),
    )


def _count(name: str, loads: Sequence[float]) -> Factor:
    return Factor(name, len(loads), len(loads), math.fsum(loads))


def _exposure(asks: Sequence[Ask], now: Sequence[Ask], as_of: int) -> tuple[Factor, ...]:
    """What else is known of the asks: how many, how they fared, how long the oldest waits."""
    today = day_of(as_of)
    due = [(ask, DECAY[today - day_of(ask.opened_at)]) for ask in now if ask.resolved_at is not None or ask.overdue]
    done = [(ask, weight) for ask, weight in due if ask.state == "answered"]
    done_weight = math.fsum(weight for _, weight in done)
    log_hours = math.fsum(weight * math.log1p(ask.waiting_seconds / HOUR) for ask, weight in done)
    unresolved = [ask for ask in asks if ask.resolved_at is None]
    nudges = [at for ask in asks for at in ask.nudges]
    return (
        Factor("asks", len(now), len(now)),
        Factor("usual_asks", len(asks) - len(now), len(asks) - len(now)),
        Factor(
            "reply_rate",
            shrunk(done_weight, math.fsum(weight for _, weight in due), prior=ANSWER_SHARE, strength=ANSWER_STRENGTH),
            len(due),
        ),
        Factor(
            "reply_log_hours",
            shrunk(log_hours, done_weight, prior=REPLY_LOG_HOURS, strength=ANSWER_STRENGTH),
            len(done),
        ),
        Factor("reply_hours_median", median(sorted(ask.waiting_seconds / HOUR for ask, _ in done)), len(done)),
        Factor("nudges", math.fsum(0.5 ** ((as_of - at) / ASK_HALF_LIFE_SECONDS) for at in nudges), len(nudges)),
        Factor("oldest_open_days", (as_of - unresolved[0].opened_at) / DAY if unresolved else 0.0, len(unresolved)),
        Factor("waiting_hours", sum(ask.waiting_seconds for ask in unresolved) / HOUR, len(unresolved)),
    )


def _called_off(history: ChainHistory, as_of: int) -> list[float]:
    """Decayed weights of the one-to-ones of the window that were called off, but not by the person."""
    today = day_of(as_of)
    start = window_start(as_of)
    return [
        DECAY[today - day_of(each.start)]
        for each in one_on_ones(history.with_leader, as_of)
        if each.start >= start and not each.held and each.called_off_by != history.person
    ]


def _lost_acknowledgements(history: ChainHistory, as_of: int) -> float:
    """How many fewer of the leader's messages open by acknowledging than they used to; 0 without text markers."""
    start = window_start(as_of)
    seen = [each for each in dict.fromkeys(history.with_leader.contacts) if _is_text(each, history.leader, as_of)]
    now = [int(each.marks) & _ACKNOWLEDGES > 0 for each in seen if each.at >= start]
    usual = [int(each.marks) & _ACKNOWLEDGES > 0 for each in seen if each.at < start]
    if not now or not usual:
        return 0.0
    before = sum(usual) / (len(usual) + _TEXT_STRENGTH)
    share = shrunk(sum(now), len(now), prior=before, strength=_TEXT_STRENGTH)
    return max(before - share, 0.0) * len(now)


def _is_text(contact: Contact, sender: str, as_of: int) -> bool:
    return contact.sender == sender and contact.at <= as_of and int(contact.marks) & _TEXT > 0


def _action(factors: Sequence[Factor]) -> str:
    """The action for what adds most; nothing to repair when nothing adds."""
    actions = {
        "open_asks": "close_the_loop",
        "parked_asks": "close_the_loop",
        "dropped_asks": "close_the_loop",
        "one_on_ones_called_off": "restore_one_on_one",
        "acknowledgements_lost": "acknowledge_first",
    }
    worst = max(factors, key=lambda factor: (factor.contribution, factor.name))
    return actions[worst.name] if worst.contribution > 0 else "keep_going"


UNHEARD: Final = ChainSignal(
    name="unheard",
    title="Unheard asks",
    unit="asks",
    window_days=WINDOW_DAYS,
    compute=_compute,
    bands=_BANDS,
    floor=3,
    meaning=(
        "How many asks of a person to their leader wait or were dropped; older ones fade, and long waits count more "
        "than short ones. One-to-ones that were called off and acknowledgements that stopped add a little."
    ),
    caution=(
        "It does not mean that the leader ignores anybody: answers by telephone or in person are not seen. Without "
        "text markers, asks are presumed and only more silence than usual counts."
    ),
    formula=(
        "Sum over asks of 2^(-age / 14 d) (1 - e^(-(wait - grace) / 2 working days)), halved where it was "
        "acknowledged or deferred, less the ordinary share where asks are presumed, + 0.19 per one-to-one called off "
        "+ 0.25 per acknowledgement lost."
    ),
    inputs=(
        "asks of the person to the leader and what became of them",
        "one-to-ones",
        "acknowledgement markers where text is read",
    ),
    evidence=(
        "Inaction of the supervisor is the reason people name most for going past one (Kassing); in real mail the "
        "sign holds weakly."
    ),
    source="Unheard load U of section 5.3 of the method notes.",
    action="close_the_loop",
    swing=0.45,
)
