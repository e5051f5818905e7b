"""Reads event logs of trackers. Each row is the state of a ticket after a change; a step is a difference between rows.

The rows of a ticket are ordered by time, then by an order column, then by line. The first row is the creation. After
it, a new assignee, group, priority or status is a step, and so is a promise (SLA) that is kept no more. An empty cell
or "?" means "not known": what was known before still holds. Rows without any change are skipped.

The whole log is held in memory, about 0.5 kB a row. Native ids are `ticket:step:time`, so the same log, or a longer
one, gives the same ids.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from shared.schemas.envelope import event_id
from shared.schemas.ticket import (
    Status,
    TicketAssigned,
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
from shared.sources.identities import native_id, ticket_identity
from shared.sources.instants import instant
from shared.sources.reader import Accepted, Item, Options, Rejection, Skipped, UnusableError
from shared.sources.recognition import Certainty, Match, Sample
from shared.sources.source import FREE_TEXT, Source
from shared.sources.table import Row, Table, date_order_of, rejected_all
from shared.sources.tickets.vocabulary import (
    ALIASES,
    ANY_TRACKER,
    Preset,
    is_system,
    present,
    preset_of,
    priority_of,
    status_of,
)

NAME: Final = "tickets"
_DONE: Final = frozenset({"resolved", "closed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    """A ticket as one row shows it; None where the row says nothing."""

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


_Step = tuple[type[TicketEvent], str, datetime]


def read(lines: Iterable[bytes], options: Options) -> Iterator[Item]:
    """Yield the rejected rows, then steps by ticket in the order of the first rows. Needs ticket and time."""
    table, preset = _table(lines, options.columns)
    if table.problem:
        yield table.rejected_whole()
        return
    tickets: dict[str, list[_State]] = {}
    shared: dict[str, str] = {}
    rows = list(table)
    try:
        order = date_order_of(rows, ("time", "opened"), options.date_order)
    except UnusableError as error:
        yield rejected_all(table.header_line, rows, str(error))
        return
    options = replace(options, date_order=order)
    for row in rows:
        if isinstance(row, Rejection):
            yield row
            continue
        try:
            ticket = native_id(present(row["ticket"]))
            tickets.setdefault(ticket, []).append(_state(row, preset=preset, options=options, shared=shared))
        except UnusableError as error:
            yield Rejection(row.line, str(error))
    for ticket, states in tickets.items():
        states.sort(key=lambda state: (state.time, state.order, state.line))
        yield from _ticket(ticket, states, source=options.source or NAME)


def _table(lines: Iterable[bytes], columns: Mapping[str, str]) -> tuple[Table, Preset]:
    """The table, with the columns of the preset that fits it, and that preset."""
    table = Table(lines, aliases=ALIASES, columns=columns)
    preset = preset_of(table.headers)
    for field, header in preset.columns.items():
        if field not in columns:
            table.fields[field] = table.headers.index(header)
    table.require("ticket", "time")
    return table, preset


def _state(row: Row, *, preset: Preset, options: Options, shared: dict[str, str]) -> _State:
    def account(field: str) -> str | None:
        cell = present(row[field])
        # Equal strings are kept once: a log names the same few people over and over.
        return _once(ticket_identity(cell), shared) if cell and not is_system(cell, preset) else None

    def name(field: str) -> str | None:
        cell = present(row[field])
        return _once(native_id(cell), shared) if cell else None

    def time(field: str) -> datetime:
        return instant(row[field], zone=options.zone, date_order=options.date_order)

    order = row["order"]
    sla = row["sla"].lower()
    return _State(
        line=row.line,
        order=int(order) if order.isascii() and order.isdigit() and len(order) < 10 else 0,  # noqa: PLR2004 - fits
        time=time("time"),
        opened=time("opened") if present(row["opened"]) else None,
        actor=account("actor"),
        reporter=account("reporter"),
        assignee=account("assignee"),
        group=name("group"),
        queue=name("queue"),
        status=status_of(row["status"], preset),
        priority=priority_of(row["priority"], preset),
        sla_kept=True if sla in {"true", "yes", "1"} else False if sla in {"false", "no", "0"} else None,
        parent=name("parent"),
        goal=name("goal"),
    )


def _once(text: str, shared: dict[str, str]) -> str:
    return shared.setdefault(text, text)


def _ticket(ticket: str, states: list[_State], *, source: str) -> Iterator[Item]:
    known: _State | None = None
    taken: Counter[tuple[str, datetime]] = Counter()
    for state in states:
        now = state if known is None else _merged(known, state)
        rows = 1
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
            yield Skipped(state.line, "nothing changed")
        known = now


def _merged(known: _State, state: _State) -> _State:
    """The later row with what it does not say taken from before; who acted is never taken over."""
    return replace(
        state,
        opened=known.opened,
        reporter=state.reporter or known.reporter,
        assignee=state.assignee or known.assignee,
        group=state.group or known.group,
        queue=state.queue or known.queue,
        status=state.status or known.status,
        priority=state.priority or known.priority,
        sla_kept=known.sla_kept if state.sla_kept is None else state.sla_kept,
        parent=state.parent or known.parent,
        goal=state.goal or known.goal,
    )


def _steps(known: _State | None, now: _State) -> Iterator[_Step]:
    """What happened between two states, in the order in which a reader would tell it."""
    time = now.time
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
    if known.assignee != now.assignee:
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


def _data(ticket: str, known: _State | None, now: _State) -> TicketStep:
    """Where the ticket stands after the row; `previous_*` only where the row changed it."""
    before = known if known is not None else now
    return TicketStep(
        ticket=ticket,
        actor=now.actor,
        reporter=now.reporter,
        assignee=now.assignee,
        previous_assignee=before.assignee if before.assignee != now.assignee else None,
        queue=now.queue,
        group=now.group,
        previous_group=before.group if before.group != now.group else None,
        priority=now.priority,
        previous_priority=before.priority if before.priority != now.priority else None,
        status=now.status,
        previous_status=before.status if before.status != now.status else None,
        parent=now.parent,
        goal=now.goal,
    )


def recognise(sample: Sample) -> Match:
    """Likely when there are columns for the ticket and the time, certain when the headers are those of a preset."""
    table, preset = _table(sample.lines, sample.columns)
    return table.match(Certainty.LIKELY if preset is ANY_TRACKER else Certainty.CERTAIN)


SOURCE: Final = Source(
    format="ticket-log-csv",
    kind="tickets",
    description="Event log of a tracker as a table, one row a change: ServiceNow, BPI Challenge 2013 and others",
    read=read,
    recognise=recognise,
    takes=frozenset({"source", "columns", "zone", "date_order"}),
    example=(
        "ticket,updated,status,priority,assignee,reporter,title\n"
        f"T-1,2024-03-04T09:00:00Z,New,High,ana,ben,{FREE_TEXT}\n"
        f"T-1,2024-03-05T15:00:00Z,Resolved,High,eva,ben,{FREE_TEXT}\n"
    ),
)
