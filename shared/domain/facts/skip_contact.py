"""Skip contact: contact of a person with their leader's leader, its type, and whether anything led up to it."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from shared.domain.facts.history import MAX_DIRECT_RECIPIENTS, ChainHistory, Channel, Contact, Mark, Meeting, WholeChain
from shared.domain.week import DAY

SkipKind = Literal["sponsored", "programmatic", "bypass", "other"]
AnyChain = ChainHistory | WholeChain
"""What is read here is cut off at an instant here."""

# Contact within this time after the leader's leader was in touch continues a conversation they started.
SOLICITED_SECONDS: Final = 7 * DAY

_REPLY: Final = int(Mark.REPLY)
_PUBLIC: Final = int(Mark.PUBLIC)


@dataclass(frozen=True, slots=True, order=True)
class SkipContact:
    """One contact between person and skip.

    sponsored: the leader is among the recipients or the invited. programmatic: a meeting that recurs, or contact of two
    people whose talks were arranged. bypass: the person starts it, among few, without the leader. other: started by
    somebody else, in a larger group or in the open. `unsolicited` is a bypass that answers nothing and that no contact
    from the skip preceded within seven days.
    """

    at: int
    kind: SkipKind
    unsolicited: bool
    channel: Channel


def skip_contacts(history: AnyChain, as_of: int) -> tuple[SkipContact, ...]:
    """Every contact between person and skip up to `as_of`, sorted.

    Meetings count once they have started, unless cancelled or declined by one of the two. A function of the set of
    facts: repeated facts count once.
    """
    contacts = [each for each in dict.fromkeys(history.upward_contacts) if each.at <= as_of]
    meetings = [each for each in dict.fromkeys(history.upward_meetings) if _took_place(each, history, as_of)]
    solicitations = sorted(
        [each.at for each in contacts if each.sender == history.skip]
        + [each.start for each in meetings if _solicits(each, history)]
    )
    found = [_of_contact(each, history, solicitations) for each in contacts]
    found += [_of_meeting(each, history, solicitations) for each in meetings]
    if history.planned:
        found = [_arranged(each) for each in found]
    return tuple(sorted(found))


def _arranged(contact: SkipContact) -> SkipContact:
    """What would be a bypass, of two people whose talks were arranged."""
    return replace(contact, kind="programmatic", unsolicited=False) if contact.kind == "bypass" else contact


def _took_place(meeting: Meeting, history: AnyChain, as_of: int) -> bool:
    """Whether person and skip met."""
    return (
        meeting.start <= as_of
        and not meeting.cancelled
        and history.person in meeting.people
        and history.skip in meeting.people
    )


def _solicits(meeting: Meeting, history: AnyChain) -> bool:
    """Whether a meeting opens a conversation that later contact continues."""
    return meeting.series != 0 or meeting.organiser == history.skip


def _of_contact(contact: Contact, history: AnyChain, solicitations: Sequence[int]) -> SkipContact:
    marks = int(contact.marks)
    kind: SkipKind = "other"
    if history.leader in contact.others:
        kind = "sponsored"
    elif (
        contact.sender == history.person
        and len(contact.others) < MAX_DIRECT_RECIPIENTS
        # A reader of the open channel may well be the leader.
        and not marks & _PUBLIC
    ):
        kind = "bypass"
    unsolicited = kind == "bypass" and not marks & _REPLY and not _solicited(contact.at, solicitations)
    return SkipContact(at=contact.at, kind=kind, unsolicited=unsolicited, channel=contact.channel)


def _of_meeting(meeting: Meeting, history: AnyChain, solicitations: Sequence[int]) -> SkipContact:
    kind: SkipKind = "other"
    if history.leader in meeting.invited or history.leader in meeting.people:
        kind = "sponsored"
    elif meeting.series:
        kind = "programmatic"
    elif meeting.organiser == history.person and len(meeting.invited) - 1 <= MAX_DIRECT_RECIPIENTS:
        kind = "bypass"
    unsolicited = kind == "bypass" and not _solicited(meeting.start, solicitations)
    return SkipContact(at=meeting.start, kind=kind, unsolicited=unsolicited, channel="meeting")


def _solicited(at: int, solicitations: Sequence[int]) -> bool:
    """Whether the skip was in touch within the time before; at the same second counts as before."""
    return bisect_left(solicitations, at - SOLICITED_SECONDS) < bisect_right(solicitations, at)
