"""What a store of an earlier version knows by the names that people typed, on its way to keys."""

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from shared.domain.privacy.named_things import ThingKind, is_key, is_keyed_ticket, keyed_ticket_parts
from shared.domain.privacy.pseudonym import Pseudonyms, is_pseudonym
from shared.ingest.pseudonymise import Known, named_things
from shared.schemas.directory import Goal, Person, Team
from shared.schemas.names import renamed
from shared.schemas.registry import CanonicalEvent


class StoredNames:
    """Names of events that passed the edge of an earlier version: people stay as they are, things get their keys.

    Doing it twice changes nothing.
    """

    def __init__(self, pseudonyms: Pseudonyms) -> None:
        self._pseudonyms = pseudonyms

    def person(self, key: str) -> str:
        """Under a pseudonym already."""
        return key

    def identity(self, identity: str) -> str:
        """Under a pseudonym already."""
        return identity

    def native_id(self, text: str) -> str:
        """Ids of records of teams and goals were those of the source."""
        return text if is_pseudonym(text) else self._pseudonyms.native_id(text)

    def named(self, kind: ThingKind, text: str) -> str:
        """The key of what was called by a text."""
        return self._pseudonyms.named(kind, text)

    def ticket(self, text: str) -> str:
        """The id of a ticket as the edge gives it now."""
        return text if is_keyed_ticket(text) else self._pseudonyms.ticket(text)


def keyed(event: CanonicalEvent, pseudonyms: Pseudonyms) -> tuple[CanonicalEvent, tuple[Known, ...]]:
    """An event of an earlier version as it would rest now, and what the things in it are called."""
    changed: Any = renamed(event, StoredNames(pseudonyms))
    if isinstance(changed.data, Person | Team | Goal) and changed.data.name is not None:
        changed = replace(changed, data=replace(changed.data, name=None))
    return changed, tuple(_in_clear(event, pseudonyms))


def _in_clear(event: CanonicalEvent, pseudonyms: Pseudonyms) -> Iterator[Known]:
    for each in named_things(event, pseudonyms):
        if not is_key(each.text) and keyed_ticket_parts(each.text) is None:
            yield each
