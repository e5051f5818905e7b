"""Tickets: from the person who needs something, through the queue of a team, to the person who resolves them."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from services.simulator.chance import delay_seconds, poisson, stream
from services.simulator.company import Member, Unit
from services.simulator.planting import Tangle
from services.simulator.society import Society
from services.simulator.thread import answer_markers, ask_markers
from services.simulator.timeline import HOUR
from shared.schemas.chat import Markers
from shared.schemas.envelope import event_id, utc
from shared.schemas.ticket import (
    Status,
    TicketAssigned,
    TicketCommented,
    TicketCreated,
    TicketEscalated,
    TicketEvent,
    TicketHandedToGroup,
    TicketPriorityChanged,
    TicketReopened,
    TicketResolved,
    TicketSlaBreached,
    TicketStatusChanged,
    TicketStep,
)

TICKETS_PER_PERSON_WEEK: Final = 1.1
FROM_SISTER_TEAM: Final = 0.55
FROM_OWN_TEAM: Final = 0.25
HANDED_OVER: Final = 0.1
HANDED_TO_GROUP: Final = 0.05
RAISED: Final = 0.07
WAITS: Final = 0.12
REOPENED: Final = 0.05
ESCALATED: Final = 0.2  # of those whose promised time ran out
CLOSED: Final = 0.35
HIGHEST: Final = 5
# Median working hours to resolve, and working hours promised, by priority.
EFFORT_HOURS: Final = {1: 30.0, 2: 20.0, 3: 9.0, 4: 4.0, 5: 2.0}
PROMISED_HOURS: Final = {1: 160, 2: 100, 3: 50, 4: 24, 5: 12}


@dataclass(slots=True)
class Ticket:
    """A ticket as it stands; every method is a step, appended to `events`."""

    key: str
    reporter: Member
    group: str
    priority: int
    assignee: Member | None = None
    status: Status = "open"
    events: list[TicketEvent] = field(default_factory=list)

    def create(self, at: int) -> None:
        """The reporter opens it."""
        self._step(TicketCreated, at, self.reporter)

    def comment(self, at: int, actor: Member, markers: Markers) -> None:
        """Somebody comments."""
        self._step(TicketCommented, at, actor, markers=markers)

    def assign(self, at: int, *, actor: Member, to: Member) -> None:
        """Somebody hands it to somebody."""
        previous, self.assignee = self.assignee, to
        self._step(TicketAssigned, at, actor, previous_assignee=previous)

    def hand_to_group(self, at: int, *, actor: Member, group: str) -> None:
        """It moves to another team's queue, and nobody there has it yet."""
        (previous, self.group), (assignee, self.assignee) = (self.group, group), (self.assignee, None)
        self._step(TicketHandedToGroup, at, actor, previous_group=previous, previous_assignee=assignee)

    def raise_priority(self, at: int, actor: Member) -> None:
        """Somebody makes it more urgent; nothing happens at the highest priority."""
        if self.priority < HIGHEST:
            self.priority += 1
            self._step(TicketPriorityChanged, at, actor, previous_priority=self.priority - 1)

    def become(self, at: int, actor: Member, status: Status) -> None:
        """The status changes: resolved and reopened are events of their own."""
        previous, self.status = self.status, status
        kind: type[TicketEvent] = TicketStatusChanged
        if status == "resolved":
            kind = TicketResolved
        elif previous in ("resolved", "closed") and status != "closed":
            kind = TicketReopened
        self._step(kind, at, actor, previous_status=previous)

    def breach(self, at: int) -> None:
        """The promised time runs out. The tracker says so, not a person."""
        self._step(TicketSlaBreached, at, None)

    def escalate(self, at: int, actor: Member) -> None:
        """Somebody escalates it formally."""
        self._step(TicketEscalated, at, actor)

    def _step(
        self,
        kind: type[TicketEvent],
        at: int,
        actor: Member | None,
        *,
        previous_assignee: Member | None = None,
        previous_group: str | None = None,
        previous_priority: int | None = None,
        previous_status: Status | None = None,
        markers: Markers | None = None,
    ) -> None:
        self.events.append(
            kind(
                id=event_id(source="sim_ticket", kind="step", native_id=f"{self.key}.{len(self.events) + 1}"),
                source="sim_ticket",
                time=utc(at),
                data=TicketStep(
                    ticket=self.key,
                    actor=actor.ticket if actor else None,
                    reporter=self.reporter.ticket,
                    assignee=self.assignee.ticket if self.assignee else None,
                    previous_assignee=previous_assignee.ticket if previous_assignee else None,
                    group=self.group,
                    previous_group=previous_group,
                    priority=self.priority,
                    previous_priority=previous_priority,
                    status=self.status,
                    previous_status=previous_status,
                    goal=f"g-{self.group}",
                    markers=markers,
                ),
            )
        )


