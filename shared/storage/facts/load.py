"""Histories for scoring: facts of a group of people, with identities resolved as of each fact's time."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from operator import add
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

from shared.domain.facts.history import (
    CHANNELS,
    COUNTER_INDEX,
    COUNTERS,
    ActiveDays,
    Contact,
    DayCount,
    Mark,
    Meeting,
    Step,
    TextDay,
    TicketStep,
    WholePair,
)
from shared.domain.organisation.goals import GoalWeek, Work
from shared.domain.organisation.hierarchy import Organisation
from shared.domain.week import DAY, day_of, first_day_of_week, week_end, week_of
from shared.storage.engine import bulk
from shared.storage.facts.baselines import load_active_days
from shared.storage.facts.counted_once import STRANGER, CountedOnce, by_day
from shared.storage.facts.exclusion import Exclusion
from shared.storage.facts.meeting_counts import CountedMeeting, MeetingCounts
from shared.storage.facts.pair_days import counted_by
from shared.storage.tables.facts import AttendanceRow, ContactRow, MeetingRow, PairDayRow, TicketStepRow
from shared.storage.tables.texts import TextDayRow
from shared.storage.tables.work import GoalWeekRow

_MESSAGES: Final = COUNTER_INDEX["messages"]
_COMMENTS: Final = COUNTER_INDEX["comments"]
_TICKET: Final = CHANNELS.index("ticket")

# Invitations stay in a calendar during leave, and a promise is broken without anybody's doing.
_ACTS: Final = tuple(
    index for name, index in COUNTER_INDEX.items() if name not in ("meetings", "cancelled_meetings", "sla_breaches")
)

# Every combination of marks: looked up, as making one costs more than the rest of a contact.
_MARKS: Final = tuple(map(Mark, range(2 * max(Mark))))
# The places of the counters that a contact with these marks adds to.
_PLACES: Final = tuple(tuple(map(COUNTER_INDEX.__getitem__, counted_by(marks))) for marks in _MARKS)

_MAIL: Final = ("sender", "recipient")
_WORK: Final = ("actor", "target")

Pair = tuple[str, str]

_Ends = tuple[str, str, "_Gathered | None"]
"""Who the two ends of a fact were, and what is gathered of them: None where it concerns nobody asked for."""


@dataclass(slots=True)
class _Gathered:
    days: list[DayCount] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    meetings: list[Meeting] = field(default_factory=list)
    steps: list[TicketStep] = field(default_factory=list)
    texts: list[TextDay] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Histories:
    """Pairs with at least one of the people asked for, those people's direct messages by day, and what they host."""

    pairs: dict[Pair, WholePair]
    sent_by_day: dict[str, dict[int, int]]
    hosted: dict[tuple[str, int], tuple[Meeting, ...]]  # by host and series, for meetings that recur
    acted: dict[str, set[int]]  # days on which the people asked for did anything towards anybody
    absent: frozenset[str] = frozenset()  # people who are in no chain, whatever the directory says
    planned: frozenset[Pair] = frozenset()  # people, each with somebody above whom talks were arranged


async def load_histories(
    connection: AsyncConnection,
    organisation: Organisation,
    people: Collection[str],
    *,
    since: int,
    excluded: frozenset[int] = frozenset(),
    nobodys: frozenset[int] = frozenset(),
    absent: frozenset[str] = frozenset(),
    planned: frozenset[Pair] = frozenset(),
) -> Histories:
    """Facts from `since` (Unix seconds) on that concern any of these people; equal stores give equal values.

    What concerns an `excluded` identity is left out altogether, and one of `nobodys` is nobody. `absent` and `planned`
    go with the histories as they are.
    """
    loader = _Loader(organisation, frozenset(people), Exclusion(excluded, nobodys), nobodys)
    for part in bulk.parts(sorted(organisation.identities(people))):
        await loader.load(connection, part, since)
    loader.settle()
    for part in bulk.parts(sorted(organisation.identities(loader.everybody()))):
        await loader.load_work(connection, part, since)
    await loader.load_active_days(connection, since)
    return replace(loader.histories(), absent=absent, planned=planned)


