"""The audit: who read what about whom, and why; who was refused, and who administered what.

Entries are added, each sealed with the one before, and go when old.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Insert,
    Integer,
    Text,
    and_,
    bindparam,
    cast,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.engine import Connection, Dialect

from shared.domain.privacy.audit_chain import BEFORE_ALL, ChainKeys, Cut, Entry, Head, Root, Signer
from shared.domain.privacy.audit_verification import Audit
from shared.domain.privacy.roles import Purpose
from shared.storage.engine.bulk import table_of
from shared.storage.tables.audit import AuditCutRow, AuditEntryRow, AuditHeadRow, AuditRootRow, AuditRow
from shared.storage.tables.directory import ReportingLineRow

_ENTRY: Final = table_of(AuditEntryRow)
_HEAD: Final = table_of(AuditHeadRow)
_ROOT: Final = table_of(AuditRootRow)
_CUT: Final = table_of(AuditCutRow)
_INDEX: Final = table_of(AuditRow)
_LINE: Final = table_of(ReportingLineRow).c
_PEOPLE: Final = msgspec.json.Decoder(dict[str, int])
# Made once: building a statement costs more than running it.
_INSERT_ENTRY: Final = insert(_ENTRY)
_LOCKED_HEAD: Final = select(_HEAD.c.sequence, _HEAD.c.last).with_for_update()
_MOVE_HEAD: Final = update(_HEAD).values(
    sequence=bindparam("to"), epoch=bindparam("by"), last=bindparam("sealed"), seal=bindparam("end")
)

ADMINISTRATION: Final = "administration"
"""Stands for the purpose in entries of what was administered: keys, cases, webhooks, exclusions, models, the mode."""
REFUSED: Final = "refused"
"""Stands for the purpose in entries of what was refused. The operation says why."""

EXPORTS: Final = ("export readings", "export facts", "export alerts")
"""Commands that tell of everybody, as the audit names them beside the operations of the API."""

# Reads that tell of pairs alone, of everybody alike, or of oneself. Those above a chain's person must not learn from
# the audit that somebody looked at it, or at an alert: whatever is not known to be harmless is not told to them. Nor is
# a look at their pairs, where it was for this purpose: it would say just as much.
_SHOWN_TO_LEADERS: Final = ("listRelationships", "access", "replay", "alerts count", *EXPORTS)
_TELLING: Final = Purpose.ESCALATION_PREVENTION.value


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One request that told of people, was refused, or administered something. `at` is in Unix seconds."""

    at: int
    key_id: str
    operation: str
    purpose: str


class Look(NamedTuple):
    """A read that told of a person. `rows` counts the rows about them; `at` is in Unix seconds."""

    entry: int
    at: int
    key_id: str
    operation: str
    purpose: str
    rows: int


class AuditStore:
    """Adds to the audit in the caller's transaction (see `Transactions`): without the entry there is no answer."""

    def __init__(self, dialect: Dialect, keys: ChainKeys | None = None) -> None:
        self._keys: Final = keys or ChainKeys()
        self._insert: Final = sqlite.insert if dialect.name == "sqlite" else postgresql.insert
        self._index: Final = _insert_per_person(postgres=dialect.name == "postgresql")

    def write(self, connection: Connection, disclosure: Disclosure, rows_by_person: Mapping[str, int]) -> None:
        """One entry, and one row per person that it is found by. Nobody told of, nothing written.

        Writers wait for each other: the lock on the end of the chain is held until the transaction ends.
        """
        if rows_by_person:
            self._add(connection, disclosure, rows_by_person)

    def record(self, connection: Connection, act: Disclosure) -> None:
        """One entry of what told of nobody: something that was refused or administered. It waits as `write` does."""
        self._add(connection, act, {})

    def _add(self, connection: Connection, disclosure: Disclosure, rows_by_person: Mapping[str, int]) -> None:
        head = self._head(connection)
        values = {name: getattr(disclosure, name) for name in Disclosure.__dataclass_fields__}
        people = dict(sorted(rows_by_person.items()))
        entry = Entry(head.sequence + 1, self._keys.epoch, **values, rows_by_person=people)
        seal = self._keys.seal(head.last, entry)
        end = None if seal is None else self._keys.seal_head(entry.epoch, entry.sequence, seal)
        text = msgspec.json.encode(people).decode()
        row = values | {"sequence": entry.sequence, "epoch": entry.epoch, "people": text, "seal": seal}
        connection.execute(_INSERT_ENTRY, row)
        if people:
            connection.execute(self._index, values | {"entry": entry.sequence, "people": text})
        connection.execute(_MOVE_HEAD, {"to": entry.sequence, "by": entry.epoch, "sealed": seal, "end": end})

    def _head(self, connection: Connection) -> Any:
        """The end of the chain, locked. Readers of the tables do not wait for it."""
        head = connection.execute(_LOCKED_HEAD).one_or_none()
        if head is None:
            epoch = self._keys.epoch
            start = {"id": 1, "sequence": 0, "epoch": epoch, "last": BEFORE_ALL}
            start["seal"] = self._keys.seal_head(epoch, 0, BEFORE_ALL)
            connection.execute(self._insert(_HEAD).values(start).on_conflict_do_nothing())
            head = connection.execute(_LOCKED_HEAD).one()
        return head


def chained_with(connection: Connection, keys: ChainKeys) -> bool:
    """Whether the end of the chain was sealed with one of these keys; true when nothing is in it yet."""
    epoch = connection.execute(select(_HEAD.c.epoch)).scalar_one_or_none()
    return epoch is None or keys.knows(epoch)


