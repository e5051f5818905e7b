"""Histories of more people than one query names."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.organisation.goals import NO_WORK
from shared.domain.week import DAY, WEEK_DAYS
from shared.storage.directory.directory import load_organisation
from shared.storage.engine import bulk
from shared.storage.facts.exclusion import excluded_identities
from shared.storage.facts.load import load_histories
from tests.storage.company import AnyRecord, Store, link, opened
from tests.storage.test_configuration import EVERYTHING
from tests.storage.test_group_scoring import stepped
from tests.storage.test_scoring import NAMES, PEOPLE, START, WEEKS

STEPS: list[AnyRecord] = [
    *(link(f"ticket:{name}", name) for name in NAMES),
    *(stepped(day, "commented", START + day * DAY, "t", actor="ann", assignee="bob") for day in range(20)),
]


async def loaded(store: Store, *excluded: str) -> tuple[Any, ...]:
    """Everything of the histories, with work as what it says."""
    async with store.database.read() as connection:
        organisation = await load_organisation(connection)
        without = await excluded_identities(connection, organisation, excluded)
        found = await load_histories(connection, organisation, organisation.people, since=0, excluded=without)
    pairs = {
        pair: (
            replace(each, first_work=NO_WORK, second_work=NO_WORK),
            each.first_work.shares(START + WEEKS * WEEK_DAYS * DAY // 2),
            each.second_work.shares(START + WEEKS * WEEK_DAYS * DAY // 2),
        )
        for pair, each in found.pairs.items()
    }
    return pairs, found.sent_by_day, found.hosted


@pytest.mark.parametrize("excluded", [(), ("eve",)], ids=["everybody", "without one"])
async def test_facts_between_people_of_two_queries_count_once(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, excluded: tuple[str, ...]
) -> None:
    async with opened(sqlite_url) as store:
        await store.take([*PEOPLE, *EVERYTHING, *STEPS])
        once = await loaded(store, *excluded)
        ann_and_bob, work, _ = once[0]["ann", "bob"]
        assert all((ann_and_bob.days, ann_and_bob.contacts, ann_and_bob.meetings, ann_and_bob.texts, ann_and_bob.steps))
        assert work.steps
        monkeypatch.setattr(bulk, "MAX_IN", 1)
        assert await loaded(store, *excluded) == once
