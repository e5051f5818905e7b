"""Facts of meetings of which several records tell: they follow from all of them, however these arrive."""

import random
from typing import Any

import pytest
from sqlalchemy import select

from shared.schemas.interaction import AnyInteraction
from shared.storage.directory.directory import load_organisation
from shared.storage.engine.bulk import table_of
from shared.storage.facts.exclusion import excluded_identities
from shared.storage.facts.load import Histories, load_histories
from shared.storage.tables.facts import MeetingRow
from tests.cases.calendar_inputs import calendar, ics, message, records, vevent
from tests.storage.company import AnyRecord, Store, link, opened, person

ANA, BO, CY, BO_TOO = (f"mail:{name}@x.test" for name in ("ana", "bo", "cy", "bo.too"))
THREE = "ORGANIZER:mailto:ana@x.test\nATTENDEE:mailto:bo@x.test\nATTENDEE:mailto:cy@x.test\n"
TUESDAYS, WEDNESDAYS = (f"DTSTART:202501{day}T090000Z\nDURATION:PT30M\n" for day in ("07", "08"))
TWELVE = "RRULE:FREQ=WEEKLY;COUNT=12\n"


def stamp(day: str) -> str:
    return f"DTSTAMP:2025{day}T000000Z\n"


def told(text: str, owner: str = "") -> list[AnyInteraction]:
    return records(ics(text, owner=owner))


LOG = [
    *told(calendar(vevent(TWELVE, who=THREE, times=TUESDAYS, stamp=stamp("0101")))),
    *told(calendar(vevent(TWELVE, who=THREE, times=TUESDAYS, stamp=stamp("0101"))), "bo@x.test"),
    *told(
        calendar(
            vevent(f"SEQUENCE:1\n{TWELVE}EXDATE:20250226T090000Z\n", who=THREE, times=WEDNESDAYS, stamp=stamp("0201"))
        )
    ),
    *told(message("CANCEL", "SEQUENCE:2\n", who="", times="", stamp=stamp("0310"))),
    *told(message("REPLY", who="ATTENDEE;PARTSTAT=DECLINED:mailto:cy@x.test\n", times=TUESDAYS, stamp=stamp("0115"))),
    *told(calendar(vevent(uid="one", who=THREE))),
    *told(message("REPLY", uid="one", who="ATTENDEE;PARTSTAT=DECLINED:mailto:bo@x.test\n", stamp=stamp("0602"))),
]


async def rows(store: Store) -> int:
    async with store.database.read() as connection:
        return len((await connection.execute(select(table_of(MeetingRow).c.locator))).all())


@pytest.mark.parametrize("seed", [1, 2])
async def test_any_order_repetition_and_division_gives_the_same_facts(
    database_url: str, sqlite_url: str, seed: int
) -> None:
    async with opened(sqlite_url + ".once") as once:
        await once.take(LOG)
        facts, details = await once.facts(), await once.details()
        # Four Tuesdays that were held, five Wednesdays, three that were called off, and the one alone.
        assert await rows(once) == 4 + 5 - 1 + 3 + 1
    chance = random.Random(seed)
    log = LOG + chance.sample(LOG, 20)
    chance.shuffle(log)
    async with opened(database_url) as store:
        while log:
            size = chance.choice([1, 3, 10])
            await store.take(log[:size])
            del log[:size]
        assert await store.facts() == facts
        assert await store.details() == details


# Versions of one meeting under one SEQUENCE and stamp: more than the bits of their content tell apart.
VERSIONS = [
    *(
        told(message("REQUEST", who=THREE, times=f"DTSTART:202507{day:02}T{hour:02}0000Z\nDURATION:PT30M\n"))
        for day in range(1, 31)
        for hour in (9, 10)
    )
]


async def test_versions_of_one_rank_give_the_same_facts_in_any_order(database_url: str, sqlite_url: str) -> None:
    newest = max(each.revision for version in VERSIONS for each in version)
    equal = [each for version in VERSIONS for each in version if each.revision == newest]
    assert len(equal) > 1, "no two versions share a rank, so this shows nothing"
    async with opened(sqlite_url + ".forward") as store:
        for each in equal:
            await store.take([each])
        facts, details = await store.facts(), await store.details()
    async with opened(database_url) as store:
        await store.take(equal[::-1])
        await store.take(equal)
        assert (await store.facts(), await store.details()) == (facts, details)
        assert await rows(store) == 1


async def histories(store: Store, *without: str) -> Histories:
    async with store.database.read() as connection:
        organisation = await load_organisation(connection)
        excluded = await excluded_identities(connection, organisation, without)
        return await load_histories(connection, organisation, organisation.people, since=0, excluded=excluded)


def met(found: Histories, one: str = "ana", other: str = "bo") -> tuple[list[tuple[Any, ...]], int]:
    """Meetings of two people by who was invited and who came, and how many the counters know."""
    pair = found.pairs[one, other]
    return [(each.invited, each.people) for each in pair.meetings], sum(sum(each.counts) for each in pair.days)


PEOPLE: list[AnyRecord] = [
    *(person(name) for name in ("ana", "bo", "cy")),
    *(link(account, name) for account, name in ((ANA, "ana"), (BO, "bo"), (BO_TOO, "bo"), (CY, "cy"))),
]


async def test_a_person_with_two_addresses_is_invited_once(sqlite_url: str) -> None:
    both = "ORGANIZER:mailto:ana@x.test\nATTENDEE{}:mailto:bo@x.test\nATTENDEE{}:mailto:bo.too@x.test\n"
    async with opened(sqlite_url) as store:
        await store.take([*PEOPLE, *told(calendar(vevent(who=both.format("", ";PARTSTAT=DECLINED"))))])
        assert met(await histories(store)) == ([(("ana", "bo"), ("ana", "bo"))], 1)
        await store.take(told(calendar(vevent(uid="2", times="DTSTART:20250711T090000Z\n", who=both.format("", "")))))
        assert met(await histories(store)) == ([(("ana", "bo"), ("ana", "bo"))] * 2, 2)


async def test_a_meeting_under_a_new_uid_is_the_same_meeting(sqlite_url: str) -> None:
    """As after a move to another server. The old one may have been called off by it."""
    for number, old in enumerate(["", "STATUS:CANCELLED\n"]):
        async with opened(f"{sqlite_url}.{number}") as store:
            await store.take([*PEOPLE, *told(calendar(vevent(old, uid="old")))])
            await store.take(told(calendar(vevent(uid="new"))))
            assert met(await histories(store)) == ([(("ana", "bo"), ("ana", "bo"))], 1)
            other = told(calendar(vevent(uid="other", times="DTSTART:20250710T090000Z\nDTEND:20250710T100000Z\n")))
            await store.take(other)
            assert len(met(await histories(store))[0]) == 2


async def test_a_talk_of_two_stays_one_when_a_third_is_excluded(sqlite_url: str) -> None:
    async with opened(sqlite_url) as store:
        await store.take([*PEOPLE, *told(calendar(vevent(who=THREE)))])
        assert met(await histories(store)) == ([(("ana", "bo", "cy"), ("ana", "bo", "cy"))], 1)
        assert met(await histories(store, CY)) == ([(("ana", "bo"), ("ana", "bo"))], 1)
        assert ("ana", "cy") not in (await histories(store, CY)).pairs
        # What somebody excluded organised counts for nobody.
        assert met(await histories(store, ANA), "bo", "cy") == ([], 0)
