"""The audit: who read what about whom, and why. Rows are only ever added."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from sqlalchemy import BigInteger, ColumnElement, Insert, Integer, Text, bindparam, cast, func, insert, select
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.engine import Connection, Dialect

from shared.storage.bulk import table_of
from shared.storage.tables import AuditRow


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One request that told of people. `at` is in Unix seconds."""

    at: int
    key_id: str
    operation: str
    purpose: str


class AuditStore:
    """Adds to the audit in the caller's transaction (see `Transactions`)."""

    def __init__(self, dialect: Dialect) -> None:
        self._statement: Final = _insert_per_person(postgres=dialect.name == "postgresql")

    def write(self, connection: Connection, disclosure: Disclosure, rows_by_person: Mapping[str, int]) -> None:
        """One row per person, by person. Nobody told of, nothing written."""
        if not rows_by_person:
            return
        people = msgspec.json.encode(dict(sorted(rows_by_person.items()))).decode()
        values = {name: getattr(disclosure, name) for name in Disclosure.__dataclass_fields__}
        connection.execute(self._statement, values | {"people": people})


def _insert_per_person(*, postgres: bool) -> Insert:
    """One statement for all people of a page, of whom there may be six hundred."""
    people: Any = bindparam("people", type_=Text())
    members = func.json_each_text(cast(people, JSON)) if postgres else func.json_each(people)
    each = members.table_valued("key", "value").c
    told: list[ColumnElement[Any]] = [bindparam("at", type_=BigInteger())]
    told += [bindparam(name, type_=Text()) for name in ("key_id", "operation", "purpose")]
    columns = ["at", "key_id", "operation", "purpose", "subject", "rows"]
    return insert(table_of(AuditRow)).from_select(columns, select(*told, each.key, cast(each.value, Integer)))
