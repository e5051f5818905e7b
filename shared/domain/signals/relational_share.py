"""Relational share: how much of two people's contact is not about a deliverable."""

from collections.abc import Iterable
from typing import Final

import msgspec

from shared.domain.evidence.reading import Factor, Measure
from shared.domain.evidence.weighing import (
    FLOOR,
    TYPICAL,
    WINDOW_DAYS,
    clipped,
    first_day,
    logit,
    own_share,
    reference,
    score,
    share_uncertainty,
    shrunk,
)
from shared.domain.facts.history import COUNTER_INDEX, Contact, Mark, PairHistory
from shared.domain.facts.one_on_ones import one_on_ones
from shared.domain.signals.signal import HEALTH_BANDS, Earlier, PairSignal
from shared.domain.week import day_of

# Ours: of the days with contact of a known sort, one in five is about something else than work to deliver in an
# ordinary pair; half of that and twice of that lie one spread away. Eight days weigh as much as the expectation.
SHARE: Final = 0.2
SPREAD: Final = 0.1
STRENGTH: Final = 8.0
# Ours: a pair whose contact is about deliverables alone, seen often, loses 1.4 to 1.8 and stands at 40 to 31.
_WEIGHT: Final = 0.9

_COMMENTS: Final = COUNTER_INDEX["comments"]
_HANDOFFS: Final = COUNTER_INDEX["handoffs"]
_REACTIONS: Final = COUNTER_INDEX["reactions"]
_ASK: Final = int(Mark.ASK)
_DEFERS: Final = int(Mark.DEFERS)
_TEXT: Final = int(Mark.TEXT)
_Occasion = tuple[int, str]


class Occasions(msgspec.Struct, frozen=True):
    """Days with contact by what it was about; a day counts once for every sort, so a burst is not a habit."""

    talks: int  # one-to-ones that were held
    remarks: int  # messages that neither ask nor answer
    reactions: int
    asks: int  # messages that ask, and the threads they open
    tickets: int

    @property
    def relational(self) -> int:
        """Occasions that were not about a deliverable."""
        return self.talks + self.remarks + self.reactions

    @property
    def known(self) -> int:
        """Occasions whose sort is known."""
        return self.relational + self.asks + self.tickets

    @property
    def share(self) -> float:
        """Relational occasions among the known ones; 0 when there are none."""
        return self.relational / self.known if self.known else 0.0


def occasions(history: PairHistory, as_of: int, *, first: int, last: int) -> Occasions:
    """Occasions between two days, both included. Messages without text markers are of no known sort."""
    return _between(_occasions(history, as_of), first=first, last=last)


def _between(found: Iterable[_Occasion], *, first: int, last: int) -> Occasions:
    sorts = [sort for day, sort in found if first <= day <= last]
    return Occasions(
        talks=sorts.count("talk"),
        remarks=sorts.count("remark"),
        reactions=sorts.count("reaction"),
        asks=sorts.count("ask"),
        tickets=sorts.count("ticket"),
    )


def _occasions(history: PairHistory, as_of: int) -> set[_Occasion]:
    """All there are, each once."""
    found: set[_Occasion] = {(day_of(each.start), "talk") for each in one_on_ones(history, as_of) if each.held}
    for entry in history.days:
        counts = entry.counts
        if counts[_COMMENTS] or counts[_HANDOFFS]:
            found.add((entry.day, "ticket"))
        if counts[_REACTIONS]:
            found.add((entry.day, "reaction"))
    found.update([(day_of(each.at), "ticket") for each in history.steps])
    found.update(_messages(history.contacts))
    return found


def _messages(contacts: Iterable[Contact]) -> Iterable[_Occasion]:
    """What messages with text markers were: asks and whatever follows in their thread, or remarks."""
    texts = [each for each in contacts if int(each.marks) & _TEXT]
    asked: dict[int, int] = {}  # when a thread was first about work: from that second on all of it is
    for text in texts:
        if text.thread and int(text.marks) & (_ASK | _DEFERS):
            asked.setdefault(text.thread, text.at)
    for text in texts:
        about_work = int(text.marks) & (_ASK | _DEFERS) or asked.get(text.thread, text.at + 1) <= text.at
        yield day_of(text.at), "ask" if about_work else "remark"


def _compute(history: PairHistory, as_of: int, _: Earlier) -> Measure | None:
    found = _occasions(history, as_of)
    if not found:
        return None
    split = first_day(as_of, WINDOW_DAYS)
    now = _between(found, first=split, last=day_of(as_of))
    usual = _between(found, first=0, last=split - 1)
    usual_share = shrunk(usual.relational, usual.known, prior=SHARE, strength=STRENGTH)
    parts = contribution(now, reference(SHARE, usual_share))
    factors = (
        TYPICAL,
        Factor("relational_share", now.share, now.known, parts),
        Factor("one_on_ones_held", now.talks, now.talks),
        Factor("remarks", now.remarks, now.remarks),
        Factor("reactions", now.reactions, now.reactions),
        Factor("asks", now.asks, now.asks),
        Factor("tickets", now.tickets, now.tickets),
        Factor("usual_share", usual.share, usual.known),
        Factor("change", contribution(now, usual_share)),
    )
    return Measure(
        value=score(logit(factors)),
        confidence=own_share(now.known, STRENGTH),
        factors=factors,
        evidence=now.known,
        spread=share_uncertainty(_WEIGHT, spread=SPREAD, prior=SHARE, observed=now.known, strength=STRENGTH),
    )


def contribution(now: Occasions, expected: float) -> float:
    """What the share of relational occasions adds, against the share to expect."""
    share = shrunk(now.relational, now.known, prior=expected, strength=STRENGTH)
    return _WEIGHT * clipped((share - expected) / SPREAD, low=-2.0, high=2.0)


RELATIONAL_SHARE: Final = PairSignal(
    name="relational_share",
    title="Relational share",
    unit="points",
    window_days=WINDOW_DAYS,
    compute=_compute,
    bands=HEALTH_BANDS,
    family="leading",
    floor=FLOOR,
    meaning=(
        "How much of the contact of two people is not about a deliverable: one-to-ones that were held, remarks that "
        "neither ask nor answer, and reactions, against asks and tickets. It counts days, not messages."
    ),
    caution=(
        "Work is what people are there for, and a short list of asks in a busy month is no coldness. Without text "
        "markers messages are left out, and talks outside the calendar are not seen."
    ),
    formula=(
        "L = 1 + 0.9 clip((s - r) / 0.1, -2, 2), value = 100 / (1 + e^-L); s is the share of relational days (one-to- "
        "ones held, remarks, reactions) among days of a known sort, shrunk with strength 8 towards r, which is 0.2 "
        "moved 30% to the pair's own past."
    ),
    inputs=("one-to-ones", "messages with text markers", "reactions", "ticket comments and steps"),
    evidence=(
        "Purely transactional traffic enters relational health with a weight of -.10 in the method notes; no labelled "
        "data exists here."
    ),
    source="Transactional share of contact; counted in days so that volume does not decide.",
    action="book_time",
)
