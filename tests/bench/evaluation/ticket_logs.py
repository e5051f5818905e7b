"""Moments in the life of tickets from two real logs: what was known then, and what followed. Strictly causal."""

import csv
import heapq
import io
import zipfile
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from shared.domain.escalation.ticket_hazard import Share, TicketState
from shared.domain.escalation.ticket_rates import RateTally, TicketRates, TicketScene, support_line
from shared.domain.facts.ticket_history import Move, TicketHistory, TicketMove, WholeTicket
from shared.domain.week import DAY, day_of

WEEK = timedelta(days=7)
FIRST_HOURS = timedelta(hours=4)
_SETTLED = timedelta(days=28)
_SERVICENOW_TIME = "%d/%m/%Y %H:%M"
_PRIORITIES = {"Low": 2, "Medium": 3, "High": 4, "Major": 5}


@dataclass(slots=True)
class Moment:
    """A ticket at an instant: its state, plain counts for the baselines, and outcomes with when they were known."""

    ticket: str
    at: datetime
    state: TicketState
    counts: tuple[float, ...]
    outcomes: dict[str, bool]
    known_at: datetime
    scene: TicketScene | None = None
    shares: dict[str, TicketState] = field(default_factory=dict)  # by target: the state with that target's rates
    keys: tuple[Hashable, Hashable, Hashable] = ("", "", "")  # group, kind, requester


@dataclass(frozen=True, slots=True)
class _Row:
    at: datetime
    group: str
    person: str
    status: str
    detail: str
    priority: int
    product: str

    @property
    def line(self) -> int:
        return support_line(self.group)


def incident_moments(data: Path) -> list[Moment]:
    """BPI Challenge 2013: after every step of a ticket that is not done and can still go up, in order of time.

    ticket_goes_up: within a week it is handed to a higher line than now. ticket_jumps: within a week it is handed
    from the first line to the third.
    """
    tickets: dict[str, list[_Row]] = defaultdict(list)
    with (data / "bpic13" / "incidents.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            tickets[row["case"]].append(
                _Row(
                    at=datetime.fromisoformat(row["time:timestamp"]),
                    group=row["org:group"],
                    person=row["org:resource"],
                    status=row["concept:name"],
                    detail=row["lifecycle:transition"],
                    priority=_PRIORITIES[row["impact"]],
                    product=row["product"],
                )
            )
    for rows in tickets.values():
        rows.sort(key=lambda row: row.at)
    histories = {ticket: _history(ticket, rows) for ticket, rows in tickets.items()}
    rates = _rates(histories.values())
    found = [moment for ticket, rows in tickets.items() for moment in _incident(histories[ticket], rows, rates)]
    found.sort(key=lambda moment: (moment.at, moment.ticket))
    for target in ("ticket_goes_up", "ticket_jumps"):
        _add_shares(found, target)
    return found


def _history(ticket: str, rows: Sequence[_Row]) -> WholeTicket:
    """The ticket as the product's signal reads it."""
    people = {person: number for number, person in enumerate(sorted({row.person for row in rows}), start=1)}
    return WholeTicket(
        ticket, tuple(_move(row, rows[number - 1] if number else None, people) for number, row in enumerate(rows))
    )


def _rates(histories: Collection[WholeTicket]) -> dict[int, TicketRates]:
    """What a pass at every midnight would know of all tickets."""
    tally = RateTally(_midnight(move.at) for history in histories for move in history.moves)
    tally.add_all(histories)
    return tally.rates()


def _midnight(at: int) -> int:
    return day_of(at) * DAY


def _incident(history: WholeTicket, rows: Sequence[_Row], rates: Mapping[int, TicketRates]) -> Iterable[Moment]:
    groups: list[str] = []
    handoffs = returns = came_down = reopens = reassigned = waits = 0
    for number, row in enumerate(rows):
        before = rows[number - 1] if number else row
        if row.group != before.group:
            handoffs += 1
            returns += row.group in groups
            came_down += row.line < before.line
        reassigned += row.person != before.person
        reopened = before.status == "Completed" and row.status != "Completed"
        reopens += reopened
        waiting = row.detail.startswith("Wait")
        waits += waiting
        groups.append(row.group)
        if row.status == "Completed" or row.line == 3:
            continue
        ahead = [each for each in rows[number + 1 :] if each.at <= row.at + WEEK]
        steps = [row, *ahead]
        hours = (row.at - rows[0].at).total_seconds() / 3600
        yield Moment(
            ticket=history.ticket,
            at=row.at,
            state=TicketState(
                hours_open=hours,
                handoffs=handoffs,
                came_down=came_down,
                reopens=reopens,
                line=row.line,
                priority=row.priority,
                queued=row.status == "Queued",
                waiting=waiting,
            ),
            counts=(number + 1, handoffs, returns, reopens, reassigned, waits, hours),
            outcomes={
                "ticket_goes_up": any(each.line > row.line for each in ahead),
                "ticket_jumps": any(one.line == 1 and other.line == 3 for one, other in pairwise(steps)),
            },
            known_at=row.at + WEEK,
            scene=TicketScene(
                TicketHistory(history.ticket, history.moves[: number + 1]), rates[_midnight(history.moves[number].at)]
            ),
            keys=(row.group, row.product, ""),
        )


