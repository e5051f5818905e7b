import asyncio
import random
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from services.signals.intake.apply import Applier, Work, interaction_candidate
from services.signals.settings import SignalsSettings
from shared.schemas.chat import Markers
from shared.schemas.envelope import utc
from shared.schemas.interaction import AnyInteraction, Contact, Met, Reacted, Retracted, Stepped, TicketStepKind
from shared.storage.engine.bulk import table_of
from shared.storage.log.event_log import sizes
from shared.storage.log.offsets import FencedError, OffsetStore, Position
from shared.storage.tables.facts import IdentityRow
from shared.storage.tables.log import DeadLetterRow, PartitionOffsetRow
from shared.telemetry import names
from shared.transport.errors import FencedBatchError
from tests.storage.company import (
    DEAD_LETTERS,
    DIRECTORY,
    INTERACTIONS,
    TOPIC_IDS,
    Store,
    opened,
    person,
    processor_of,
)

START = 1_699_833_600  # a Monday
EVERYBODY = [f"mail:{name}@x.io" for name in ("ann", "bob", "cyd", "dan", "eve", "fay")]
STEPS: tuple[TicketStepKind, ...] = (
    "created", "commented", "assigned", "handed_to_group", "priority_raised", "reopened", "escalated", "resolved",
)  # fmt: skip
ANN, BOB, CYD = EVERYBODY[:3]


def contact(number: int, revision: int = 0, *, to: Sequence[str] = (BOB,), asks: int = 0, at: int = START) -> Contact:
    entity = f"mail:message:{number}"
    return Contact(
        id=f"{entity}:{revision}" if revision else entity, entity=entity, revision=revision, at=utc(at),
        channel="mail", actor=ANN, recipients=tuple(to), audience=len(to), thread="t",
        markers=Markers(basis="text", words=9, questions=asks),
    )  # fmt: skip


def retracted(number: int, revision: int) -> Retracted:
    entity = f"mail:message:{number}"
    return Retracted(id=f"{entity}:{revision}", entity=entity, revision=revision, at=utc(START))


def one_of(chance: random.Random, number: int, revision: int) -> AnyInteraction:
    """Some revision of some entity."""
    people = chance.sample(EVERYBODY, 5)
    entity = f"x:thing:{number}"
    at = utc(START + chance.randrange(20) * 43_200)
    same: dict[str, Any] = {
        "id": f"{entity}:{revision}" if revision else entity,
        "entity": entity,
        "revision": revision,
        "at": at,
    }
    kind = number % 4
    if revision and chance.random() < 0.2:
        return Retracted(**same)
    if kind == 0:
        to = people[1 : chance.randrange(2, 6)]
        markers = Markers(
            basis=chance.choice(["text", "text", "not_english"]), words=4, requests=chance.randrange(2),
            acknowledges=chance.random() < 0.5, advocacy=chance.randrange(3), uptake=chance.randrange(-300, 300),
        )  # fmt: skip
        reply = chance.choice([None, to[0]])
        return Contact(
            **same, channel="chat", actor=people[0], recipients=tuple(to), audience=4, in_reply_to=reply,
            markers=markers,
        )  # fmt: skip
    if kind == 1:
        return Met(
            **same, organiser=people[0], attendees=tuple(people[1:3]), declined=tuple(people[3:4]), start=at, end=at,
            cancelled=chance.random() < 0.3, changed_by=people[4], series=chance.choice([None, "weekly"]),
        )  # fmt: skip
    if kind == 2:
        return Reacted(**same, channel="chat", actor=people[0], author=people[1])
    step = chance.choice(STEPS)
    return Stepped(
        **same, ticket=f"T-{number}", step=step, actor=people[0], reporter=people[1], assignee=people[2],
        previous_assignee=people[3],
    )  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_facts_depend_on_the_set_of_records_only(database_url: str, sqlite_url: str, seed: int) -> None:
    """Shuffled, sent twice and split into batches, a log gives the facts of its latest revisions alone."""
    chance = random.Random(seed)
    log = {number: [one_of(chance, number, revision) for revision in range(number % 3 + 1)] for number in range(40)}
    async with opened(sqlite_url + ".latest") as latest:
        await latest.take([revisions[-1] for revisions in log.values()])
        facts, details = await latest.facts(), await latest.details()
    assert len(facts) > 30
    everything = [each for revisions in log.values() for each in revisions]
    everything += chance.sample(everything, 30)
    chance.shuffle(everything)
    async with opened(database_url) as store:
        while everything:
            size = chance.choice([1, 2, 7, 20])
            await store.take(everything[:size])
            del everything[:size]
        assert await store.facts() == facts
        assert await store.details() == details


async def test_a_record_sent_twice_counts_once(database_url: str) -> None:
    async with opened(database_url) as store:
        await store.take([contact(1), contact(1)])
        once = await store.facts()
        await store.take([contact(1)])
        assert await store.facts() == once
        assert b'"messages":1' in once[0]
        assert b'"texts":{"texts":1}' in once[0]
        assert store.metrics.registry.get_sample_value(f"{names.DUPLICATES.name}_total", {"service": "signals"}) == 2


