"""The words of trackers for columns, statuses and priorities, and what they become on the wire."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from shared.schemas.ticket import Status

ALIASES: Final = {
    "ticket": (
        "case", "caseid", "caseconceptname", "ticket", "ticketid", "ticketkey", "number", "issuekey", "key",
        "incident", "incidentid", "issue", "issueid",
    ),
    "time": ("timetimestamp", "timestamp", "updatedat", "sysupdatedat", "sysupdatedon", "updated", "time", "date"),
    "actor": ("actor", "orgresource", "resource", "updatedby", "sysupdatedby", "user", "author"),
    "group": ("group", "orggroup", "assignmentgroup", "team", "queue"),
    "queue": ("project", "projectkey", "projectid"),
    "status": ("status", "lifecycletransition", "incidentstate", "state"),
    "priority": ("priority", "severity", "urgency", "impact"),
    "assignee": ("assignee", "assignedto", "owner"),
    "reporter": ("reporter", "callerid", "caller", "requester", "openedby", "createdby"),
    "opened": ("openedat", "createdat", "created", "opened"),
    "sla": ("madesla", "slamade", "slamet"),
    "order": ("sysmodcount", "sequence", "seq"),
    "parent": ("parent", "parentid", "parentincident", "epic"),
    "goal": ("goal", "goalid", "objective"),
}  # fmt: skip
"""`sla` says whether the promised time is still kept. `order` orders rows of one instant."""

_MISSING: Final = frozenset({"", "?", "-", "none", "null", "n/a"})
_SYSTEM_ACTORS: Final = frozenset({"system", "automation", "workflow"})

_STATUSES: Final[dict[str, Status]] = {
    "new": "open", "open": "open", "to do": "open", "todo": "open", "backlog": "open", "queued": "open",
    "assigned": "open", "awaiting assignment": "open", "reopened": "open", "triage": "open",
    "active": "in_progress", "in progress": "in_progress", "accepted": "in_progress", "doing": "in_progress",
    "in review": "in_progress", "work in progress": "in_progress",
    "on hold": "waiting", "wait": "waiting", "waiting": "waiting", "pending": "waiting",
    "blocked": "blocked", "impeded": "blocked",
    "resolved": "resolved", "done": "resolved", "fixed": "resolved", "completed": "resolved", "solved": "resolved",
    "closed": "closed", "cancelled": "closed", "canceled": "closed", "rejected": "closed",
}  # fmt: skip
# Trackers add their own endings to these: "Wait - Vendor", "Awaiting User Info".
_WAITING: Final = ("wait", "awaiting", "pending", "on hold")

_PRIORITIES: Final = {
    "lowest": 1, "trivial": 1, "planning": 1, "low": 2, "minor": 2, "medium": 3, "moderate": 3, "normal": 3,
    "high": 4, "major": 4, "critical": 5, "highest": 5, "urgent": 5, "blocker": 5, "emergency": 5,
}  # fmt: skip
_PRIORITY_MAX: Final = 5
_LEADING_NUMBER: Final = re.compile(r"p?([0-9])(?![0-9])")


@dataclass(frozen=True, slots=True)
class Preset:
    """What is particular to the logs of one tracker. A table with all of `headers` is such a log."""

    headers: frozenset[str]
    columns: Mapping[str, str]
    statuses: Mapping[str, Status] = field(default_factory=lambda: MappingProxyType({}))
    priorities: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    system_actors: frozenset[str] = frozenset()


ANY_TRACKER: Final = Preset(headers=frozenset(), columns=MappingProxyType({}))

PRESETS: Final = (
    # BPI Challenge 2013, Volvo IT: the resource is the owner of the action, so the one who acts and the one who holds
    # the ticket; "In Call" is resolved while the caller waits; Siebel is the machine.
    Preset(
        headers=frozenset({"case", "timetimestamp", "orggroup", "orgresource", "lifecycletransition", "impact"}),
        columns=MappingProxyType({
            "ticket": "case", "time": "timetimestamp", "actor": "orgresource", "assignee": "orgresource",
            "group": "orggroup", "status": "lifecycletransition", "priority": "impact",
        }),
        statuses=MappingProxyType({"in call": "resolved"}),
        priorities=MappingProxyType({"major": 5}),
        system_actors=frozenset({"siebel"}),
    ),
    # ServiceNow incidents, as audit log (UCI 498) or over REST, where states are numbers.
    Preset(
        headers=frozenset({"number", "incidentstate", "assignmentgroup", "sysupdatedby"}),
        columns=MappingProxyType({"ticket": "number", "status": "incidentstate", "priority": "priority"}),
        statuses=MappingProxyType({
            "1": "open", "2": "in_progress", "3": "waiting", "6": "resolved", "7": "closed", "8": "closed",
        }),
    ),
)  # fmt: skip


def preset_of(headers: tuple[str, ...]) -> Preset:
    """The preset that fits a table with these headers, as `header_key` writes them; else `ANY_TRACKER`."""
    return next((preset for preset in PRESETS if preset.headers <= set(headers)), ANY_TRACKER)


def present(cell: str) -> str:
    """The cell, or an empty text when it says that there is no value, such as `?` or `none`."""
    return "" if cell.lower() in _MISSING else cell


def status_of(text: str, preset: Preset) -> Status | None:
    """The status on the wire; None for an unknown word."""
    word = text.lower()
    found = preset.statuses.get(word) or _STATUSES.get(word)
    if found is None and word.startswith(_WAITING):
        return "waiting"
    return found


def priority_of(text: str, preset: Preset) -> int | None:
    """The priority from 1 (lowest) to 5; None for an unknown word. Numbers count down: `1 - High` and `P1` are 5."""
    word = text.lower()
    if word in preset.priorities:
        return preset.priorities[word]
    if word in _PRIORITIES:
        return _PRIORITIES[word]
    number = _LEADING_NUMBER.match(word)
    if number is not None and 1 <= int(number.group(1)) <= _PRIORITY_MAX:
        return _PRIORITY_MAX + 1 - int(number.group(1))
    return None


def is_system(actor: str, preset: Preset) -> bool:
    """Whether the actor is the tracker itself and no person."""
    return actor.lower() in _SYSTEM_ACTORS or actor.lower() in preset.system_actors
