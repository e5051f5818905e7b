"""Reads the tree of goals from a table: of one's own, of an OKR program, or of the upper levels of a tracker.

* A goal's key is its id, or what it is called where the table has no ids. Tickets are tied to it by that key.
* What a goal is a part of is named by id, by the tracker's number, or by its title where only one has it. A goal may
  name its parts instead.
* In a table that says what each row is, goals are what stands above stories and tasks; those are tickets.
* Owners are the HR system's ids of people, or mail addresses.

The whole table is held in memory, since a goal may be named before its own row.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from shared.schemas.directory import Goal
from shared.sources.goals.tree import KEY_MAX, TICKET, Entry, goal_key, is_goal, period, tree
from shared.sources.instants import instant
from shared.sources.reader import Item, Options, Rejection, Skipped, UnusableError
from shared.sources.recognition import Certainty, Match, Sample
from shared.sources.source import FREE_TEXT, Source
from shared.sources.table import Aliases, Row, Table, date_order_of, rejected_all

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
    entries: dict[str, Entry] = {}
    for row in rows:
        if isinstance(row, Rejection):
            yield row
            continue
        if row["level"] and not is_goal(row["level"]):
            yield Skipped(row.line, TICKET)
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
    yield from tree(entries, options)


def _table(lines: Iterable[bytes], columns: Mapping[str, str]) -> Table:
    table = Table(lines, aliases=ALIASES, columns=columns)
    if "goal" not in table.fields:
        table.require("name", called="goal or name")
    return table


def _entry(row: Row, options: Options, order: Any) -> Entry:
    name, key = row["name"], row["goal"] or row["name"]
    if not key:
        raise UnusableError("the goal has neither an id nor a title")
    if any(len(row[field]) > KEY_MAX for field in ("goal", "owner", "team")):
        raise UnusableError("the id of a goal, an owner or a team is too long")

    def time(field: str) -> datetime | None:
        return instant(row[field], zone=options.zone, date_order=order) if row[field] else None

    begins, ends = period(time("start"), time("due"), options)
    goal = Goal(
        goal=goal_key(key),
        name=name or None,
        team=row["team"] or None,
        owner=row["owner"] or None,
        valid_from=begins,
        valid_to=ends,
    )
    return Entry(row.line, goal, row["number"], row["parent"], _parts(row["parts"]))


def _parts(cell: str) -> tuple[str, ...]:
    separator = next((each for each in _PARTS if each in cell), _PARTS[0])
    return tuple(part for each in cell.split(separator) if (part := each.strip()))


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