async def test_an_older_revision_after_a_newer_changes_nothing(database_url: str) -> None:
    async with opened(database_url) as store:
        await store.take([contact(1, 5, asks=1)])
        facts, details = await store.facts(), await store.details()
        await store.take([contact(1), contact(1, 4, to=(CYD,))])
        await store.take([retracted(1, 3)])
        assert (await store.facts(), await store.details()) == (facts, details)


async def test_an_edit_takes_the_place_of_what_it_edits(database_url: str, sqlite_url: str) -> None:
    async with opened(sqlite_url + ".latest") as latest:
        await latest.take([contact(1, 1, to=(CYD, BOB)), contact(2)])
        facts, details = await latest.facts(), await latest.details()
    async with opened(database_url) as store:
        await store.take([contact(1, asks=2), contact(2)])
        assert await store.facts() != facts
        await store.take([contact(1, 1, to=(CYD, BOB))])
        assert (await store.facts(), await store.details()) == (facts, details)


async def test_a_deletion_takes_back_to_exactly_zero(database_url: str) -> None:
    chance = random.Random(4)
    things = [one_of(chance, number, 0) for number in range(24)]
    async with opened(database_url) as store:
        await store.take(things)
        assert await store.facts()
        await store.take([Retracted(id=f"{each.id}:1", entity=each.entity, revision=1, at=each.at) for each in things])
        assert (await store.facts(), await store.details()) == ([], [])
        async with store.database.read() as connection:
            attended = await connection.execute(text("SELECT count(*) FROM attendance"))
            assert attended.scalar_one() == 0


async def rows(store: Store) -> tuple[object, ...]:
    """Everything that a batch can write."""
    offsets = table_of(PartitionOffsetRow)
    async with store.database.read() as connection:
        stored = (await connection.execute(select(offsets).order_by(offsets.c.topic))).all()
        known = (await connection.execute(select(func.count()).select_from(table_of(IdentityRow)))).scalar_one()
        dirty = (await connection.execute(text("SELECT count(*) FROM dirty"))).scalar_one()
        queues = await sizes(connection)
    return (stored, known, dirty, queues, await store.facts(), await store.details())


async def test_a_gap_before_one_partition_undoes_the_whole_batch(database_url: str) -> None:
    async with opened(database_url) as store:
        await store.take([contact(1)])
        before = await rows(store)
        good = store.batch(DIRECTORY, [msgspec.json.encode(person("ann"))])
        store.next_offset[INTERACTIONS] += 1
        gap = store.batch(INTERACTIONS, [msgspec.json.encode(contact(2)), b"poison"])
        with pytest.raises(FencedBatchError):
            await store.processor.process({**good, **gap})
        assert await rows(store) == before


async def test_a_moved_offset_undoes_what_was_already_applied(database_url: str) -> None:
    """Compare-and-set: whoever comes from a position that is no longer stored has done nothing."""
    async with opened(database_url) as store:
        await store.take([contact(1)])
        before = await rows(store)
        applier = Applier(store.database.engine.dialect)
        offsets = OffsetStore("signals", store.database.engine.dialect)
        stale = Position(INTERACTIONS, 0, TOPIC_IDS[INTERACTIONS], 0)
        work = Work(candidates=[interaction_candidate(contact(2), msgspec.json.encode(contact(2)))])

        async def apply_late() -> None:
            async with store.database.write() as connection:
                await applier.apply(connection, work)
                await offsets.advance(connection, stale, to=1, watermark=START)

        with pytest.raises(FencedError):
            await apply_late()
        assert await rows(store) == before
        foreign = Position(INTERACTIONS, 0, "another/log", 1)
        with pytest.raises(FencedError):
            async with store.database.write() as connection:
                await offsets.advance(connection, foreign, to=2, watermark=START)


async def test_records_that_were_done_are_passed_over_when_they_come_with_new_ones(database_url: str) -> None:
    async with opened(database_url) as store:
        first = [msgspec.json.encode(contact(1)), b"poison"]
        await store.process(INTERACTIONS, first)
        before = await rows(store)
        store.next_offset[INTERACTIONS] = 0
        await store.process(INTERACTIONS, first)
        assert await rows(store) == before
        store.next_offset[INTERACTIONS] = 0
        await store.process(INTERACTIONS, [*first, msgspec.json.encode(contact(2))])
        assert store.next_offset[INTERACTIONS] == 3
        assert b'"messages":2' in (await store.facts())[0]
        counted = {name: store.metrics.registry.get_sample_value(f"{name}_total", labels) for name, labels in (
            (names.DUPLICATES.name, {"service": "signals"}),
            (names.DEAD_LETTERS.name, {"service": "signals", "topic": INTERACTIONS, "reason": "not_json"}),
        )}  # fmt: skip
        assert counted == {names.DUPLICATES.name: 0, names.DEAD_LETTERS.name: 1}


