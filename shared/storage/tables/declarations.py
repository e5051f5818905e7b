"""How a table declares its own privacy: what names people in it, how long rows are kept, and who may read them.

Each table says it once, in the `info` of its columns and of itself. The data inventory, the grants and row policies,
and the generic half of erasure, access and retention are derived from that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Literal

from pydantic_core import PydanticUndefined
from sqlalchemy import Column, Table
from sqlalchemy.types import TypeEngine
from sqlmodel import Field

Unit = Literal["day", "week", "second"]
DataClass = Literal["facts", "readings", "alerts", "cases", "keys", "audit"]
"""`facts`: text-free counters and steps, and the log they come from. `keys`: API keys that have expired."""


class Names(StrEnum):
    """How a column names people."""

    NOBODY = "nobody"
    PERSON = "person"  # the pseudonym of a person or of an account, and nothing else
    MENTION = "mention"  # a text in which pseudonyms may stand
    ACCOUNT = "account"  # the integer of an account
    ACCOUNTS = "accounts"  # integers of accounts, separated by commas
    DIGEST = "digest"  # from which nobody is found who is not looked for


class Erasure(StrEnum):
    """What erasing a person does to the rows that a column names them in."""

    DELETE = "delete"  # the row goes
    EMPTY = "empty"  # the column is set to NULL
    REPLACE = "replace"  # a word for somebody stands in its place
    REWRITE_LOG = "rewrite-log"  # it goes with the records of the event log that it was made from
    KEEP = "keep"  # it stays: it must stay provable, or is somebody else's as well
    REFUSE = "refuse"  # while a row names them, nobody is erased
    OWN = "own"  # by code of its own in `shared.storage.privacy.erasure`


class About(StrEnum):
    """Whom the rows of a table are about."""

    NOBODY = "nobody"
    PEOPLE = "people"  # names them, their accounts, or what happened between these
    READINGS = "readings"  # what was worked out about named people, and its history


class RowPolicy(StrEnum):
    """Which rows the API's role finds on PostgreSQL; see `shared.storage.access.row_policies`."""

    TENANT = "tenant"  # all, in a transaction for the tenant of the store
    OWN_KEYS = "own-keys"  # those of the tenant
    CASE = "case"  # in an open case, those that the caller may know of
    CASE_OR_OWN = "case-or-own"  # those, and the caller's own pairs
    OF_VISIBLE_ALERTS = "of-visible-alerts"
    OWN_AUDIT = "own-audit"  # what is about the caller; entries may be added
    CASES = "cases"  # may be opened by the caller, and approved by nobody who opened or reads in them
    OWN_ENDPOINTS = "own-endpoints"  # the caller's own, and those of tools
    CASE_PEOPLE = "case-people"  # may be added by the caller to a case that they opened and nobody approved


@dataclass(frozen=True, slots=True)
class Grants:
    """Privileges of the two roles of a server, as GRANT writes them; empty for none."""

    writer: str = ""  # the signals service
    reader: str = ""  # the API


@dataclass(frozen=True, slots=True)
class Ages:
    """Rows grow old by a column, in days or weeks since 1970 or in Unix seconds, and are deleted with their class."""

    data_class: DataClass
    by: str
    unit: Unit = "second"
    begins: str = ""  # column that tells how old a row is, where it ages from a later time
    only: Mapping[str, int] = field(default_factory=dict)  # rows with these values age, the others do not
    disclosed: bool = True  # whether its age may be shown: that of an alert tells that there is one
    chained: bool = False  # rows are sealed to each other and go by a signed cut alone, see `access.audit`


@dataclass(frozen=True, slots=True)
class Shown:
    """Rows are in the report to a person, in this section."""

    section: str


@dataclass(frozen=True, slots=True)
class NotShown:
    """Rows are not in the report to a person, for this reason."""

    reason: str


