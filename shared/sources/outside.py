"""Refuses events that name somebody by a pseudonym: outside the edge it is nobody's id. Pure."""

from typing import Final

from shared.domain.privacy.named_things import ThingKind
from shared.domain.privacy.pseudonym import PseudonymGivenError, looks_like_pseudonym
from shared.schemas.names import renamed
from shared.schemas.registry import CanonicalEvent


class _OutsideNames:
    """Leaves names as they are, but for those that nobody outside has."""

    def person(self, key: str) -> str:
        if looks_like_pseudonym(key):
            raise PseudonymGivenError
        return key

    def identity(self, identity: str) -> str:
        if looks_like_pseudonym(identity.partition(":")[2]):
            raise PseudonymGivenError
        return identity

    def native_id(self, text: str) -> str:
        return text

    def named(self, kind: ThingKind, text: str) -> str:
        del kind
        return text

    def ticket(self, text: str) -> str:
        return text


_OUTSIDE: Final = _OutsideNames()


def refuse_pseudonyms(event: CanonicalEvent) -> None:
    """Raise PseudonymGivenError for an event from outside that names a person or an account by a pseudonym.

    Whoever has seen a colleague's pseudonym could otherwise send events in their name. What a source calls a thing may
    look like one: it gets another at the edge.
    """
    renamed(event, _OUTSIDE)