def read_audit(connection: Connection) -> Audit:
    """Everything there is to verify, over one snapshot."""
    entries = [
        (
            Entry(row.sequence, row.epoch, row.at, row.key_id, row.operation, row.purpose, _PEOPLE.decode(row.people)),
            bytes(row.seal),
        )
        for row in connection.execute(select(_ENTRY).order_by(_ENTRY.c.sequence))
    ]
    by_sequence = {entry.sequence: (entry.at, entry.key_id, entry.operation, entry.purpose) for entry, _ in entries}
    index: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for row in connection.execute(select(_INDEX)):
        agrees = by_sequence.get(row.entry) == (row.at, row.key_id, row.operation, row.purpose)
        twice = row.subject in index[row.entry]
        # A row that says anything else than its entry is nobody's number of rows.
        index[row.entry][row.subject] = row.rows if agrees and not twice else -1
    head = connection.execute(select(_HEAD)).one_or_none()
    cut = _cut(connection)
    return Audit(
        entries=entries,
        index=dict(index),
        head=None if head is None else Head(head.sequence, head.epoch, bytes(head.last), bytes(head.seal)),
        roots=signed_roots(connection),
        cut=cut,
    )


def sign_root(connection: Connection, signer: Signer, *, at: int) -> Root | None:
    """Sign what has been added since the last root, and keep the root; None when nothing has.

    Raises IntegrityError when somebody else signs the same at the same time.
    """
    last = connection.execute(select(func.max(_ROOT.c.last))).scalar_one() or 0
    new = select(_ENTRY.c.seal).where(_ENTRY.c.sequence > last).order_by(_ENTRY.c.sequence)
    seals = [bytes(seal) for seal in connection.execute(new).scalars()]
    if not seals:
        return None
    root = signer.sign(last + 1, at, seals)
    connection.execute(insert(_ROOT), {name: getattr(root, name) for name in Root.__dataclass_fields__})
    return root


def signed_roots(connection: Connection) -> list[Root]:
    """All roots, in the order of what they cover."""
    return [_root(row) for row in connection.execute(select(_ROOT).order_by(_ROOT.c.first))]


def cut_off(connection: Connection, signer: Signer, *, before: int, at: int) -> int:
    """Let entries go that were signed before an instant, and sign up to where; how many entries went.

    What is not signed stays, however old. Instants are Unix seconds.
    """
    cut = _cut(connection)
    begun = 0 if cut is None else cut.through
    old = select(func.max(_ROOT.c.last)).where(_ROOT.c.at < before)
    through = connection.execute(old).scalar_one() or 0
    if through <= begun:
        return 0
    seal = bytes(connection.execute(select(_ENTRY.c.seal).where(_ENTRY.c.sequence == through)).scalar_one())
    made = signer.cut(through, at, seal)
    values = {name: getattr(made, name) for name in Cut.__dataclass_fields__}
    connection.execute(insert(_CUT).values(values | {"id": 1}) if cut is None else update(_CUT).values(values))
    # Now the database lets them go.
    connection.execute(delete(_INDEX).where(_INDEX.c.entry <= through))
    return connection.execute(delete(_ENTRY).where(_ENTRY.c.sequence <= through)).rowcount


def _cut(connection: Connection) -> Cut | None:
    row = connection.execute(select(_CUT)).one_or_none()
    return None if row is None else Cut(row.through, row.at, bytes(row.seal), row.signer, bytes(row.signature))


def latest_entries(connection: Connection, *, limit: int) -> list[Entry]:
    """The newest entries, the latest first."""
    query = select(_ENTRY).order_by(_ENTRY.c.sequence.desc()).limit(limit)
    return [
        Entry(row.sequence, row.epoch, row.at, row.key_id, row.operation, row.purpose, _PEOPLE.decode(row.people))
        for row in connection.execute(query)
    ]


def looks_at(connection: Connection, person: str, *, limit: int, before: int | None = None) -> list[Look]:
    """Every read about a person, latest first.

    To somebody who ever led people, reads of chains and alerts are not shown, nor any whose purpose was to prevent an
    escalation: they would tell that one of theirs may go over their head. Nor must the numbers of entries be, whose
    gaps tell of what was found about others.
    """
    index = _INDEX.c
    led = select(_LINE.person).where(_LINE.manager == person, _LINE.person != person).exists()
    query = select(*(index[name] for name in Look._fields)).where(
        index.subject == person, and_(index.operation.in_(_SHOWN_TO_LEADERS), index.purpose != _TELLING) | ~led
    )
    if before is not None:
        query = query.where(index.entry < before)
    return [Look._make(row) for row in connection.execute(query.order_by(index.entry.desc()).limit(limit))]


def _root(row: Any) -> Root:
    return Root(row.first, row.last, row.at, bytes(row.root), row.signer, bytes(row.signature))


def _insert_per_person(*, postgres: bool) -> Insert:
    """One statement for all people of a page, of whom there may be six hundred."""
    people: Any = bindparam("people", type_=Text())
    members = func.json_each_text(cast(people, JSON)) if postgres else func.json_each(people)
    each = members.table_valued("key", "value").c
    values: list[ColumnElement[Any]] = [
        bindparam("entry", type_=BigInteger()),
        bindparam("at", type_=BigInteger()),
    ]
    values += [bindparam(name, type_=Text()) for name in ("key_id", "operation", "purpose")]
    columns = ["entry", "at", "key_id", "operation", "purpose", "subject", "rows"]
    # Its failure ends the transaction, so SQLite need not keep every page that it changes in order to take it back.
    adding = insert(_INDEX).prefix_with("OR ROLLBACK", dialect="sqlite")
    return adding.from_select(columns, select(*values, each.key, cast(each.value, Integer)))
