"""States of a ticket, one after the other, as the steps that lie between them.

The first state is the creation. After it, a new assignee, group, priority or status is a step, and so is a promise
(SLA) that is kept no more. What a state does not say still holds as it was known before.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from shared.schemas.envelope import event_id
from shared.schemas.ticket import (
    Status,
    TicketAssigned,
    TicketCommented,
    TicketCreated,
    TicketEvent,
    TicketHandedToGroup,
    TicketPriorityChanged,
    TicketReopened,
    TicketResolved,
    TicketSlaBreached,
    TicketStatusChanged,
    TicketStep,
)
from shared.sources.reader import Accepted, Item, Notice, Skipped

_DONE: Final = frozenset({"resolved", "closed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A ticket as one row shows it: None where the row says nothing, an empty assignee for nobody.

    `comment` is the id of a comment, when that is all that happened.
    """

    line: int
    order: int
    time: datetime
    opened: datetime | None
    actor: str | None
    reporter: str | None
    assignee: str | None
    group: str | None
    queue: str | None
    status: Status | None
    priority: int | None
    sla_kept: bool | None
    parent: str | None
    goal: str | None
    due: datetime | None = None
    comment: str = ""
    status_word: str = ""
    priority_word: str = ""
    rows: int = 1


_Step = tuple[type[TicketEvent], str, datetime]


def steps_of(ticket: str, states: list[State], *, source: str) -> Iterator[Item]:
    """The steps between the states of a ticket, which are in order. Native ids are `ticket:step:time`."""
    known: State | None = None
    taken: Counter[tuple[str, datetime]] = Counter()
    for state in states:
        now = state if known is None else _merged(known, state)
        rows = state.rows
        yield from _unknown(known, state)
        for kind, step, time in _steps(known, now):
            taken[step, time] += 1
            native = f"{ticket}:{step}:{time:%Y%m%dT%H%M%S.%fZ}"
            # Two equal steps at one instant, as trackers with minutes for clocks log them.
            native += f":{taken[step, time]}" if taken[step, time] > 1 else ""
            event = kind(
                id=event_id(source=source, kind="ticket", native_id=native),
                source=source,
                time=time,
                data=_data(ticket, known, now),
            )
            yield Accepted(event, rows=rows)
            rows = 0
        if rows:
            yield Skipped(state.line, "nothing changed", rows=rows)
        known = now


def _merged(known: State, state: State) -> State:
    """The later row with what it does not say taken from before; who acted is never taken over."""
    return replace(
        state,
        opened=known.opened,
        reporter=state.reporter or known.reporter,
        assignee=known.assignee if state.assignee is None else state.assignee,
        group=state.group or known.group,
        queue=state.queue or known.queue,
        status=state.status or known.status,
        priority=state.priority or known.priority,
        sla_kept=known.sla_kept if state.sla_kept is None else state.sla_kept,
        parent=state.parent or known.parent,
        goal=state.goal or known.goal,
        due=state.due or known.due,
    )


def _steps(known: State | None, now: State) -> Iterator[_Step]:
    """What happened between two states, in the order in which a reader would tell it."""
    time = now.time
    if now.comment:
        yield TicketCommented, f"commented:{now.comment}", time
        return
    if known is None:
        opened = now.opened
        yield TicketCreated, "created", opened if opened is not None and opened < time else time
        if now.status in _DONE:
            yield TicketResolved, "resolved", time
        if now.sla_kept is False:
            yield TicketSlaBreached, "sla_breached", time
        return
    if known.group != now.group:
        yield TicketHandedToGroup, "handed_to_group", time
    if (known.assignee or None) != (now.assignee or None):
        yield TicketAssigned, "assigned", time
    if known.priority != now.priority:
        yield TicketPriorityChanged, "priority_changed", time
    if now.sla_kept is False and known.sla_kept is not False:
        yield TicketSlaBreached, "sla_breached", time
    if known.status != now.status:
        yield (*_status_step(known.status, now.status), time)


def _status_step(before: Status | None, after: Status | None) -> tuple[type[TicketEvent], str]:
    # Closing what was never resolved ends it just as well.
    was_done, is_done = before in _DONE, after in _DONE
    if was_done and not is_done:
        return TicketReopened, "reopened"
    if is_done and not was_done:
        return TicketResolved, "resolved"
    return TicketStatusChanged, "status_changed"


def _data(ticket: str, known: State | None, now: State) -> TicketStep:
    """Where the ticket stands after the row; `previous_*` only where the row changed it."""
    before = known if known is not None else now
    return TicketStep(
        ticket=ticket,
        actor=now.actor,
        reporter=now.reporter,
        assignee=now.assignee or None,
        previous_assignee=(before.assignee or None) if before.assignee != now.assignee else None,
        queue=now.queue,
        group=now.group,
        previous_group=before.group if before.group != now.group else None,
        priority=now.priority,
        previous_priority=before.priority if before.priority != now.priority else None,
        status=now.status,
        previous_status=before.status if before.status != now.status else None,
        parent=now.parent,
        # What a ticket is a part of is what it is done for.
        goal=now.goal or now.parent,
        due=now.due,
    )


def _unknown(known: State | None, state: State) -> Iterator[Item]:
    """Words that say something new and that nobody knows."""
    if state.status_word and state.status is None and (known is None or known.status_word != state.status_word):
        yield Notice(state.line, "a status is a word that is not known; say what it means with --map-status")
    if state.priority_word and state.priority is None and (known is None or known.priority_word != state.priority_word):
        yield Notice(state.line, "a priority is a word that is not known; say what it means with --map-status")
