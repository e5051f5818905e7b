"""A person is erased: nothing names them any more, nobody else's readings change, and nothing brings them back."""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import msgspec
import pytest
from cryptography.fernet import Fernet, MultiFernet
from prometheus_client import generate_latest
from sqlalchemy import delete, insert, select, text

from services.calendar.handle import interaction as meeting_interaction
from services.chat.handle import interaction as chat_interaction
from services.signals.settings import SignalsSettings
from services.signals.upkeep.erase import NotErasedError, Proof, erase
from services.simulator.world import events
from services.tickets.handle import interaction as ticket_interaction
from shared.domain.privacy.pseudonym import Pseudonyms
from shared.domain.week import week_end
from shared.ingest.pseudonymise import pseudonymise
from shared.schemas.calendar import CalendarEvent
from shared.schemas.chat import ChatEvent
from shared.schemas.directory import DirectoryEvent, IdentityLinked, LineRecorded
from shared.schemas.envelope import utc
from shared.schemas.interaction import Contact
from shared.schemas.ticket import TicketEvent
from shared.storage.directory.register import Entry, Register, Registration
from shared.storage.dirty_marks import DirtyMark, DirtyMarkStore
from shared.storage.engine.bulk import table_of
from shared.storage.privacy import erasure_check
from shared.storage.privacy.erasure_check import compact, occurrences
from shared.storage.privacy.gauges import PrivacyGauges
from shared.storage.privacy.subject import Subject, subject_of
from shared.storage.readings.store import scoring_state
from shared.storage.releases.gauges import show_release_gauges
from shared.storage.tables.audit import AuditEntryRow, AuditRow
from shared.storage.tables.directory import PersonRow, TeamRow
from shared.storage.tables.log import OutboxRow
from shared.storage.tables.register import RegisterRow
from shared.telemetry.cohorts import CohortGauges
from tests.names import ANY_NAMES
from tests.storage.company import AnyRecord, Store, opened
from tests.unit.cli.program import SMALL

PSEUDONYMS = Pseudonyms(b"e" * 32)
KEYS = MultiFernet([Fernet(Fernet.generate_key())])


@dataclass(frozen=True, slots=True)
class Company:
    records: tuple[AnyRecord, ...]
    person: str  # who leads somebody and is led
    canaries: tuple[str, ...]  # what they are called outside
    registrations: tuple[Registration, ...]


@cache
def company() -> Company:
    """The directory and all channels of a small company, as they come from the topics."""
    records: list[AnyRecord] = []
    registrations: dict[str, Registration] = {}
    lines: list[LineRecorded] = []
    links: list[IdentityLinked] = []
    for event in events(replace(SMALL, people=40, weeks=4)):
        changed, known = pseudonymise(event, PSEUDONYMS)
        registrations |= {each.pseudonym: Registration(each.pseudonym, Entry(each.text, each.name)) for each in known}
        if isinstance(changed, DirectoryEvent):
            records.append(changed)
        elif isinstance(changed, ChatEvent):
            records.append(chat_interaction(changed, ANY_NAMES))
        elif isinstance(changed, CalendarEvent):
            records.append(meeting_interaction(changed, ANY_NAMES))
        elif isinstance(changed, TicketEvent):
            records.append(ticket_interaction(changed, ANY_NAMES))
        if isinstance(event, LineRecorded):
            lines.append(event)
        if isinstance(event, IdentityLinked):
            links.append(event)
    managers = {line.data.manager for line in lines}
    middle = next(line.data.person for line in lines if line.data.person in managers and line.data.manager)
    accounts = [link.data.identity for link in links if link.data.person == middle]
    canaries = [middle, *accounts, *(each.partition(":")[2] for each in accounts)]
    return Company(tuple(records), PSEUDONYMS.person(middle), tuple(canaries), tuple(registrations.values()))


async def filled(store: Store) -> Company:
    made = company()
    await store.take(made.records)
    await store.scorer.settle()
    async with store.database.write() as connection:
        await Register(store.database.engine.dialect, KEYS).put(connection, made.registrations)
    return made


def settings_of(store: Store) -> SignalsSettings:
    return SignalsSettings(database=store.database.engine.url.render_as_string(hide_password=False))


# Made of more people than their subject names: live ones, and those of later weeks, are of one person fewer.
OVER_SEVERAL = {"organisation", "team", "leader", "series"}


def kind_of(line: bytes) -> str:
    subject: str = msgspec.json.decode(line)["subject"]
    return subject.partition(":")[0]


async def closed_readings(store: Store) -> list[bytes]:
    """Readings as of closed weeks."""
    async with store.database.read() as connection:
        closed = utc(week_end((await scoring_state(connection)).scored_week))
    return [line for line in await store.readings() if as_of(line) <= closed]


