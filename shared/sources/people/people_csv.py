"""Reads people and reporting lines from a table, one row a person (or a person and a period).

* Without any identity column the id itself is taken as the person's mail, chat and ticket identity.
* A person who reports to themselves or to nobody is the top of the tree: a line without a manager.
* A manager without a row of their own is recorded as a person too, without a line. The head of a department is often
  missing from its export, and the chains below would be lost. This record is one revision lower than the rest, so that
  a row in another file of the same import wins.
* Two rows may claim the same account, or give one person two managers, from the same day on. The first counts and the
  other is reported as rejected with no rows, because its person is recorded all the same.
* When a person has several rows, the row that became valid last says who the person is. Each row gives its own line.
* A manager may be given by mail address instead of by id.

The whole table is held in memory, since the rows of one person and the row of a manager may lie anywhere.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from shared.domain.privacy.pseudonym import looks_like_pseudonym
from shared.schemas.directory import (
    IdentityLink,
    IdentityLinked,
    LineRecorded,
    Person,
    PersonRecorded,
    ReportingLine,
    Team,
    TeamRecorded,
)
from shared.schemas.envelope import event_id
from shared.sources.identities import chat_identity, mail_identity, ticket_identity
from shared.sources.instants import instant
from shared.sources.reader import Accepted, Item, Options, Rejection, UnusableError
from shared.sources.recognition import Match, Sample
from shared.sources.source import FREE_TEXT, Source
from shared.sources.table import Row, Table

NAME: Final = "people"
KEY_MAX: Final = 200  # of the wire's person and team keys
# Directory records are valid for periods and happen at no particular moment: they must not move the watermark.
RECORDED_AT: Final = datetime(1980, 1, 1, tzinfo=UTC)

ALIASES: Final = {
    "person": (
        "id", "personid", "employeeid", "employeenumber", "workerid", "empid", "userid", "personnelnumber",
        "person", "employee",
    ),
    "manager": (
        "reportstoid", "managerid", "manageremployeeid", "supervisorid", "reportsto", "manager", "supervisor",
        "linemanagerid", "linemanager", "bossid", "leaderid", "leader", "manageremail", "managermail",
    ),
    "team": ("teamid", "team", "department", "dept", "orgunit", "organizationalunit", "organisationalunit", "unit"),
    "name": ("name", "fullname", "displayname", "employeename", "personname"),
    "mail": ("email", "mail", "emailaddress", "mailaddress", "workemail", "workmail", "mails", "emails"),
    "chat": ("chat", "chatid", "slackid", "slack", "slackuserid", "teamsid", "chatids"),
    "ticket": ("ticket", "tracker", "trackerid", "trackeraccount", "jiraid", "jira", "jiraaccountid", "accountid"),
    "active": ("active", "isactive", "enabled"),
    "valid_from": ("validfrom", "effectivefrom", "effectivedate"),
    "valid_to": ("validto", "effectiveto", "effectiveuntil"),
}  # fmt: skip
_INACTIVE: Final = frozenset({"false", "no", "n", "0", "inactive", "terminated", "left"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """A row that can be used."""

    line: int
    person: str
    manager: str
    record: Person
    identities: tuple[str, ...]
    valid_from: datetime | None
    valid_to: datetime | None


def read(lines: Iterable[bytes], options: Options) -> Iterator[Item]:
    """Yield rejected rows, people, teams, identities, then lines, in file order. Needs an id or a mail column."""
    table = _table(lines, options.columns)
    if table.problem:
        yield table.rejected_whole()
        return
    defaults = not table.fields.keys() & {"mail", "chat", "ticket"}
    entries: list[_Entry] = []
    for row in table:
        if isinstance(row, Rejection):
            yield row
            continue
        try:
            entries.append(_entry(row, mail_is_key="person" not in table.fields, defaults=defaults, options=options))
        except UnusableError as error:
            yield Rejection(row.line, str(error))
    yield from _directory(entries, with_lines="manager" in table.fields, defaults=defaults, options=options)


def _entry(row: Row, *, mail_is_key: bool, defaults: bool, options: Options) -> _Entry:
    mails = tuple(mail_identity(part, domain=options.mail_domain) for part in _parts(row["mail"]))
    person = _key(next(iter(mails), "").removeprefix("mail:") if mail_is_key else row["person"], "person")
    identities = [*mails]
    identities += [chat_identity(part) for part in _parts(row["chat"])]
    identities += [ticket_identity(part) for part in _parts(row["ticket"])]
    manager = _key(row["manager"], "manager") if row["manager"] else ""
    if defaults:
        identities = _default_identities(person, options)
        # So that an unusable manager shows in the row that names it.
        _default_identities(manager or person, options)
    valid_from, valid_to = (
        instant(row[field], zone=options.zone, date_order=options.date_order) if row[field] else None
        for field in ("valid_from", "valid_to")
    )
    if valid_from is not None and valid_to is not None and valid_to < valid_from:
        raise UnusableError("valid_to is before valid_from")
    return _Entry(
        line=row.line,
        person=person,
        manager=manager,
        record=Person(
            person=person,
            name=row["name"] or None,
            team=_key(row["team"], "team") if row["team"] else None,
            active=row["active"].lower() not in _INACTIVE,
        ),
        identities=tuple(dict.fromkeys(identities)),
        valid_from=valid_from,
        valid_to=valid_to,
    )


def _directory(entries: list[_Entry], *, with_lines: bool, defaults: bool, options: Options) -> Iterator[Item]:
    latest: dict[str, _Entry] = {}
    rows: Counter[str] = Counter()
    for entry in entries:
        rows[entry.person] += 1
        before = latest.get(entry.person)
        if before is None or (entry.valid_from or RECORDED_AT) >= (before.valid_from or RECORDED_AT):
            latest[entry.person] = entry
    for entry in latest.values():
        yield Accepted(_person(entry.record, options), rows=rows[entry.person])
    for team in dict.fromkeys(entry.record.team for entry in entries):
        if team is not None:
            yield Accepted(_team(team, options), rows=0)
    yield from _links(entries, options)
    if with_lines:
        yield from _lines(entries, latest=latest, defaults=defaults, options=options)


def _links(entries: list[_Entry], options: Options) -> Iterator[Item]:
    owners: dict[tuple[str, datetime | None], str] = {}
    for entry in entries:
        for identity in entry.identities:
            owner = owners.setdefault((identity, entry.valid_from), entry.person)
            if owner == entry.person:
                yield Accepted(_link(entry, identity, options), rows=0)
            else:
                yield Rejection(entry.line, "an account of this row already belongs to a person further up", rows=0)


def _lines(entries: list[_Entry], *, latest: Mapping[str, _Entry], defaults: bool, options: Options) -> Iterator[Item]:
    by_mail = {identity: entry.person for entry in entries for identity in entry.identities}
    managers: dict[tuple[str, datetime | None], str] = {}
    stand_ins: dict[str, _Entry] = {}
    for entry in entries:
        manager = entry.manager
        if manager not in latest and "@" in manager:
            manager = by_mail.get(f"mail:{manager.lower()}", manager)
        if managers.setdefault((entry.person, entry.valid_from), manager) != manager:
            yield Rejection(entry.line, "another row already gives this person a manager from the same time on", rows=0)
            continue
        if manager and manager not in latest:
            stand_ins.setdefault(manager, _stand_in(manager, options, defaults=defaults))
        yield Accepted(_line(entry, manager, options), rows=0)
    lower = replace(options, revision=max(options.revision - 1, 0))
    for entry in stand_ins.values():
        yield Accepted(_person(entry.record, lower), rows=0)
        for identity in entry.identities:
            yield Accepted(_link(entry, identity, lower), rows=0)


def _table(lines: Iterable[bytes], columns: Mapping[str, str]) -> Table:
    table = Table(lines, aliases=ALIASES, columns=columns)
    if "person" not in table.fields:
        table.require("mail", called="person or mail")
    return table


def _stand_in(manager: str, options: Options, *, defaults: bool) -> _Entry:
    return _Entry(
        line=0,
        person=manager,
        manager="",
        record=Person(person=manager),
        identities=tuple(_default_identities(manager, options)) if defaults else (),
        valid_from=None,
        valid_to=None,
    )


def _person(record: Person, options: Options) -> PersonRecorded:
    return PersonRecorded(**_envelope("person", record.person, options), data=record)


def _team(team: str, options: Options) -> TeamRecorded:
    return TeamRecorded(**_envelope("team", team, options), data=Team(team=team))


def _link(entry: _Entry, identity: str, options: Options) -> IdentityLinked:
    # The start is part of the entity: a correction replaces who owns the identity from then on, and periods coexist.
    return IdentityLinked(
        **_envelope("identity", identity + _since(entry.valid_from), options),
        data=IdentityLink(person=entry.person, identity=identity, valid_from=entry.valid_from, valid_to=entry.valid_to),
    )


def _line(entry: _Entry, manager: str, options: Options) -> LineRecorded:
    return LineRecorded(
        **_envelope("line", entry.person + _since(entry.valid_from), options),
        data=ReportingLine(
            person=entry.person,
            manager=manager if manager and manager != entry.person else None,
            valid_from=entry.valid_from,
            valid_to=entry.valid_to,
        ),
    )


def _since(valid_from: datetime | None) -> str:
    return f"@{valid_from.isoformat()}" if valid_from is not None else ""


def _envelope(kind: str, native: str, options: Options) -> dict[str, Any]:
    source = options.source or NAME
    return {
        "id": event_id(source=source, kind=kind, native_id=native, revision=options.revision),
        "source": source,
        "time": RECORDED_AT,
        "revision": options.revision,
    }


def _key(text: str, what: str) -> str:
    if not text:
        raise UnusableError(f"the {what} id is empty")
    if looks_like_pseudonym(text):
        raise UnusableError(f"the {what} id is a pseudonym, which is nobody's outside")
    if len(text) > KEY_MAX:
        raise UnusableError(f"the {what} id is longer than {KEY_MAX} characters")
    return text


def _parts(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.replace(",", ";").split(";") if part.strip())


def _default_identities(person: str, options: Options) -> list[str]:
    return [mail_identity(person, domain=options.mail_domain), chat_identity(person), ticket_identity(person)]


def recognise(sample: Sample) -> Match:
    """A table with a column for the person or the mail address."""
    return _table(sample.lines, sample.columns).match()


SOURCE: Final = Source(
    format="people-csv",
    kind="people",
    description="People, their accounts, teams and managers as a table (commas, semicolons or tabs)",
    read=read,
    recognise=recognise,
    takes=frozenset({"source", "columns", "mail_domain", "zone", "date_order", "revision"}),
    example=(
        "id,name,email,manager,department,job title\n"
        f"100,Ana Ruiz,ana@example.com,,Board,{FREE_TEXT}\n"
        f"101,Ben Okafor,ben@example.com,100,Sales,{FREE_TEXT}\n"
    ),
)
