"""Turns what is named on the command line into names of the exclusion list."""

from typing import Final

from services.cli.connection import Connection
from services.cli.errors import UsageError
from shared.domain.privacy.excluded_place import PlaceKind, kind_of
from shared.domain.privacy.pseudonym import PseudonymGivenError, Pseudonyms, looks_like_pseudonym
from shared.sources.places import place_under
from shared.storage.directory.exclusion_list import PLANNED, planned_name, planned_skip_levels

_ACCOUNTS: Final = ("mail:", "chat:", "ticket:")


def exclusion_names(connection: Connection, who: list[str]) -> list[str]:
    """The names, by pseudonym and in the same order.

    Raises UsageError for planned talks without two people, and where a pseudonym names a person or an account.
    """
    pseudonyms = connection.keyring().pseudonyms
    try:
        return [_name(each, pseudonyms) for each in who]
    except PseudonymGivenError as error:
        raise UsageError(str(error)) from error


def names_a_place(who: str) -> bool:
    """Whether a name is that of a place."""
    return kind_of(who) is not None


def _name(who: str, pseudonyms: Pseudonyms | None) -> str:
    kind, _, native = who.partition(":")
    if kind == PlaceKind.LIST and looks_like_pseudonym(native):
        raise PseudonymGivenError  # an address is somebody's
    if names_a_place(who):
        return place_under(who, pseudonyms)
    person = (lambda each: each) if pseudonyms is None else pseudonyms.person
    if who.startswith(PLANNED):
        ((one, above),) = planned_skip_levels([who]) or [("", "")]
        if not one:
            raise UsageError(f"{who}: planned talks are written skip:PERSON/ABOVE")
        return planned_name(person(one), person(above))
    if who.startswith(_ACCOUNTS):
        return who if pseudonyms is None else pseudonyms.identity(who)
    return person(who)
