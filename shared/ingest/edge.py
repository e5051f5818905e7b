"""The edge: where events come in, excluded places and text are dropped, and nothing keeps the name it came with."""

import asyncio
from collections.abc import Iterable
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.privacy.named_things import is_key
from shared.domain.privacy.pseudonym import DepartingNames, PseudonymChecks, Pseudonyms
from shared.ingest.account_suggestions import AccountSuggestions
from shared.ingest.pseudonymise import Known, pseudonymise
from shared.keyring import Keyring
from shared.schemas.registry import CanonicalEvent
from shared.settings import EdgeSettings
from shared.sources.events.canonical import without_text
from shared.sources.places import place_under, places_of
from shared.storage.directory.exclusion_list import excluded_places
from shared.storage.directory.register import Entry, Register, Registration, claim_pseudonym_key
from shared.storage.engine.database import Database

# A text takes about a millisecond to count markers in: so many of them keep an event loop busy for some ten.
_TAKEN_AT_ONCE: Final = 20


class EdgeKeyError(Exception):
    """Events cannot come in: a key is missing, or it is not the one that the store was filled under."""


class Edge:
    """Takes text and names out of events, and keeps the names in the register; drops what is in excluded places."""

    def __init__(self, keys: Keyring, database: Database, settings: EdgeSettings, *, suggests: bool = False) -> None:
        """With `suggests` it says whose the accounts may be that belong to nobody: imports do.

        Raises EdgeKeyError without the keys of pseudonyms and of the register.
        """
        if keys.pseudonyms is None:
            raise EdgeKeyError("events come in under pseudonyms: name a file with BELLWETHER_PSEUDONYM_KEY_FILE")
        if keys.register is None:
            raise EdgeKeyError("who is who is kept in the register: name a file with BELLWETHER_REGISTER_KEY_FILE")
        self._pseudonyms: Final = keys.pseudonyms
        self.departing: Final = DepartingNames(PseudonymChecks(keys.pseudonyms.check_key()))
        self._register: Final = Register(database.engine.dialect, keys.register)
        self._suggestions: Final = AccountSuggestions(keys.pseudonyms, self._register) if suggests else None
        self._settings: Final = settings
        self._excluded: frozenset[str] = frozenset()
        # As long as the list of teams, goals and queues: each comes in many events.
        self._remembered: Final[dict[str, Known]] = {}

    async def open(self, transaction: AsyncConnection) -> None:
        """Raises EdgeKeyError when the store knows people under another key."""
        if not await claim_pseudonym_key(transaction, self._pseudonyms):
            raise EdgeKeyError(
                "this store was filled under another pseudonym key: nobody in it would be found again. "
                "Name that key with BELLWETHER_PSEUDONYM_KEY_FILE, or start with an empty store"
            )
        await self.follow(transaction)

    async def follow(self, connection: AsyncConnection) -> None:
        """Read again what is left out. To be called for every batch: a long import must not outlast an objection."""
        self._excluded = await places_to_exclude(connection, self._settings, self._pseudonyms)

    async def take(self, events: Iterable[CanonicalEvent]) -> tuple[list[CanonicalEvent], list[Known]]:
        """Events as they may travel, and what pseudonyms and keys stand for. Those in excluded places are gone."""
        taken: list[CanonicalEvent] = []
        known: list[Known] = []
        for number, event in enumerate(events, start=1):
            if number % _TAKEN_AT_ONCE == 0:
                await asyncio.sleep(0)  # heartbeats and health checks have their turn
            # Sources leave no text; this holds for events from anywhere else too.
            bare = without_text(event, text_features=event.source in self._settings.text_sources)
            known_before = len(self._pseudonyms.accounts)
            changed, news = pseudonymise(bare, self._pseudonyms)
            if self._excluded and not self._excluded.isdisjoint(places_of(changed)):
                if self._suggestions is not None:
                    self._suggestions.leave_out(known_before)
                continue
            taken.append(changed)
            known += (each for each in news if not self._remembers(each))
        return taken, known

    async def register(self, transaction: AsyncConnection, known: Iterable[Known]) -> None:
        """Keep who they are, what things are called, and whose new accounts may be."""
        await self._register.put(
            transaction,
            (Registration(each.pseudonym, Entry(each.text, each.name), mention=each.mention) for each in known),
        )

        if self._suggestions is not None:
            await self._suggestions.keep(transaction)

    @property
    def must_register(self) -> bool:
        """Whether `register` has something to do even where nothing new is known."""
        return self._suggestions is not None and self._suggestions.any_new

    def remember(self, known: Iterable[Known]) -> None:
        """Do not take what things are called to the register again. To be called once it is committed there."""
        for each in known:
            if is_key(each.pseudonym) and not (each.mention and each.pseudonym in self._remembered):
                self._remembered[each.pseudonym] = each

    def _remembers(self, each: Known) -> bool:
        found = self._remembered.get(each.pseudonym)
        return found is not None and (each.mention or found == each)


async def places_to_exclude(
    connection: AsyncConnection, settings: EdgeSettings, pseudonyms: Pseudonyms | None
) -> frozenset[str]:
    """Places of the setting and of the list, as the events behind the edge name them."""
    configured = {place_under(each, pseudonyms) for each in settings.excluded_places}
    return await excluded_places(connection) | configured
