"""Calendar events of the instances of one meeting, and of what instances its series consists."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from icalendar.cal import Component

from shared.schemas.calendar import (
    CalendarEvent,
    Meeting,
    MeetingCancelled,
    MeetingCreated,
    MeetingUpdated,
    Series,
    SeriesTold,
)
from shared.schemas.envelope import event_id
from shared.sources.calendar.ics_parse import Entry
from shared.sources.calendar.ics_parts import dates, listed, moment, text_of
from shared.sources.calendar.ics_people import People, owner_identity, people_of
from shared.sources.calendar.ics_series import Instance
from shared.sources.calendar.ics_versions import RANK_STEP, Version, version_of
from shared.sources.identities import digest, native_id
from shared.sources.instants import in_range
from shared.sources.reader import Options, UnusableError

NAME: Final = "calendar"
_PRIVATE: Final = frozenset({"PRIVATE", "CONFIDENTIAL"})
# The wire's limit.
_STARTS_MAX: Final = 20_000


class _Told:
    """What all instances that one component describes have in common."""

    def __init__(self, instance: Instance, master: Component | None, options: Options) -> None:
        entry = instance.entry
        component = entry.component
        self.people: Final[People | None] = people_of(component, owner=options.owner, master=master)
        self.version: Final[Version] = version_of(component, options.zone)
        self.private: Final = text_of(component, "CLASS") in _PRIVATE
        self.cancelled: Final = text_of(component, "STATUS") == "CANCELLED" or entry.method == "CANCEL"
        # Calling off a series ends what lies ahead. What was held before stays.
        self.ends_series: Final = self.cancelled and "RRULE" in component and "RECURRENCE-ID" not in component
        answered = self.people.attendees if self.people is not None else ()
        # An exception with a lower number than its series is still an exception to it.
        of_series = replace(self.version, sequence=max(self.version.sequence, instance.sequence))
        self.changed_often: Final = of_series.sequence > 0
        self.rank: Final = of_series.rank(
            exception="RECURRENCE-ID" in component,
            answers=sum(each.response != "none" for each in answered),
            content="\n".join(
                (
                    f"{self.cancelled} {self.private}",
                    f"{self.people.organiser} {self.people.organiser_response}" if self.people is not None else "",
                    *(f"{each.identity} {each.response} {each.optional}" for each in answered),
                    *_texts(component, "DTSTART", "DTEND"),
                )
            ),
        )

    def is_cancelled(self, start: datetime) -> bool:
        changed = self.version.changed
        return self.cancelled and not (self.ends_series and changed is not None and start < changed)


class MeetingTeller:
    """Makes events of one UID."""

    def __init__(self, uid: str, *, master: Component | None, recurs: bool, options: Options) -> None:
        """Raises UnusableError when the owner of the calendar is no mail address."""
        self._uid: Final = native_id(uid)
        self._master: Final = master
        self._recurs: Final = recurs
        self._options: Final = options
        self._source: Final = options.source or NAME
        self._owner: Final = owner_identity(options.owner)
        self._calendar: Final = calendar_of(options)
        self._told: Final[dict[int, _Told]] = {}

    def meeting(self, instance: Instance) -> CalendarEvent | None:
        """The event of an instance; None when it names nobody. Raises UnusableError, and ValueError for its times."""
        told = self._told.get(instance.entry.line)
        if told is None:
            told = self._told[instance.entry.line] = _Told(instance, self._master, self._options)
        if told.people is None:
            return None
        start, moved = in_range(instance.start), instance.original_start != instance.start
        native = f"{self._uid}@{instance.original_start:%Y%m%dT%H%M%SZ}" if self._recurs else self._uid
        cancelled = told.is_cancelled(start)
        changed = told.version.changed
        event = MeetingCancelled if cancelled else MeetingUpdated if moved or told.changed_often else MeetingCreated
        return event(
            id=event_id(source=self._source, kind="meeting", native_id=self._of_copy(native, told), revision=told.rank),
            source=self._source,
            time=min(changed, start) if changed is not None else start,
            revision=told.rank,
            data=Meeting(
                organiser=told.people.organiser,
                organiser_response=told.people.organiser_response,
                attendees=told.people.attendees,
                start=start,
                end=in_range(instance.end),
                original_start=in_range(instance.original_start) if moved else None,
                series=self._uid if self._recurs else None,
                calendar=self._calendar,
                private=told.private,
                changed_by=told.people.organiser if cancelled else None,
                uid=self._uid,
                holder=self._owner or None,
                sequence=told.version.sequence,
                changed=changed,
                also_invited=told.people.also_invited,
            ),
        )

    def series(self, entry: Entry, found: Sequence[Instance], *, until: datetime, cut: bool) -> SeriesTold | None:
        """What the series consists of; None when the wire cannot carry it. `entry` is its master, or an addition."""
        component, version = entry.component, version_of(entry.component, self._options.zone)
        starts = tuple(sorted({each.original_start for each in found}))
        if not starts or len(starts) > _STARTS_MAX:
            return None
        part = "RECURRENCE-ID" in component or entry.method == "ADD"
        excluded = tuple(sorted(set(self._excluded(component))))[:_STARTS_MAX]
        told = Series(
            uid=self._uid,
            organiser=self._organiser(entry),
            holder=self._owner or None,
            calendar=self._calendar,
            starts=starts,
            excluded=excluded,
            ends=starts[-1] if not part and not cut and _is_finite(component, starts, excluded, until) else None,
            until=None if part else starts[-1] if cut else until,
            part=part,
            sequence=version.sequence,
            changed=version.changed,
            rank=version.rank(),
        )
        return self.statement(told, last=starts[-1])

    def cancellation(self, entry: Entry) -> SeriesTold:
        """What a message calls off that says of whom no more. Raises UnusableError."""
        component, version = entry.component, version_of(entry.component, self._options.zone)
        of_instances = [moment(value, self._options.zone) for value in dates(component, "RECURRENCE-ID")]
        starts = [moment(value, self._options.zone) for value in dates(component, "DTSTART")]
        last = version.changed or next(iter(starts + of_instances), None)
        if last is None:
            raise UnusableError("it does not say when it was called off")
        told = Series(
            uid=self._uid,
            organiser=self._organiser(entry),
            holder=self._owner or None,
            calendar=self._calendar,
            starts=tuple(of_instances),
            part=True,
            cancelled=True,
            sequence=version.sequence,
            changed=version.changed,
            rank=version.rank() + RANK_STEP - 1,
        )
        return self.statement(told, last=last)

    def statement(self, told: Series, *, last: datetime) -> SeriesTold:
        """The event of what was told. Every statement stays: what it ended depends on when it was made."""
        content = digest(str(told))
        return SeriesTold(
            id=event_id(source=self._source, kind="series", native_id=f"{self._uid}#{content}"),
            source=self._source,
            time=in_range(min(told.changed, last) if told.changed is not None else last),
            data=told,
        )

    def _organiser(self, entry: Entry) -> str | None:
        people = people_of(entry.component, owner=self._options.owner, master=self._master)
        return people.organiser if people is not None else None

    def _of_copy(self, native: str, told: _Told) -> str:
        """The organiser's copy goes by the meeting's own id, and so does one of which it is not known whose it is."""
        if not self._owner or (told.people is not None and told.people.organiser == self._owner):
            return native
        return f"{native}~{digest(self._owner)}"

    def _excluded(self, component: Component) -> Iterator[datetime]:
        start = next(iter(dates(component, "DTSTART")), None)
        for many in listed(component, "EXDATE"):
            for each in getattr(many, "dts", ()):
                value = each.dt
                if not isinstance(value, datetime) and isinstance(start, datetime):
                    value = datetime.combine(value, start.timetz())
                if isinstance(value, datetime) and value.tzinfo is None and isinstance(start, datetime):
                    value = value.replace(tzinfo=start.tzinfo)
                yield moment(value, self._options.zone)


def calendar_of(options: Options) -> str | None:
    """The id of the calendar that is read, by its owner; None where that is not known."""
    return native_id(options.owner.strip().lower()) if options.owner.strip() else None


def _is_finite(component: Component, starts: Sequence[datetime], excluded: Sequence[datetime], until: datetime) -> bool:
    """Whether every instance of the rule was worked out."""
    for rule in listed(component, "RRULE"):
        count, ends = rule.get("COUNT"), rule.get("UNTIL")
        if ends:
            if moment(ends[0], UTC) > until:
                return False
        elif not count or len(starts) + len(excluded) < int(count[0]):
            return False
    return True


def _texts(component: Component, *names: str) -> Iterator[str]:
    return (value.isoformat() for name in names for value in dates(component, name))
