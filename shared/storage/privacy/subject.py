"""The person whose data is shown or erased, and the conditions that find them in any column."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, Text, bindparam, func, literal, or_, select
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection

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

    @property
    def pseudonyms(self) -> tuple[str, ...]:
        """Everything that stands for them."""
        return (self.person, *self.identities.values())


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


def contains(dialect: Dialect, column: ColumnElement[Any], pseudonym: str) -> ColumnElement[bool]:
    """The column's text or bytes contain the pseudonym. Pseudonyms are plain ASCII without special characters."""
    is_bytes = isinstance(column.type, LargeBinary)
    needle = bindparam(None, pseudonym.encode() if is_bytes else pseudonym, type_=LargeBinary() if is_bytes else Text())
    if dialect.name == "sqlite":
        return func.instr(column, needle) > 0
    # PostgreSQL's position() takes bytes as well as text; strpos() does not.
    return func.position(needle.op("IN")(column)) > 0


def lists(column: ColumnElement[Any], account: int) -> ColumnElement[bool]:
    """The column's integers, separated by commas, have the account among them."""
    return literal(",").concat(column).concat(",").contains(f",{account},")
