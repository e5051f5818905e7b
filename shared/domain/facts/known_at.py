"""What of a whole history may be read as of an instant: the only way from `WholePair` and `WholeChain` to signals."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Any, Final, TypeVar

from msgspec.structs import replace as with_fields

from shared.domain.evidence.weighing import LONGEST_WINDOW_DAYS, first_day, window_start
from shared.domain.facts.baselines import DEFAULT_BASELINES, Baselines
from shared.domain.facts.history import (
    COUNTER_INDEX,
    NEVER_SEEN,
    ActiveDays,
    ChainHistory,
    Contact,
    DayCount,
    Meeting,
    PairHistory,
    TicketStep,
    WholeChain,
    WholePair,
)
from shared.domain.facts.one_on_ones import both_came
from shared.domain.week import DAY, day_of, first_day_of_week, last_closed_week

_Fact = TypeVar("_Fact", Contact, Meeting, TicketStep)
_AT: Final[Callable[[Any], int]] = attrgetter("at")
_START: Final[Callable[[Any], int]] = attrgetter("start")
_DAY: Final[Callable[[Any], int]] = attrgetter("day")


def pair_known_at(whole: WholePair, as_of: int, baselines: Baselines = DEFAULT_BASELINES) -> PairHistory:
    """The part of a history that a reading as of this instant may use: the longest window that ends there.

    Day counters hold whole days, so the day of `as_of` counts as given, but for meetings that are still to come.
    Repeated contacts, meetings and ticket steps count once; day counters add up. `baselines` are what is usual around
    the two at that instant.
    """
    days, texts, meetings = whole.days, whole.texts, whole.meetings
    first, last = first_day(as_of, LONGEST_WINDOW_DAYS), day_of(as_of)
    if days and (days[0].day < first or days[-1].day > last):
        days = days[bisect_left(days, first, key=_DAY) : bisect_right(days, last, key=_DAY)]
    if texts and (texts[0].day < first or texts[-1].day > last):
        texts = texts[bisect_left(texts, first, key=_DAY) : bisect_right(texts, last, key=_DAY)]
    if meetings and meetings[-1].start > as_of:
        days = _without_what_comes(days, meetings, (whole.first, whole.second), as_of)
    return PairHistory(
        first=whole.first,
        second=whole.second,
        days=days,
        contacts=within_window(whole.contacts, as_of, _AT),
        meetings=meetings_known_at(meetings, as_of),
        steps=within_window(whole.steps, as_of, _AT),
        first_work=whole.first_work.shares(as_of),
        second_work=whole.second_work.shares(as_of),
        texts=texts,
        active=_active_until(whole.active, as_of),
        baselines=baselines,
        calendars=whole.calendars,
    )


def chain_known_at(whole: WholeChain, as_of: int, baselines: Baselines = DEFAULT_BASELINES) -> ChainHistory:
    """The part of a chain's history that a reading as of this instant may use.

    `baselines` are those of person and leader: pair signals are computed from `with_leader` too.
    """
    first, last = first_day(as_of, LONGEST_WINDOW_DAYS), day_of(as_of)
    return ChainHistory(
        person=whole.person,
        leader=whole.leader,
        skip=whole.skip,
        with_leader=pair_known_at(whole.with_leader, as_of, baselines),
        upward_contacts=within_window(whole.upward_contacts, as_of, _AT),
        upward_meetings=meetings_known_at(whole.upward_meetings, as_of),
        sent_by_day={day: count for day, count in whole.sent_by_day.items() if first <= day <= last},
        planned=whole.planned,
    )


def meetings_known_at(meetings: tuple[Meeting, ...], as_of: int) -> tuple[Meeting, ...]:
    """Distinct meetings of the longest window that have begun by an instant; `meetings` are sorted."""
    return within_window(meetings, as_of, _START)


def within_window(facts: tuple[_Fact, ...], as_of: int, instant: Callable[[Any], int]) -> tuple[_Fact, ...]:
    """Distinct facts of the longest window; `facts` are sorted."""
    if not facts:
        return facts
    start = window_start(as_of, LONGEST_WINDOW_DAYS)
    if instant(facts[0]) < start or instant(facts[-1]) > as_of:  # mostly all of them are in it
        facts = facts[bisect_left(facts, start, key=instant) : bisect_right(facts, as_of, key=instant)]
    # Equal facts share their instant: where all instants differ, which is nearly always, nothing needs comparing.
    return facts if len(set(map(instant, facts))) == len(facts) else tuple(dict.fromkeys(facts))


def _active_until(active: ActiveDays, as_of: int) -> ActiveDays:
    """Days of closed weeks: in the running week nobody has stayed away yet."""
    if active is NEVER_SEEN:
        return active
    closed = (1 << max(first_day_of_week(last_closed_week(as_of) + 1) - active.since, 0)) - 1
    if active.first <= closed and active.second <= closed:  # mostly
        return active
    return replace(active, first=active.first & closed, second=active.second & closed)


def _without_what_comes(
    days: tuple[DayCount, ...], meetings: Sequence[Meeting], pair: tuple[str, str], as_of: int
) -> tuple[DayCount, ...]:
    """Day counters without meetings of the same day that have not begun."""
    today = day_of(as_of)
    begun = bisect_right(meetings, as_of, key=_START)
    later = dict.fromkeys(meetings[begun : bisect_left(meetings, (today + 1) * DAY, key=_START)])
    left = list(days)
    for meeting in later:
        if not both_came(meeting, pair):
            continue
        counter = COUNTER_INDEX["cancelled_meetings" if meeting.cancelled else "meetings"]
        for place, entry in enumerate(left):
            if entry.day == today and entry.channel == "meeting" and entry.counts[counter]:
                counts = list(entry.counts)
                counts[counter] -= 1
                left[place] = with_fields(entry, counts=tuple(counts))
                break
    return tuple(entry for entry in left if any(entry.counts)) if later else days
