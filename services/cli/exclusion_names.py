"""Turns what is named on the command line into names of the exclusion list."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from services.cli.connection import Connection
from services.cli.errors import UsageError
from shared.domain.privacy.excluded_place import PlaceKind, kind_of
from shared.domain.privacy.pseudonym import PseudonymGivenError, Pseudonyms, looks_like_pseudonym
from shared.sources.places import place_under
from shared.storage.directory.exclusion_list import PLANNED, planned_name, planned_skip_levels
from shared.storage.directory.known import known_names

_ACCOUNTS: Final = ("mail:", "chat:", "ticket:")


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody or something as `who` names it, and what it is called on the list.

    `people` are the persons or accounts in it, each by pseudonym and in clear; none for a place.
    """

    who: str
    name: str
    people: tuple[tuple[str, str], ...] = ()

    @property
    def in_clear(self) -> str:
        """What it would be called on the list if the store knew people by their own ids."""
        clear = [each for _, each in self.people]
        return planned_name(*clear) if self.who.startswith(PLANNED) else "".join(clear) or self.name


def exclusion_names(connection: Connection, who: list[str]) -> list[Named]:
    """What is named, in the same order.

    Raises UsageError for planned talks without two people, and where a pseudonym names a person or an account.
    """
    pseudonyms = connection.keyring().pseudonyms
    try:
        return [_named(each, pseudonyms) for each in who]
    except PseudonymGivenError as error:
        raise UsageError(str(error)) from error


async def names_in_use(transaction: AsyncConnection, named: list[Named]) -> tuple[list[str], list[str]]:
    """Names for the list, and those of `who` that are about nobody in the store. Places are never among the latter.

    Names in clear are among the first only where the store holds them, from before there was a gateway.
    """
    known = await known_names(transaction, (form for each in named for forms in each.people for form in forms))
    names = [each.name for each in named]
    names += [each.in_clear for each in named if each.people and all(clear in known for _, clear in each.people)]
    nobody = [each.who for each in named if not all(known.intersection(forms) for forms in each.people)]
    return list(dict.fromkeys(names)), nobody


def names_a_place(who: str) -> bool:
    """Whether a name is that of a place."""
    return kind_of(who) is not None


def _named(who: str, pseudonyms: Pseudonyms | None) -> Named:
    kind, _, native = who.partition(":")
    if kind == PlaceKind.LIST and looks_like_pseudonym(native):
        raise PseudonymGivenError  # an address is somebody's
    if names_a_place(who):
        return Named(who, place_under(who, pseudonyms))
    person = (lambda each: each) if pseudonyms is None else pseudonyms.person
    if who.startswith(PLANNED):
        ((one, above),) = planned_skip_levels([who]) or [("", "")]
        if not one:
            raise UsageError(f"{who}: planned talks are written skip:PERSON/ABOVE")
        first, second = person(one), person(above)
        return Named(who, planned_name(first, second), ((first, one), (second, above)))
    if who.startswith(_ACCOUNTS):
        account = who if pseudonyms is None else pseudonyms.identity(who)
        return Named(who, account, ((account, who),))
    return Named(who, person(who), ((person(who), who),))
