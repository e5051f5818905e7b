"""Turns one interaction into facts. Pure: equal interactions contribute equally.

The same function adds what an interaction contributes (sign +1) and takes it back (sign -1).
"""

from collections.abc import Mapping
from itertools import combinations
from typing import Final

from shared.domain.facts.digests import locator, number
from shared.domain.facts.fact_delta import FactDelta, Facts, MeetingFact, MoveFact, PairDayKey, StepFact
from shared.domain.facts.history import CHANNELS, COUNTER_INDEX, MAX_DIRECT_RECIPIENTS, MAX_SMALL_MEETING, Mark, Step
from shared.domain.facts.interaction import (
    ContactInteraction,
    Markers,
    MeetingInteraction,
    ReactionInteraction,
    TicketInteraction,
)
from shared.domain.facts.text_contributions import BRIEF_WORDS, responds, text_counts
from shared.domain.facts.ticket_history import Move
from shared.domain.week import day_of, unix_seconds

_CHANNEL: Final[Mapping[str, int]] = {name: index for index, name in enumerate(CHANNELS)}
_MEETING: Final = _CHANNEL["meeting"]
_TICKET: Final = _CHANNEL["ticket"]
# As plain integers: an operation on flags costs ten times as much, and every contact needs several.
_REPLY: Final = int(Mark.REPLY)
_ASK: Final = int(Mark.ASK)
_ACKNOWLEDGES: Final = int(Mark.ACKNOWLEDGES)
_DEFERS: Final = int(Mark.DEFERS)
_TEXT: Final = int(Mark.TEXT)
_PUBLIC: Final = int(Mark.PUBLIC)
_BRIEF: Final = int(Mark.BRIEF)
MOVES: Final[Mapping[str, Move]] = {
    "created": Move.CREATED,
    "commented": Move.COMMENTED,
    "assigned": Move.ASSIGNED,
    "handed_to_group": Move.HANDED_TO_GROUP,
    "priority_raised": Move.PRIORITY_RAISED,
    "priority_lowered": Move.PRIORITY_LOWERED,
    "status_changed": Move.STATUS_CHANGED,
    "reopened": Move.REOPENED,
    "sla_breached": Move.SLA_BREACHED,
    "escalated": Move.ESCALATED,
    "resolved": Move.RESOLVED,
}
_DONE: Final = frozenset({"resolved", "closed"})
_WAITS: Final = frozenset({"waiting", "blocked"})
_BROADCASTS: Final = COUNTER_INDEX["broadcasts"]
# Broadcasts beyond this many recipients say nothing about any pair.
_MAX_BROADCAST: Final = 64


def add_contact(delta: FactDelta, contact: ContactInteraction, entity: bytes, sign: int) -> None:
    """Add (sign +1) or take back (-1) a message: a contact with each recipient, or a broadcast to many."""
    at = unix_seconds(contact.at)
    day = day_of(at)
    channel = _CHANNEL[contact.channel]
    actor, recipients, answered = contact.actor, contact.recipients, contact.in_reply_to
    if len(recipients) != 1 or recipients[0] == actor:
        recipients = tuple(dict.fromkeys(each for each in recipients if each != actor))
    if len(recipients) > MAX_DIRECT_RECIPIENTS:
        for recipient in recipients[:_MAX_BROADCAST]:
            delta.count((actor, recipient, day, channel), _BROADCASTS, sign)
        return
    markers = contact.markers
    marks = _marks(markers) | (_PUBLIC if contact.audience > MAX_DIRECT_RECIPIENTS else 0)
    was_read = markers.basis != "metadata"
    several = sorted(recipients) if len(recipients) > 1 else ()
    contacts = (delta.added if sign > 0 else delta.removed).contacts
    ids, marked, place, thread = delta.ids, delta.marked, locator(entity), number(contact.thread)
    one = ids[actor]
    if marked.get(one, day) >= day:
        marked[one] = day
    for recipient in recipients:
        own = marks | _REPLY if answered == recipient else marks
        other = ids[recipient]
        if marked.get(other, day) >= day:
            marked[other] = day
        if was_read:
            response = responds(contact, recipient, len(recipients))
            _count_text(delta, (actor, recipient, day, channel), markers, sign, response=response)
        others = ""
        if several:
            others = ",".join([str(ids[each]) for each in several if each != recipient])
        contacts.append((one, other, at, place, channel, thread, own, others))


def _count_text(delta: FactDelta, key: PairDayKey, markers: Markers, sign: int, *, response: bool) -> None:
    counts = text_counts(markers, response=response)
    if counts is not None:
        delta.count_texts(key, counts, sign)


def _marks(markers: Markers) -> int:
    marks = 0
    if markers.basis == "text":
        marks |= _TEXT
        if markers.words <= BRIEF_WORDS:
            marks |= _BRIEF
    if markers.questions or markers.requests:
        marks |= _ASK
    if markers.acknowledges:
        marks |= _ACKNOWLEDGES
    if markers.defers:
        marks |= _DEFERS
    return marks


def add_reaction(delta: FactDelta, reaction: ReactionInteraction, sign: int) -> None:
    """Count (sign +1) or take back (-1) a reaction to somebody else's message."""
    if reaction.actor != reaction.author:
        day = day_of(unix_seconds(reaction.at))
        key = (reaction.actor, reaction.author, day, _CHANNEL[reaction.channel])
        delta.count(key, COUNTER_INDEX["reactions"], sign)


