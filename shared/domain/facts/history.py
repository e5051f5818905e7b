"""What the signals are computed from: facts of people, with identities and reporting lines already resolved.

All instants are Unix seconds in event time, all days are day numbers (see `week`). Sequences are sorted by time and
then by their remaining fields, so that equal sets of facts give equal computations, whatever order they arrived in.
Types with millions of values are Structs. They are several times cheaper to make and to compare than dataclasses.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Final, Literal

import msgspec

from shared.domain.facts.baselines import DEFAULT_BASELINES, Baselines
from shared.domain.organisation.goals import NO_SHARES, NO_WORK, Shares, Work
from shared.domain.organisation.work_calendar import STANDARD_PAIR, PairCalendars

Channel = Literal["mail", "chat", "meeting", "ticket"]
CHANNELS: Final[tuple[Channel, ...]] = ("mail", "chat", "meeting", "ticket")

# Beyond three recipients a message is a broadcast, not a contact (science: section 5.4 of the method notes).
MAX_DIRECT_RECIPIENTS: Final = 3
# Meetings of up to eight people are small enough that everybody meets everybody.
MAX_SMALL_MEETING: Final = 8


class Mark(IntFlag):
    """Flags of a contact: what is known besides the people and the time."""

    REPLY = 1  # replies to a message of the recipient
    ASK = 2  # asks the recipient something (a marker, never a guess)
    ACKNOWLEDGES = 4  # opens by acknowledging
    DEFERS = 8  # promises an answer later
    TEXT = 16  # markers come from text; without it ASK and ACKNOWLEDGES mean "not known"
    PUBLIC = 64  # more people than the recipients can read it, so nobody was left out on purpose
    BRIEF = 32  # five words or fewer: an acknowledgement alone is not an answer


class Step(IntEnum):
    """Steps of a ticket that say something about two people."""

    COMMENT = 1
    HANDOFF = 2  # the ticket went from `actor` to `target`
    REOPEN = 3  # `actor` opened again what `target` had resolved
    PRIORITY_RAISE = 4
    ESCALATION = 5
    SLA_BREACH = 6  # `actor` waited for `target` beyond the promised time
    RESOLUTION = 7  # `actor` resolved what `target` had reported
    WAITING = 8  # the ticket waits for `target`
    REQUEST = 9  # `actor` reported it, `target` has it


class Contact(msgspec.Struct, frozen=True, order=True, gc=False):
    """A direct message: one sender, at most three recipients; one value per message and recipient."""

    at: int
    sender: str
    recipient: str
    channel: Channel
    thread: int  # 0 when the source gives none; equal numbers mean the same thread
    marks: Mark
    others: tuple[str, ...] = ()  # the remaining recipients, sorted


class Meeting(msgspec.Struct, frozen=True, order=True, gc=False):
    """A small meeting instance as it stands after its last change; `people` includes the organiser, sorted."""

    start: int
    end: int
    organiser: str
    people: tuple[str, ...]  # those who did not decline
    invited: tuple[str, ...]  # everybody, also those who declined, sorted
    series: int  # 0 when it does not recur
    original_start: int
    cancelled: bool
    changed_by: str  # who cancelled or moved it; empty when not known
    changed_at: int  # when it was last changed


class TicketStep(msgspec.Struct, frozen=True, order=True, gc=False):
    """A step of a ticket between two people."""

    at: int
    actor: str
    target: str
    step: Step
    ticket: int


class DayCount(msgspec.Struct, frozen=True, order=True, gc=False):
    """Additive counters of one direction of a pair on one day in one channel."""

    day: int
    sender: str
    recipient: str
    channel: Channel
    counts: tuple[int, ...]  # in the order of COUNTERS


COUNTERS: Final = (
    "messages",  # direct messages, up to three recipients
    "broadcasts",  # messages with more recipients
    "replies",  # direct messages that reply to the recipient
    "asks",  # direct messages with a question or request marker
    "acknowledgements",  # direct messages that open by acknowledging
    "reactions",
    "meetings",  # small meetings that were not cancelled; whose direction says nothing: `Meeting` says who asked
    "cancelled_meetings",
    "comments",  # ticket comments towards the other
    "handoffs",  # tickets handed from one to the other
    "reopens",
    "priority_raises",
    "escalations",
    "sla_breaches",
)
COUNTER_INDEX: Final[Mapping[str, int]] = {name: index for index, name in enumerate(COUNTERS)}


TEXT_COUNTERS: Final = (
    "texts",  # direct messages whose text was read
    "other_language",  # direct messages that were not English, so nothing is known of them
    "questions",  # texts that ask at least once
    "hedges",
    "reasons",
    "advocacy",
    "inquiry",
    "responses",  # texts that answer a message of the recipient
    "acknowledged_halves",  # of these: 2 if it opens by acknowledging and goes on, 1 if that is all it does
    "follow_ups",  # texts with at least one question about what was said
    "uptake_texts",  # responses read together with what they answer
    "uptake",  # their sum, in hundredths of a standard deviation of human ratings
    "receptiveness_texts",
    "receptiveness",  # their sum, in the same unit
)
TEXT_COUNTER_INDEX: Final[Mapping[str, int]] = {name: index for index, name in enumerate(TEXT_COUNTERS)}


class TextDay(msgspec.Struct, frozen=True, order=True, gc=False):
    """Additive counters of what the texts of one direction of a pair do, on one day in one channel."""

    day: int
    sender: str
    recipient: str
    channel: Channel
    counts: tuple[int, ...]  # in the order of TEXT_COUNTERS


@dataclass(frozen=True, slots=True)
class ActiveDays:
    """On which days each of two people did anything at all with anybody, as bits from the Monday `since` on."""

    since: int = 0
    first: int = 0
    second: int = 0


NEVER_SEEN: Final = ActiveDays()
"""Nothing is known of when the two were there, so they count as there every day."""


@dataclass(frozen=True, slots=True)
class WholePair:
    """Everything that was loaded of two people, however early or late; `first` < `second`. No signal takes it.

    What may be read of it as of an instant is a `PairHistory`, which `known_at` makes.
    """

    first: str
    second: str
    days: tuple[DayCount, ...]
    contacts: tuple[Contact, ...]
    meetings: tuple[Meeting, ...]  # meetings both were invited to
    steps: tuple[TicketStep, ...]
    first_work: Work = NO_WORK
    second_work: Work = NO_WORK
    texts: tuple[TextDay, ...] = ()  # only of sources whose text is read
    active: ActiveDays = NEVER_SEEN
    calendars: PairCalendars = STANDARD_PAIR  # when the two work


@dataclass(frozen=True, slots=True)
class PairHistory:
    """Everything known of two people as of an instant, within the longest window of any signal; `first` < `second`."""

    first: str
    second: str
    days: tuple[DayCount, ...]
    contacts: tuple[Contact, ...]
    meetings: tuple[Meeting, ...]  # meetings both were invited to
    steps: tuple[TicketStep, ...]
    first_work: Shares = NO_SHARES
    second_work: Shares = NO_SHARES
    texts: tuple[TextDay, ...] = ()  # only of sources whose text is read
    active: ActiveDays = NEVER_SEEN
    baselines: Baselines = DEFAULT_BASELINES  # what is usual around the two
    calendars: PairCalendars = STANDARD_PAIR  # when the two work


@dataclass(frozen=True, slots=True)
class WholeChain:
    """Everything that was loaded of a chain, however early or late. No signal takes it; see `ChainHistory`."""

    person: str
    leader: str
    skip: str
    with_leader: WholePair
    upward_contacts: tuple[Contact, ...]
    upward_meetings: tuple[Meeting, ...]
    sent_by_day: Mapping[int, int]
    planned: bool = False


@dataclass(frozen=True, slots=True)
class ChainHistory:
    """A person, their leader and their leader's leader as of an instant, with the facts that concern them.

    `upward` holds contacts and meetings between person and skip while *this* chain was in force at the time of the
    contact; facts from before a reorganisation are not in it.
    """

    person: str
    leader: str
    skip: str
    with_leader: PairHistory
    upward_contacts: tuple[Contact, ...]  # both directions between person and skip
    upward_meetings: tuple[Meeting, ...]  # meetings both person and skip were invited to
    sent_by_day: Mapping[int, int]  # the person's direct messages to anybody, by day: their overall activity
    planned: bool = False  # talks of person and skip were arranged: none of them goes past the leader


@dataclass(frozen=True, slots=True)
class LeaderHistory:
    """A leader as of an instant, with the pairs they are part of by the other's key; who is not in touch is absent."""

    leader: str
    reports: tuple[str, ...]  # direct reports, sorted
    peers: tuple[str, ...]  # who reports to the same leader, sorted
    seniors: tuple[str, ...]  # their leader and their leader's leader
    pairs: Mapping[str, PairHistory]


@dataclass(frozen=True, slots=True)
class SeriesHistory:
    """A recurring meeting as of an instant: what its host organised, and the host's pairs with those invited.

    Pairs are by the other's key.
    """

    host: str
    series: int
    meetings: tuple[Meeting, ...]  # sorted
    pairs: Mapping[str, PairHistory]
