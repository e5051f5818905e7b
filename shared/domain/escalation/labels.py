"""What an escalation model is judged by: the three labels of the method notes (5.4), for training and evaluation.

contact: the person starts a conversation with the leader's leader, among few, without the leader. unsolicited
contact: the same, but it answers nothing, and the leader's leader was not in touch in the seven days before.
unsolicited onset: an unsolicited contact after 28 days without one; the event that the product warns of. Sponsored
and programmatic contact, contact in the open and contact with excluded people is none of these.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Final

from shared.domain.escalation.hazard_model import Target
from shared.domain.facts.history import WholeChain
from shared.domain.facts.skip_contact import skip_contacts
from shared.domain.week import DAY

# 5.4: "none such in the past 28 days".
QUIET_SECONDS: Final = 28 * DAY


def label_events(history: WholeChain, until: int) -> Mapping[Target, tuple[int, ...]]:
    """When each kind of event happened up to an instant, in order. Takes the whole history, not one window of it."""
    contacts = [each for each in skip_contacts(history, until) if each.kind == "bypass"]
    unsolicited = tuple(each.at for each in contacts if each.unsolicited)
    return {
        "contact": tuple(each.at for each in contacts),
        "unsolicited_contact": unsolicited,
        "unsolicited_onset": onsets(unsolicited),
    }


def onsets(unsolicited: Sequence[int]) -> tuple[int, ...]:
    """Unsolicited contacts with more than 28 quiet days before them, in order."""
    before = (None, *unsolicited)
    return tuple(at for last, at in zip(before, unsolicited, strict=False) if last is None or at - last > QUIET_SECONDS)


def happens_within(events: Sequence[int], as_of: int, *, days: int) -> bool:
    """Whether any of these events, in order, lies after an instant and at most so many days later."""
    return bisect_right(events, as_of) < bisect_right(events, as_of + days * DAY)