def add_meeting(delta: FactDelta, met: MeetingInteraction, entity: bytes, sign: int) -> None:
    """Add (sign +1) or take back (-1) a meeting of few people, and count it for each pair."""
    invited = tuple(sorted({met.organiser, *met.attendees, *met.declined}))
    if not 1 < len(invited) <= MAX_SMALL_MEETING:
        return
    people = tuple(sorted({met.organiser, *met.attendees} - set(met.declined)))
    start = int(met.start.timestamp())
    day = day_of(start)
    counter = COUNTER_INDEX["cancelled_meetings" if met.cancelled else "meetings"]
    for one, other in combinations(people, 2):
        pair = (other, one) if other == met.organiser else (one, other)
        delta.count((*pair, day, _MEETING), counter, sign)
    for person in invited:
        delta.touch(person, day)
    if met.changed_by:
        delta.touch(met.changed_by, day)
    facts = delta.added if sign > 0 else delta.removed
    facts.meetings.append(
        MeetingFact(
            locator=locator(entity),
            start=start,
            end=int(met.end.timestamp()),
            organiser=met.organiser,
            people=people,
            invited=invited,
            series=number(met.series),
            original_start=int((met.original_start or met.start).timestamp()),
            cancelled=met.cancelled,
            changed_by=met.changed_by,
            changed_at=unix_seconds(met.at),
        )
    )


def add_ticket_step(delta: FactDelta, stepped: TicketInteraction, entity: bytes, sign: int) -> None:
    """Add (sign +1) or take back (-1) a step of a ticket: between two people, and of the ticket itself."""
    at = unix_seconds(stepped.at)
    day, facts = day_of(at), delta.added if sign > 0 else delta.removed
    _move(delta, facts, stepped, entity)
    if stepped.goal:
        for worker in {stepped.actor, stepped.assignee} - {None}:
            delta.work(str(worker), day, stepped.goal, sign)
    for actor, target, step, counter in _ties(stepped):
        if not actor or not target or actor == target:
            continue
        if counter:
            delta.count((actor, target, day, _TICKET), COUNTER_INDEX[counter], sign)
        if step is Step.COMMENT and stepped.markers.basis != "metadata":
            # Of a comment it is not known whom it answers.
            _count_text(delta, (actor, target, day, _TICKET), stepped.markers, sign, response=False)
        delta.touch(actor, day)
        delta.touch(target, day)
        facts.steps.append(
            StepFact(
                actor=actor,
                target=target,
                at=at,
                step=int(step),
                locator=locator(entity),
                ticket=number(stepped.ticket),
            )
        )


def _move(delta: FactDelta, facts: Facts, stepped: TicketInteraction, entity: bytes) -> None:
    """The change to the ticket itself, independent of who made it."""
    at = unix_seconds(stepped.at)
    move = MOVES[stepped.step]
    if move is Move.STATUS_CHANGED and stepped.status in _DONE:
        move = Move.CLOSED
    delta.named.update(filter(None, (stepped.actor, stepped.reporter, stepped.assignee)))
    delta.touch_ticket(stepped.ticket, day_of(at))
    facts.moves.append(
        MoveFact(
            ticket=stepped.ticket,
            at=at,
            locator=locator(entity),
            move=int(move),
            actor=stepped.actor or "",
            reporter=stepped.reporter or "",
            assignee=stepped.assignee or "",
            waits=stepped.status in _WAITS,
            priority=stepped.priority or 0,
            due=int(stepped.due.timestamp()) if stepped.due else 0,
            group=stepped.group or "",
        )
    )


def _ties(stepped: TicketInteraction) -> list[tuple[str | None, str | None, Step, str | None]]:
    """Who acted towards whom in a step: (actor, target, step, counter)."""
    actor, reporter, assignee = stepped.actor, stepped.reporter, stepped.assignee
    previous = stepped.previous_assignee
    commented_on = sorted(filter(None, {reporter, assignee} - {actor}))
    ties: Mapping[str, list[tuple[str | None, str | None, Step, str | None]]] = {
        "created": [(reporter or actor, assignee, Step.REQUEST, None)],
        "commented": [(actor, other, Step.COMMENT, "comments") for other in commented_on],
        "assigned": [(previous, assignee, Step.HANDOFF, "handoffs")]
        if previous
        else [(reporter or actor, assignee, Step.REQUEST, None)],
        "handed_to_group": [(previous, assignee, Step.HANDOFF, "handoffs")],
        "reopened": [(actor or reporter, assignee, Step.REOPEN, "reopens")],
        "priority_raised": [(actor, assignee, Step.PRIORITY_RAISE, "priority_raises")],
        "escalated": [(actor or reporter, assignee, Step.ESCALATION, "escalations")],
        "sla_breached": [(reporter, assignee, Step.SLA_BREACH, "sla_breaches")],
        "resolved": [(assignee or actor, reporter, Step.RESOLUTION, None)],
    }
    if stepped.step == "status_changed" and stepped.status in _WAITS:
        return [(assignee, reporter, Step.WAITING, None)]
    return ties.get(stepped.step, [])
