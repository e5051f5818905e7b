"""What a person did in one week, as whole numbers: on which days at all, and the sums that baselines are learnt from.

A function of the facts of four weeks, from the one before to two after, so that a week's sums are the same whatever
was scored with them.
"""

import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from operator import attrgetter
from typing import Final

from shared.domain.facts.asks import ask_ledger
from shared.domain.facts.baselines import MATURE_WEEKS, NO_SUMS, SUM_INDEX, Sums
from shared.domain.facts.history import COUNTER_INDEX, DayCount, Meeting, WholePair
from shared.domain.facts.one_on_ones import both_met, one_on_ones
from shared.domain.week import DAY, HOUR, WEEK_DAYS, day_of, first_day_of_week, week_end, week_of_day

CONTEXT_WEEKS: Final = 1
"""Facts of so many weeks before are needed."""

_ASKS: Final = SUM_INDEX["asks"]
_ANSWERED: Final = SUM_INDEX["answered"]
_REPLY_CENTILOGS: Final = SUM_INDEX["reply_centilogs"]
_MESSAGES: Final = COUNTER_INDEX["messages"]
_REPLIES: Final = COUNTER_INDEX["replies"]
_MEETINGS: Final = COUNTER_INDEX["meetings"]
_COMMENTS: Final = COUNTER_INDEX["comments"]


def person_weeks(
    pairs: Collection[WholePair], acted: Mapping[str, Collection[int]], *, weeks: range, closed: int
) -> Iterator[tuple[str, int, int, Sums]]:
    """Person, week, days on which they did anything (bit 0 is Monday) and sums, for everybody in `acted`, sorted.

    Weeks in which nothing is known of a person are left out. Sums are given for weeks that are `MATURE_WEEKS` older
    than the last closed week; those of later weeks cannot be known yet.
    """
    days: defaultdict[tuple[str, int], int] = defaultdict(int)
    for person, own in acted.items():
        for day in own:
            week = week_of_day(day)
            if week in weeks:
                days[person, week] |= 1 << (day - first_day_of_week(week))
    sums: dict[tuple[str, int], list[int]] = {}
    for history in pairs:
        for week in range(weeks.start, min(weeks.stop, closed - MATURE_WEEKS + 1)):
            for person, own_sums in _of_pair(history, week):
                if person in acted:
                    known = sums.get((person, week), NO_SUMS)
                    sums[person, week] = [one + other for one, other in zip(known, own_sums, strict=True)]
    for person, week in sorted(days.keys() | sums.keys()):
        yield person, week, days.get((person, week), 0), tuple(sums.get((person, week), NO_SUMS))


def _of_pair(history: WholePair, week: int) -> Iterator[tuple[str, list[int]]]:
    """What the two contribute to each other's sums of a week."""
    start, end, later = first_day_of_week(week) * DAY, week_end(week), week_end(week + MATURE_WEEKS)
    contacts = history.contacts
    low = bisect_left(contacts, start - CONTEXT_WEEKS * WEEK_DAYS * DAY, key=attrgetter("at"))
    high = bisect_right(contacts, later, key=attrgetter("at"))
    if low < high and any(start <= each.at <= end for each in contacts[low:high]):
        for ask in ask_ledger(contacts[low:high], later, history.calendars):
            if start <= ask.opened_at <= end:
                own = [*NO_SUMS]
                own[_ASKS] = 1
                if ask.state == "answered":
                    own[_ANSWERED] = 1
                    own[_REPLY_CENTILOGS] = round(100 * math.log1p(ask.waiting_seconds / HOUR))
                yield ask.askee, own
    both = [*NO_SUMS]
    due = tuple(each for each in history.meetings if start <= each.start <= end)
    for each in one_on_ones(replace(history, meetings=due), end) if due else ():
        both[SUM_INDEX["one_on_ones"]] += 1
        both[SUM_INDEX["one_on_ones_held"]] += each.held
    first_day, last_day = day_of(start) - CONTEXT_WEEKS * WEEK_DAYS, day_of(later)
    days = history.days
    low = bisect_left(days, first_day, key=attrgetter("day"))
    high = bisect_right(days, last_day, key=attrgetter("day"))
    first_start, last_start = first_day * DAY, (last_day + 1) * DAY
    around = [each for each in history.meetings if first_start <= each.start < last_start]
    if low < high:
        _add_contact(both, days[low:high], around, (history.first, history.second))
    if any(both):
        yield history.first, both
        yield history.second, both


def _add_contact(
    sums: list[int], days: Collection[DayCount], meetings: Collection[Meeting], pair: tuple[str, str]
) -> None:
    """Contact of the two within the four weeks around a week. Who asked the other to a meeting started it."""
    contacts, starts = 0, [0, 0]
    for entry in days:
        counts = entry.counts
        contacts += counts[_MESSAGES] + counts[_MEETINGS] + counts[_COMMENTS]
        starts[entry.sender != pair[0]] += counts[_MESSAGES] - counts[_REPLIES]
    for meeting in meetings:
        if meeting.organiser in pair and both_met(meeting, pair):
            starts[meeting.organiser != pair[0]] += 1
    if contacts:
        sums[SUM_INDEX["ties"]] += 1
        sums[SUM_INDEX["tie_centilogs"]] += round(100 * math.log2(1 + contacts))
    sums[SUM_INDEX["starts"]] += sum(starts)
    sums[SUM_INDEX["quieter_starts"]] += min(starts)
