"""One row of a table of people, as far as it can be understood by itself."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from shared.domain.privacy.pseudonym import looks_like_pseudonym
from shared.sources.identities import chat_identity, mail_identity, ticket_identity
from shared.sources.people.headers import ALIASES, is_own_mail
from shared.sources.people.managers import FIELDS
from shared.sources.people.periods import DATES, Period, day_in, period_of
from shared.sources.people.words import is_nobody
from shared.sources.people.working_time import NOTHING_SAID, WorkingTime, working_time
from shared.sources.reader import Options, Rejection, UnusableError
from shared.sources.table import Row, Table, date_order_of

KEY_MAX: Final = 200  # of the wire's person and team keys
# 1234567 in a narrow column of a spreadsheet: the digits are lost.
_ROUNDED: Final = re.compile(r"\d(?:[.,]\d+)?E\+?\d+", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A row that can be used. `managers` are the cells that should name a manager, with their fields."""

    line: int
    person: str
    other_id: str = ""
    name: str = ""
    team: str = ""
    managers: tuple[tuple[str, str], ...] = ()
    identities: tuple[str, ...] = ()
    period: Period
    work: WorkingTime = NOTHING_SAID
    notices: tuple[str, ...] = ()


def people_table(lines: Iterable[bytes], columns: Mapping[str, str]) -> Table:
    """A table with a column for the person's id or mail address, or with the reason why it is none."""
    table = Table(lines, aliases=ALIASES, columns=columns)
    fields = table.fields
    if "mail" not in fields and "mail" not in columns:
        own = next((place for place, key in enumerate(table.headers) if is_own_mail(key)), None)
        if own is not None and own not in fields.values():
            fields["mail"] = own
    if "person" in fields and "other_id" not in columns:
        others = [table.headers.index(each) for each in ALIASES["other_id"] if each in table.headers]
        fields.pop("other_id", None)
        if other := [place for place in others if place != fields["person"]]:
            fields["other_id"] = other[0]
    if any(field in columns for field in FIELDS):
        for field in set(FIELDS) - set(columns):
            fields.pop(field, None)
    if "person" not in fields:
        table.require("mail", called="person or mail")
    return table


class RowReader:
    """Reads the rows of one table."""

    def __init__(self, table: Table, rows: Iterable[Row | Rejection], options: Options) -> None:
        """Looks at the dates of all rows. Raises UnusableError when they are in no one order."""
        self.mail_is_key: Final = "person" not in table.fields
        self.defaults: Final = not table.fields.keys() & {"mail", "chat", "ticket"}
        self._options: Final = options
        dated = [field for field in DATES if field in table.fields]
        self._order: Final = date_order_of(rows, dated, options.date_order) if dated else ""

    def entry(self, row: Row) -> Entry:
        """What a row says. Raises UnusableError."""
        domain = self._options.mail_domain
        mails = tuple(mail_identity(part, domain=domain) for part in _parts(row["mail"]))
        person = key(next(iter(mails), "").removeprefix("mail:") if self.mail_is_key else row["person"], "person")
        identities = [*mails]
        identities += [chat_identity(part) for part in _parts(row["chat"])]
        identities += [ticket_identity(part) for part in _parts(row["ticket"])]
        managers = tuple((field, key(row[field], "manager")) for field in FIELDS if row[field])
        if self.defaults:
            identities = default_identities(person, self._options)
            # So that an unusable manager shows in the row that names it.
            default_identities(next((cell for _, cell in managers), person), self._options)
        team = row["team"]
        work = working_time(row, partial(day_in, row, self._options, self._order))
        return Entry(
            line=row.line,
            person=person,
            other_id=row["other_id"],
            name=row["name"] or " ".join(filter(None, (row["first_name"], row["last_name"]))),
            team=key(team, "team") if team and not is_nobody(team) else "",
            managers=managers,
            identities=tuple(dict.fromkeys(identities)),
            period=period_of(row, self._options, self._order),
            work=work,
            notices=(*self._notices(row), *work.notices),
        )

    def _notices(self, row: Row) -> Iterable[str]:
        if row["second_manager"] and not is_nobody(row["second_manager"]):
            yield "a second (dotted-line) manager was left out: a person has one reporting line"
        if row["deputy"] and not is_nobody(row["deputy"]):
            yield "a deputy was left out: name who acts for whom with `bellwether delegates add`"


def default_identities(person: str, options: Options) -> list[str]:
    """The accounts of somebody who has none in the table: the id itself."""
    return [mail_identity(person, domain=options.mail_domain), chat_identity(person), ticket_identity(person)]


def key(text: str, what: str) -> str:
    """The id of a person or a team. Raises UnusableError."""
    if not text:
        raise UnusableError(f"the {what} id is empty")
    if looks_like_pseudonym(text):
        raise UnusableError(f"the {what} id is a pseudonym, which is nobody's outside")
    if len(text) > KEY_MAX:
        raise UnusableError(f"the {what} id is longer than {KEY_MAX} characters")
    if not text.isprintable():
        raise UnusableError(f"the {what} id holds a control character")
    if _ROUNDED.fullmatch(text):
        raise UnusableError(f"the {what} id was rounded by a spreadsheet; export it as text")
    return text


def with_period(entry: Entry, period: Period) -> Entry:
    """The same row with another period."""
    return replace(entry, period=period)


def _parts(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.replace(",", ";").split(";") if part.strip() and not is_nobody(part))
