"""The ask ledger: what two people asked of each other and what became of it.

Where text markers exist, an ask is what the markers say. From metadata alone, a message to one person that does not
itself answer something is presumed to want an answer; so is some small talk, which is why presumed asks are flagged.
"""

from collections.abc import Iterable, Sequence
from typing import Final, Literal

import msgspec

from shared.domain.facts.history import Channel, Contact, Mark
from shared.domain.organisation.work_calendar import STANDARD_PAIR, PairCalendars
from shared.domain.week import DAY, HOUR

AskState = Literal["opened", "acknowledged", "answered", "deferred", "dropped"]

# An ask that nobody answered for this long is dropped. An answer that comes later still answers it.
DROPPED_AFTER_SECONDS: Final = 14 * DAY
# Asking again this soon is a nudge about the same thing, not a new ask.
NUDGE_SECONDS: Final = 4 * DAY
# One thought is often split over several messages: a repeat within the hour is neither a nudge nor a new ask.
SAME_BREATH_SECONDS: Final = HOUR
# How long an ask may wait, in working seconds, before waiting counts: 8 working hours in chat, 1.5 working days in
# mail (83% of the replies that arrive within three days arrive within one).
GRACE_SECONDS: Final[dict[Channel, int]] = {
    "chat": 8 * HOUR,
    "mail": 15 * HOUR,
    "ticket": 15 * HOUR,
    "meeting": 15 * HOUR,
}

_ASK: Final = int(Mark.ASK)
_DEFERS: Final = int(Mark.DEFERS)
_TEXT: Final = int(Mark.TEXT)
_BRIEF_ACKNOWLEDGEMENT: Final = int(Mark.BRIEF | Mark.ACKNOWLEDGES)


class Ask(msgspec.Struct, frozen=True, order=True, gc=False):
    """One ask of one person to another, as it stands at the instant the ledger was drawn up.

    `waiting_seconds` is working time: until the answer, until the ask was dropped, or until now.
    """

    opened_at: int
    asker: str
    askee: str
    channel: Channel
    state: AskState
    resolved_at: int | None  # when it was answered or dropped
    nudges: tuple[int, ...]  # when it was repeated
    waiting_seconds: int
    presumed: bool  # from metadata alone

    @property
    def unresolved(self) -> bool:
        """Whether an answer may still come: opened, acknowledged or deferred."""
        return self.resolved_at is None

    @property
    def overdue(self) -> bool:
        """Whether it waits, or waited, longer than its channel's grace."""
        return self.waiting_seconds > GRACE_SECONDS[self.channel]


class _Entry(msgspec.Struct, gc=False):
    """An ask while the ledger is drawn up."""

    contact: Contact
    presumed: bool
    voiced_at: int
    nudges: tuple[int, ...] = ()
    state: AskState = "opened"
    answered_at: int | None = None


_Conversation = tuple[int | Channel, str]
"""A thread, or else a channel, and who waits for an answer in it."""


def ask_ledger(contacts: Sequence[Contact], as_of: int, calendars: PairCalendars = STANDARD_PAIR) -> tuple[Ask, ...]:
    """Every ask between two people up to `as_of`, in the order they were opened.

    An ask waits by the working time of the one who is asked. `contacts` are those of one pair, sorted; contacts after
    `as_of` and repeated facts are ignored, so the result is a function of the set of facts. Which of two messages of
    one second came first nobody knows: neither answers the other. Linear in the contacts: a repeat within four days is
    a nudge, so the asks that are open in a conversation at one time are few.
    """
    entries: list[_Entry] = []
    waiting: dict[_Conversation, list[_Entry]] = {}
    start, count = 0, len(contacts)
    while start < count and (at := contacts[start].at) <= as_of:
        stop = start + 1
        while stop < count and contacts[stop].at == at:
            stop += 1
        if stop > start + 1:
            _at_once(tuple(dict.fromkeys(contacts[start:stop])), entries, waiting)
            start = stop
            continue
        # Nearly every message is alone in its second: as `_at_once`, which would take half as long again.
        contact = contacts[start]
        conversation, marks = contact.thread or contact.channel, int(contact.marks)
        to_answer = waiting.get((conversation, contact.recipient))
        answers = False
        if to_answer and _responds(to_answer, marks):
            answers = True
            _answer(waiting.pop((conversation, contact.recipient)), at)
        presumed = not marks & _TEXT
        if (not answers and not contact.others) if presumed else marks & _ASK:
            _voice(contact, entries, waiting.setdefault((conversation, contact.sender), []), presumed=presumed)
        start = stop
    return tuple(_closed(entry, as_of, calendars) for entry in entries)


def _at_once(together: Sequence[Contact], entries: list[_Entry], waiting: dict[_Conversation, list[_Entry]]) -> None:
    """Apply the messages of one second: first all of them to the asks of before, then what they ask themselves."""
    answered: set[_Conversation] = set()
    for contact in together:
        key = (contact.thread or contact.channel, contact.recipient)
        to_answer = waiting.get(key)
        if to_answer and _responds(to_answer, int(contact.marks)):
            answered.add(key)
    for key in answered:
        _answer(waiting.pop(key), together[0].at)
    for contact in together:
        conversation, marks = contact.thread or contact.channel, int(contact.marks)
        presumed = not marks & _TEXT
        answers = (conversation, contact.recipient) in answered
        if (not answers and not contact.others) if presumed else marks & _ASK:
            _voice(contact, entries, waiting.setdefault((conversation, contact.sender), []), presumed=presumed)


def _answer(entries: Iterable[_Entry], at: int) -> None:
    for entry in entries:
        entry.state = "answered"
        entry.answered_at = at


def _responds(to_answer: list[_Entry], marks: int) -> bool:
    """Whether a message back answers the asks; those that it parks are noted."""
    if marks & _TEXT:
        if marks & _DEFERS:
            for entry in to_answer:
                entry.state = "deferred"
            return False
        if marks & _BRIEF_ACKNOWLEDGEMENT == _BRIEF_ACKNOWLEDGEMENT:
            for entry in to_answer:
                if entry.state == "opened":
                    entry.state = "acknowledged"
            return False
    return True


def _voice(contact: Contact, entries: list[_Entry], mine: list[_Entry], *, presumed: bool) -> None:
    """Open an ask, or note that the latest one was repeated."""
    if mine:
        latest = mine[-1]
        if contact.at - latest.contact.at <= NUDGE_SECONDS:
            if contact.at - latest.voiced_at > SAME_BREATH_SECONDS:
                latest.nudges += (contact.at,)
            latest.voiced_at = contact.at
            return
    entry = _Entry(contact, presumed, contact.at)
    mine.append(entry)
    entries.append(entry)


def _closed(entry: _Entry, as_of: int, calendars: PairCalendars) -> Ask:
    """The entry as it stands at `as_of`."""
    opened_at = entry.contact.at
    state = entry.state
    resolved_at = entry.answered_at
    if resolved_at is None and as_of - opened_at >= DROPPED_AFTER_SECONDS:
        state = "dropped"
        resolved_at = opened_at + DROPPED_AFTER_SECONDS
    return Ask(
        opened_at=opened_at,
        asker=entry.contact.sender,
        askee=entry.contact.recipient,
        channel=entry.contact.channel,
        state=state,
        resolved_at=resolved_at,
        nudges=entry.nudges,
        waiting_seconds=calendars.of(entry.contact.recipient).seconds(
            opened_at, as_of if resolved_at is None else resolved_at
        ),
        presumed=entry.presumed,
    )