def tickets(society: Society) -> Iterator[TicketEvent]:
    """Yield every ticket event, ticket by ticket; not in order of time."""
    for team in society.company.teams:
        yield from _queue(society, team)
    for story in society.planted:
        for tangle in story.tangles:
            yield from _tangled(society, tangle)


def _queue(society: Society, team: Unit) -> Iterator[TicketEvent]:
    """The ordinary tickets of a team."""
    members, timeline = society.company.members, society.timeline
    rng = stream(society.scenario.seed, "queue", team.key)
    number = 0
    for week in range(society.scenario.weeks + 1):
        everybody, sister, own = (
            society.there(people, week) for people in (members, society.company.sister(team).people, team.people)
        )
        for _ in range(poisson(rng, TICKETS_PER_PERSON_WEEK * len(team.people))):
            source = rng.random()
            circle = sister if source < FROM_SISTER_TEAM else own
            reporter = members[rng.choice(circle if source < FROM_SISTER_TEAM + FROM_OWN_TEAM else everybody)]
            at = timeline.sometime(reporter, week, rng)
            if at is None or at > timeline.ends_at:
                continue
            number += 1
            ticket = Ticket(f"{team.key.upper()}-{number}", reporter, team.key, rng.choice((1, 2, 2, 3, 3, 3, 4)))
            _live_through(society, ticket, team=team, rng=rng, at=at)
            yield from ticket.events


def _live_through(society: Society, ticket: Ticket, *, team: Unit, rng: random.Random, at: int) -> None:
    members, timeline, reporter = society.company.members, society.timeline, ticket.reporter
    created, week = at, timeline.week_of(at)
    ticket.create(at)
    if rng.random() < HANDED_TO_GROUP:
        team, old = society.company.sister(team), team
        dispatcher = members[rng.choice(society.there(old.people, week))]
        at = timeline.after(dispatcher, at, delay_seconds(rng, median_hours=2.0))
        ticket.hand_to_group(at, actor=dispatcher, group=team.key)
    here = society.there(team.people, week)
    circle = [person for person in here if person not in (team.leader, reporter.key)]
    owner = members[rng.choice(circle)]
    at = timeline.after(owner, at, delay_seconds(rng, median_hours=2.0))
    ticket.assign(at, actor=members[team.leader] if rng.random() < 1 / 3 else owner, to=owner)
    at = timeline.after(owner, at, rng.randrange(HOUR))
    ticket.become(at, owner, "in_progress")
    if rng.random() < HANDED_OVER:
        second = members[rng.choice([person for person in circle if person != owner.key] or circle)]
        at = timeline.after(owner, at, delay_seconds(rng, median_hours=2.0))
        ticket.assign(at, actor=owner, to=second)
        owner = second
    at = _talk_about(society, ticket, owner=owner, rng=rng, at=at)
    done = timeline.after(owner, at, delay_seconds(rng, median_hours=EFFORT_HOURS[ticket.priority]))
    promised = timeline.after(owner, created, PROMISED_HOURS[ticket.priority] * HOUR)
    if at < promised < done:
        ticket.breach(promised)
        if rng.random() < ESCALATED:
            ticket.escalate(min(timeline.after(reporter, promised, rng.randrange(6 * HOUR)), done - 1), reporter)
    ticket.become(done, owner, "resolved")
    if rng.random() < REOPENED:
        at = timeline.after(reporter, done, delay_seconds(rng, median_hours=5.0))
        ticket.become(at, reporter, "in_progress")
        done = timeline.after(owner, at, delay_seconds(rng, median_hours=5.0))
        ticket.become(done, owner, "resolved")
    if rng.random() < CLOSED:
        ticket.become(timeline.after(reporter, done, 2 * HOUR), reporter, "closed")


