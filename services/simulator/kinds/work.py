"""Tickets of a company of a kind: ordinary queues, wars between two people, and machines that comment."""

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from services.simulator.chance import delay_seconds, poisson
from services.simulator.company import Member
from services.simulator.kinds import effects
from services.simulator.kinds.settled import Settled
from services.simulator.thread import answer_markers, ask_markers
from services.simulator.tickets import Ticket
from services.simulator.timeline import HOUR
from shared.schemas.envelope import event_id, utc
from shared.schemas.ticket import TicketCommented, TicketEvent

BOT: Final = "ticket:automation"
_ROUNDS: Final = 3  # choice: how often a ticket of a war is reopened
_BOT_COMMENTS: Final = 2.0  # choice: a ticket, where machines comment


def tickets(settled: Settled, *, machines: bool) -> Iterator[TicketEvent]:
    """Yield every ticket event, ticket by ticket; not in order of time."""
    draft = settled.draft
    if not draft.tickets:
        return
    members = [key for key in draft.workers if key not in {draft.chief, *draft.heads}]
    for person in members:
        rng = draft.chance("tickets", person)
        team = draft.workers[person].team
        for week in range(draft.weeks):
            if not settled.there(person, week):
                continue
            volume = effects.TICKETS_PER_WEEK * draft.company_volume.get(week, 1.0)
            for number in range(poisson(rng, volume)):
                reporter = rng.choice(members)
                if settled.there(reporter, week) and reporter != person:
                    ticket = Ticket(f"T-{person}-{week}.{number}", settled.members[reporter], team, 3)
                    _ordinary(settled, ticket, settled.members[person], week)
                    yield from _commented(settled, ticket) if machines else ticket.events
    for one, other, from_week in draft.wars:
        yield from _war(settled, one, other, from_week)


def _ordinary(settled: Settled, ticket: Ticket, owner: Member, week: int) -> None:
    """Somebody opens it, the owner takes it and resolves it, now and then twice."""
    timeline, rng, asker = settled.draft.timeline, settled.draft.chance("ticket", ticket.key), ticket.reporter
    ticket.priority = rng.choice((2, 3, 3, 4))
    at = timeline.sometime(asker, week, rng)
    if at is None:
        return
    ticket.create(at)
    at = timeline.after(owner, at, delay_seconds(rng, median_hours=2.0))
    ticket.assign(at, actor=owner, to=owner)
    if rng.random() < 1 / 2:
        at = timeline.after(owner, at, delay_seconds(rng, median_hours=3.0))
        ticket.comment(at, owner, ask_markers(rng))
    at = timeline.after(owner, at, delay_seconds(rng, median_hours=effects.TICKET_HOURS))
    ticket.become(at, owner, "resolved")
    if rng.random() < effects.TICKET_REOPENED:
        at = timeline.after(asker, at, delay_seconds(rng, median_hours=4.0))
        ticket.become(at, asker, "open")
        at = timeline.after(owner, at, delay_seconds(rng, median_hours=effects.TICKET_HOURS))
        ticket.become(at, owner, "resolved")


def _war(settled: Settled, one: str, other: str, from_week: int) -> Iterator[TicketEvent]:
    """Tickets that one person resolves too early and the other opens again, more urgent each time."""
    timeline, rng = settled.draft.timeline, settled.draft.chance("war", one, other)
    asker, owner = settled.members[one], settled.members[other]
    for week in range(from_week, settled.draft.weeks):
        for number in range(poisson(rng, effects.WAR_TICKETS_PER_WEEK)):
            at = timeline.sometime(asker, week, rng)
            if at is None:
                continue
            ticket = Ticket(f"T-war-{one}-{other}-{week}.{number}", asker, owner.team, 2)
            ticket.create(at)
            ticket.assign(timeline.after(owner, at, HOUR), actor=owner, to=owner)
            for _ in range(rng.randrange(1, _ROUNDS + 1)):
                at = timeline.after(owner, at, delay_seconds(rng, median_hours=5.0) + HOUR)
                ticket.become(at, owner, "resolved")
                at = timeline.after(asker, at, delay_seconds(rng, median_hours=2.0))
                ticket.become(at, asker, "open")
                ticket.comment(at + 60, asker, answer_markers(rng, courtesy=0.1, ask=True))
                ticket.raise_priority(at + 120, asker)
            ticket.become(timeline.after(owner, at, 8 * HOUR), owner, "resolved")
            yield from ticket.events


def _commented(settled: Settled, ticket: Ticket) -> Iterator[TicketEvent]:
    """A ticket on which a machine comments as well."""
    yield from ticket.events
    rng = settled.draft.chance("commented", ticket.key)
    for number in range(poisson(rng, _BOT_COMMENTS) if ticket.events else 0):
        step = rng.choice(ticket.events)
        native_id = f"{ticket.key}.bot{number}"
        yield TicketCommented(
            id=event_id(source="sim_ticket", kind="step", native_id=native_id),
            source="sim_ticket",
            time=utc(step.time.timestamp() + 30 + number),
            data=replace(step.data, actor=BOT, markers=None),
        )
