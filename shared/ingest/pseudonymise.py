"""The last step at the edge: canonical events under pseudonyms, and what the register must know to undo it."""

from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from shared.domain.privacy.pseudonym import Pseudonyms
from shared.schemas.directory import IdentityLinked, PersonRecorded
from shared.schemas.names import renamed
from shared.schemas.registry import CanonicalEvent


@dataclass(frozen=True, slots=True)
class Known:
    """What a pseudonym of the directory stands for."""

    pseudonym: str
    text: str  # the HR system's id, or the identity
    name: str | None = None


def pseudonymise(event: CanonicalEvent, pseudonyms: Pseudonyms) -> tuple[CanonicalEvent, tuple[Known, ...]]:
    """The event as it may travel and rest, and what it said of people. Raises PseudonymGivenError."""
    known: tuple[Known, ...] = ()
    changed: Any = renamed(event, pseudonyms)
    match event:
        case PersonRecorded(data=person):
            known = (Known(pseudonyms.person(person.person), person.person, person.name),)
            changed = replace(changed, data=replace(changed.data, name=None))
        case IdentityLinked(data=link):
            known = (Known(pseudonyms.identity(link.identity), link.identity),)
        case _:
            pass
    return changed, known
