"""What a later table of people changes: compares it with the directory, and dates what differs at its day. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
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
        active = {person for person, record in known.people.items() if record.active}
        self.difference: Final = Difference(len(active))
        people = [each for each in events if isinstance(each, PersonRecorded)]
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
        under, before = self._under(event), self._known.people.get(self._names.person(event.data.person))
        found, person = self.difference, event.data.person
        team = under.data.team if self._tells_teams or before is None else before.team
        if before is None:
            found.joins.append(person)
            self._change(event, before)
        elif (before.team, before.active) != (team, event.data.active):
            if before.active != event.data.active:
                (found.returned if event.data.active else found.left).append(person)
            else:
                found.teams.append(person)
            self._change(event, before)
        else:
            self._send(event)
            return
        if event.data.team is None and before is not None and not self._tells_teams:
            event = replace(event, data=replace(event.data, team=before.team))
        found.events.append(revised(event, self._known, under.entity))

    def _line(self, event: LineRecorded) -> None:
        under = self._under(event)
        person = self._names.person(event.data.person)
        if event.data.valid_from is not None:
            # The table dates it itself.
            self._dated(event, under, is_move=True)
            return
        before = self._known.line(person, self._day)
        if before is None and person not in self._known.people:
            self._change(event, None)
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
        before = self._known.link(under.data.identity, self._day)
        if before is None and under.data.identity not in self._known.links:
            self._change(event, None)
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
            self._at_the_day(event, "schedule", event.data.person)

    def _again(self, event: ScheduleRecorded | AbsenceRecorded, under: Any) -> None:
        """A record that is dated by itself: sent where it is new or says something else than before."""
        record = self._known.records.get(under.entity)
        if record is None or record.data != under.data:
            self._change(event, None)
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
        self._change(event, None)
        self.difference.events.append(revised(event, self._known, under.entity))

    def _at_the_day(self, event: LineRecorded | IdentityLinked | ScheduleRecorded, kind: str, native: str) -> None:
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
        self._change(moved, None)
        self.difference.events.append(revised(moved, self._known, self._under(moved).entity))

    def _send(self, event: CanonicalEvent) -> None:
        """What is known already: sent once more, as it keeps who is who in the register."""
        record = self._known.records.get(self._under(event).entity)
        if record is None:
            self.difference.events.append(event)
        elif isinstance(event, PersonRecorded):
            anything: Any = event
            number = record.revision
            again = replace(anything, id=f"{event.entity}:{number}" if number else event.entity, revision=number)
            self.difference.events.append(again)

    def _change(self, event: DirectoryEvent, before: Person | None) -> None:
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
                team=before.team if before is not None else None,
                was_active=before.active if before is not None else False,
            )
        )

    def _under(self, event: Any) -> Any:
        return pseudonymise(event, self._names)[0]


def ended(person: str, known: Recorded, names: Pseudonyms, day: datetime) -> tuple[PersonRecorded, DirectoryChange]:
    """The record that somebody of this id has left, and what it changes."""
    pseudonym = names.person(person)
    before = known.people[pseudonym]
    record = latest_of(known, pseudonym)
    event = _next(record, person, replace(before, person=person, active=False))
    change = DirectoryChange(
        day=int(day.timestamp()), kind="person", person=pseudonym, source=record.source, valid_from=SINCE_EVER,
        team=before.team, was_active=True,
    )  # fmt: skip
    return event, change


def latest_of(known: Recorded, pseudonym: str) -> PersonRecorded:
    """The record of a person with the highest revision, of whatever source."""
    people = (each for each in known.records.values() if isinstance(each, PersonRecorded))
    return max((each for each in people if each.data.person == pseudonym), key=lambda each: each.revision)


def _next(record: PersonRecorded, person: str, data: Person) -> PersonRecorded:
    revision = record.revision + 1
    native = event_id(source=record.source, kind="person", native_id=person, revision=revision)
    return replace(record, id=native, revision=revision, data=data)
