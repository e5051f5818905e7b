"""The person whose data is shown or erased, and the conditions that find them in any column."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, LargeBinary, Text, bindparam, exists, func, literal, or_, select
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.privacy.pseudonym import Pseudonyms, is_pseudonym, is_pseudonymous
from shared.storage.directory.register import Register
from shared.storage.dirty_marks import columns_naming
from shared.storage.engine import bulk
from shared.storage.privacy.data_inventory import NamingColumn
from shared.storage.tables.declarations import Names
from shared.storage.tables.directory import IdentityLinkRow, PersonRow
from shared.storage.tables.facts import IdentityRow


@dataclass(frozen=True, slots=True)
class Subject:
    """A person by pseudonym, with the accounts that were theirs alone, by integer."""

    person: str
    identities: Mapping[int, str]
    shared: tuple[str, ...] = ()  # accounts that were also somebody else's: those stay, without this person
    also: tuple[str, ...] = ()  # what else stands for them, with no account in the store
    in_clear: frozenset[str] = frozenset()  # those of their names that anybody may guess: no digest of them is kept

    @property
    def pseudonyms(self) -> tuple[str, ...]:
        """Everything that stands for them."""
        return (self.person, *self.identities.values(), *self.also)


async def subject_of(connection: AsyncConnection, person: str) -> Subject | None:
    """A person with their accounts; None when the directory does not know them and nothing is about them."""
    link, identity = bulk.table_of(IdentityLinkRow).c, bulk.table_of(IdentityRow).c
    joined = bulk.table_of(IdentityLinkRow).join(bulk.table_of(IdentityRow), link.identity == identity.id)
    query = select(identity.id, identity.key).select_from(joined).where(link.person == person)
    own: dict[int, str] = {row.id: row.key for row in await connection.execute(query)}
    people = bulk.table_of(PersonRow).c
    known = await connection.execute(select(people.key).where(people.key == person))
    if not own and known.one_or_none() is None:
        return None
    others = await connection.execute(
        select(link.identity).where(link.identity.in_(list(own)), link.person != person).distinct()
    )
    also = {each for (each,) in others}
    return Subject(
        person=person,
        identities={each: key for each, key in own.items() if each not in also},
        shared=tuple(sorted(own[each] for each in also)),
    )


@dataclass(frozen=True, slots=True)
class OutsideId:
    """Somebody by the HR system's id, with what tells how the store may know them: under pseudonyms, or in clear.

    Before there was a gateway, producers could write names in clear to topics behind the edge.
    """

    person: str
    pseudonyms: Pseudonyms
    register: Register

    async def subjects(self, connection: AsyncConnection) -> tuple[Subject, ...]:
        """Them by their pseudonym first, with accounts that nobody is linked to; then in clear, where they are so.

        Empty when the store knows nothing of them. Raises PseudonymGivenError.
        """
        called = self.pseudonyms.person(self.person)
        known, clear = await subject_of(connection, called), await subject_of(connection, self.person)
        unlinked, also = await self._unlinked(connection, [each for each in (known, clear) if each is not None])
        if known is None and clear is None and not unlinked:
            return ()
        first = known or Subject(called, {})
        first = _told_apart(replace(first, identities={**first.identities, **unlinked}, also=also))
        return (first,) if clear is None else (first, _told_apart(clear))

    async def _unlinked(
        self, connection: AsyncConnection, subjects: Sequence[Subject]
    ) -> tuple[dict[int, str], tuple[str, ...]]:
        """Accounts of theirs in the other form: those in the store that nobody is linked to, and those that are not."""
        keys = {key for subject in subjects for key in subject.identities.values()}
        entries = await connection.run_sync(self.register.find, keys)
        texts = {each.text for each in entries.values()} | {key for key in keys if not is_pseudonymous(key)}
        wanted = (texts | {self.pseudonyms.identity(each) for each in texts}) - keys
        identity, link = bulk.table_of(IdentityRow).c, bulk.table_of(IdentityLinkRow).c
        unlinked: dict[int, str] = {}
        stored: set[str] = set()
        for part in bulk.parts(sorted(wanted)):
            linked = exists().where(link.identity == identity.id)
            for row in await connection.execute(
                select(identity.id, identity.key, linked).where(identity.key.in_(part))
            ):
                stored.add(row[1])
                unlinked |= {} if row[2] else {row[0]: row[1]}
        return unlinked, tuple(sorted(filter(is_pseudonymous, wanted - stored)))


def _told_apart(subject: Subject) -> Subject:
    clear = (each for each in subject.pseudonyms if not is_pseudonym(each) and not is_pseudonymous(each))
    return replace(subject, in_clear=frozenset(clear))


def naming(dialect: Dialect, found: NamingColumn, subject: Subject) -> ColumnElement[bool]:
    """The column names the subject. Raises ValueError for a column of digests, which nobody is found by."""
    column, ids = found.column, sorted(subject.identities)
    match found.privacy.names:
        case Names.PERSON:
            return column.in_(subject.pseudonyms)
        case Names.MENTION:
            return or_(*(contains(dialect, column, each) for each in subject.pseudonyms))
        case Names.ACCOUNT:
            return column.in_(ids)
        case Names.ACCOUNTS:
            return or_(*(lists(column, each) for each in ids))
        case Names.DIGEST | Names.NOBODY:
            raise ValueError(f"nobody is found by {found.place}")


def contains(dialect: Dialect, column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """The column's text or bytes contain the name of a person or an account.

    A pseudonym is found anywhere, as nothing else looks like one. An id in clear may be a part of any word: it is found
    where it is the whole text, or a whole string in JSON, a mark of what to compute, or follows a colon at the end.
    """
    if is_pseudonym(name) or is_pseudonymous(name):
        return _holds(dialect, column, name)
    in_json = {msgspec.json.encode(name).decode(), json.dumps(name)}
    found = [_holds(dialect, column, each) for each in sorted(in_json)]
    if isinstance(column.type, LargeBinary):
        return or_(column == name.encode(errors="surrogatepass"), *found)
    marks = columns_naming(name, ())
    return or_(column.in_([name, *marks]), column.endswith(f":{name}", autoescape=True), *found)


def _holds(dialect: Dialect, column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    is_bytes = isinstance(column.type, LargeBinary)
    needle = bindparam(None, text.encode() if is_bytes else text, type_=LargeBinary() if is_bytes else Text())
    if dialect.name == "sqlite":
        return func.instr(column, needle) > 0
    # PostgreSQL's position() takes bytes as well as text; strpos() does not.
    return func.position(needle.op("IN")(column)) > 0


def lists(column: ColumnElement[Any], account: int) -> ColumnElement[bool]:
    """The column's integers, separated by commas, have the account among them."""
    return literal(",").concat(column).concat(",").contains(f",{account},")
