"""What teams, goals and queues are shown as: by the name that an operator has confirmed, or by a neutral one."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Final

from sqlalchemy import ColumnElement, and_, insert, select, true, update
from sqlalchemy.engine import Connection

from shared.domain.privacy.named_things import ThingKind, keyed_ticket_parts, neutral_name
from shared.storage.engine import bulk
from shared.storage.tables.register import ConfirmedNameRow

_NAME: Final = bulk.table_of(ConfirmedNameRow)


@dataclass(frozen=True, slots=True)
class ConfirmedName:
    """A name that may be shown everywhere. `confirmed_at` is in Unix seconds."""

    key: str
    name: str
    own_words: bool  # the operator's, not those of the source
    confirmed_at: int


@dataclass(frozen=True, slots=True)
class ShownNames:
    """Looks up what things are called, for whoever shows them."""

    confirmed: Mapping[str, str] = field(default_factory=dict)

    def of(self, kind: ThingKind, key: str) -> str:
        """The confirmed name of a thing, or a neutral one."""
        return self.confirmed.get(key) or neutral_name(kind, key)

    def ticket(self, ticket: str) -> str:
        """The id of a ticket by the name of its project; other ids stay as they are."""
        parts = keyed_ticket_parts(ticket)
        return ticket if parts is None else self.of(ThingKind.QUEUE, parts.project) + parts.number


def shown_names(connection: Connection) -> ShownNames:
    """What is confirmed now. Read whenever something is shown, so nothing is computed again for a name."""
    rows = connection.execute(select(_NAME.c.key, _NAME.c.name).where(_NAME.c.name.is_not(None)))
    return ShownNames({row.key: row.name for row in rows})


def noted_names(connection: Connection) -> dict[str, ConfirmedName | None]:
    """Every key that had a confirmed name, with the one it has; None where it was withdrawn."""
    query = select(_NAME.c.key, _NAME.c.name, _NAME.c.own_words, _NAME.c.confirmed_at).order_by(_NAME.c.key)
    return {row.key: None if row.name is None else ConfirmedName(*row) for row in connection.execute(query)}


def confirm(connection: Connection, names: Iterable[ConfirmedName]) -> None:
    """Show these from now on, in the caller's transaction. Nothing is deleted: the API may not."""
    for each in names:
        values = asdict(each) | {"held_back": False}
        if not connection.execute(update(_NAME).where(_NAME.c.key == each.key).values(values)).rowcount:
            connection.execute(insert(_NAME).values(values))


def withdraw(connection: Connection, keys: Collection[str]) -> int:
    """Show neutral names for these again, and hold them back; how many were confirmed."""
    return _withdraw(connection, keys, true(), held_back=True)


def withdraw_renamed(connection: Connection, keys: Collection[str]) -> None:
    """Show neutral names for what is called otherwise now, until that is confirmed. An operator's own words stay."""
    _withdraw(connection, keys, _NAME.c.own_words.is_(False), held_back=False)


def hold_back(connection: Connection, keys: Collection[str]) -> None:
    """Let none of these be confirmed but by its key. What is confirmed stays."""
    missing = sorted({*keys} - noted_names(connection).keys())
    if missing:
        row = {"name": None, "own_words": False, "held_back": True, "confirmed_at": 0}
        connection.execute(insert(_NAME), [row | {"key": key} for key in missing])
    for part in bulk.parts(sorted(keys)):
        connection.execute(update(_NAME).where(_NAME.c.key.in_(part), _NAME.c.name.is_(None)).values(held_back=True))


def held_back(connection: Connection) -> frozenset[str]:
    """Keys of which nothing is shown until an operator confirms them one by one."""
    return frozenset(connection.execute(select(_NAME.c.key).where(_NAME.c.held_back)).scalars())


def _withdraw(connection: Connection, keys: Collection[str], which: ColumnElement[bool], *, held_back: bool) -> int:
    count = 0
    for part in bulk.parts(sorted(keys)):
        shown = and_(_NAME.c.key.in_(part), _NAME.c.name.is_not(None), which)
        count += connection.execute(update(_NAME).where(shown).values(name=None, held_back=held_back)).rowcount
    return count
