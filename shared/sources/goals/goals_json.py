"""Goals as the interfaces of trackers write them: the upper levels of Jira, Linear, and GitHub with its milestones.

* Jira: issues above stories and tasks. What each is a part of stands in itself, in a field of its own making (Epic
  Link, Parent Link), in a link between issues, or in the list of parts of the other.
* Linear: initiatives, projects and milestones of projects, each with its parts or with what it is a part of.
* GitHub: milestones, and issues that have sub-issues or whose type is a goal's.

A goal's key is what tickets of the same tracker name: the key of the issue, `owner/repository#number`, or the id of a
project. A row is an object that could be a goal; the line of a rejection is its position, counted from 1.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from shared.schemas.directory import Goal
from shared.sources.github import issue_above, issue_key, milestone_key, milestone_of, repository_of
from shared.sources.goals.tree import KEY_MAX, TICKET, Entry, goal_key, is_goal, period, tree
from shared.sources.instants import instant
from shared.sources.json_document import NotJsonError, Object, begins_as_json, documents, objects, text
from shared.sources.reader import Item, Options, Rejection, Skipped, UnusableError
from shared.sources.recognition import Certainty, Match, Sample
from shared.sources.source import FREE_TEXT, Source

# Linear nests milestones in projects in initiatives, each list in a `nodes`; nobody nests deeper than this.
_DEPTH_MAX: Final = 16
_LISTS: Final = ("initiatives", "projects", "projectMilestones", "milestones", "issues", "subInitiatives")
_JIRA_KEY: Final = re.compile(r"[A-Z][A-Z0-9_]*-\d+")
_IS_PART: Final = re.compile(r"child of|part of|parent$|belongs to|gehört zu|enfant de|hijo de", re.IGNORECASE)
_HAS_PART: Final = re.compile(r"parent of|has child|contains|enthält|consists of|split to", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Found:
    """An object that could be a goal, what list it stood in, and the id of the object that it stood in."""

    object: Object
    kind: str
    within: str


@dataclass(slots=True)
class _File:
    options: Options
    entries: dict[str, Entry] = field(default_factory=dict)

    def add(self, line: int, key: str, **said: Any) -> None:
        """Take a goal; one that stands in several lists is taken once, with all that is said of it."""
        parent, parts, number = said.pop("parent", ""), tuple(said.pop("parts", ())), said.pop("number", "")
        begins, due = (instant(each, zone=self.options.zone) if each else None for each in said.pop("dates"))
        valid_from, valid_to = period(begins, due, self.options)
        if not key:
            raise UnusableError("the goal has no id")
        if any(len(each) > KEY_MAX for each in filter(None, said.values()) if each != said.get("name")):
            raise UnusableError("the id of an owner or a team is too long")
        given: dict[str, Any] = {name: each or None for name, each in said.items()}
        goal = Goal(goal=goal_key(key), valid_from=valid_from, valid_to=valid_to, **given)
        before = self.entries.get(key)
        if before is not None:
            parent, parts = before.parent or parent, (*before.parts, *parts)
            goal = max(before.goal, goal, key=_says)
        self.entries[key] = Entry(line, goal, number, parent, parts)


def _says(goal: Goal) -> int:
    return sum(getattr(goal, name) is not None for name in goal.__struct_fields__)


def read(lines: Iterable[bytes], options: Options) -> Iterator[Item]:
    """Yield rejected and skipped objects, then goals in file order."""
    try:
        found = documents(lines)
    except NotJsonError as error:
        yield Rejection(1, str(error))
        return
    file, rows = _File(options), 0
    for candidate in (each for document in found for each in _candidates(document)):
        rows += 1
        make = _maker(candidate)
        if make is None:
            yield Rejection(rows, "a goal of no known tracker")
            continue
        known = len(file.entries)
        try:
            is_one = make(candidate, rows, file)
        except UnusableError as error:
            yield Rejection(rows, str(error))
            continue
        if not is_one:
            yield Skipped(rows, TICKET)
        elif len(file.entries) == known:
            yield Skipped(rows, "a goal that is in the file already")
    yield from tree(file.entries, options)


def _candidates(found: Any, kind: str = "", within: str = "", depth: int = 0) -> Iterator[_Found]:
    """Everything that could be a goal, outside before inside."""
    if isinstance(found, dict) and isinstance(found.get("nodes"), list):
        found = found["nodes"]
    if isinstance(found, list) and depth <= _DEPTH_MAX:
        for each in found:
            yield from _candidates(each, kind, within, depth + 1)
    elif isinstance(found, dict) and depth <= _DEPTH_MAX:
        yield from _in_object(found, kind, within, depth)


def _in_object(found: Object, kind: str, within: str, depth: int) -> Iterator[_Found]:
    inside = {name: each for name, each in found.items() if isinstance(each, dict | list)}
    if any(name in found for name in ("id", "key", "number", "identifier", "name", "title")) or not inside:
        yield _Found(found, kind, within)
        # What a project is a part of is no part of it.
        inside = {name: each for name, each in inside.items() if name in _LISTS and name != "initiatives"}
        within = text(found, "id")
    for name, each in inside.items():
        yield from _candidates(each, name if name in _LISTS else kind, within, depth + 1)


def _maker(found: _Found) -> Callable[[_Found, int, _File], bool] | None:
    members = found.object.keys()
    if isinstance(found.object.get("fields"), dict) and "key" in members:
        return _jira
    if {"number", "state"} <= members and "identifier" not in members:
        return _milestone if {"open_issues", "closed_issues"} & members or "due_on" in members else _github
    if found.kind in _LISTS or "identifier" in members or {"targetDate", "initiatives"} & members:
        return _linear
    return None


def _jira(found: _Found, line: int, file: _File) -> bool:
    fields: Object = found.object["fields"]
    kind = fields.get("issuetype")
    level = kind.get("hierarchyLevel") if isinstance(kind, dict) else None
    if not (level >= 1 if isinstance(level, int) else is_goal(text(kind, "name"))):
        return False
    links = list(_jira_links(fields))
    parents = [text(fields, "parent", "key"), text(fields, "parent", "id"), *(key for key, up in links if up)]
    parts = [text(each, "key") for each in objects(fields.get("subtasks"))] if "subtasks" in fields else []
    file.add(
        line,
        text(found.object, "key"),
        number=text(found.object, "id"),
        name=text(fields, "summary"),
        parent=next(filter(None, parents), ""),
        parts=[key for key in (*parts, *(key for key, up in links if not up)) if key],
        owner=text(fields, "assignee", "emailAddress"),
        dates=("", text(fields, "duedate")),
    )
    return True


def _jira_links(fields: Object) -> Iterator[tuple[str, bool]]:
    """Keys of other issues, and whether the other stands above."""
    for link in objects(fields.get("issuelinks")) if isinstance(fields.get("issuelinks"), list) else ():
        for side, word in (
            ("inwardIssue", text(link, "type", "inward")),
            ("outwardIssue", text(link, "type", "outward")),
        ):
            key = text(link, side, "key")
            # What is shown beside the other issue is what this one is to it.
            if key and _IS_PART.search(word):
                yield key, True
            elif key and _HAS_PART.search(word):
                yield key, False
    for name, value in fields.items():
        # Fields of one's own making have numbers; these two hold the key of an issue and nothing else.
        if name.startswith("customfield_"):
            key = text(value) or text(value, "key") or text(value, "data", "key")
            if _JIRA_KEY.fullmatch(key):
                yield key, True


def _milestone(found: _Found, line: int, file: _File) -> bool:
    file.add(
        line,
        milestone_key(found.object, ""),
        name=text(found.object, "title"),
        dates=("", text(found.object, "due_on") or text(found.object, "dueOn")),
    )
    return True


def _github(found: _Found, line: int, file: _File) -> bool:
    issue, repository = found.object, repository_of(found.object)
    parts = [issue_key(each, repository) for name in ("sub_issues", "subIssues") for each in _listed(issue.get(name))]
    total = text(issue, "sub_issues_summary", "total")
    if not (parts or (total and total != "0") or is_goal(text(issue, "type", "name"))):
        return False
    file.add(
        line,
        issue_key(issue, repository),
        name=text(issue, "title"),
        parent=issue_above(issue, repository) or milestone_of(issue, repository),
        parts=parts,
        dates=("", ""),
    )
    return True


def _listed(found: Any) -> list[Object]:
    if isinstance(found, dict):
        found = found.get("nodes")
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _linear(found: _Found, line: int, file: _File) -> bool:
    goal = found.object
    if "identifier" in goal:
        return False
    initiatives = _listed(goal.get("initiatives")) or [
        each for name in ("initiative", "parentInitiative", "project") if isinstance(each := goal.get(name), dict)
    ]
    teams = _listed(goal.get("teams"))
    file.add(
        line,
        text(goal, "id") or text(goal, "name"),
        name=text(goal, "name"),
        parent=next(filter(None, (text(each, "id") or text(each, "name") for each in initiatives)), found.within),
        owner=text(goal, "owner", "email") or text(goal, "lead", "email"),
        # The goal of several teams is nobody's in particular.
        team=text(teams[0], "name") if len(teams) == 1 else "",
        dates=(text(goal, "startDate"), text(goal, "targetDate")),
    )
    return True


_SHAPES: Final[Mapping[str, tuple[Certainty, tuple[bytes, ...]]]] = {
    "goals of Linear": (Certainty.CERTAIN, (b'"targetDate"', b'"name"')),
    "milestones of GitHub": (Certainty.CERTAIN, (b'"due_on"', b'"open_issues"')),
    "issues of Jira": (Certainty.POSSIBLE, (b'"fields"', b'"issuetype"')),
    "issues of GitHub": (Certainty.POSSIBLE, (b'"number"', b'"state"')),
}


def recognise(sample: Sample) -> Match:
    """Certain where only goals are; possible where goals stand among tickets."""
    if not begins_as_json(sample.head):
        return Match(Certainty.NO, "it is not JSON")
    is_of_tickets = b'"identifier"' in sample.head or b'"issuetype"' in sample.head or b'"user"' in sample.head
    for name, (certainty, members) in _SHAPES.items():
        if all(member in sample.head for member in members):
            return Match(Certainty.POSSIBLE if is_of_tickets else certainty, f"it has {name}")
    return Match(Certainty.NO, "it has no goals of a known tracker")


SOURCE: Final = Source(
    format="goals-json",
    kind="goals",
    description="Goals as JSON: the upper levels of Jira, Linear, and GitHub with sub-issues and milestones",
    read=read,
    recognise=recognise,
    takes=frozenset({"source", "zone", "revision"}),
    example=(
        '{"data":{"initiatives":{"nodes":[{"id":"i1","name":"Happy customers","targetDate":"2024-12-31",\n'
        '  "description":"' + FREE_TEXT + '","projects":{"nodes":[{"id":"p1","name":"Answer within a day",\n'
        '    "startDate":"2024-01-01","targetDate":"2024-06-30","lead":{"email":"ana@example.com"}}]}}]}}}\n'
    ),
)
