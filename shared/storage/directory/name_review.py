"""Reviewing what teams, goals and queues are called: which names wait, which hold somebody's, and which are shown."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from shared.domain.privacy.named_things import ThingKind, is_key, key_prefix, kind_of_key, neutral_name
from shared.domain.privacy.names_in_text import Finding, Match, PeopleNames, name_in_id
from shared.domain.privacy.pseudonym import is_pseudonym
from shared.storage.directory.confirmed_names import ConfirmedName, confirm, held_back, noted_names
from shared.storage.directory.register import Register
from shared.storage.engine import bulk
from shared.storage.tables.register import ConfirmedNameRow, RegisterRow

_PEOPLE: Final = "p-"
_ACCOUNTS: Final = ("mail:", "chat:", "ticket:")
LONGEST_NAME: Final = 80


@dataclass(frozen=True, slots=True)
class ReviewedName:
    """A team, a goal or a queue with what it is called outside, and what it is shown as."""

    key: str
    kind: ThingKind
    called: str  # empty where the register does not tell, or not any more
    shown: str
    confirmed: bool
    finding: Finding | None  # what is said of people in what it is called or, once it is confirmed, shown as


@dataclass(frozen=True, slots=True)
class ConfirmedAll:
    """What was confirmed, by key, and what waits for a decision of its own."""

    keys: list[str]
    left: list[ReviewedName]


class HoldsNameError(ValueError):
    """A name is not confirmed, as it holds that of somebody. The message does not repeat it."""

    def __init__(self, finding: Finding) -> None:
        what = "the name of somebody" if finding.match is Match.NAME else "a word of somebody's name"
        super().__init__(f"it holds {what} in the directory")
        self.finding: Final = finding


class NameReview:
    """Reviews names in the caller's transaction, with an open register."""

    def __init__(self, register: Register) -> None:
        self._register: Final = register

    def names(self, connection: Connection, kinds: Collection[ThingKind] = tuple(ThingKind)) -> list[ReviewedName]:
        """Everything of these kinds, by kind and name."""
        people, known = people_names(connection, self._register), noted_names(connection)
        found = [
            self._reviewed(key, entry.called, known.get(key), people)
            for kind in kinds
            for key, entry in self._register.beginning_with(connection, key_prefix(kind)).items()
        ]
        there = {each.key for each in found}
        found += [
            self._reviewed(key, "", each, people)
            for key, each in known.items()
            if key not in there and kind_of_key(key) in kinds
        ]
        return sorted(found, key=lambda each: (each.kind, each.called.casefold(), each.key))

    def confirm_all(self, connection: Connection, kinds: Collection[ThingKind], *, now: int) -> ConfirmedAll:
        """Confirm what waits, holds no word of anybody's name and was not withdrawn. `now` is in Unix seconds."""
        waiting = [each for each in self.names(connection, kinds) if not each.confirmed]
        held = held_back(connection)
        free = [each for each in waiting if each.finding is None and each.called and each.key not in held]
        confirm(connection, [ConfirmedName(each.key, each.called, own_words=False, confirmed_at=now) for each in free])
        done = {each.key for each in free}
        return ConfirmedAll(sorted(done), [each for each in waiting if each.key not in done])

    def confirm(
        self, connection: Connection, key: str, *, own_words: str | None = None, no_person: bool = False, now: int
    ) -> str:
        """Confirm what a thing is called, or call it by the operator's `own_words`; gives what it is then shown as.

        With `no_person` a word that is part of somebody's name is taken for an ordinary one.

        Raises LookupError for a key that nothing has, ValueError for words that are no name, and HoldsNameError.
        """
        if own_words is not None and not 1 <= len(own_words.strip()) <= LONGEST_NAME:
            raise ValueError(f"a name has between 1 and {LONGEST_NAME} letters")
        entry = self._register.find(connection, [key]).get(key) if is_key(key) else None
        if entry is None and (own_words is None or key not in noted_names(connection)):
            raise LookupError("there is no such key")
        name = own_words.strip() if own_words is not None else entry.called if entry is not None else ""
        finding = people_names(connection, self._register).find(name)
        if finding is not None and not (no_person and finding.match is Match.PART):
            raise HoldsNameError(finding)
        confirm(connection, [ConfirmedName(key, name, own_words=own_words is not None, confirmed_at=now)])
        return name

    def _reviewed(self, key: str, called: str, known: ConfirmedName | None, people: PeopleNames) -> ReviewedName:
        kind = kind_of_key(key) or ThingKind.TEAM
        return ReviewedName(
            key=key,
            kind=kind,
            called=called,
            shown=known.name if known is not None else neutral_name(kind, key),
            confirmed=known is not None,
            finding=people.find(known.name if known is not None else called),
        )


def people_names(connection: Connection, register: Register) -> PeopleNames:
    """Names and accounts of everybody in the register."""
    entries = [each for key, each in register.beginning_with(connection, _PEOPLE).items() if is_pseudonym(key)]
    accounts = [
        each.text.partition(":")[2]
        for prefix in _ACCOUNTS
        for each in register.beginning_with(connection, prefix).values()
    ]
    names = [each.name or name_in_id(each.text) for each in entries]
    if not any(each.name for each in entries):  # a directory without names: addresses tell them
        names += map(name_in_id, accounts)
    return PeopleNames(filter(None, names), accounts + [each.text for each in entries])


def waiting_names(connection: Connection) -> dict[ThingKind, int]:
    """How many names of each kind wait for an operator; none are counted where there are none. Needs no key."""
    entry, shown = bulk.table_of(RegisterRow).c, bulk.table_of(ConfirmedNameRow).c
    confirmed = select(shown.key).where(shown.name.is_not(None))
    counts = {}
    for kind in ThingKind:
        of_kind = entry.pseudonym.startswith(key_prefix(kind), autoescape=True)
        query = select(func.count()).where(of_kind, entry.pseudonym.not_in(confirmed))
        counts[kind] = connection.execute(query).scalar_one()
    return {kind: count for kind, count in counts.items() if count}