class _Loader:
    def __init__(
        self, organisation: Organisation, people: frozenset[str], exclusion: Exclusion, nobodys: frozenset[int]
    ) -> None:
        self._organisation: Final = organisation
        self._people: Final = people
        self._exclusion: Final = exclusion
        self._meetings: Final = MeetingCounts(exclusion, organisation.person)
        self._once: Final = CountedOnce(organisation.person, nobodys)
        self._texts: Final[list[Any]] = []
        self._pairs: Final[dict[Pair, _Gathered]] = defaultdict(_Gathered)
        self._sent: Final[dict[str, dict[int, int]]] = defaultdict(lambda: defaultdict(int))
        self._hosted: Final[dict[tuple[str, int], set[Meeting]]] = defaultdict(set)
        self._goals: Final[dict[str, list[GoalWeek]]] = defaultdict(list)
        self._loaded: Final[set[int]] = set()
        # By sender, recipient, day and channel.
        self._counts: Final[dict[tuple[int, int, int, int], list[int]]] = defaultdict(lambda: [0] * len(COUNTERS))
        # By the identities at both ends, where these are the same people at every time.
        self._lasting: Final[dict[tuple[int, int], _Ends]] = {}
        self._acted: Final[dict[str, set[int]]] = {person: set() for person in people}
        self._active: Mapping[str, int] = {}
        self._active_since = 0

    async def load(self, connection: AsyncConnection, ids: Sequence[int], since: int) -> None:
        """Read what concerns these identities, but for what concerned others that were read before."""
        # A day counts as a whole, so contacts are read from its first second on; they are in no stored counter.
        start = day_of(since) * DAY
        for row in await self._new(connection, ContactRow, ids, ends=_MAIL, time="at", since=start):
            self._contact(row)
        meeting, attendance = bulk.table_of(MeetingRow), bulk.table_of(AttendanceRow).c
        query = select(meeting).where(
            meeting.c.locator.in_(
                select(attendance.locator).where(attendance.identity.in_(ids), attendance.start >= since)
            )
        )
        # Meetings before counters, which are corrected for those that are left out.
        for each in self._meetings.counted(await connection.execute(query)):
            self._meeting(each)
        for row in await self._new(connection, PairDayRow, ids, ends=_MAIL, time="day", since=day_of(since)):
            self._stored(row)
        texts = await self._new(connection, TextDayRow, ids, ends=_MAIL, time="day", since=day_of(since))
        self._texts.extend(texts)
        for row in await self._new(connection, TicketStepRow, ids, ends=_WORK, time="at", since=since):
            self._step(row)
        self._loaded.update(ids)

    def settle(self) -> None:
        """Gather what counts of facts that may count once for several accounts. To be called when all are read."""
        for row in self._once.contacts():
            self._gather_contact(row)
        for row in self._once.repeated_comments():
            counts = self._counts[row.actor, row.target, day_of(row.at), _TICKET]
            counts[_COMMENTS] -= 1
        for key, counts in self._counts.items():
            self._day(*key, counts)
        for row in self._once.texts(self._texts):
            self._text(row)

    async def load_active_days(self, connection: AsyncConnection, since: int) -> None:
        """Read on which days everybody in the pairs did anything."""
        self._active_since = week_of(since)
        self._active = await load_active_days(connection, self.everybody(), since=self._active_since)

    async def load_work(self, connection: AsyncConnection, ids: Sequence[int], since: int) -> None:
        """Read under which goals these identities worked."""
        table = bulk.table_of(GoalWeekRow).c
        first = week_of(since)
        query = select(table.identity, table.week, table.goal, table.steps)
        for identity, week, goal, steps in await connection.execute(
            query.where(table.identity.in_(ids), table.week >= first)
        ):
            person = self._person(identity, week_end(week))
            if person != STRANGER and steps:
                self._goals[person].append((week, goal, steps))

    def everybody(self) -> set[str]:
        """Everybody in the pairs gathered so far."""
        return {person for pair in self._pairs for person in pair}

    def histories(self) -> Histories:
        """Everything gathered, sorted."""
        organisation = self._organisation
        work = {
            person: Work(organisation.goals, self._goals.get(person, ()), organisation.assigned_goals(person))
            for person in self.everybody()
        }
        pairs = {
            pair: WholePair(
                first=pair[0],
                second=pair[1],
                days=by_day(each.days),
                contacts=tuple(sorted(each.contacts)),
                meetings=tuple(sorted(set(each.meetings))),
                steps=tuple(sorted(each.steps)),
                first_work=work[pair[0]],
                second_work=work[pair[1]],
                texts=tuple(sorted(each.texts)),
                active=ActiveDays(
                    since=first_day_of_week(self._active_since),
                    first=self._active.get(pair[0], 0),
                    second=self._active.get(pair[1], 0),
                ),
                calendars=organisation.calendars.pair(*pair),
            )
            for pair, each in self._pairs.items()
        }
        return Histories(
            pairs=pairs,
            sent_by_day={person: dict(days) for person, days in self._sent.items()},
            hosted={key: tuple(sorted(meetings)) for key, meetings in self._hosted.items()},
            acted=self._acted,
        )

    async def _new(
        self,
        connection: AsyncConnection,
        model: type[SQLModel],
        ids: Sequence[int],
        *,
        ends: tuple[str, str],
        time: str,
        since: int,
    ) -> Iterable[Any]:
        """Rows with one of the identities at either end, without those that came with an earlier part of them."""
        table = bulk.table_of(model)
        either = or_(table.c[ends[0]].in_(ids), table.c[ends[1]].in_(ids))
        rows = (await connection.execute(select(table).where(either, table.c[time] >= since))).all()
        # Both ends lead every one of these tables.
        return (row for row in rows if self._loaded.isdisjoint(row[:2])) if self._loaded else rows

    def _person(self, identity: int, at: int) -> str:
        return self._organisation.person(identity, at) or STRANGER

    def _pair(self, one: str, other: str) -> _Gathered | None:
        if STRANGER in (one, other) or one == other or not (one in self._people or other in self._people):
            return None
        return self._pairs[(one, other) if one < other else (other, one)]

    def _ends(self, one: int, other: int, at: int) -> _Ends:
        known = self._lasting.get((one, other))
        if known is None:
            first, second = self._person(one, at), self._person(other, at)
            known = first, second, self._pair(first, second)
            if self._organisation.is_lasting(one) and self._organisation.is_lasting(other):
                self._lasting[one, other] = known
        return known

    def _stored(self, row: Any) -> None:
        sender_id, recipient_id, day, channel, *stored = row
        if self._exclusion.between(sender_id, recipient_id):
            return
        left = self._meetings.corrected(sender_id, recipient_id, day, channel, stored)
        counts = self._counts[sender_id, recipient_id, day, channel]
        counts[:] = map(add, counts, left)

    def _day(self, sender_id: int, recipient_id: int, day: int, channel: int, counts: list[int]) -> None:
        sender, recipient, gathered = self._ends(sender_id, recipient_id, day * DAY)
        # What somebody sends to another account of their own is done towards nobody.
        if sender in self._people and sender != recipient:
            if counts[_MESSAGES]:
                self._sent[sender][day] += counts[_MESSAGES]
            if counts[_MESSAGES] or any(counts[each] for each in _ACTS):
                self._acted[sender].add(day)
        if gathered is not None and any(counts):
            gathered.days.append(DayCount(day, sender, recipient, CHANNELS[channel], tuple(counts)))

    def _text(self, row: Any) -> None:
        sender_id, recipient_id, day, channel, *counts = row
        if self._exclusion.between(sender_id, recipient_id) or self._exclusion.mixed(
            sender_id, recipient_id, day, channel
        ):
            return
        sender, recipient, gathered = self._ends(sender_id, recipient_id, day * DAY)
        if gathered is not None and any(counts):
            gathered.texts.append(TextDay(day, sender, recipient, CHANNELS[channel], tuple(counts)))

    def _contact(self, row: Any) -> None:
        others = row[-1]
        if self._exclusion.contact(row, numbers(others)):
            return
        if others:
            self._once.add_contact(row)
        else:
            self._gather_contact(row)

    def _gather_contact(self, row: Any) -> None:
        sender_id, recipient_id, at, _, channel, thread, marks, others = row
        counts = self._counts[sender_id, recipient_id, day_of(at), channel]
        for place in _PLACES[marks]:
            counts[place] += 1
        sender, recipient, gathered = self._ends(sender_id, recipient_id, at)
        if gathered is not None:
            rest = self._once.rest(row) if others else ()
            gathered.contacts.append(Contact(at, sender, recipient, CHANNELS[channel], thread, _MARKS[marks], rest))

    def _step(self, row: Any) -> None:
        actor_id, target_id, at, step, _, ticket = row
        if self._exclusion.between(actor_id, target_id) or self._once.is_repeated(row):
            return
        actor, target, gathered = self._ends(actor_id, target_id, at)
        if gathered is not None:
            gathered.steps.append(TicketStep(at, actor, target, Step(step), ticket))

    def _meeting(self, counted: CountedMeeting) -> None:
        _, start, end, organiser, _, _, series, original_start, cancelled, changed_by, changed_at = counted.row
        everybody = tuple(sorted([self._person(each, start) for each in counted.invited]))
        meeting = Meeting(
            start=start,
            end=end,
            organiser=self._person(organiser, start),
            people=everybody
            if counted.people == counted.invited
            else tuple(sorted([self._person(each, start) for each in counted.people])),
            invited=everybody,
            series=series,
            original_start=original_start,
            cancelled=bool(cancelled),
            changed_by=self._person(changed_by, start) if changed_by else "",
            changed_at=changed_at,
        )
        if meeting.series and meeting.organiser in self._people:
            self._hosted[meeting.organiser, meeting.series].add(meeting)
        for one, other in combinations(sorted(set(everybody)), 2):
            gathered = self._pair(one, other)
            if gathered is not None:
                gathered.meetings.append(meeting)


def numbers(text: str) -> Iterable[int]:
    """Identities in a column that holds several."""
    return map(int, text.split(",")) if text else ()