@dataclass(frozen=True, slots=True)
class TablePrivacy:
    """What a table declares of its rows."""

    about: About
    retention: Ages | str  # or how rows go otherwise
    grants: Grants
    access: Shown | NotShown | None  # None where it names nobody
    policy: RowPolicy


@dataclass(frozen=True, slots=True)
class ColumnPrivacy:
    """What a column declares."""

    names: Names
    erasure: Erasure | None  # None where it names nobody
    belongs_to: tuple[str, str] | None  # table and column of the row that this row goes with
    finds: bool  # whether rows that name a person here are shown to them
    why: str  # why not
    shown: bool  # whether its value is shown
    is_instant: bool  # Unix seconds


TableInfo = dict[str, Any]
_PRIVACY: Final = "privacy"
ALL: Final = "SELECT, INSERT, UPDATE, DELETE"
READ: Final = "SELECT"
FACTS: Final = Grants(writer=ALL)
"""The API has no business with facts."""


def people(
    *,
    access: Shown | NotShown,
    retention: Ages | str,
    grants: Grants = FACTS,
    policy: RowPolicy = RowPolicy.TENANT,
    about: About = About.PEOPLE,
) -> TableInfo:
    """Arguments of a table that tells of people: put them last into `__table_args__`.

    Raises ValueError for readings without a policy of their own: every caller of the tenant would find them.
    """
    if about is About.READINGS and policy is RowPolicy.TENANT:
        raise ValueError("a table of readings needs a row policy")
    return {"info": {_PRIVACY: TablePrivacy(about, retention, grants, access, policy)}}


def nobody(*, retention: Ages | str, grants: Grants = FACTS) -> TableInfo:
    """Arguments of a table that tells of nobody: put them last into `__table_args__`."""
    return {"info": {_PRIVACY: TablePrivacy(About.NOBODY, retention, grants, None, RowPolicy.TENANT)}}


def column(
    sa_type: type[TypeEngine[Any]] | TypeEngine[Any],
    *,
    names: Names,
    erasure: Erasure = Erasure.DELETE,
    belongs_to: tuple[str, str] | None = None,
    not_found_by: str = "",
    hidden: bool = False,
    instant: bool = False,
    key: bool = False,
    index: bool = False,
    unique: bool = False,
    autoincrement: bool | Literal["auto"] = "auto",
    default: Any = PydanticUndefined,
) -> Any:
    """A column that says whom it names.

    `not_found_by` says why rows that name a person here are not shown to them; `hidden` leaves the value out of what
    is shown. `belongs_to` names the table and column of the row that this row goes with when that is deleted.

    Raises ValueError for a digest that erasure would have to find by itself.
    """
    if names is Names.DIGEST and erasure is Erasure.DELETE:
        raise ValueError("rows with a digest of somebody are found by code of its own")
    privacy = ColumnPrivacy(
        names=names,
        erasure=None if names is Names.NOBODY else erasure,
        belongs_to=belongs_to,
        finds=not not_found_by,
        why=not_found_by,
        shown=not hidden,
        is_instant=instant,
    )
    arguments: dict[str, Any] = {"info": {_PRIVACY: privacy}}
    if autoincrement != "auto":
        arguments["autoincrement"] = autoincrement
    return Field(default, sa_type=sa_type, primary_key=key, index=index, unique=unique, sa_column_kwargs=arguments)


def privacy_of(table: Table) -> TablePrivacy:
    """What a table declares. Raises LookupError for one that says nothing."""
    found: TablePrivacy | None = table.info.get(_PRIVACY)
    if found is None:
        raise LookupError(f"the table {table.name} does not declare its privacy")
    return found


def column_privacy(found: Column[Any]) -> ColumnPrivacy:
    """What a column declares. Raises LookupError for one that says nothing."""
    privacy: ColumnPrivacy | None = found.info.get(_PRIVACY)
    if privacy is None:
        raise LookupError(f"the column {found.table.name}.{found.name} does not say whom it names")
    return privacy