def _talk_about(society: Society, ticket: Ticket, *, owner: Member, rng: random.Random, at: int) -> int:
    """Questions of the owner and answers of the reporter; returns when work goes on."""
    timeline, reporter = society.timeline, ticket.reporter
    if reporter is owner:
        return at
    waits = rng.random() < WAITS
    for turn in range(min(4, poisson(rng, 1.3))):
        speaker = owner if turn % 2 == 0 else reporter
        at = timeline.after(speaker, at, delay_seconds(rng, median_hours=1.5 * speaker.delay_hours))
        asks = speaker is owner
        ticket.comment(
            at, speaker, ask_markers(rng) if asks else answer_markers(rng, courtesy=reporter.courtesy, ask=False)
        )
        if waits and turn == 0:
            ticket.become(at + 5, owner, "waiting")
    if ticket.status == "waiting":
        at = timeline.after(owner, at, delay_seconds(rng, median_hours=3.0))
        ticket.become(at, owner, "in_progress")
    if rng.random() < RAISED:
        at = timeline.after(reporter, at, delay_seconds(rng, median_hours=3.0))
        ticket.raise_priority(at, reporter)
    return at


def _tangled(society: Society, tangle: Tangle) -> Iterator[TicketEvent]:
    """Tickets that two people hand back and forth, because each thinks they are the other's."""
    members, timeline = society.company.members, society.timeline
    reporter, owner = members[tangle.reporter], members[tangle.assignee]
    rng = stream(society.scenario.seed, "tangle", reporter.key, owner.key)
    number = 0
    for week in range(tangle.from_week, society.scenario.weeks + 1):
        for _ in range(poisson(rng, tangle.per_week)):
            at = timeline.sometime(reporter, week, rng)
            if at is None or at > timeline.ends_at:
                continue
            number += 1
            ticket = Ticket(f"{owner.team.upper()}-{reporter.key}-{owner.key}-{number}", reporter, owner.team, 3)
            _throw(society, ticket, owner=owner, rng=rng, at=at)
            yield from ticket.events


def _throw(society: Society, ticket: Ticket, *, owner: Member, rng: random.Random, at: int) -> None:
    timeline, reporter = society.timeline, ticket.reporter
    ticket.create(at)
    ticket.assign(at + 60, actor=reporter, to=owner)
    holder, other = owner, reporter
    for _ in range(rng.randrange(2, 6)):
        at = timeline.after(holder, at + 60, delay_seconds(rng, median_hours=3.0))
        ticket.comment(at, holder, answer_markers(rng, courtesy=0.1, ask=False))
        ticket.assign(at + 60, actor=holder, to=other)
        holder, other = other, holder
    if holder is reporter:
        at = timeline.after(reporter, at + 60, delay_seconds(rng, median_hours=2.0))
        ticket.raise_priority(at, reporter)
        ticket.assign(at + 60, actor=reporter, to=owner)
    for _ in range(rng.randrange(1, 3)):
        at = timeline.after(owner, at + 60, delay_seconds(rng, median_hours=6.0))
        ticket.become(at, owner, "resolved")
        at = timeline.after(reporter, at, delay_seconds(rng, median_hours=3.0))
        ticket.become(at, reporter, "in_progress")
    at = timeline.after(owner, at, delay_seconds(rng, median_hours=8.0))
    ticket.become(at, owner, "resolved")