async def test_two_owners_of_a_batch_apply_it_once(database_url: str) -> None:
    async with opened(database_url) as store:
        zombie = processor_of(store.writer, SignalsSettings(database=database_url), store.metrics)
        batch = store.batch(INTERACTIONS, [msgspec.json.encode(contact(number)) for number in range(20)])
        done = await asyncio.gather(
            store.processor.process(batch), zombie.process(batch), zombie.process(batch), return_exceptions=True
        )
        assert all(isinstance(each, dict | FencedBatchError) for each in done), done
        assert any(isinstance(each, dict) for each in done)
        assert b'"messages":20' in (await store.facts())[0]


async def test_a_failed_batch_is_forgotten_and_can_be_tried_again(database_url: str) -> None:
    """Integers of identities that were rolled back must not be used: here another process takes them first."""
    async with opened(database_url) as store:
        batch = store.batch(INTERACTIONS, [msgspec.json.encode(contact(1))])
        async with store.database.write() as connection:
            await connection.execute(text("ALTER TABLE dirty RENAME TO dirty_away"))
        with pytest.raises(DBAPIError):
            await store.processor.process(batch)
        async with store.database.write() as connection:
            await connection.execute(text("ALTER TABLE dirty_away RENAME TO dirty"))
            await connection.execute(text("INSERT INTO identity (key) VALUES ('mail:first@x.io'), ('mail:next@x.io')"))
        assert await store.facts() == []
        await store.processor.process(batch)
        (fact,) = await store.facts()
        assert msgspec.json.decode(fact)["sender"] == ANN
        assert msgspec.json.decode(fact)["recipient"] == BOB


CANARY = "zyxcanary"
MESSAGE = msgspec.json.encode(contact(1))
HOSTILE = {
    "no json": f"{CANARY}".encode(),
    "bad utf-8": MESSAGE.replace(b"ann@", b"\xff@"),
    "half a surrogate": MESSAGE.replace(b"ann@", b"\\ud800@"),
    "nul": MESSAGE.replace(b"ann@", b"a\\u0000n@"),
    "another version": MESSAGE.replace(b'{"kind"', b'{"v":2,"kind"'),
    "another kind": MESSAGE.replace(b'"contact"', f'"{CANARY}"'.encode()),
    "revision beyond 64 bits": MESSAGE.replace(b'{"kind"', b'{"revision":18446744073709551615,"kind"'),
    "revision beyond all bits": MESSAGE.replace(b'{"kind"', b'{"revision":1' + b"0" * 40 + b',"kind"'),
    "the year one": MESSAGE.replace(b"2023-11-13", b"0001-01-01"),
}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
async def test_one_bad_record_neither_blocks_nor_loses_its_neighbours(database_url: str, hostile: bytes) -> None:
    assert hostile != MESSAGE
    good = [msgspec.json.encode(contact(number)) for number in (2, 3)]
    async with opened(database_url) as store:
        await store.process(INTERACTIONS, [good[0], hostile, good[1]])
        facts = [msgspec.json.decode(each) for each in await store.facts()]
        assert sum(each.get("messages", 0) for each in facts if each["day"] == "2023-11-13") == 2
        assert store.next_offset[INTERACTIONS] == 3
        if "0001-01-01" in hostile.decode(errors="replace"):
            return  # early, but an instant like any other
        letters = table_of(DeadLetterRow)
        async with store.database.read() as connection:
            (letter,) = (await connection.execute(select(letters))).all()
            assert (await sizes(connection))["outbox"] == 1
        assert (letter.topic, letter.offset, letter.stage) == (INTERACTIONS, 1, "signals")
        assert CANARY not in str(letter)


LETTER = b'{"topic":"t","partition":1,"offset":2,"incarnation":"i","sha256":"s","reason":"r","stage":"chat","v":1}'


@pytest.mark.parametrize(
    "hostile",
    [
        LETTER.replace(b'"partition":1', b'"partition":4294967296'),
        LETTER.replace(b'"offset":2', b'"offset":18446744073709551615'),
        LETTER.replace(b'"topic":"t"', b'"topic":"\\u0000"'),
    ],
)
async def test_a_bad_dead_letter_is_kept_and_not_sent_round_in_circles(database_url: str, hostile: bytes) -> None:
    async with opened(database_url) as store:
        await store.process(DEAD_LETTERS, [LETTER, hostile])
        async with store.database.read() as connection:
            queues = await sizes(connection)
        assert (queues["dead_letter"], queues["outbox"]) == (2, 0)


async def test_a_bad_name_in_the_directory_is_a_dead_letter(database_url: str) -> None:
    hostile = msgspec.json.encode(person("bob")).replace(b"Bob", b"B\\u0000b")
    async with opened(database_url) as store:
        await store.process(DIRECTORY, [msgspec.json.encode(person("ann")), hostile])
        async with store.database.read() as connection:
            assert (await sizes(connection))["dead_letter"] == 1
            assert (await connection.execute(text("SELECT key FROM person"))).scalars().all() == ["ann"]
