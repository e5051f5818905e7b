"""The tree of goals out of what a file says of each: which is a part of which, and from when to when it holds."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from msgspec.structs import replace

from shared.schemas.directory import Goal, GoalRecorded
from shared.schemas.envelope import event_id
from shared.sources.headers import header_key
from shared.sources.identities import digest, mail_identity
from shared.sources.reader import Accepted, Item, Notice, Options, UnusableError

NAME: Final = "goals"
KEY_MAX: Final = 200  # of the wire's keys
TICKET: Final = "a ticket rather than a goal"
# As of records of people: they must not move the watermark.
RECORDED_AT: Final = datetime(1980, 1, 1, tzinfo=UTC)
_DAY: Final = timedelta(days=1)
_LEVELS: Final = frozenset(
    {
        "goal", "objective", "keyresult", "okr", "initiative", "epic", "theme", "legend", "milestone", "project",
        "portfolio", "portfolioepic", "program", "feature", "capability", "outcome", "strategy", "kpi", "ziel",
        "objectif", "epos",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """A goal as a file tells of it, and how the file names what it is a part of and what its parts are."""

    line: int
    goal: Goal
    number: str
    parent: str
    parts: tuple[str, ...] = ()


def is_goal(level: str) -> bool:
    """Whether a tracker's word for a level stands above stories and tasks."""
    return header_key(level) in _LEVELS


def goal_key(text: str) -> str:
    """The key of a goal, or a digest of one that is too long."""
    return text if len(text) <= KEY_MAX else digest(text)


def period(begins: datetime | None, due: datetime | None, options: Options) -> tuple[datetime | None, datetime | None]:
    """From when to when a goal holds: the day that it is due is one of its days. Raises UnusableError."""
    ends = due
    if ends is not None and not ends.astimezone(options.zone).time().replace(tzinfo=None).hour:
        ends += _DAY
    if begins is not None and ends is not None and ends < begins:
        raise UnusableError("the goal ends before it begins")
    return begins, ends


def tree(entries: Mapping[str, Entry], options: Options) -> Iterator[Item]:
    """The goals by key as records, in order, with what there is to tell of what they are a part of."""
    titles = Counter(each.goal.name for each in entries.values() if each.goal.name)
    known = {each.goal.name: key for key, each in entries.items() if each.goal.name and titles[each.goal.name] == 1}
    known |= {each.number: key for key, each in entries.items() if each.number} | {key: key for key in entries}
    parents: dict[str, str] = {}
    yield from _parents(entries, known, parents)
    for key, each in entries.items():
        parent = parents.get(key)
        if parent is not None and _is_circle(key, parents):
            yield Notice(each.line, "this goal is a part of itself through others; that is left out")
            parent = None
        owner = _owner(each.goal.owner)
        if each.goal.owner and not any(owner.values()):
            yield Notice(each.line, "the owner is no mail address that can be used, and was left out")
        yield _record(key, replace(each.goal, parent=parent[:KEY_MAX] if parent else None, **owner), options)


def _parents(entries: Mapping[str, Entry], known: Mapping[str, str], parents: dict[str, str]) -> Iterator[Item]:
    """Puts in what each goal is a part of, as it says itself or as the whole says it."""
    for key, each in entries.items():
        if each.parent:
            parents[key] = known.get(each.parent, each.parent)
            if each.parent not in known:
                yield Notice(each.line, "what this goal is a part of is in no row, or has a title that several have")
    for key, each in entries.items():
        for part in each.parts:
            if known.get(part) in entries:
                parents.setdefault(known[part], key)


def _record(key: str, goal: Goal, options: Options) -> Accepted:
    source = options.source or NAME
    name = event_id(source=source, kind="goal", native_id=key, revision=options.revision)
    return Accepted(GoalRecorded(id=name, source=source, time=RECORDED_AT, revision=options.revision, data=goal))


def _owner(named: str | None) -> dict[str, Any]:
    """The owner by the HR system's id, or by an account where a mail address is given."""
    if not named or "@" not in named:
        return {"owner": named}
    try:
        return {"owner": None, "owner_identity": mail_identity(named)}
    except UnusableError:
        return {"owner": None}


def _is_circle(key: str, parents: Mapping[str, str]) -> bool:
    seen, above = {key}, parents.get(key)
    while above is not None and above not in seen:
        seen.add(above)
        above = parents.get(above)
    return above == key
