"""Works out the instances of a recurring meeting. A hostile file cannot make them more than the options allow."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import islice
from typing import Final

from icalendar.cal import Component
from recurring_ical_events import EventAdapter, Occurrence

from shared.schemas.envelope import YEAR_MIN
from shared.sources.calendar.ics_parse import Entry
from shared.sources.calendar.ics_parts import dates, listed, local, moment
from shared.sources.calendar.ics_work import BoundedSeries, Work, check_rules
from shared.sources.reader import Options, UnusableError

_EARLIEST: Final = datetime(YEAR_MIN, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Instance:
    """One instance: the component that describes it, when it was first scheduled, when it is. In UTC."""

    entry: Entry
    original_start: datetime
    start: datetime
    end: datetime
    sequence: int


def is_recurring(component: Component) -> bool:
    """Whether the component repeats, or replaces an instance of one that repeats."""
    return any(name in component for name in ("RRULE", "RDATE", "RECURRENCE-ID"))


def instances(entries: list[Entry], *, until: datetime, options: Options, work: Work) -> tuple[list[Instance], bool]:
    """Instances of the components of one UID that start before `until`, by start; and whether more were left out.

    Raises UnusableError when a rule repeats more often than daily or makes no sense, or takes more than its `work`.
    """
    work.begin_series()
    for entry in entries:
        check_rules(entry.component)
    _give_days_a_time(entries)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            if len(entries) == 1 and not is_recurring(entries[0].component):
                return _alone(entries[0], until=until, options=options, work=work), False
            by_component = {id(entry.component): entry for entry in entries}
            found = list(_occurrences(entries, by_component, until=until, options=options, work=work))
        except UnusableError:
            raise
        except Exception as error:  # the library raises whatever the input makes it stumble over
            raise UnusableError("the rule of repetition makes no sense") from error
    found.sort(key=lambda instance: (instance.start, instance.original_start))
    return found[: options.instances_max], len(found) > options.instances_max


def _alone(entry: Entry, *, until: datetime, options: Options, work: Work) -> list[Instance]:
    """A meeting that does not recur, as most do: there is nothing to work out."""
    work.spend_instance()
    adapter = _Adapter(entry.component)
    start = moment(local(entry.component, "DTSTART") or adapter.start, options.zone)
    end = moment(local(entry.component, "DTEND") or adapter.end, options.zone)
    if not _EARLIEST <= start <= until:
        return []
    return [Instance(entry, original_start=start, start=start, end=end, sequence=adapter.sequence)]


def _occurrences(
    entries: list[Entry], by_component: dict[int, Entry], *, until: datetime, options: Options, work: Work
) -> Iterator[Instance]:
    series = BoundedSeries([_Adapter(entry.component) for entry in entries], work)
    starts = [moment(start, options.zone) for entry in entries for start in dates(entry.component, "DTSTART")]
    first = max(min(starts), _EARLIEST)
    # One more than allowed, to know whether there are more; twice, for instances moved to before others.
    bound = 2 * options.instances_max + 1
    seen: set[datetime] = set()
    for occurrence in islice(series.between(first, max(until, first + timedelta(seconds=1))), bound):
        work.spend_instance()
        instance = _instance(occurrence, by_component, zone=options.zone)
        if instance.original_start not in seen:
            seen.add(instance.original_start)
            yield instance


def _instance(occurrence: Occurrence, by_component: dict[int, Entry], *, zone: tzinfo) -> Instance:
    adapter = occurrence._adapter  # noqa: SLF001 - as_component() forgets where a moved instance came from
    component = adapter._component  # noqa: SLF001 - the same
    start = moment(occurrence.start, zone)
    end = moment(occurrence.end, zone)
    if _is_odd(occurrence.start) and occurrence.end.tzinfo is occurrence.start.tzinfo:
        # An hour that does not exist or exists twice: the meeting lasts as long as on any other day.
        end = start + (occurrence.end.replace(tzinfo=None) - occurrence.start.replace(tzinfo=None))
    if adapter.this_and_future:
        original = moment(occurrence.start - adapter.move_recurrences_by, zone)
    else:
        original = next((moment(value, zone) for value in dates(component, "RECURRENCE-ID")), start)
    return Instance(
        entry=by_component[id(component)],
        original_start=original,
        start=start,
        end=end,
        sequence=int(occurrence.sequence),
    )


class _Adapter(EventAdapter):  # type: ignore[misc]
    """A VEVENT whose SEQUENCE may be anything."""

    @property
    def sequence(self) -> int:
        value = self._component.get("SEQUENCE", -1)
        return value if isinstance(value, int) else -1


def _is_odd(at: date) -> bool:
    return isinstance(at, datetime) and at.utcoffset() != at.replace(fold=1).utcoffset()


def _give_days_a_time(entries: list[Entry]) -> None:
    """Let a RECURRENCE-ID that is a date stand for the instance of that day."""
    master = next((entry.component for entry in entries if "RECURRENCE-ID" not in entry.component), None)
    start = local(master, "DTSTART") if master is not None else None
    for entry in entries:
        of_day = start or local(entry.component, "DTSTART")
        for value in listed(entry.component, "RECURRENCE-ID"):
            at = getattr(value, "dt", None)
            if of_day is not None and isinstance(at, date) and not isinstance(at, datetime):
                value.dt = datetime.combine(at, of_day.timetz())
                value.params.pop("VALUE", None)
