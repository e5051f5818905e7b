"""Leadership audit: a leader's own style towards reports, and their reach to peers and senior leaders."""

import math
from collections.abc import Iterable, Sequence
from typing import Final

from shared.domain.evidence.expected_share import ExpectedShare
from shared.domain.evidence.reading import Factor, Measure
from shared.domain.evidence.weighing import (
    ANSWER_SHARE,
    ANSWER_SPREAD,
    ANSWER_STRENGTH,
    FLOOR,
    TYPICAL,
    WINDOW_DAYS,
    clipped,
    combined,
    first_day,
    logit,
    own_share,
    score,
    window_start,
)
from shared.domain.facts.asks import ask_ledger
from shared.domain.facts.history import COUNTER_INDEX, TEXT_COUNTER_INDEX, LeaderHistory, PairHistory
from shared.domain.facts.one_on_ones import one_on_ones
from shared.domain.signals.relational_share import SHARE, SPREAD, STRENGTH, occasions
from shared.domain.signals.signal import HEALTH_BANDS, Earlier, LeaderSignal
from shared.domain.week import day_of

# The weights are ours; answering weighs most, as in relationship health. Together a spread below everywhere costs 1.5.
_ANSWERED: Final = ExpectedShare(weight=0.45, prior=ANSWER_SHARE, spread=ANSWER_SPREAD, strength=ANSWER_STRENGTH)
_RELATIONAL: Final = ExpectedShare(weight=0.35, prior=SHARE, spread=SPREAD, strength=STRENGTH)
# Ours: half of the markers of inquiry and advocacy are inquiry. 5.3: text qualities need 16 observations.
_INQUIRY: Final = ExpectedShare(weight=0.25, prior=0.5, spread=0.2, strength=16.0)
# Ours: half of a leader's peers and seniors heard from in four weeks is ordinary.
_REACH: Final = ExpectedShare(weight=0.20, prior=0.5, spread=0.25, strength=2.0)
# Ours: one-to-ones of an ordinary team are shared out with a Gini coefficient of .2.
_INEQUALITY_WEIGHT: Final = -0.25
_GINI: Final = 0.2
_GINI_SPREAD: Final = 0.2
_ACTIONS: Final = {
    "answered": "close_the_loop",
    "relational_share": "book_time",
    "inquiry": "lead_with_curiosity",
    "one_on_one_inequality": "restore_one_on_one",
    "reach": "reach_out",
}
_CONTACT: Final = tuple(COUNTER_INDEX[name] for name in ("messages", "meetings", "comments"))
_ASKING: Final = TEXT_COUNTER_INDEX["inquiry"]
_ADVOCACY: Final = TEXT_COUNTER_INDEX["advocacy"]
# Ours: so many observations of any kind weigh as much as what is expected.
_STRENGTH: Final = 16.0


def _compute(history: LeaderHistory, as_of: int, _: Earlier) -> Measure | None:
    reports = [history.pairs[each] for each in history.reports if each in history.pairs]
    around = [*history.peers, *history.seniors]
    touched = [each for each in around if each in history.pairs and _in_touch(history.pairs[each], as_of)]
    if not reports and not touched:
        return None
    asked, answered = _answers(reports, history.leader, as_of)
    relational, known = _occasions(reports, as_of)
    pressing, asking = _inquiry(reports, history.leader, as_of)
    talks = [_held(history.pairs.get(each), as_of) for each in history.reports]
    terms = (
        _ANSWERED.factor("answered", answered, asked),
        _RELATIONAL.factor("relational_share", relational, known),
        _INQUIRY.factor("inquiry", asking, asking + pressing),
        _inequality(talks),
        _REACH.factor("reach", len(touched), len(around)),
    )
    factors = (
        TYPICAL,
        *terms,
        Factor("reports", len(history.reports), len(history.reports)),
        Factor("one_on_ones_held", sum(talks), sum(talks)),
        Factor("peers_and_seniors", len(around), len(around)),
    )
    evidence = asked + known + asking + pressing
    worst = min(terms, key=lambda term: (term.contribution, term.name))
    return Measure(
        value=score(logit(factors)),
        confidence=own_share(evidence, _STRENGTH),
        factors=factors,
        evidence=evidence,
        spread=combined(
            (
                _ANSWERED.uncertainty(asked),
                _RELATIONAL.uncertainty(known),
                _INQUIRY.uncertainty(asking + pressing) if asking + pressing else 0.0,
            )
        ),
        action=_ACTIONS[worst.name] if worst.contribution < 0 else "keep_going",
    )


