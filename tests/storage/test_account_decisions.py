"""Accounts that belong to nobody, and what operators decide of them: as if it had been known from the start."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from services.signals.upkeep.account_keeper import AccountKeeper, records_of
from shared.domain.organisation.machine_accounts import MOST_A_DAY, AccountKind
from shared.schemas.directory import DirectoryEvent
from shared.schemas.interaction import AnyInteraction
from shared.storage.directory.account_decisions import (
    AccountSuggestion,
    Act,
    Decision,
    TwoLeadersError,
    accept,
    decide,
    reviewed,
)
from shared.storage.directory.recorded import load_recorded
from shared.storage.directory.unlinked_accounts import (
    count_unlinked,
    in_steps,
    keep_unlinked,
    note_done,
    suggest,
    undone_links,
)
from shared.storage.log.event_log import outbox
from tests.names import CHECKS, PSEUDONYMS
from tests.storage import test_one_person as spread
from tests.storage.company import AnyRecord, Store, from_scratch, link, opened, person
from tests.storage.test_scoring import NAMES, START, TRAFFIC, mail, met, wrote
from tests.storage.test_scoring import PEOPLE as IN_CLEAR

PERSON = {name: PSEUDONYMS.person(name) for name in NAMES}


def behind(record: AnyRecord) -> AnyRecord:
    """A record as it is behind the edge."""
    text = msgspec.json.encode(record).decode()
    for name in NAMES:
        for account in (mail(name), mail(spread.too(name))):
            text = text.replace(f'"{account}"', f'"{PSEUDONYMS.identity(account)}"')
        for field in ("person", "manager"):
            text = text.replace(f'"{field}":"{name}"', f'"{field}":"{PERSON[name]}"')
    decoder: Any = DirectoryEvent if isinstance(record, DirectoryEvent) else AnyInteraction
    found: AnyRecord = msgspec.json.decode(text, type=decoder)
    return found


PEOPLE = [behind(each) for each in IN_CLEAR]
EVENTS = [behind(spread.from_either(number, spread.at_both(each))) for number, each in enumerate(TRAFFIC)]
TOO = {name: PSEUDONYMS.identity(mail(spread.too(name))) for name in NAMES}


def of_hr(name: str, owner: str) -> AnyRecord:
    """A link as the edge lets it in: its id says nothing of the account."""
    made = link(TOO[name], PERSON[owner])
    return replace(made, id=f"hr:identity:{PSEUDONYMS.native_id(made.id)}")


KNOWN = [of_hr(name, name) for name in NAMES]


async def decided(store: Store, act: Act, account: str, **given: Any) -> None:
    """Decide, let the directory know, and score."""
    async with store.database.write() as connection:
        decision = Decision(account=account, act=act, decided_at=START, decided_by="key", **given)
        await connection.run_sync(decide, decision)
    async with store.database.write() as connection:
        decisions = await undone_links(connection)
        records = list(records_of(decisions, await load_recorded(connection, CHECKS)))
        await note_done(connection, decisions)
    await store.take(records)
    await store.scorer.settle()


async def test_what_is_linked_late_counts_as_if_it_had_been_known_from_the_start(
    sqlite_url: str, tmp_path: Path
) -> None:
    at_once = await from_scratch(tmp_path, [*PEOPLE, *KNOWN, *EVENTS])
    async with opened(sqlite_url) as store:
        await store.take([*PEOPLE, *EVENTS])
        await store.scorer.settle()
        assert await store.readings() != at_once
        for name in NAMES:
            await decided(store, Act.LINK, TOO[name], person=PERSON[name])
        assert await store.readings() == at_once


async def test_what_was_linked_in_error_is_as_if_it_never_had_been(sqlite_url: str, tmp_path: Path) -> None:
    """An operator's link and one of the HR system are both taken back, and given to somebody else."""
    (tmp_path / "never").mkdir()
    right = await from_scratch(tmp_path, [*PEOPLE, *KNOWN[1:], *EVENTS])
    never = await from_scratch(tmp_path / "never", [*PEOPLE, *KNOWN[2:], *EVENTS])
    async with opened(sqlite_url) as store:
        await store.take([*PEOPLE, *KNOWN[2:], of_hr("bob", "ann"), *EVENTS])
        await decided(store, Act.LINK, TOO["ann"], person=PERSON["eve"])
        await decided(store, Act.UNLINK, TOO["ann"])
        await decided(store, Act.UNLINK, TOO["bob"])
        assert await store.readings() == never
        await decided(store, Act.LINK, TOO["bob"], person=PERSON["bob"])
        assert await store.readings() == right
        await decided(store, Act.UNLINK, TOO["bob"])
        assert await store.readings() == never


