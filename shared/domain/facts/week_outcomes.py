"""What became of a person's asks and one-to-ones with their leader, week by week, as whole numbers.

An ask is decided in the week in which it is answered, or in which it is clear that nobody answers in time. Each counts
once, whatever follows. So the numbers of a week are a function of the facts up to its end, and weeks add up.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from shared.domain.facts.asks import DROPPED_AFTER_SECONDS, Ask, ask_ledger
from shared.domain.facts.history import NEVER_SEEN, WholePair
from shared.domain.facts.one_on_ones import one_on_ones
from shared.domain.organisation.working_time import STANDARD_HOURS, WORKDAYS
from shared.domain.week import DAY, WEEK_DAYS, day_of, first_day_of_week, week_end, weekday_of

# Ours: two working days. With one, a third of the asks of a healthy made-up company fail, half of them by being
# answered a little later; with two, a fifth does, and causes are told from chance earlier.
IN_TIME_SECONDS: Final = 2 * STANDARD_HOURS.day_seconds
# Ours: what was asked longer ago is decided, or void because the leader was away.
_REACH_SECONDS: Final = 3 * WEEK_DAYS * DAY
# Ours: three weekdays without a trace are an absence, fewer may be meetings or travel.
_ABSENCE_WEEKDAYS: Final = 3


class WeekOutcomes(NamedTuple):
    """Asks to the leader that were decided in a week and one-to-ones that were due, and how many of each failed."""

    asks: int = 0
    asks_failed: int = 0
    talks: int = 0
    talks_failed: int = 0

    @property
    def failed(self) -> int:
        """What failed, of both."""
        return self.asks_failed + self.talks_failed


NO_OUTCOMES: Final = WeekOutcomes()


def week_outcomes(pair: WholePair, *, person: str, week: int) -> WeekOutcomes:
    """What became of what `person` asked of the other of the pair, and of their one-to-ones, in a closed week.

    An ask fails when it is unanswered for two working days although the other was at work on a later day; it is void
    when the other was away for three weekdays or longer meanwhile. A one-to-one fails when it was called off although
    both were at work that day, but not by the person.
    """
    start, end = first_day_of_week(week) * DAY, week_end(week)
    own, other = _Presence(pair, of_first=person == pair.first), _Presence(pair, of_first=person != pair.first)
    asks = list(_decided(pair, person, other, start, end))
    talks = [
        each
        for each in one_on_ones(pair, end)
        if each.start >= start
        and (each.held or (each.called_off_by != person and own.there(each.start) and other.there(each.start)))
    ]
    return WeekOutcomes(
        asks=len(asks),
        asks_failed=sum(not answered for answered in asks),
        talks=len(talks),
        talks_failed=sum(not each.held for each in talks),
    )


class _Presence:
    """On which days one of a pair did anything; of somebody of whom that is not known, on all days."""

    def __init__(self, pair: WholePair, *, of_first: bool) -> None:
        self._known: Final = pair.active is not NEVER_SEEN
        self._since: Final = pair.active.since
        self._days: Final = pair.active.first if of_first else pair.active.second

    def there(self, at: int) -> bool:
        """Whether they were at work on the day of an instant."""
        return self._on(day_of(at))

    def seen_after(self, opened_at: int, at: int) -> bool:
        """Whether they were at work on a day after that of `opened_at`, up to that of `at`."""
        return any(self._on(day) for day in range(day_of(opened_at) + 1, day_of(at) + 1))

    def away_between(self, opened_at: int, at: int) -> bool:
        """Whether they were away so long that nothing follows from silence."""
        missing = 0
        for day in range(day_of(opened_at), day_of(at) + 1):
            if weekday_of(day) < WORKDAYS:
                missing = 0 if self._on(day) else missing + 1
                if missing >= _ABSENCE_WEEKDAYS:
                    return True
        return False

    def _on(self, day: int) -> bool:
        place = day - self._since
        return not self._known or (place >= 0 and bool(self._days >> place & 1))


def _decided(pair: WholePair, person: str, other: _Presence, start: int, end: int) -> Iterator[bool]:
    """Of each ask that was decided between two instants: whether it was answered in time."""
    contacts = [each for each in pair.contacts if start - _REACH_SECONDS <= each.at <= end]
    for ask in ask_ledger(contacts, end, pair.calendars):
        if ask.asker != person:
            continue
        if ask.state == "answered" and ask.waiting_seconds <= IN_TIME_SECONDS:
            if ask.resolved_at is not None and ask.resolved_at >= start:
                yield True
        elif (
            _has_failed(ask, pair, other, end)
            and not _has_failed(ask, pair, other, start - 1)
            and not other.away_between(ask.opened_at, end)
        ):
            yield False


def _has_failed(ask: Ask, pair: WholePair, other: _Presence, at: int) -> bool:
    """Whether it was clear by then that nobody answers in time."""
    if at - ask.opened_at >= DROPPED_AFTER_SECONDS:
        return True
    waited = pair.calendars.of(ask.askee).seconds(ask.opened_at, at)
    return waited > IN_TIME_SECONDS and other.seen_after(ask.opened_at, at)
