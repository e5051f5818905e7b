"""Reads the tree of goals from a table: of one's own, of an OKR program, or of the upper levels of a tracker.

* A goal's key is its id, or what it is called where the table has no ids. Tickets are tied to it by that key.
* What a goal is a part of is named by id, by the tracker's number, or by its title where only one has it. A goal may
  name its parts instead.
* In a table that says what each row is, goals are what stands above stories and tasks; those are tickets.
* Owners are the HR system's ids of people.

The whole table is held in memory, since a goal may be named before its own row.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from shared.schemas.directory import Goal, GoalRecorded
from shared.schemas.envelope import event_id
from shared.sources.headers import header_key
from shared.sources.identities import digest
from shared.sources.instants import instant
from shared.sources.reader import Accepted, Item, Notice, Options, Rejection, Skipped, UnusableError
from shared.sources.recognition import Certainty, Match, Sample
from shared.sources.source import FREE_TEXT, Source
from shared.sources.table import Aliases, Row, Table, date_order_of, rejected_all

NAME: Final = "goals"
KEY_MAX: Final = 200  # of the wire's keys
# As of records of people: they must not move the watermark.
RECORDED_AT: Final = datetime(1980, 1, 1, tzinfo=UTC)
_DAY: Final = timedelta(days=1)
_PARTS: Final = (";", ",", "|")

ALIASES: Final[Aliases] = {
    "goal": ("goalid", "objectiveid", "okrid", "goalkey", "issuekey", "key", "identifier", "goal", "id"),
    "number": ("issueid",),
    "name": ("goalname", "objective", "keyresult", "title", "summary", "epicname", "name", "goaltitle"),
    "parent": (
        "parentgoal", "parentgoalid", "parentobjective", "parentobjectiveid", "parentid", "parentkey", "parent",
        "epiclink", "customfieldepiclink", "parentissue", "alignedto", "partof", "parentlink", "customfieldparentlink",
    ),
    "parts": ("subissues", "children", "childissues", "keyresults", "subgoals"),
    "owner": ("ownerid", "owner", "assigneeid", "leadid", "responsible"),
    "team": ("team", "teamname", "department", "group"),
    "start": ("startdate", "start", "validfrom", "begins", "targetstart"),
    "due": ("duedate", "due", "enddate", "end", "targetdate", "validto", "targetend", "deadline"),
    "level": ("issuetype", "type", "level", "workitemtype", "goaltype"),
}  # fmt: skip
# Headers that no other table has.
_GOALS_ALONE: Final = frozenset(
    {
        "goalid", "goalname", "goalkey", "parentgoal", "objective", "objectiveid", "parentobjective", "keyresult",
        "okrid", "alignedto",
    }
)  # fmt: skip
_LEVELS: Final = frozenset(
    {
        "goal", "objective", "keyresult", "okr", "initiative", "epic", "theme", "legend", "milestone", "project",
        "portfolio", "portfolioepic", "program", "feature", "capability", "outcome", "strategy", "kpi", "ziel",
        "objectif", "epos",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Entry:
    line: int
    goal: Goal
    number: str
    parent: str
    parts: tuple[str, ...]


def read(lines: Iterable[bytes], options: Options) -> Iterator[Item]:
    """Yield rejected and skipped rows, then goals in file order. Needs an id or a title."""
    table = _table(lines, options.columns)
    if table.problem:
        yield table.rejected_whole()
        return
    rows = list(table)
    try:
        order = date_order_of(rows, ("start", "due"), options.date_order)
    except UnusableError as error:
        yield rejected_all(table.header_line, rows, str(error))
        return
    entries: dict[str, _Entry] = {}
    for row in rows:
        if isinstance(row, Rejection):
            yield row
            continue
        if row["level"] and header_key(row["level"]) not in _LEVELS:
            yield Skipped(row.line, "a ticket rather than a goal")
            continue
        try:
            entry = _entry(row, options, order)
        except UnusableError as error:
            yield Rejection(row.line, str(error))
            continue
        if entry.goal.goal in entries:
            yield Rejection(row.line, "another row has this goal already")
        else:
            entries[entry.goal.goal] = entry
    yield from _items(entries, options)


def _table(lines: Iterable[bytes], columns: Mapping[str, str]) -> Table:
    table = Table(lines, aliases=ALIASES, columns=columns)
    if "goal" not in table.fields:
        table.require("name", called="goal or name")
    return table


def _entry(row: Row, options: Options, order: Any) -> _Entry:
    name, key = row["name"], row["goal"] or row["name"]
    if not key:
        raise UnusableError("the goal has neither an id nor a title")
    if any(len(row[field]) > KEY_MAX for field in ("goal", "owner", "team")):
        raise UnusableError("the id of a goal, an owner or a team is too long")

    def time(field: str) -> datetime | None:
        return instant(row[field], zone=options.zone, date_order=order) if row[field] else None

    begins, ends = time("start"), time("due")
    if ends is not None and not ends.astimezone(options.zone).time().replace(tzinfo=None).hour:
        ends += _DAY  # the day that it is due is one of its days
    if begins is not None and ends is not None and ends < begins:
        raise UnusableError("the goal ends before it begins")
    goal = Goal(
        goal=key if len(key) <= KEY_MAX else digest(key),
        name=name or None,
        team=row["team"] or None,
        owner=row["owner"] or None,
        valid_from=begins,
        valid_to=ends,
    )
    return _Entry(row.line, goal, row["number"], row["parent"], _parts(row["parts"]))


def _parts(cell: str) -> tuple[str, ...]:
    separator = next((each for each in _PARTS if each in cell), _PARTS[0])
    return tuple(part for each in cell.split(separator) if (part := each.strip()))


def _items(entries: Mapping[str, _Entry], options: Options) -> Iterator[Item]:
    titles = Counter(each.goal.name for each in entries.values() if each.goal.name)
    known = {each.goal.name: key for key, each in entries.items() if each.goal.name and titles[each.goal.name] == 1}
    known |= {each.number: key for key, each in entries.items() if each.number} | {key: key for key in entries}
    parents: dict[str, str] = {}
    for key, each in entries.items():
        if each.parent:
            parents[key] = known.get(each.parent, each.parent)
            if each.parent not in known:
                yield Notice(each.line, "what this goal is a part of is in no row, or has a title that several have")
    for key, each in entries.items():
        for part in each.parts:
            if known.get(part) in entries:
                parents.setdefault(known[part], key)
    for key, each in entries.items():
        parent = parents.get(key)
        if parent is not None and _is_circle(key, parents):
            yield Notice(each.line, "this goal is a part of itself through others; that is left out")
            parent = None
        if each.goal.owner and "@" in each.goal.owner:
            yield Notice(each.line, "the owner is a mail address, which is nobody unless the HR system's ids are that")
        record = Goal(**_fields(each.goal) | {"parent": parent[:KEY_MAX] if parent else None})
        source = options.source or NAME
        name = event_id(source=source, kind="goal", native_id=key, revision=options.revision)
        event = GoalRecorded(id=name, source=source, time=RECORDED_AT, revision=options.revision, data=record)
        yield Accepted(event)


def _fields(goal: Goal) -> dict[str, Any]:
    return {name: getattr(goal, name) for name in goal.__struct_fields__}


def _is_circle(key: str, parents: Mapping[str, str]) -> bool:
    seen, above = {key}, parents.get(key)
    while above is not None and above not in seen:
        seen.add(above)
        above = parents.get(above)
    return above == key


def recognise(sample: Sample) -> Match:
    """Certain with a header that only goals have; else possible, as tickets have ids and titles too."""
    table = _table(sample.lines, sample.columns)
    return table.match(Certainty.POSSIBLE if _GOALS_ALONE.isdisjoint(table.headers) else Certainty.CERTAIN)


SOURCE: Final = Source(
    format="goals-csv",
    kind="goals",
    description="Goals and what each is a part of, as a table: OKR programs, upper levels of Jira, Linear and others",
    read=read,
    recognise=recognise,
    takes=frozenset({"source", "columns", "zone", "date_order", "revision"}),
    example=(
        "goal id,objective,parent goal,owner id,team,start date,due date,notes\n"
        f"G-1,Happy customers,,100,Board,2024-01-01,2024-12-31,{FREE_TEXT}\n"
        f"G-2,Answer within a day,G-1,101,Support,2024-01-01,2024-06-30,{FREE_TEXT}\n"
    ),
)