def _move(row: _Row, before: _Row | None, people: Mapping[str, int]) -> TicketMove:
    """The step as the product's ticket signal reads it."""
    handed = before is not None and row.group != before.group
    passed = before is not None and row.person != before.person
    kind = Move.STATUS_CHANGED
    if before is None:
        kind = Move.CREATED
    elif before.status == "Completed" != row.status:
        kind = Move.REOPENED
    elif row.status == "Completed":
        kind = Move.RESOLVED
    elif handed:
        kind = Move.HANDED_TO_GROUP
    elif passed:
        kind = Move.ASSIGNED
    elif row.priority > before.priority:
        kind = Move.PRIORITY_RAISED
    return TicketMove(
        at=int(row.at.timestamp()),
        move=kind,
        actor=people[row.person],
        reporter=0,
        assignee=0 if row.status == "Queued" else people[row.person],
        waits=row.detail.startswith("Wait"),
        priority=row.priority,
        due=0,
        group=row.group,
    )


def service_desk_moments(data: Path) -> list[Moment]:
    """ServiceNow incidents, four hours after they were opened, in order of time: will the promised time be missed?

    Outcomes are taken as known after four weeks. Those that are known earlier are nearly all kept promises, and who
    learns from them alone learns that nothing is ever late.
    """
    tickets: dict[str, list[dict[str, str]]] = defaultdict(list)
    with zipfile.ZipFile(data / "servicenow" / "incident_event_log.zip") as archive:
        (name,) = archive.namelist()
        with archive.open(name) as file:
            for row in csv.DictReader(io.TextIOWrapper(file, encoding="utf-8", newline="")):
                tickets[row["number"]].append(row)
    found = [_opened(ticket, rows) for ticket, rows in tickets.items()]
    found.sort(key=lambda moment: (moment.at, moment.ticket))
    _add_shares(found, "ticket_misses_promise")
    return found


def _opened(ticket: str, rows: Sequence[dict[str, str]]) -> Moment:
    opened = _time(rows[0]["opened_at"])
    at = opened + FIRST_HOURS
    known = [row for row in rows if _time(row["sys_updated_at"]) <= at] or [rows[0]]
    now, end = known[-1], rows[-1]
    priority = 6 - int(now["priority"][0]) if now["priority"][0].isdigit() else 0
    handoffs, reopens = int(now["reassignment_count"]), int(now["reopen_count"])
    return Moment(
        ticket=ticket,
        at=at,
        state=TicketState(
            hours_open=FIRST_HOURS.total_seconds() / 3600,
            handoffs=handoffs,
            came_down=0,
            reopens=reopens,
            line=0,
            priority=priority,
            queued=now["assigned_to"] == "?",
            waiting=now["incident_state"].startswith("Awaiting"),
        ),
        counts=(float(len(known)), handoffs, reopens, float(now["sys_mod_count"]), priority),
        outcomes={"ticket_misses_promise": end["made_sla"] == "false"},
        known_at=at + _SETTLED,
        keys=(now["assignment_group"], (now["category"], now["subcategory"]), now["caller_id"]),
    )


def _time(text: str) -> datetime:
    return datetime.strptime(text, _SERVICENOW_TIME).replace(tzinfo=UTC)


def _add_shares(moments: Sequence[Moment], target: str) -> None:
    """To every moment, in order: how often the target came of earlier ones whose outcome was known by then."""
    tallies: tuple[dict[Hashable, list[float]], ...] = tuple(defaultdict(lambda: [0.0, 0.0]) for _ in range(3))
    waiting: list[tuple[datetime, int]] = []
    for number, moment in enumerate(moments):
        while waiting and waiting[0][0] <= moment.at:
            _, place = heapq.heappop(waiting)
            for tally, key in zip(tallies, moments[place].keys, strict=True):
                tally[key][0] += moments[place].outcomes[target]
                tally[key][1] += 1
        group, kind, requester = (Share(*tally[key]) for tally, key in zip(tallies, moment.keys, strict=True))
        moment.shares[target] = _with_shares(moment.state, group, kind, requester)
        heapq.heappush(waiting, (moment.known_at, number))


def _with_shares(state: TicketState, group: Share, kind: Share, requester: Share) -> TicketState:
    return TicketState(
        hours_open=state.hours_open,
        handoffs=state.handoffs,
        came_down=state.came_down,
        reopens=state.reopens,
        line=state.line,
        priority=state.priority,
        queued=state.queued,
        waiting=state.waiting,
        of_group=group,
        of_kind=kind,
        of_requester=requester,
    )