def as_of(line: bytes) -> datetime:
    return datetime.fromisoformat(msgspec.json.decode(line)["as_of"])


def assert_same(after: Sequence[bytes], others: Sequence[bytes], closed: Collection[bytes]) -> None:
    """Not a byte of anybody else's readings is another; only live ones over several people may be."""
    differing = set(after) ^ set(others)
    assert {kind_of(line) for line in differing} <= OVER_SEVERAL
    assert not differing & set(closed)
    assert [line for line in after if kind_of(line) not in OVER_SEVERAL] == [
        line for line in others if kind_of(line) not in OVER_SEVERAL
    ]


def from_others(made: Company, subject: Subject, *, days_ago: int) -> tuple[Contact, tuple[str, str]]:
    """A message between two others, so many days before the last, and who the two are."""
    owners = {each.data.identity: each.data.person for each in made.records if isinstance(each, IdentityLinked)}
    contacts = [each for each in made.records if isinstance(each, Contact)]
    found = next(
        each
        for each in contacts
        if len(each.recipients) == 1 and not {each.actor, *each.recipients} & set(subject.identities.values())
    )
    name = f"{found.entity}:{days_ago}"
    at = max(each.at for each in contacts) - timedelta(days=days_ago)
    sent = msgspec.structs.replace(found, id=name, entity=name, at=at, in_reply_to=None)
    return sent, (owners[found.actor], owners[found.recipients[0]])


async def mark_everybody(store: Store) -> None:
    async with store.database.write() as connection:
        people = (await connection.execute(select(table_of(PersonRow).c.key))).all()
        await DirtyMarkStore(store.database.engine.dialect).put(
            connection, [DirtyMark.of_person(key, 0) for (key,) in people]
        )


def without(lines: Sequence[bytes], person: str) -> list[bytes]:
    return [line for line in lines if person.encode() not in line]


async def test_nobody_elses_readings_change_and_nothing_names_them(database_url: str) -> None:
    async with opened(database_url) as store:
        made = await filled(store)
        before = await store.readings()
        async with store.database.read() as connection:
            subject = await subject_of(connection, made.person)
        assert subject is not None
        assert len(subject.identities) == 3
        assert len(without(before, made.person)) < len(before)

        proof = await erase(store.database, made.person, settings=settings_of(store), at=int(time.time()))
        assert proof is not None
        assert proof.remaining == {}
        assert proof.records_rewritten > 100
        assert proof.removed["reading"] == len(before) - len(without(before, made.person))
        others, closed = without(before, made.person), await closed_readings(store)
        assert without(closed, made.person) == closed
        assert set(map(kind_of, closed)) >= OVER_SEVERAL
        await store.scorer.settle()
        assert_same(await store.readings(), others, closed)
        # Everybody once more, from the first day on.
        await mark_everybody(store)
        await store.scorer.settle()
        assert_same(await store.readings(), others, closed)
        # Two of the others are found to have been in touch long ago; nobody but them has other readings by it.
        late, two = from_others(made, subject, days_ago=12)
        await store.take([late])
        await store.scorer.settle()
        bystanders = without(without(closed, two[0]), two[1])
        assert without(without(await closed_readings(store), two[0]), two[1]) == bystanders
        # And the next week closes.
        await store.take([from_others(made, subject, days_ago=-8)[0]])
        await store.scorer.settle()
        last = max(map(as_of, closed))
        later = [line for line in await closed_readings(store) if as_of(line) <= last]
        assert without(without(later, two[0]), two[1]) == bystanders
        assert max(map(as_of, await closed_readings(store))) > last
        async with store.database.read() as connection:
            left = await occurrences(connection, subject.pseudonyms, subject.identities.keys())
            assert set(left) == {"outbox.key"}
            keys = await connection.run_sync(Register(store.database.engine.dialect, KEYS).find, subject.pseudonyms)
            assert keys == {}
            entries = (await connection.execute(select(table_of(RegisterRow).c.pseudonym))).all()
            assert len(entries) == len(made.registrations) - 4
        again = await erase(store.database, made.person, settings=settings_of(store), at=1)
        assert again == proof, "there is nothing to erase any more, and the proof is that of then"
        assert await erase(store.database, "nobody", settings=settings_of(store), at=1) is None


async def test_what_comes_again_does_not_bring_them_back(sqlite_url: str) -> None:
    async with opened(sqlite_url) as store:
        made = await filled(store)
        await erase(store.database, made.person, settings=settings_of(store), at=1)
        await store.scorer.settle()
        after = (await store.readings(), await store.facts(), await store.details())
        # The whole log once more, and a directory that still knows them at a higher revision.
        again = [msgspec.structs.replace(each, revision=7, id=f"{each.entity}:7") for each in made.records]
        await store.take([*made.records, *(each for each in again if isinstance(each, DirectoryEvent))])
        await store.scorer.settle()
        assert (await store.readings(), await store.facts(), await store.details()) == after
        async with store.database.read() as connection:
            assert "identity.key" not in await occurrences(connection, [made.person])


