"""Whether alerts came before what they warn of: contact past the leader, unasked, soon after an alert was raised."""

from collections.abc import Collection
from dataclasses import dataclass
from statistics import median
from typing import Final, Literal

from shared.domain.alerts.rule import ChainPeople
from shared.domain.facts.history import WholeChain
from shared.domain.facts.skip_contact import skip_contacts
from shared.domain.week import DAY

FOLLOWED_SECONDS: Final = 28 * DAY
"""How long after an alert contact counts as what it warned of."""
# An exact count that moves with every alert tells when somebody goes past their leader.
_COUNT_BASE: Final = 5

WhatFollowed = Literal["contact", "no_contact", "too_early"]


@dataclass(frozen=True, slots=True)
class AlertOutcome:
    """What followed an alert about a chain. `lead_seconds` are None unless there was contact within 28 days."""

    people: ChainPeople
    followed: WhatFollowed
    lead_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class AlertFigures:
    """What followed all alerts, fit to be shown: counts in steps of five, the median lead in whole days or None."""

    counts: dict[WhatFollowed, int]
    median_lead_days: int | None


def outcome_of(history: WholeChain, raised_at: int, until: int) -> AlertOutcome:
    """The first unsolicited contact past the leader within 28 days; `until` is up to when facts are known.

    Nothing is said before the 28 days are over, as early contact would be counted and late contact not yet.
    """
    people = (history.person, history.leader, history.skip)
    ends = raised_at + FOLLOWED_SECONDS
    if ends > until:
        return AlertOutcome(people, "too_early")
    contacts = (each.at for each in skip_contacts(history, ends) if each.unsolicited and each.at > raised_at)
    first = next(contacts, None)
    return AlertOutcome(people, "no_contact") if first is None else AlertOutcome(people, "contact", first - raised_at)


def figures(outcomes: Collection[AlertOutcome], *, k: int) -> AlertFigures:
    """Counts, and the median lead where it is over at least k chains of at least k leaders."""
    counts: dict[WhatFollowed, int] = dict.fromkeys(("contact", "no_contact", "too_early"), 0)
    for each in outcomes:
        counts[each.followed] += 1
    leads = [(each.people, each.lead_seconds) for each in outcomes if each.lead_seconds is not None]
    chains = {people for people, _ in leads}
    enough_watched = min(len(chains), len({leader for _, leader, _ in chains})) >= k
    return AlertFigures(
        counts={followed: count // _COUNT_BASE * _COUNT_BASE for followed, count in counts.items()},
        median_lead_days=round(median(lead for _, lead in leads) / DAY) if enough_watched else None,
    )
