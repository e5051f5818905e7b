"""From events to histories by the product's own way, without a broker: handlers, applier, store, loader.

Nothing is re-implemented here, so what is measured on these histories is what the services would compute.
"""

import asyncio
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import msgspec

from services.calendar.handle import interaction as of_calendar
from services.chat.handle import interaction as of_chat
from services.signals.intake.apply import Applier, Candidate, Work, directory_candidate, interaction_candidate
from services.tickets.handle import interaction as of_ticket
from shared.domain.organisation.hierarchy import Organisation
from shared.schemas.calendar import CalendarEvent
from shared.schemas.chat import ChatEvent
from shared.schemas.directory import DirectoryEvent
from shared.schemas.registry import CanonicalEvent
from shared.storage.directory.directory import load_organisation
from shared.storage.engine.database import Database, open_database, sqlite_url
from shared.storage.engine.schema import upgrade
from shared.storage.facts.load import Histories, load_histories
from tests.names import ANY_NAMES

_BATCH = 10_000


@dataclass(frozen=True, slots=True)
class Loaded:
    """Everything that scoring needs of a company."""

    organisation: Organisation
    histories: Histories


def load(events: Iterable[CanonicalEvent]) -> Loaded:
    """Histories of everybody, from events in any order; the whole log is applied before anything is read."""
    return asyncio.run(_load(events))


async def apply_events(database: Database, events: Iterable[CanonicalEvent]) -> None:
    """Write the facts of events into a store, as the services would."""
    applier, candidates = Applier(database.engine.dialect), map(_candidate, events)
    while batch := list(islice(candidates, _BATCH)):
        async with database.write() as connection:
            await applier.apply(connection, Work(candidates=batch))


def _candidate(event: CanonicalEvent) -> Candidate:
    encode = msgspec.json.encode
    if isinstance(event, DirectoryEvent):
        return directory_candidate(event, encode(event))
    if isinstance(event, ChatEvent):
        found = of_chat(event, ANY_NAMES)
    elif isinstance(event, CalendarEvent):
        found = of_calendar(event, ANY_NAMES)
    else:
        found = of_ticket(event, ANY_NAMES)
    return interaction_candidate(found, encode(found))


async def _load(events: Iterable[CanonicalEvent]) -> Loaded:
    with tempfile.TemporaryDirectory(prefix="bellwether-evaluation-") as directory:
        database = open_database(sqlite_url(Path(directory) / "store.db"))
        try:
            await upgrade(database)
            await apply_events(database, events)
            async with database.read() as connection:
                organisation = await load_organisation(connection)
                histories = await load_histories(connection, organisation, organisation.people, since=0)
        finally:
            await database.close()
    return Loaded(organisation, histories)
