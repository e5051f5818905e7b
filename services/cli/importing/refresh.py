"""What a later table of people changes: compares it with the directory, and dates what differs at its day. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from msgspec.structs import replace

from shared.domain.organisation.hierarchy import SINCE_EVER
from shared.domain.privacy.pseudonym import Pseudonyms
from shared.ingest.pseudonymise import pseudonymise
from shared.schemas.directory import (
    AbsenceRecorded,
    DirectoryEvent,
    IdentityLinked,
    LineRecorded,
    Person,
    PersonRecorded,
    ScheduleRecorded,
)
from shared.schemas.envelope import Event, event_id
from shared.schemas.registry import CanonicalEvent
from shared.sources.people.records import since
from shared.storage.directory.changes import DirectoryChange
from shared.storage.directory.recorded import Recorded

E = TypeVar("E", bound=Event)

_INSTANT: Final = timedelta(seconds=1)
TOO_MANY: Final = 0.2
"""More of the known people than this do not change in a month: more often a file is half, or ids were changed."""


@dataclass(frozen=True, slots=True)
class Move:
    """Somebody has another leader. The earlier is named by a pseudonym, and both are empty at the top of the tree."""

    person: str
    before: str
    after: str


@dataclass(slots=True)
class Difference:
    """What is to be sent, and what of it is news. People of the table are named by their ids, others by pseudonyms."""

    known: int
    """People who were active before."""
    events: list[CanonicalEvent] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    joins: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)
    teams: list[str] = field(default_factory=list)
    accounts: int = 0
    working_times: int = 0
    missing: list[str] = field(default_factory=list)
    """Pseudonyms of active people who are in no row."""
    changes: list[DirectoryChange] = field(default_factory=list)

    @property
    def dated(self) -> int:
        """Changes of people who were known: those that need a day."""
        people = len(self.moves) + len(self.left) + len(self.returned) + len(self.teams)
        return people + self.accounts + self.working_times

    def share(self, absent: int) -> float:
        """Share of the known people who change, with those who end by absence."""
        changed = {each.person for each in self.moves} | {*self.joins, *self.left, *self.returned, *self.teams}
        return (len(changed) + absent) / max(self.known, 1)


def compare(events: Iterable[CanonicalEvent], known: Recorded, names: Pseudonyms, day: datetime) -> Difference:
    """The difference between the records of a table and what is known as of its day."""
    return _Comparison(list(events), known, names, day).difference


def revised(event: E, known: Recorded, entity: str) -> E:
    """The event as the next revision of an entity, or as it is when the entity is new."""
    record = known.records.get(entity)
    revision = event.revision if record is None else record.revision + 1
    return replace(event, id=f"{event.entity}:{revision}" if revision else event.entity, revision=revision)


class _Comparison:
    def __init__(self, events: Sequence[CanonicalEvent], known: Recorded, names: Pseudonyms, day: datetime) -> None:
        self._known: Final = known
        self._names: Final = names
        self._day: Final = day
        active = known.active(day)
        self.difference: Final = Difference(len(active))
        people = [each for each in events if isinstance(each, PersonRecorded)]
        # From when on a table itself says that somebody is in another team, or gone.
        self._first_days: Final[dict[str, datetime]] = {}
        for each in people:
            begins = each.data.valid_from
            if begins is not None:
                self._first_days[each.data.person] = min(begins, self._first_days.get(each.data.person, begins))
        # A table without a column of teams says nothing of them.
        self._tells_teams: Final = any(each.data.team is not None for each in people)
        for event in events:
            match event:
                case PersonRecorded():
                    self._person(event)
                case LineRecorded():
                    self._line(event)
                case IdentityLinked():
                    self._link(event)
                case ScheduleRecorded():
                    self._schedule(event)
                case AbsenceRecorded():
                    self._again(event, self._under(event))
                case _:
                    self._send(event)
        present = {names.person(each.data.person) for each in people}
        self.difference.missing.extend(sorted(active - present))

    def _person(self, event: PersonRecorded) -> None:
        under = self._under(event)
        person = under.data.person
        own = self._known.people.get(person, ())
        if event.data.team is None and not self._tells_teams:
            under, event = self._in_team(under, event)
        if not own:
            if event.data.person not in self.difference.joins:
                self.difference.joins.append(event.data.person)
            self._take(event, under)
        elif event.data.valid_from is not None:
            self._dated_person(event, under)
        else:
            self._undated_person(event, under)

    def _in_team(self, under: PersonRecorded, event: PersonRecorded) -> tuple[PersonRecorded, PersonRecorded]:
        """The record with the team that is known, of a table that tells of none."""
        begins = under.data.valid_from
        day = self._day if begins is None or begins > self._day else begins
        before = self._known.person(under.data.person, day)
        team = before.team if before is not None else None
        # Known teams are keys, which the edge leaves as they are.
        return tuple(replace(each, data=replace(each.data, team=team)) for each in (under, event))  # type: ignore[return-value]

    def _dated_person(self, event: PersonRecorded, under: PersonRecorded) -> None:
        """A record whose day the table gives itself: news where something else was known of that day."""
        record = self._known.records.get(under.entity)
        if record is not None and record.data == replace(under.data, name=getattr(record.data, "name", None)):
            return
        begins = under.data.valid_from or self._day
        before = self._known.person(under.data.person, begins)
        if before is None or (before.team, before.active) != (under.data.team, under.data.active):
            self._tell(event, before)
            self._take(event, under)

    def _undated_person(self, event: PersonRecorded, under: PersonRecorded) -> None:
        """Who somebody is until the table says otherwise, or still: dated at its day where it was otherwise before."""
        until = self._first_days.get(event.data.person)
        at = self._day if until is None or until > self._day else until - _INSTANT
        before = self._known.person(under.data.person, at)
        if before is None or (before.team, before.active) != (under.data.team, under.data.active):
            if at == self._day:
                self._tell(event, before)
                self._at_the_day(event, "person", event.data.person)
        elif under.entity in self._known.records:
            self._send(event)
        else:
            # Known from another source, which goes on telling of the past.
            self._at_the_day(event, "person", event.data.person)

    def _tell(self, event: PersonRecorded, before: Person | None) -> None:
        found, person = self.difference, event.data.person
        was_active = before is not None and before.active
        lists = (found.teams, found.left, found.returned)
        if any(person in each for each in lists):
            return
        if was_active == event.data.active:
            found.teams.append(person)
        else:
            (found.returned if event.data.active else found.left).append(person)

    def _take(self, event: PersonRecorded, under: PersonRecorded) -> None:
        self._change(event)
        self.difference.events.append(revised(event, self._known, under.entity))

    def _line(self, event: LineRecorded) -> None:
        under = self._under(event)
        person = self._names.person(event.data.person)
        if event.data.valid_from is not None:
            # The table dates it itself.
            self._dated(event, under, is_move=True)
            return
        if self._is_over(under):
            self._send(event)
            return
        before = self._known.line(person, self._day)
        if before is None and person not in self._known.people:
            self._change(event)
            self.difference.events.append(revised(event, self._known, under.entity))
        elif before is None or (before.manager, before.valid_to) != (under.data.manager, under.data.valid_to):
            if before is None or before.manager != under.data.manager:
                self.difference.moves.append(
                    Move(event.data.person, (before and before.manager) or "", event.data.manager or "")
                )
            self._at_the_day(event, "line", event.data.person)
        else:
            self._send(event)

    def _link(self, event: IdentityLinked) -> None:
        under = self._under(event)
        if event.data.valid_from is not None:
            self._dated(event, under, is_move=False)
            return
        if self._is_over(under):
            self._send(event)
            return
        before = self._known.link(under.data.identity, self._day)
        if before is None and under.data.identity not in self._known.links:
            self._change(event)
            self.difference.events.append(revised(event, self._known, under.entity))
        elif before is None or (before.person, before.valid_to) != (under.data.person, under.data.valid_to):
            self.difference.accounts += 1
            self._at_the_day(event, "identity", event.data.identity)
        else:
            self._send(event)

    def _schedule(self, event: ScheduleRecorded) -> None:
        under = self._under(event)
        if event.data.valid_from is not None or under.data.person not in self._known.schedules:
            self._again(event, under)
            return
        before = self._known.schedule(under.data.person, self._day)
        if before is None or replace(before, valid_from=None) != under.data:
            self.difference.working_times += 1
            self._at_the_day(event, "schedule", str(event.data.person))

    def _again(self, event: ScheduleRecorded | AbsenceRecorded, under: Any) -> None:
        """A record that is dated by itself: sent where it is new or says something else than before."""
        record = self._known.records.get(under.entity)
        if record is None or record.data != under.data:
            self._change(event)
            self.difference.events.append(revised(event, self._known, under.entity))

    def _dated(self, event: LineRecorded | IdentityLinked, under: Any, *, is_move: bool) -> None:
        record = self._known.records.get(under.entity)
        if record is not None and record.data == under.data:
            return
        if is_move and isinstance(event, LineRecorded) and under.data.valid_from <= self._day:
            before = self._known.line(under.data.person, self._day)
            if before is not None and before.manager != under.data.manager:
                move = Move(event.data.person, before.manager or "", event.data.manager or "")
                self.difference.moves.append(move)
        self._change(event)
        self.difference.events.append(revised(event, self._known, under.entity))

    def _at_the_day(
        self, event: PersonRecorded | LineRecorded | IdentityLinked | ScheduleRecorded, kind: str, native: str
    ) -> None:
        """The same record, from the day of the table on."""
        day, anything = self._day, event
        valid_to = event.data.valid_to
        ends = valid_to if valid_to is None or valid_to > day else day
        moved: Any = replace(
            anything,
            id=event_id(source=event.source, kind=kind, native_id=native + since(day)),
            revision=0,
            data=replace(event.data, valid_from=day, valid_to=ends),
        )
        self._change(moved)
        self.difference.events.append(revised(moved, self._known, self._under(moved).entity))

    def _is_over(self, under: LineRecorded | IdentityLinked) -> bool:
        """Whether it ended before the table: then its person was there no longer, and that is recorded of them."""
        ends = under.data.valid_to
        return ends is not None and ends <= self._day and under.data.person in self._known.people

    def _send(self, event: CanonicalEvent) -> None:
        """What is known already: sent once more, as it keeps who is who in the register."""
        record = self._known.records.get(self._under(event).entity)
        if record is None:
            self.difference.events.append(event)
        elif isinstance(event, PersonRecorded) and isinstance(record, PersonRecorded):
            number = record.revision
            again = replace(
                event,
                id=f"{event.entity}:{number}" if number else event.entity,
                revision=number,
                # The same revision says the same: what has changed since has records of its own.
                data=replace(record.data, person=event.data.person, name=event.data.name),
            )
            self.difference.events.append(again)

    def _change(self, event: DirectoryEvent) -> None:
        data: Any = event.data
        begins = getattr(data, "valid_from", None)
        self.difference.changes.append(
            DirectoryChange(
                day=int(self._day.timestamp()),
                kind=event.entity.split(":", 2)[1],
                person=self._names.person(data.person),
                account=self._names.identity(data.identity) if isinstance(event, IdentityLinked) else "",
                source=event.source,
                valid_from=SINCE_EVER if begins is None else int(begins.timestamp()),
            )
        )

    def _under(self, event: Any) -> Any:
        return pseudonymise(event, self._names)[0]


def ended(person: str, known: Recorded, names: Pseudonyms, day: datetime) -> tuple[PersonRecorded, DirectoryChange]:
    """The record that somebody of this id has left on a day, and what it changes."""
    pseudonym = names.person(person)
    before = known.person(pseudonym, day)
    record = latest_of(known, pseudonym)
    event = replace(
        record,
        id=event_id(source=record.source, kind="person", native_id=person + since(day)),
        revision=0,
        data=Person(person=person, team=before.team if before is not None else None, active=False, valid_from=day),
    )
    change = DirectoryChange(
        day=int(day.timestamp()), kind="person", person=pseudonym, source=record.source, valid_from=int(day.timestamp())
    )
    return revised(event, known, pseudonymise(event, names)[0].entity), change


def latest_of(known: Recorded, pseudonym: str) -> PersonRecorded:
    """The record of a person with the highest revision, of whatever source."""
    people = (each for each in known.records.values() if isinstance(each, PersonRecorded))
    return max((each for each in people if each.data.person == pseudonym), key=lambda each: each.revision)