def _in_touch(pair: PairHistory, as_of: int) -> bool:
    first = first_day(as_of, WINDOW_DAYS)
    return any(entry.day >= first and any(entry.counts[each] for each in _CONTACT) for entry in pair.days)


def _answers(pairs: Iterable[PairHistory], leader: str, as_of: int) -> tuple[int, int]:
    """Asks to the leader that were due within the window, and how many of them were answered."""
    start = window_start(as_of)
    due = [
        ask.state == "answered"
        for pair in pairs
        for ask in ask_ledger(pair.contacts, as_of, pair.calendars)
        if ask.askee == leader and ask.opened_at >= start and (ask.resolved_at is not None or ask.overdue)
    ]
    return len(due), sum(due)


def _occasions(pairs: Iterable[PairHistory], as_of: int) -> tuple[int, int]:
    first, last = first_day(as_of, WINDOW_DAYS), day_of(as_of)
    found = [occasions(pair, as_of, first=first, last=last) for pair in pairs]
    return sum(each.relational for each in found), sum(each.known for each in found)


def _inquiry(pairs: Iterable[PairHistory], leader: str, as_of: int) -> tuple[int, int]:
    """Markers of advocacy and of inquiry in the leader's texts of the window."""
    first = first_day(as_of, WINDOW_DAYS)
    texts = [each.counts for pair in pairs for each in pair.texts if each.sender == leader and each.day >= first]
    return sum(each[_ADVOCACY] for each in texts), sum(each[_ASKING] for each in texts)


def _held(pair: PairHistory | None, as_of: int) -> int:
    """One-to-ones of the window that took place."""
    if pair is None:
        return 0
    start = window_start(as_of)
    return sum(each.held and each.start >= start for each in one_on_ones(pair, as_of))


def _inequality(talks: Sequence[int]) -> Factor:
    """How unevenly one-to-ones are shared out among reports; nothing is known where there are none, or one report."""
    unequal = gini(talks)
    seen = sum(talks) if len(talks) > 1 else 0
    trust = own_share(seen, ANSWER_STRENGTH)
    spreads = trust * clipped((unequal - _GINI) / _GINI_SPREAD)
    return Factor("one_on_one_inequality", unequal, seen, _INEQUALITY_WEIGHT * spreads)


def gini(amounts: Sequence[float]) -> float:
    """Gini coefficient: 0 when all have the same, towards 1 when one has everything; 0 when there is nothing."""
    total = math.fsum(amounts)
    if not total:
        return 0.0
    number = len(amounts)
    ranked = math.fsum(rank * amount for rank, amount in enumerate(sorted(amounts), 1))
    return 2 * ranked / (number * total) - (number + 1) / number


LEADERSHIP_AUDIT: Final = LeaderSignal(
    name="leadership_audit",
    title="Leadership audit",
    unit="points",
    window_days=WINDOW_DAYS,
    compute=_compute,
    bands=HEALTH_BANDS,
    floor=FLOOR,
    meaning=(
        "A leader's own style in the last four weeks: asks of reports that were answered, contact beyond deliverables, "
        "how often the leader asks rather than tells, whether every report has one-to-ones, and contact with peers "
        "and senior leaders. It is a mirror for the leader."
    ),
    caution=(
        "It is no appraisal and not a comparison of leaders: teams differ in what they need. Talks in person are not "
        "seen, and without text markers nothing is said about asking and telling."
    ),
    formula=(
        "L = 1 + .45 z(asks of reports answered) + .35 z(relational share) + .25 z(inquiry among inquiry and "
        "advocacy) - .25 z(Gini of one-to-ones) + .20 z(peers and seniors in touch), value = 100 / (1 + e^-L)."
    ),
    inputs=(
        "the leader's pairs with reports, peers, their leader and leader's leader",
        "one-to-ones",
        "text markers where text is read",
    ),
    evidence=(
        "Equity of coaching time and peer reach are in use as manager metrics; no magic ratio of inquiry is set, "
        "since the published one is discredited."
    ),
    source="Manager metrics of Viva Insights; Gini coefficient; advocacy and inquiry as in Argyris.",
    action="keep_going",
)
