"""Reads people and reporting lines from a table, one row a person (or a person and a period).

* Without any identity column the id itself is taken as the person's mail, chat and ticket identity.
* A person who reports to themselves or to nobody is the top of the tree: a line without a manager.
* A manager is given by id, mail address or name, in one column or in several. Who cannot be found for certain is
  nobody: the person then has no line, and the row is told of.
* A manager without a row of their own is recorded as a person too, without a line. The head of a department is often
  missing from its export, and the chains below would be lost. This record is one revision lower than the rest, so that
  a row in another file of the same import wins.
* Two rows may claim the same account, or give one person two managers, from the same day on. The first counts and the
  other is reported as rejected with no rows, because its person is recorded all the same.
* When a person has several rows, each gives its own team and line from its day on, and the row that became valid last
  the name.
* Whoever leaves is there until their last day, and so are their lines and accounts. Whoever begins after the day of the
  table has accounts and a leader from their first day on.

The whole table is held in memory, since the rows of one person and the row of a manager may lie anywhere.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from shared.schemas.directory import Person
from shared.sources.people.managers import IN_NO_ROW, SHARED_NAME, Known, Managers, Meant, in_a_circle
from shared.sources.people.memberships import memberships
from shared.sources.people.periods import Period, names_last_days
from shared.sources.people.records import (
    RECORDED_AT,
    absence_record,
    line_record,
    link_record,
    person_record,
    schedule_record,
    team_record,
)
from shared.sources.people.rows import Entry, RowReader, default_identities, people_table, with_period
from shared.sources.people.words import is_nobody
from shared.sources.reader import Accepted, Item, Notice, Options, Rejection, UnusableError
from shared.sources.recognition import Match, Sample
from shared.sources.source import FREE_TEXT, Source
from shared.sources.table import rejected_all

_DAY: Final = timedelta(days=1)


def read(lines: Iterable[bytes], options: Options) -> Iterator[Item]:
    """Yield rejected rows, people, teams, identities, then lines, in file order. Needs an id or a mail column."""
    table = people_table(lines, options.columns)
    if table.problem:
        yield table.rejected_whole()
        return
    rows = list(table)
    try:
        reader = RowReader(table, rows, options)
    except UnusableError as error:
        yield rejected_all(table.header_line, rows, str(error))
        return
    entries: list[Entry] = []
    for row in rows:
        if isinstance(row, Rejection):
            yield row
            continue
        try:
            entries.append(reader.entry(row))
        except UnusableError as error:
            yield Rejection(row.line, str(error))
    if reader.defaults and entries:
        yield Notice(table.header_line, "there is no column of mail, chat or tracker accounts: ids were taken for them")
    with_lines = any(field.startswith("manager") for field in table.fields)
    yield from _Directory(_dated(entries, options.as_of), reader=reader, options=options).items(with_lines=with_lines)


def _dated(entries: list[Entry], as_of: datetime | None) -> list[Entry]:
    """The rows with the day that each holds from and until, out of all that is said of their people."""
    by_person: dict[str, list[Period]] = defaultdict(list)
    for entry in entries:
        by_person[entry.person].append(entry.period)
    inclusive = names_last_days(list(by_person.values()))
    return [_with_days(entry, as_of, again=len(by_person[entry.person]) > 1, inclusive=inclusive) for entry in entries]


def _with_days(entry: Entry, as_of: datetime | None, *, again: bool, inclusive: bool) -> Entry:
    period = entry.period
    valid_from, valid_to = period.valid_from, period.valid_to
    if valid_to is not None and inclusive:
        valid_to += _DAY
    if valid_from is None and period.starts is not None and (again or (as_of is not None and period.starts > as_of)):
        valid_from = period.starts
    if period.ends is not None and (valid_to is None or period.ends < valid_to):
        valid_to = period.ends
    if valid_from is not None and valid_to is not None and valid_to < valid_from:
        valid_to = valid_from
    return with_period(entry, replace(period, valid_from=valid_from, valid_to=valid_to))


@dataclass(frozen=True, slots=True)
class _Directory:
    """The records that the rows of one table add up to."""

    entries: list[Entry]
    reader: RowReader
    options: Options

    def items(self, *, with_lines: bool) -> Iterator[Item]:
        """Records, and what there is to tell of rows."""
        latest = self._latest()
        rows = Counter(entry.person for entry in self.entries)
        for person, own in self._by_person().items():
            records = memberships(own, name=latest[person].name)
            for place, record in enumerate(records):
                yield Accepted(person_record(record, self.options), rows=0 if place else rows[person])
        for team in dict.fromkeys(entry.team for entry in self.entries if entry.team):
            yield Accepted(team_record(team, self.options), rows=0)
        yield from self._links()
        yield from self._working_times()
        managers = Managers(
            (Known(each.person, each.other_id, each.name, each.identities) for each in self.entries),
            mail_is_key=self.reader.mail_is_key,
        )
        if with_lines:
            yield from self._lines(managers, latest)
        yield from self._notices(managers)

    def _by_person(self) -> dict[str, list[Entry]]:
        found: dict[str, list[Entry]] = defaultdict(list)
        for entry in self.entries:
            found[entry.person].append(entry)
        return found

    def _latest(self) -> dict[str, Entry]:
        """The row of each person that counts on the day of the table, or the last where it has no day."""
        latest: dict[str, Entry] = {}
        for entry in self.entries:
            before = latest.get(entry.person)
            if before is None or self._rank(entry) >= self._rank(before):
                latest[entry.person] = entry
        return latest

    def _rank(self, entry: Entry) -> tuple[bool, datetime]:
        begins, as_of = entry.period.valid_from or RECORDED_AT, self.options.as_of
        return as_of is None or begins <= as_of, begins

    def _links(self) -> Iterator[Item]:
        owners: dict[tuple[str, datetime | None], str] = {}
        for entry in self.entries:
            for identity in entry.identities:
                owner = owners.setdefault((identity, entry.period.valid_from), entry.person)
                if owner == entry.person:
                    yield Accepted(link_record(entry, identity, self.options), rows=0)
                else:
                    reason = "an account of this row already belongs to a person further up"
                    yield Rejection(entry.line, reason, rows=0)

    def _working_times(self) -> Iterator[Item]:
        for entry in self.entries:
            if entry.work.says_when:
                yield Accepted(schedule_record(entry, self.options), rows=0)
            if entry.work.away is not None:
                yield Accepted(absence_record(entry.person, entry.work.away, self.options), rows=0)

    def _lines(self, managers: Managers, latest: dict[str, Entry]) -> Iterator[Item]:
        given: dict[tuple[str, datetime | None], str] = {}
        stand_ins: dict[str, None] = {}
        leaders: dict[str, str] = {}
        for entry in self.entries:
            meant = self._meant(entry, managers)
            yield from (Notice(entry.line, each) for each in meant.notices)
            if meant.unresolved:
                continue
            if given.setdefault((entry.person, entry.period.valid_from), meant.person) != meant.person:
                reason = "another row already gives this person a manager from the same time on"
                yield Rejection(entry.line, reason, rows=0)
                continue
            if meant.stand_in:
                stand_ins.setdefault(meant.person)
            if latest[entry.person] is entry and meant.person != entry.person:
                leaders[entry.person] = meant.person
            yield Accepted(line_record(entry, meant.person, self.options), rows=0)
        lines = {entry.person: entry.line for entry in self.entries}
        for person in in_a_circle(leaders):
            yield Notice(lines[person], "this person reports to themselves through others; the circle gives no chain")
        yield from self._stand_ins(stand_ins)

    def _meant(self, entry: Entry, managers: Managers) -> Meant:
        cells = [
            (field, cell) for field, cell in entry.managers if managers.is_person(cell) or not is_nobody(cell)
        ]  # fmt: skip
        meant = managers.meant(cells)
        return replace(meant, notices=(*meant.notices, IN_NO_ROW)) if meant.stand_in else meant

    def _stand_ins(self, people: Iterable[str]) -> Iterator[Item]:
        lower = replace(self.options, revision=max(self.options.revision - 1, 0))
        for person in people:
            yield Accepted(person_record(Person(person=person), lower), rows=0)
            identities = default_identities(person, self.options) if self.reader.defaults else ()
            entry = Entry(line=0, person=person, period=Period())
            for identity in identities:
                yield Accepted(link_record(entry, identity, lower), rows=0)

    def _notices(self, managers: Managers) -> Iterator[Item]:
        shared = managers.shared_names()
        for entry in self.entries:
            yield from (Notice(entry.line, each) for each in entry.notices)
            if entry.person in shared:
                yield Notice(entry.line, SHARED_NAME)
            if entry.period.standing == "unknown":
                yield Notice(entry.line, "the status is a word that is not known; the person was taken for active")
            if entry.period.standing == "away" and entry.work.away is None:
                yield Notice(entry.line, "the person is on leave, and the row does not say from when to when")
            elif not entry.managers and not entry.identities:
                yield Notice(entry.line, "the person has no account and no manager")


def recognise(sample: Sample) -> Match:
    """A table with a column for the person or the mail address."""
    return people_table(sample.lines, sample.columns).match()


SOURCE: Final = Source(
    format="people-csv",
    kind="people",
    description="People, their accounts, teams, managers and working times as a table (commas, semicolons or tabs)",
    read=read,
    recognise=recognise,
    takes=frozenset({"source", "columns", "mail_domain", "zone", "date_order", "revision", "as_of"}),
    example=(
        "id,name,email,manager,department,job title\n"
        f"100,Ana Ruiz,ana@example.com,,Board,{FREE_TEXT}\n"
        f"101,Ben Okafor,ben@example.com,100,Sales,{FREE_TEXT}\n"
    ),
)
