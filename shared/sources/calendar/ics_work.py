"""How much work one calendar may ask for. A rule of two lines can otherwise ask for more than ever ends.

The bounds are counts and not seconds, so the same file always gives the same events.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from icalendar.cal import Component
from icalendar.timezone.zoneinfo import ZONEINFO
from recurring_ical_events import EventAdapter, Series

from shared.sources.calendar.ics_parts import listed
from shared.sources.calendar.zone_names import zone_named
from shared.sources.reader import UnusableError

# A step is a day that a rule looks at, some microseconds. A daily meeting since 1980 takes 17,000 of them.
_SERIES_STEPS_MAX: Final = 200_000
# A hundred thousand weekly meetings of two years, or about half a minute.
_FILE_STEPS_MAX: Final = 20_000_000
# An instance costs about as much as so many days.
_INSTANCE_STEPS: Final = 20
# The longest list that makes sense: each day of a leap year, counted from both ends.
_VALUES_MAX: Final = 2 * 366
_A_DAY_MAX: Final = 24
# So many more values in a rule, or so many entries of a list that is gone through, take about as long as a day.
_VALUES_A_STEP: Final = 4
_SCANNED_A_STEP: Final = 32
# A zone that names each change since 1900 instead of a rule has about as many parts.
_ZONE_PARTS_MAX: Final = 400

# Days of a period. Meetings do not recur by the hour, and finer rules make millions of instances.
_DAYS: Final = {"YEARLY": 366, "MONTHLY": 31, "WEEKLY": 7, "DAILY": 1}
_TOO_MUCH: Final = "its repetitions take too long to work out"
_FILE_TOO_MUCH: Final = "the calendar asks for more repetitions than one file may"


class ZoneError(Exception):
    """A time zone of the file is defined by rules that no real zone has."""


class Work:
    """What is left of the steps of a file and of the series that is being worked out."""

    def __init__(self) -> None:
        self._file = _FILE_STEPS_MAX
        self._series = 0

    def begin_series(self) -> None:
        """Give the next series its steps. Raises UnusableError when the file has had all of its own."""
        if self._file <= 0:
            raise UnusableError(_FILE_TOO_MUCH)
        self._series = _SERIES_STEPS_MAX

    def spend(self, steps: int) -> None:
        """Raises UnusableError when the series or the file has had all its steps."""
        self._series -= steps
        self._file -= steps
        if self._series < 0:
            raise UnusableError(_TOO_MUCH)
        if self._file < 0:
            raise UnusableError(_FILE_TOO_MUCH)

    def spend_instance(self) -> None:
        """Account for an instance. Raises UnusableError as `spend` does."""
        self.spend(_INSTANCE_STEPS)


class BoundedSeries(Series):  # type: ignore[misc]
    """A series whose rules spend steps while they are worked out, whether they find an instance or not."""

    def __init__(self, components: list[EventAdapter], work: Work) -> None:
        self._work: Final = work
        super().__init__(components)

    def RecurrenceRules(self, core: EventAdapter) -> "_Rules":  # noqa: N802 - the library calls it so
        """The rules of a component."""
        return _Rules(core, self._work)

    def get_component_for_recurrence_id(self, recurrence_id: Any) -> EventAdapter:
        """Look through the changes that hold from an instance on."""
        self._work.spend(len(self.this_and_future) // _SCANNED_A_STEP)
        return super().get_component_for_recurrence_id(recurrence_id)


class _Rules(Series.RecurrenceRules):  # type: ignore[misc]
    def __init__(self, core: EventAdapter, work: Work) -> None:
        self._work: Final = work
        super().__init__(core)

    def create_rule_with_start(self, rule_string: str) -> Any:
        rule = super().create_rule_with_start(rule_string)
        values = rule_string.count(",") // _VALUES_A_STEP
        interval = _Interval(rule._interval)  # noqa: SLF001 - there is no other way in
        days = max(days for name, days in _DAYS.items() if f"FREQ={name}" in rule_string.upper())
        interval.work, interval.steps = self._work, days * (1 + values)
        rule._interval = interval  # noqa: SLF001 - the same
        rule._cache = None  # noqa: SLF001 - or a second pass would cost no steps
        return rule

    def rrule_between(self, span_start: Any, span_stop: Any) -> Iterator[Any]:
        self._work.spend(len(self.rdates) // _SCANNED_A_STEP)
        yield from super().rrule_between(span_start, span_stop)


class _Interval(int):
    """The interval of a rule. The rule adds it after each period, and that spends the days of the period."""

    work: Work
    steps: int

    def __radd__(self, other: int) -> int:
        self.work.spend(self.steps)
        return other + int(self)

    def __mul__(self, other: int) -> int:
        self.work.spend(self.steps)
        return int(self) * other


class BoundedZones(ZONEINFO):
    """Makes the time zones that a file defines, if their clocks change by yearly rules or at named times.

    It knows the others by whatever name calendars give them.
    """

    def timezone(self, name: str) -> Any:
        """The zone of a name that the file does not define; None for an unknown one."""
        return zone_named(name)

    def create_timezone(self, tz: Component) -> Any:  # type: ignore[override]
        """Raises ZoneError for any other zone."""
        parts = tz.walk()
        if len(parts) > _ZONE_PARTS_MAX:
            raise ZoneError
        for part in parts:
            try:
                check_rules(part, frequencies=frozenset({"YEARLY"}))
            except UnusableError as error:
                raise ZoneError from error
            if "EXRULE" in part:
                raise ZoneError
        return super().create_timezone(tz)


def check_rules(component: Component, *, frequencies: Iterable[str] = tuple(_DAYS)) -> None:
    """Raises UnusableError when a rule of the component is in no form in which a meeting repeats."""
    for rule in listed(component, "RRULE"):
        if not hasattr(rule, "get"):
            raise UnusableError("unreadable RRULE")
        frequency = [str(value).upper() for value in rule.get("FREQ", [])]
        a_day = 1
        for part in ("BYHOUR", "BYMINUTE", "BYSECOND"):
            a_day *= max(_length(rule.get(part, [])), 1)
        if not set(frequency) <= set(frequencies) or not frequency or a_day > _A_DAY_MAX:
            raise UnusableError("repeats more often than every day")
        intervals = rule.get("INTERVAL", [1])
        if any(not isinstance(value, int) or value < 1 for value in _list(intervals)):
            raise UnusableError("repeats at an interval of nothing")
        if any(_length(values) > _VALUES_MAX for values in rule.values()):
            raise UnusableError("its rule of repetition names too many days")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _length(value: Any) -> int:
    return len(_list(value))