async def test_a_store_that_never_knew_them_by_name_says_the_same(sqlite_url: str, tmp_path: Path) -> None:
    """A rebuild from the event log gives what the erased store has."""
    from services.cli.reports.replay import replay

    async with opened(sqlite_url) as store:
        made = await filled(store)
        await erase(store.database, made.person, settings=settings_of(store), at=1)
        await store.scorer.settle()
        async with store.database.write() as connection:
            await connection.execute(delete(table_of(OutboxRow)))
        compared = await replay(store.database, tmp_path, settings=SignalsSettings(publish_readings=False))
        assert compared.differences == ()
        assert compared.readings > 1_000


async def test_the_topics_hear_of_it(sqlite_url: str) -> None:
    async with opened(sqlite_url) as store:
        made = await filled(store)
        async with store.database.write() as connection:
            await connection.execute(delete(table_of(OutboxRow)))
        proof = await erase(store.database, made.person, settings=settings_of(store), at=1)
        assert proof is not None
        async with store.database.read() as connection:
            rows = (await connection.execute(select(table_of(OutboxRow)))).all()
        assert proof.tombstones == len(rows)
        directory = [row for row in rows if row.topic == "directory"]
        readings = [row for row in rows if row.topic == "signals.readings"]
        assert len(directory) >= 1 + 3 + 1  # the person, their accounts, their line; goals and lines of others
        assert all(made.person.encode() in row.key and not row.value for row in readings)
        assert readings
        assert not [row for row in rows if made.person.encode() in row.value]


async def test_an_erasure_that_would_leave_something_changes_nothing(sqlite_url: str) -> None:
    async with opened(sqlite_url) as store:
        made = await filled(store)
        before = (await store.readings(), await store.facts())
        async with store.database.write() as connection:
            await connection.execute(insert(table_of(TeamRow)).values(key=f"team of {made.person}"))
        with pytest.raises(NotErasedError, match=r"team\.key"):
            await erase(store.database, made.person, settings=settings_of(store), at=1)
        assert (await store.readings(), await store.facts()) == before


async def test_no_file_log_or_metric_holds_what_they_were_called(
    sqlite_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="bellwether")
    async with opened(sqlite_url) as store:
        made = await filled(store)
        async with store.database.read() as connection:
            subject = await subject_of(connection, made.person)
        assert subject is not None
        assert [each for each in subject.pseudonyms if each.encode() in bytes_in(tmp_path)] == list(subject.pseudonyms)
        await erase(store.database, made.person, settings=settings_of(store), at=1)
        async with store.database.write() as connection:
            await connection.execute(delete(table_of(OutboxRow)))  # as the relay does once Kafka has them
            # The audit is kept: it says of a pseudonym that somebody looked.
            for model in (AuditRow, AuditEntryRow):
                await connection.execute(text(f"DROP TRIGGER {table_of(model).name}_no_delete"))
                await connection.execute(delete(table_of(model)))
        await compact(store.database)
        held = bytes_in(tmp_path)
        await show_release_gauges(store.database, store.metrics, CohortGauges(store.metrics))
        await PrivacyGauges(store.metrics, kept_days={}, k=5).show(store.database)
        measured = generate_latest(store.metrics.registry)
        logged = "\n".join(each.getMessage() for each in caplog.records if each.name.startswith("bellwether")).encode()
        for place in (held, measured, logged):
            assert [each for each in (*made.canaries, *subject.pseudonyms) if each.encode() in place] == []


async def test_a_file_that_still_holds_them_is_said_to(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What others are reading cannot be overwritten; erasing again, once they are done, does."""
    monkeypatch.setattr(erasure_check, "_BUSY_SECONDS", 0.1)
    async with opened(sqlite_url) as store:
        made = await filled(store)
        async with store.database.write() as connection:
            await connection.execute(delete(table_of(OutboxRow)))

        async def erased() -> Proof:
            proof = await erase(store.database, made.person, settings=settings_of(store), at=1)
            assert proof is not None
            assert proof.remaining == {}
            return proof

        async with store.database.read() as reading:
            await reading.execute(select(table_of(PersonRow)))
            assert not (await erased()).overwritten
            assert made.person.encode() in bytes_in(tmp_path)
        async with store.database.write() as connection:
            await connection.execute(delete(table_of(OutboxRow)))
        assert (await erased()).overwritten
        assert made.person.encode() not in bytes_in(tmp_path)


def bytes_in(directory: Path) -> bytes:
    return b"".join(path.read_bytes() for path in directory.iterdir() if path.is_file())