async def test_two_people_with_managers_are_not_made_one(sqlite_url: str) -> None:
    async with opened(sqlite_url) as store:
        await store.take([*PEOPLE, *KNOWN, *EVENTS, behind(person("new"))])
        with pytest.raises(TwoLeadersError):
            await decided(store, Act.LINK, TOO["ann"], person=PERSON["dan"])
        await decided(store, Act.LINK, TOO["ann"], person=PERSON["cyd"])  # who has none
        with pytest.raises(LookupError):
            await decided(store, Act.LINK, TOO["ann"], person=PSEUDONYMS.person("nobody"))
        with pytest.raises(LookupError):
            await decided(store, Act.LINK, PSEUDONYMS.identity("mail:nobody@x.io"), person=PERSON["ann"])
        with pytest.raises(ValueError, match="end before"):
            await decided(store, Act.LINK, TOO["ann"], person=PERSON["cyd"], valid_from=5, valid_to=5)
        with pytest.raises(ValueError, match="neither"):
            await decided(store, Act.RESTORE, TOO["ann"])


async def test_a_machine_that_is_ignored_makes_no_third_in_a_talk_of_two(sqlite_url: str, tmp_path: Path) -> None:
    """Somebody outside stays one."""
    bare = [behind(met(day, "bob", "ann", at=START + day * 86_400)) for day in range(0, 49, 7)]
    joined = [behind(met(day, "bob", "ann", spread.too("eve"), at=START + day * 86_400)) for day in range(0, 49, 7)]
    mails = [behind(wrote(1, "ann", "bob", at=START)), behind(wrote(1, "ann", "bob", spread.too("eve"), at=START))]
    without = await from_scratch(tmp_path, [*PEOPLE, *bare, mails[0]])
    async with opened(sqlite_url) as store:
        await store.take([*PEOPLE, *joined, mails[1]])
        await store.scorer.settle()
        before = await store.readings()
        assert before != without
        await decided(store, Act.IGNORE, TOO["eve"], kind=AccountKind.NOTETAKER.value)
        assert await store.readings() == without
        await decided(store, Act.RESTORE, TOO["eve"])
        assert await store.readings() == before
        await decided(store, Act.IGNORE, TOO["eve"], kind=AccountKind.EXTERNAL.value)
        assert await store.readings() == before


async def test_accounts_of_nobody_are_listed_with_what_hangs_on_them(database_url: str) -> None:
    busy = [
        behind(wrote(10_000 + number, spread.too("dan"), "ann", at=START + number)) for number in range(MOST_A_DAY + 1)
    ]
    async with opened(database_url) as store:
        await store.take([*PEOPLE, *KNOWN[:2], *EVENTS, *busy])
        async with store.database.write() as connection:
            counts = await count_unlinked(connection)
            assert counts.keys() == {TOO["cyd"], TOO["dan"], TOO["eve"]}
            assert counts[TOO["dan"]][1]
            assert not counts[TOO["eve"]][1]
            await keep_unlinked(connection)
            await suggest(connection, [AccountSuggestion(TOO["cyd"], PERSON["cyd"], "name")])
            found = {each.account: each for each in await connection.run_sync(reviewed)}
            assert found[TOO["eve"]].events == in_steps(counts[TOO["eve"]][0]) >= counts[TOO["eve"]][0] > 0
            assert {each.state for each in found.values()} == {"suggested", "unlinked"}
            suggestion = found[TOO["dan"]].suggestion
            assert suggestion is not None
            assert (suggestion.kind, suggestion.reason) == ("bot", "rate")
            await connection.run_sync(lambda sync: accept(sync, TOO["cyd"], at=START, by="key"))
        await AccountKeeper(database=store.database, checks=CHECKS, topic_prefix="").send()
        async with store.database.write() as connection:
            assert [topic.topic for _, topic in await outbox(connection, limit=10)] == ["directory"]
            assert not await undone_links(connection)
            (cyd,) = await connection.run_sync(lambda sync: reviewed(sync, {TOO["cyd"]}))
            assert cyd.state == "linked"


def test_counts_are_told_in_steps() -> None:
    assert [in_steps(each) for each in (0, 1, 10, 11, 21, 51, 199, 201, 1001)] == [
        10, 10, 10, 20, 50, 100, 200, 500, 2000,
    ]  # fmt: skip
