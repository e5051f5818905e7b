"""Tickets as the interfaces of trackers write them: Jira, Zendesk, ServiceNow, GitHub, GitLab and Linear.

A ticket with its history gives each step with its time. One without gives what a table would: that it was opened, and
how it stands at its last change. Accounts whose mail address is in the file are known by that.

A row is a ticket. The line of a rejection is the position of the ticket, counted from 1.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from shared.sources.github import issue_above, milestone_of, repository_of
from shared.sources.goals.tree import goal_key
from shared.sources.identities import mail_identity, native_id, ticket_identity
from shared.sources.instants import instant
from shared.sources.json_document import NotJsonError, Object, begins_as_json, documents, objects, text
from shared.sources.reader import Item, Options, Rejection, UnusableError
from shared.sources.recognition import Certainty, Match, Sample
from shared.sources.source import FREE_TEXT, Source
from shared.sources.tickets.states import State, steps_of
from shared.sources.tickets.words import is_nobody_now, is_system, priority_of, status_of

NAME: Final = "tickets"
# No tracker writes people deeper.
_DEPTH_MAX: Final = 16
_LISTS: Final = ("issues", "tickets", "result", "results", "records", "nodes", "values", "data")


@dataclass(slots=True)
class _File:
    """What holds for all tickets of a file."""

    options: Options
    mails: dict[str, str] = field(default_factory=dict)
    """Mail address by account."""

    def account(self, native: str) -> str | None:
        """The identity of an account; None for nobody and for machines."""
        if not native or is_nobody_now(native) or is_system(native):
            return None
        mail = self.mails.get(native, "")
        return mail_identity(mail) if "@" in mail else ticket_identity(native)

    def time(self, value: str) -> datetime:
        return instant(value, zone=self.options.zone, date_order=self.options.date_order)

    def state(self, line: int, time: datetime, **said: Any) -> State:
        """A state in which only what is said is known."""
        status, priority = said.pop("status_word", ""), said.pop("priority_word", "")
        nothing: dict[str, Any] = dict.fromkeys(
            ("opened", "actor", "reporter", "assignee", "group", "queue", "sla_kept", "parent", "goal")
        )
        return State(
            **{
                **nothing,
                "line": line,
                "order": 0,
                "time": time,
                "status": status_of(status, self.options.words) if status else None,
                "priority": priority_of(priority, self.options.words) if priority else None,
                "status_word": status.lower(),
                "priority_word": priority.lower(),
                "rows": 0,
                **said,
            }
        )


_DONE: Final = frozenset({"resolved", "closed"})

_Make = Callable[[Object, int, _File], tuple[str, list[State]]]


def read(lines: Iterable[bytes], options: Options) -> Iterator[Item]:
    """Yield the steps of each ticket, in file order."""
    try:
        found = documents(lines)
    except NotJsonError as error:
        yield Rejection(1, str(error))
        return
    file = _File(options)
    for document in found:
        _learn_accounts(document, file)
    tickets = [ticket for document in found for ticket in objects(document, *_LISTS)]
    for position, ticket in enumerate(tickets, start=1):
        make = _maker(ticket)
        if make is None:
            yield Rejection(position, "a ticket of no known tracker")
            continue
        try:
            name, states = make(ticket, position, file)
            states.sort(key=lambda state: state.time)
            yield from steps_of(
                native_id(name), [replace(states[0], rows=1), *states[1:]], source=options.source or NAME
            )
        except UnusableError as error:
            yield Rejection(position, str(error))


def _maker(ticket: Object) -> _Make | None:
    """What reads a ticket of this shape."""
    if isinstance(ticket.get("fields"), dict) and "key" in ticket:
        return _jira
    if "sys_id" in ticket or {"number", "sys_updated_on"} <= ticket.keys():
        return _servicenow
    if {"requester_id", "status"} <= ticket.keys():
        return _zendesk
    if {"iid", "state"} <= ticket.keys():
        return _gitlab
    if {"number", "state"} <= ticket.keys():
        return _github
    if "identifier" in ticket and "createdAt" in ticket:
        return _linear
    return None


def _learn_accounts(found: Any, file: _File, depth: int = 0) -> None:
    """Mail addresses of accounts, wherever people stand in a file."""
    if isinstance(found, list):
        for each in found:
            if depth < _DEPTH_MAX:
                _learn_accounts(each, file, depth + 1)
    elif isinstance(found, dict) and depth < _DEPTH_MAX:
        mail = text(found, "emailAddress") or text(found, "email")
        if "@" in mail:
            for name in ("accountId", "id", "key", "login", "username", "sys_id"):
                if native := text(found, name):
                    file.mails.setdefault(native, mail)
        for each in found.values():
            if isinstance(each, dict | list):
                _learn_accounts(each, file, depth + 1)


def _person(found: Any) -> str:
    for name in ("accountId", "name", "key", "login", "username", "id", "display_value", "value"):
        if native := text(found, name):
            return native
    return text(found)


def _jira(ticket: Object, line: int, file: _File) -> tuple[str, list[State]]:
    fields = ticket["fields"]
    created = file.time(text(fields, "created"))
    current = {
        "status": text(fields, "status", "name"),
        "priority": text(fields, "priority", "name"),
        "assignee": _person(fields.get("assignee")),
    }
    histories = _histories(ticket, file)
    now = dict(current)
    # As it was opened: what the first change of each took away.
    for _, history in reversed(histories):
        now |= {name: before for name, before, _ in _changes(history)}
    begun = now if histories else {**current, "status": ""}
    steps: list[State] = []
    for time, history in histories:
        now = {**now, **{name: after for name, _, after in _changes(history)}}
        steps.append(_of(file, line, time, now, actor=file.account(_person(history.get("author")))))
    if not histories or now["status"] != current["status"]:
        # The history is missing or cut off: it came to stand as it does at its end, or at its last change.
        last = text(fields, "resolutiondate") or text(fields, "updated")
        steps.append(_of(file, line, file.time(last) if last else created, current, actor=None))
    reporter = file.account(_person(fields.get("reporter")) or _person(fields.get("creator")))
    parent = text(fields, "parent", "key")
    due = text(fields, "duedate")
    first = replace(
        _of(file, line, created, begun, actor=reporter),
        reporter=reporter,
        queue=text(fields, "project", "key") or None,
        parent=native_id(parent) if parent else None,
        due=file.time(due) if due else None,
    )
    for comment in objects(fields.get("comment"), "comments") if isinstance(fields.get("comment"), dict) else ():
        if native := text(comment, "id"):
            author = file.account(_person(comment.get("author")))
            when = file.time(text(comment, "created"))
            steps.append(file.state(line, when, actor=author, comment=native))
    return text(ticket, "key"), [first, *steps]


def _histories(ticket: Object, file: _File) -> list[tuple[datetime, Object]]:
    """Changes of status, priority or assignee with their times, the earliest first."""
    changelog = ticket.get("changelog")
    if not isinstance(changelog, dict):
        return []
    found = [each for each in objects(changelog, "histories", "values") if any(_changes(each))]
    return sorted(((file.time(text(each, "created")), each) for each in found), key=lambda pair: pair[0])


def _changes(history: Object) -> Iterator[tuple[str, str, str]]:
    """Field, value before and value after of each change that counts."""
    for item in objects(history.get("items")):
        match text(item, "field").lower():
            case "assignee":
                yield "assignee", text(item, "from"), text(item, "to")
            case "status" | "priority" as name:
                yield name, text(item, "fromString"), text(item, "toString")
            case _:
                pass


def _of(file: _File, line: int, time: datetime, now: dict[str, str], *, actor: str | None) -> State:
    return file.state(
        line,
        time,
        actor=actor,
        assignee=file.account(now["assignee"]) or "",
        status_word=now["status"],
        priority_word=now["priority"],
    )


def _plain(file: _File, line: int, ticket: Object, *, created: str, updated: str, **said: Any) -> list[State]:
    """A ticket without history: opened, and as it stands at its last change."""
    opened = file.time(text(ticket, created))
    last = text(ticket, updated)
    time = file.time(last) if last else opened
    queue, group, reporter, parent, goal = (
        said.pop(name, None) for name in ("queue", "group", "reporter", "parent", "goal")
    )
    common = {
        "reporter": file.account(reporter or ""),
        "queue": native_id(queue) if queue else None,
        "group": native_id(group) if group else None,
        "parent": native_id(parent) if parent else None,
        "goal": goal_key(goal) if goal else None,
    }
    later = file.state(line, max(time, opened), assignee=file.account(said.pop("assignee", "")) or "", **common, **said)
    if later.time == opened:
        return [later]
    first = replace(later, time=opened, actor=common["reporter"])
    return [replace(first, status=None, status_word="") if later.status in _DONE else first, later]


def _zendesk(ticket: Object, line: int, file: _File) -> tuple[str, list[State]]:
    return text(ticket, "id"), _plain(
        file, line, ticket, created="created_at", updated="updated_at",
        reporter=text(ticket, "requester_id"), assignee=text(ticket, "assignee_id"), group=text(ticket, "group_id"),
        status_word=text(ticket, "status"), priority_word=text(ticket, "priority"),
    )  # fmt: skip


_SERVICENOW_STATES: Final = {
    "1": "new",
    "2": "in progress",
    "3": "on hold",
    "6": "resolved",
    "7": "closed",
    "8": "closed",
}


def _servicenow(ticket: Object, line: int, file: _File) -> tuple[str, list[State]]:
    def shown(name: str) -> str:
        return text(ticket, name, "display_value") or text(ticket, name, "value") or text(ticket, name)

    state = shown("state") or shown("incident_state")
    flat = {name: shown(name) for name in ("opened_at", "sys_created_on", "sys_updated_on", "closed_at", "resolved_at")}
    ended = flat["resolved_at"] or flat["closed_at"] or flat["sys_updated_on"]
    flat |= {"opened": flat["opened_at"] or flat["sys_created_on"], "ended": ended}
    return shown("number") or shown("sys_id"), _plain(
        file, line, flat, created="opened", updated="ended",
        reporter=shown("caller_id") or shown("opened_by"), assignee=shown("assigned_to"),
        group=shown("assignment_group"), status_word=_SERVICENOW_STATES.get(state, state),
        priority_word=shown("priority"),
    )  # fmt: skip


def _github(ticket: Object, line: int, file: _File) -> tuple[str, list[State]]:
    repository = repository_of(ticket)
    updated = "closed_at" if text(ticket, "closed_at") else "updated_at"
    number = text(ticket, "number")
    return f"{repository}#{number}" if repository else number, _plain(
        file, line, ticket, created="created_at", updated=updated, reporter=_person(ticket.get("user")),
        assignee=_person(ticket.get("assignee")), queue=repository, status_word=text(ticket, "state"),
        actor=file.account(_person(ticket.get("closed_by"))), parent=issue_above(ticket, repository),
        goal=milestone_of(ticket, repository) if not issue_above(ticket, repository) else "",
    )  # fmt: skip


def _gitlab(ticket: Object, line: int, file: _File) -> tuple[str, list[State]]:
    updated = "closed_at" if text(ticket, "closed_at") else "updated_at"
    project = text(ticket, "project_id")
    return f"{project}#{text(ticket, 'iid')}", _plain(
        file, line, ticket, created="created_at", updated=updated, reporter=_person(ticket.get("author")),
        assignee=_person(ticket.get("assignee")), queue=project, status_word=text(ticket, "state"),
        actor=file.account(_person(ticket.get("closed_by"))),
    )  # fmt: skip


_LINEAR_PRIORITIES: Final = {"1": "urgent", "2": "high", "3": "medium", "4": "low"}
_LINEAR_STATES: Final = {
    "backlog": "open", "unstarted": "open", "triage": "open", "started": "in progress", "completed": "done",
    "canceled": "closed",
}  # fmt: skip


def _linear(ticket: Object, line: int, file: _File) -> tuple[str, list[State]]:
    ended = next((name for name in ("completedAt", "canceledAt") if text(ticket, name)), "updatedAt")
    state = text(ticket, "state", "name") or text(ticket, "state")
    kind = _LINEAR_STATES.get(text(ticket, "state", "type"), state)
    return text(ticket, "identifier"), _plain(
        file, line, ticket, created="createdAt", updated=ended, reporter=_person(ticket.get("creator")),
        assignee=_person(ticket.get("assignee")), queue=text(ticket, "team", "key"),
        status_word=state if status_of(state, file.options.words) else kind,
        priority_word=_LINEAR_PRIORITIES.get(text(ticket, "priority"), ""),
        parent=text(ticket, "parent", "identifier"), goal=text(ticket, "project", "id"),
    )  # fmt: skip


_SHAPES: Final = (
    (b'"fields"', b'"key"', "Jira"), (b'"requester_id"', b'"status"', "Zendesk"),
    (b'"sys_updated_on"', b'"number"', "ServiceNow"), (b'"iid"', b'"state"', "GitLab"),
    (b'"identifier"', b'"createdAt"', "Linear"), (b'"number"', b'"state"', "GitHub"),
)  # fmt: skip


def recognise(sample: Sample) -> Match:
    """Certain when JSON has the members of a tracker's tickets."""
    if not begins_as_json(sample.head):
        return Match(Certainty.NO, "it is not JSON")
    for one, other, name in _SHAPES:
        if one in sample.head and other in sample.head:
            return Match(Certainty.CERTAIN, f"it has tickets of {name}")
    return Match(Certainty.NO, "it has no tickets of a known tracker")


SOURCE: Final = Source(
    format="ticket-json",
    kind="tickets",
    description="Tickets as JSON: Jira with its changelog, Zendesk, ServiceNow, GitHub, GitLab and Linear",
    read=read,
    recognise=recognise,
    takes=frozenset({"source", "zone", "date_order", "words"}),
    example=(
        '{"issues":[{"key":"APP-1","fields":{"summary":"' + FREE_TEXT + '","status":{"name":"Done"},\n'
        '  "created":"2024-03-04T09:00:00.000+0000","reporter":{"accountId":"ana"},"assignee":{"accountId":"ben"}},\n'
        '  "changelog":{"histories":[{"created":"2024-03-05T09:00:00.000+0000","author":{"accountId":"ben"},\n'
        '    "items":[{"field":"status","fromString":"To Do","toString":"Done"}]}]}}]}\n'
    ),
)
