"""Reads event logs of trackers. Each row is the state of a ticket after a change; a step is a difference between rows.

The rows of a ticket are ordered by time, then by an order column, then by line. The first row is the creation. After
it, a new assignee, group, priority or status is a step, and so is a promise (SLA) that is kept no more. An empty cell
or "?" means "not known": what was known before still holds. Rows without any change are skipped.

The whole log is held in memory, about 0.5 kB a row. Native ids are `ticket:step:time`, so the same log, or a longer
one, gives the same ids.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from shared.sources.identities import native_id, ticket_identity
from shared.sources.instants import instant
from shared.sources.reader import Item, Options, Rejection, UnusableError
from shared.sources.recognition import Certainty, Match, Sample
from shared.sources.source import FREE_TEXT, Source
from shared.sources.table import Row, Table, date_order_of, rejected_all
from shared.sources.tickets.states import State, steps_of
from shared.sources.tickets.vocabulary import ALIASES, ANY_TRACKER, Preset, present, preset_of
from shared.sources.tickets.words import is_nobody_now, is_system, own_words, priority_of, status_of

NAME: Final = "tickets"


def read(lines: Iterable[bytes], options: Options) -> Iterator[Item]:
    """Yield the rejected rows, then steps by ticket in the order of the first rows. Needs ticket and time."""
    table, preset = _table(lines, options.columns)
    if table.problem:
        yield table.rejected_whole()
        return
    tickets: dict[str, list[State]] = {}
    shared: dict[str, str] = {}
    rows = list(table)
    try:
        order = date_order_of(rows, ("time", "opened", "due"), options.date_order)
    except UnusableError as error:
        yield rejected_all(table.header_line, rows, str(error))
        return
    options = replace(options, date_order=order)
    preset = replace(
        preset,
        statuses=own_words(options.words, preset.statuses),
        priorities=own_words(options.words, preset.priorities),
    )
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
        yield from steps_of(ticket, states, source=options.source or NAME)


def _table(lines: Iterable[bytes], columns: Mapping[str, str]) -> tuple[Table, Preset]:
    """The table, with the columns of the preset that fits it, and that preset."""
    table = Table(lines, aliases=ALIASES, columns=columns)
    preset = preset_of(table.headers)
    for field, header in preset.columns.items():
        if field not in columns:
            table.fields[field] = table.headers.index(header)
    table.require("ticket", "time")
    if not table.problem and table.headers[table.fields["ticket"]] == "id":
        # Whatever has an id and a time would be a ticket.
        table.require("status")
    return table, preset


def _state(row: Row, *, preset: Preset, options: Options, shared: dict[str, str]) -> State:
    def account(field: str) -> str | None:
        cell = present(row[field])
        # Equal strings are kept once: a log names the same few people over and over.
        if not cell or is_nobody_now(cell) or is_system(cell, preset.system_actors):
            return None
        return _once(ticket_identity(cell), shared)

    def name(field: str) -> str | None:
        cell = present(row[field])
        return _once(native_id(cell), shared) if cell else None

    def time(field: str) -> datetime:
        return instant(row[field], zone=options.zone, date_order=options.date_order)

    order = row["order"]
    sla = row["sla"].lower()
    return State(
        line=row.line,
        order=int(order) if order.isascii() and order.isdigit() and len(order) < 10 else 0,  # noqa: PLR2004 - fits
        time=time("time"),
        opened=time("opened") if present(row["opened"]) else None,
        actor=account("actor"),
        reporter=account("reporter"),
        assignee=account("assignee") or ("" if is_nobody_now(row["assignee"]) else None),
        group=name("group"),
        queue=name("queue"),
        status=status_of(row["status"], preset.statuses),
        priority=priority_of(row["priority"], preset.priorities),
        status_word=present(row["status"]).lower(),
        priority_word=present(row["priority"]).lower(),
        due=time("due") if present(row["due"]) else None,
        sla_kept=True if sla in {"true", "yes", "1"} else False if sla in {"false", "no", "0"} else None,
        parent=name("parent"),
        goal=name("goal"),
    )


def _once(text: str, shared: dict[str, str]) -> str:
    return shared.setdefault(text, text)


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
    takes=frozenset({"source", "columns", "zone", "date_order", "words"}),
    example=(
        "ticket,updated,status,priority,assignee,reporter,title\n"
        f"T-1,2024-03-04T09:00:00Z,New,High,ana,ben,{FREE_TEXT}\n"
        f"T-1,2024-03-05T15:00:00Z,Resolved,High,eva,ben,{FREE_TEXT}\n"
    ),
)
