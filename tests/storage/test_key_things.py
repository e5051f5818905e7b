"""A store of an earlier version, which knew teams, goals, queues and tickets by what they are called, gets keys."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from cryptography.fernet import Fernet, MultiFernet
from sqlalchemy import insert, select, update

from services.calendar.handle import interaction as meeting_interaction
from services.chat.handle import interaction as chat_interaction
from services.signals.settings import SignalsSettings
from services.signals.upkeep.key_things import EdgeKeys, key_things
from services.simulator.world import events
from services.tickets.handle import interaction as ticket_interaction
from shared.domain.facts.digests import digest
from shared.domain.privacy.named_things import ThingKind, is_key
from shared.ingest.pseudonymise import pseudonymise
from shared.schemas.calendar import CalendarEvent
from shared.schemas.chat import ChatEvent
from shared.schemas.directory import DirectoryEvent, GoalRecorded, TeamRecorded
from shared.schemas.names import renamed
from shared.schemas.registry import CanonicalEvent, event_decoder
from shared.schemas.ticket import TicketEvent
from shared.storage import export
from shared.storage.directory.exclusion_list import excluded_places
from shared.storage.directory.register import Register, claim_pseudonym_key, names_things_in_clear
from shared.storage.dirty_marks import any_mark
from shared.storage.engine.bulk import table_of
from shared.storage.log.event_log import EventLogStore, Outgoing
from shared.storage.tables.exclusions import ExclusionRow
from shared.storage.tables.log import AcceptedRow, EventLogRow, OutboxRow
from shared.storage.tables.register import PseudonymKeyRow
from shared.storage.tables.work import GoalWeekRow, TicketMoveRow
from tests.names import ANY_NAMES, DEPARTING, PSEUDONYMS
from tests.storage.company import AnyRecord, Store, from_scratch, opened
from tests.unit.cli.program import SMALL

KEYS = MultiFernet([Fernet(Fernet.generate_key())])
# Names of the small company, and of nothing else that is stored.
CALLED = ("Compass", "Harbour", "Night Desk", "Customers stay", "answers within a day", "g-company")


class EarlierNames:
    """What an edge of before 0.2 put in the place of names: things stayed what they are called."""

    def __init__(self, event: CanonicalEvent) -> None:
        self._of_things = isinstance(event, TeamRecorded | GoalRecorded)

    def person(self, key: str) -> str:
        return PSEUDONYMS.person(key)

    def identity(self, identity: str) -> str:
        return PSEUDONYMS.identity(identity)

    def native_id(self, text: str) -> str:
        return text if self._of_things else PSEUDONYMS.native_id(text)

    def named(self, kind: ThingKind, text: str) -> str:
        del kind
        return text

    def ticket(self, text: str) -> str:
        return text


def earlier(event: CanonicalEvent) -> Any:
    """As it passed the edge then."""
    passed: Any = renamed(event, EarlierNames(event))
    if isinstance(passed, DirectoryEvent) and hasattr(passed.data, "person") and hasattr(passed.data, "name"):
        return msgspec.structs.replace(passed, data=msgspec.structs.replace(passed.data, name=None))
    return passed


def now(event: CanonicalEvent) -> CanonicalEvent:
    return pseudonymise(event, PSEUDONYMS)[0]


def records(passed: Iterable[CanonicalEvent]) -> list[AnyRecord]:
    """As the topics have them that the signals service reads."""
    made: list[AnyRecord] = []
    for event in passed:
        if isinstance(event, DirectoryEvent):
            made.append(event)
        elif isinstance(event, ChatEvent):
            made.append(chat_interaction(event, ANY_NAMES))
        elif isinstance(event, CalendarEvent):
            made.append(meeting_interaction(event, ANY_NAMES))
        elif isinstance(event, TicketEvent):
            made.append(ticket_interaction(event, ANY_NAMES))
    return made


@cache
def company() -> tuple[CanonicalEvent, ...]:
    return tuple(events(replace(SMALL, people=40, weeks=4)))


async def of_earlier_version(store: Store) -> None:
    """The company as it lay in a store of an earlier version, scored, with a queue that is excluded."""
    await store.take(records(map(earlier, company())))
    await store.scorer.settle()
    async with store.database.write() as connection:
        await claim_pseudonym_key(connection, PSEUDONYMS)
        await connection.execute(update(table_of(PseudonymKeyRow)).values(things_keyed=False))
        place = {"name": "queue:Works council", "reason": "confidential-office", "since": 1}
        await connection.execute(insert(table_of(ExclusionRow)), [place])


def edge_keys(store: Store) -> EdgeKeys:
    return EdgeKeys(PSEUDONYMS, DEPARTING, Register(store.database.engine.dialect, KEYS))


def settings(store: Store, *, embedded: bool = True) -> SignalsSettings:
    url = store.database.engine.url.render_as_string(hide_password=False)
    return SignalsSettings(database=url, embedded=embedded)


async def whole_log(store: Store) -> dict[bytes, tuple[int, bytes]]:
    table = table_of(EventLogRow).c
    async with store.database.read() as connection:
        rows = await connection.execute(select(table.entity, table.revision, table.body))
        return {entity: (revision, body) for entity, revision, body in rows}


async def aggregates(store: Store) -> list[bytes]:
    async with store.database.read() as connection:
        return [line async for line in export.aggregates(connection)]


async def test_it_is_then_as_if_it_had_been_filled_today(database_url: str, tmp_path: Path) -> None:
    today = records(map(now, company()))
    async with opened(database_url) as store:
        await of_earlier_version(store)
        before, facts = await store.readings(), await store.facts()
        assert await key_things(store.database, edge_keys(store), settings(store))
        async with store.database.read() as connection:
            assert not await any_mark(connection), "nothing is scored again for a name"
            assert not await names_things_in_clear(connection)
        after = await store.readings()
        assert len(after) == len(before)
        assert after == await from_scratch(tmp_path, today)
        assert await store.facts() == facts
        log = await whole_log(store)
        assert all(b"Compass" not in body for _, body in log.values())
        latest = {digest(each.entity): each for each in sorted(today, key=lambda each: each.revision)}
        assert {entity: msgspec.json.encode(each) for entity, each in latest.items()} == {
            entity: body for entity, (_, body) in log.items()
        }
        assert not await key_things(store.database, edge_keys(store), settings(store)), "once is enough"
        # What comes in again is known, and counts no second time.
        await store.take(today)
        async with store.database.read() as connection:
            assert not await any_mark(connection)
        assert await store.readings() == after


async def test_readings_of_people_are_the_same_and_all_others_correspond(sqlite_url: str) -> None:
    async with opened(sqlite_url) as store:
        await of_earlier_version(store)
        before, released = await store.readings(), await aggregates(store)
        await key_things(store.database, edge_keys(store), settings(store))
        names = {**{team: PSEUDONYMS.named(ThingKind.TEAM, team) for team in teams()}, **tickets()}
        assert sorted(map(renamed_subject(names), before)) == sorted(await store.readings())
        assert sorted(map(renamed_cohort(names), released)) == sorted(await aggregates(store))


def teams() -> set[str]:
    return {event.data.team for event in company() if isinstance(event, TeamRecorded)}


def tickets() -> dict[str, str]:
    found = {event.data.ticket for event in company() if isinstance(event, TicketEvent)}
    return {ticket: PSEUDONYMS.ticket(ticket) for ticket in found}


def renamed_subject(names: dict[str, str]) -> Any:
    def rename(line: bytes) -> bytes:
        reading = msgspec.json.decode(line)
        kind, colon, rest = reading["subject"].partition(":")
        if kind in {"team", "ticket"}:
            reading["subject"] = kind + colon + names.get(rest, rest)
        return msgspec.json.encode(reading)

    return rename


def renamed_cohort(names: dict[str, str]) -> Any:
    def rename(line: bytes) -> bytes:
        released = msgspec.json.decode(line)
        released["cohort"] = names.get(released["cohort"], released["cohort"])
        return msgspec.json.encode(released)

    return rename


async def test_what_things_were_called_is_in_the_register_alone(sqlite_url: str, tmp_path: Path) -> None:
    async with opened(sqlite_url) as store:
        await of_earlier_version(store)
        held = held_in(tmp_path)
        assert all(name.encode() in held for name in CALLED)
        await key_things(store.database, edge_keys(store), settings(store))
        register = edge_keys(store).register
        async with store.database.read() as connection:
            found = {
                entry.called
                for prefix in ("t-", "g-", "q-")
                for entry in (await connection.run_sync(register.beginning_with, prefix)).values()
            }
            assert await excluded_places(connection) == {f"queue:{PSEUDONYMS.named(ThingKind.QUEUE, 'Works council')}"}
            for table, column in ((GoalWeekRow, "goal"), (TicketMoveRow, "support_group")):
                values = (await connection.execute(select(table_of(table).c[column]).distinct())).scalars().all()
                assert values
                assert all(map(is_key, values))
    assert {"Night Desk", "Customers stay", "Works council"} <= found
    assert [name for name in (*CALLED, "Works council") if name.encode() in held_in(tmp_path)] == []
    assert is_whole(tmp_path)


def is_whole(directory: Path) -> bool:
    with closing(sqlite3.connect(next(directory.rglob("*.db")))) as file:
        return bool(file.execute("PRAGMA integrity_check").fetchone() == ("ok",))


def held_in(directory: Path) -> bytes:
    return b"".join(path.read_bytes() for path in directory.rglob("*.db*"))


async def test_what_was_accepted_and_is_not_processed_goes_on_by_keys(sqlite_url: str) -> None:
    async with opened(sqlite_url) as store:
        await of_earlier_version(store)
        waiting = [earlier(event) for event in company() if isinstance(event, TicketEvent | TeamRecorded)][:50]
        async with store.database.write() as connection:
            out = [Outgoing("events.ticket", each.entity.encode(), msgspec.json.encode(each)) for each in waiting]
            ids = [digest(each.id) for each in waiting]
            await EventLogStore(store.database.engine.dialect).accept(connection, zip(ids, out, strict=True))
        await key_things(store.database, edge_keys(store), settings(store))
        table = table_of(AcceptedRow).c
        async with store.database.read() as connection:
            rows = (await connection.execute(select(table.event, table.key, table.value).order_by(table.id))).all()
        expected = [now(event) for event in company() if isinstance(event, TicketEvent | TeamRecorded)][:50]
        assert [event_decoder().decode(row.value) for row in rows] == expected
        assert [bytes(row.event) for row in rows] == [digest(each.id) for each in expected]
        assert [bytes(row.key) for row in rows] == [each.entity.encode() for each in expected]


async def test_the_directory_topic_of_a_broker_that_keeps_it_follows(sqlite_url: str) -> None:
    async with opened(sqlite_url) as store:
        await of_earlier_version(store)
        async with store.database.write() as connection:
            await connection.execute(table_of(OutboxRow).delete())
        await key_things(store.database, edge_keys(store), settings(store, embedded=False))
        table = table_of(OutboxRow).c
        async with store.database.read() as connection:
            rows = (await connection.execute(select(table.topic, table.key, table.value))).all()
        directory = {bytes(row.key): bytes(row.value) for row in rows if row.topic == "directory"}
        for event in company():
            if isinstance(event, TeamRecorded | GoalRecorded):
                assert directory[event.entity.encode()] == b"", "the record by its name is gone"
                assert now(event).entity.encode() in directory
        assert not [name for name in CALLED for value in directory.values() if name.encode() in value]
