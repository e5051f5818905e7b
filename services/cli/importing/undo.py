"""Undoes the last table of people that changed something: its records are taken back, and who was who is again."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.cli.connection import Connection, store
from services.cli.errors import UsageError
from services.cli.event_sender import event_sender
from services.cli.importing.files import BATCH_EVENTS
from services.cli.importing.refresh import revised
from services.cli.operator_account import operator_of, record
from shared.domain.organisation.hierarchy import SINCE_EVER
from shared.domain.privacy.pseudonym import PseudonymChecks, Pseudonyms
from shared.ingest.pseudonymise import pseudonymise
from shared.schemas.directory import (
    Absence,
    AbsenceRecorded,
    IdentityLink,
    IdentityLinked,
    LineRecorded,
    Person,
    PersonRecorded,
    ReportingLine,
    Schedule,
    ScheduleRecorded,
)
from shared.schemas.envelope import event_id, utc
from shared.schemas.registry import CanonicalEvent
from shared.sources.people.records import RECORDED_AT, since
from shared.storage.directory.changes import DirectoryChange, changes_of, forget_changes, last_day
from shared.storage.directory.recorded import Recorded, load_recorded
from shared.storage.directory.register import Entry, Register


async def undo(connection: Connection) -> tuple[datetime, int]:
    """Take back what the last table changed; says of which day it was, and how many records there are.

    Raises UsageError when there is none.
    """
    keys = connection.keyring()
    if keys.pseudonyms is None:
        raise UsageError("there is no pseudonym key: name its file with BELLWETHER_PSEUDONYM_KEY_FILE")
    async with store(connection) as database:
        async with database.write() as writing:
            await record(connection, writing, await operator_of(connection, writing), "directory undo")
        register = Register(database.engine.dialect, keys.register)
        async with database.read() as reading:
            last = await last_day(reading)
            if last is None:
                raise UsageError("no table of people has changed anything since the first")
            changes = await changes_of(reading, last)
            known = await load_recorded(reading, PseudonymChecks(keys.pseudonyms.check_key()))
            entries = await _entries(reading, register, changes)
        events = [
            event
            for change in changes
            if (event := _taken_back(change, entries, known, keys.pseudonyms, last)) is not None
        ]
        async with event_sender(connection) as send:
            for start in range(0, len(events), BATCH_EVENTS):
                await send(events[start : start + BATCH_EVENTS])
        async with database.write() as writing:
            await forget_changes(writing, last)
    return last, len(events)


async def _entries(connection: AsyncConnection, register: Register, changes: list[DirectoryChange]) -> dict[str, Entry]:
    names = {each.person for each in changes} | {each.account for each in changes if each.account}
    return dict(await connection.run_sync(register.find, names))


def _taken_back(
    change: DirectoryChange, entries: dict[str, Entry], known: Recorded, names: Pseudonyms, day: datetime
) -> CanonicalEvent | None:
    """The record that takes a change back; None for somebody who was erased since."""
    person, account = entries.get(change.person), entries.get(change.account)
    if person is None or (change.account and account is None):
        return None
    begins = None if change.valid_from <= SINCE_EVER else utc(change.valid_from)
    # From its own beginning to its own beginning: it is never in force.
    span: dict[str, Any] = {"valid_from": begins or day, "valid_to": begins or day}
    event: CanonicalEvent
    match change.kind:
        case "person":
            record = Person(person=person.text, name=person.name, active=False, **(span if begins is not None else {}))
            event = PersonRecorded(**_envelope(change, person.text + since(begins)), data=record)
        case "line":
            line = ReportingLine(person=person.text, manager=None, **span)
            event = LineRecorded(**_envelope(change, person.text + since(begins)), data=line)
        case "schedule":
            schedule = Schedule(person=person.text, **span)
            event = ScheduleRecorded(**_envelope(change, person.text + since(begins)), data=schedule)
        case "absence":
            absence = Absence(person=person.text, **span)
            event = AbsenceRecorded(**_envelope(change, person.text + since(begins)), data=absence)
        case _:
            identity = account.text if account is not None else ""
            link = IdentityLink(person=person.text, identity=identity, **span)
            event = IdentityLinked(**_envelope(change, identity + since(begins)), data=link)
    return revised(event, known, pseudonymise(event, names)[0].entity)


def _envelope(change: DirectoryChange, native: str) -> dict[str, Any]:
    return {
        "id": event_id(source=change.source, kind=change.kind, native_id=native),
        "source": change.source,
        "time": RECORDED_AT,
    }
