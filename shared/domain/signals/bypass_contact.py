"""Bypass contact: what kinds of contact a person has with their leader's leader, and how that changes."""

import math
from collections.abc import Sequence
from typing import Final

from shared.domain.evidence.reading import Factor, Measure
from shared.domain.evidence.weighing import (
    ANSWER_STRENGTH,
    BASELINE_WINDOWS,
    FLOOR,
    WINDOW_DAYS,
    first_day,
    own_share,
    window_start,
)
from shared.domain.facts.history import ChainHistory
from shared.domain.facts.skip_contact import SkipContact, skip_contacts
from shared.domain.signals.signal import Bands, ChainSignal, Earlier
from shared.domain.week import DAY, WEEK_DAYS, day_of, week_of

_KINDS: Final = ("sponsored", "programmatic", "bypass", "other")
# 28% of upward mails go to the leader's leader in ordinary life (0.4 of the method notes): one contact in four weeks
# is nothing, one a week is worth a look, more than that is a change of address.
_BANDS: Final = Bands(names=("low", "elevated", "high"), limits=(1.0, 4.0), descending=False)


def _compute(history: ChainHistory, as_of: int, _: Earlier) -> Measure | None:
    contacts = skip_contacts(history, as_of)
    start = window_start(as_of)
    now = [contact for contact in contacts if contact.at >= start]
    first, today = first_day(as_of, WINDOW_DAYS), day_of(as_of)
    sent = sum(count for day, count in history.sent_by_day.items() if first <= day <= today)
    if not contacts and not sent and not history.with_leader.contacts and not history.with_leader.meetings:
        return None
    unsolicited = _unsolicited(now)
    usual = (_unsolicited(contacts) - unsolicited) / BASELINE_WINDOWS
    # What the person sent shows how much of their contact is seen at all, so that zero is a finding, not a gap.
    observed = max(sent, len(now))
    return Measure(
        value=float(unsolicited),
        confidence=own_share(observed, ANSWER_STRENGTH),
        factors=(
            Factor("unsolicited", unsolicited, unsolicited, unsolicited),
            *(Factor(kind, count, count) for kind, count in _by_kind(now)),
            Factor("usual_unsolicited", usual, _unsolicited(contacts) - unsolicited),
            Factor("change", unsolicited - usual),
            *_past(contacts, history, as_of),
        ),
        evidence=observed,
        spread=math.sqrt(unsolicited),
        action="three_way_talk" if unsolicited > _BANDS.limits[0] else "keep_going",
    )


def _past(contacts: Sequence[SkipContact], history: ChainHistory, as_of: int) -> tuple[Factor, ...]:
    """In how many of the weeks seen there was unsolicited contact, and how long ago the last was."""
    instants = [contact.at for contact in contacts if contact.unsolicited]
    days_since = (as_of - instants[-1]) / DAY if instants else 0.0
    weeks = len({week_of(at) for at in instants})
    return (
        Factor("unsolicited_weeks", weeks, weeks),
        Factor("seen_weeks", _seen_weeks(history, as_of)),
        Factor("days_since_unsolicited", days_since, len(instants)),
    )


def _seen_weeks(history: ChainHistory, as_of: int) -> float:
    """Weeks since the first thing that is known of person and leader: a new joiner has few, and proves little.

    Contact with the leader's leader is left out: it must not count as time in which nothing happened.
    """
    pair = history.with_leader
    firsts = [
        *(facts[0].at for facts in (pair.contacts, pair.steps) if facts),
        *(each.start for each in pair.meetings[:1]),
        *(day * DAY for day in sorted(day for day, count in history.sent_by_day.items() if count)[:1]),
    ]
    return max(as_of - min(firsts, default=as_of), 0) / (WEEK_DAYS * DAY)


def _unsolicited(contacts: list[SkipContact] | tuple[SkipContact, ...]) -> int:
    return sum(contact.unsolicited for contact in contacts)


def _by_kind(contacts: list[SkipContact]) -> list[tuple[str, int]]:
    return [(kind, sum(contact.kind == kind for contact in contacts)) for kind in _KINDS]


BYPASS_CONTACT: Final = ChainSignal(
    name="bypass_contact",
    title="Contact past the leader",
    unit="contacts",
    window_days=WINDOW_DAYS,
    compute=_compute,
    bands=_BANDS,
    floor=FLOOR,
    meaning=(
        "How often in four weeks a person wrote to or met their leader's leader on their own account, among few and "
        "without the leader. Contact with the leader present, recurring skip-level meetings and answers are counted "
        "apart and do not add to it."
    ),
    caution=(
        "Time with a leader's leader is healthy exposure and most of it is ordinary work. It never justifies a "
        "reprimand, and it must not be used to look for somebody who reports misconduct."
    ),
    formula=(
        "The number of unsolicited contacts in 28 days: started by the person, at most three recipients, leader "
        "absent, no word from the leader's leader in the seven days before."
    ),
    inputs=("messages and meetings of person and leader's leader", "reporting lines as of each contact"),
    evidence=(
        "28% of upward mail goes past the boss and 84% of that leaves the boss out in one real corpus: contact as "
        "such is ordinary."
    ),
    source="Definition of the label in section 5.4 of the method notes; circumvention as in Kassing 2009.",
    action="three_way_talk",
)
