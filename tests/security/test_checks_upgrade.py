"""What was there before pseudonyms bore checks: stores, what waits in them, and what lies on topics."""

from pathlib import Path

import msgspec
import pytest

from shared.domain.facts.digests import digest
from shared.ingest.accepted_checks import add_missing_checks
from shared.ingest.pseudonymise import pseudonymise
from shared.ingest.routing import route_of
from shared.schemas.directory import TeamRecorded
from shared.schemas.envelope import utc
from shared.schemas.registry import CanonicalEvent
from shared.storage.log.event_log import EventLogStore, Outgoing
from shared.storage.tables.facts import IdentityRow
from shared.storage.tables.log import AcceptedRow
from shared.transport.records import UnreadableError
from tests.names import PSEUDONYMS, behind_edge
from tests.security.pipeline import Pipeline, pipeline
from tests.security.test_own_producers import ADA, holds_nothing_in_clear
from tests.security.test_second_wall import SAMPLES, bare, readers, said
from tests.storage.company import link, person
from tests.transport.raw import SENT_MS, raw

HOUR_MS = 3_600_000


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda each: type(each).__name__)
def test_records_from_before_an_upgrade_are_let_in_where_it_is_dated(sample: CanonicalEvent) -> None:
    until = SENT_MS + HOUR_MS
    topic = route_of(sample).topic.name
    read = readers(utc(until / 1000))[topic]
    old = msgspec.json.encode(pseudonymise(sample, PSEUDONYMS)[0])
    new = behind_edge(sample).value
    assert read(raw(old, timestamp=until - 1)) == read(raw(new, timestamp=until - 1)) == read(raw(new, timestamp=until))
    refused = [(msgspec.json.encode(sample), until - 1)]
    if old == new:  # a team has a key, which bears no check
        assert isinstance(sample, TeamRecorded)
    else:
        refused.append((old, until))
    for value, at in refused:
        with pytest.raises(UnreadableError):
            read(raw(value, timestamp=at))


@pytest.mark.broker
async def test_a_store_of_an_earlier_version_goes_on_with_the_same_people(
    embedded_bootstrap: str, topic_prefix: str, sqlite_url: str, tmp_path: Path
) -> None:
    """What waited in it is processed, and nobody becomes somebody else."""
    async with pipeline(
        bootstrap=embedded_bootstrap, prefix=topic_prefix, database_url=sqlite_url, keys=tmp_path, running=()
    ) as system:
        waiting = await accepted_before(system)
        assert system.keyring.checks is not None
        assert await add_missing_checks(system.database, system.keyring.checks) == waiting
        assert await add_missing_checks(system.database, system.keyring.checks) == 0
        system.given["embedded"] = True
        system.start()
        await system.until(applied=waiting)
        assert await system.rows(AcceptedRow) == []
        people = sorted(row.key for row in await system.rows(IdentityRow))
        await system.send([said(2), link(ADA, "E-1815"), person("E-1815")])
        await system.until(applied=waiting + 1)
        assert sorted(row.key for row in await system.rows(IdentityRow)) == people
        await holds_nothing_in_clear(system)


async def accepted_before(system: Pipeline) -> int:
    """Accept events as the edge of an earlier version did; how many."""
    waiting = [pseudonymise(each, system.pseudonyms)[0] for each in bare()]
    records = [
        Outgoing(f"{system.prefix}{route_of(each).topic.name}", each.entity.encode(), msgspec.json.encode(each))
        for each in waiting
    ]
    events = [digest(each.id) for each in waiting]
    async with system.database.write() as transaction:
        log = EventLogStore(system.database.engine.dialect)
        await log.accept(transaction, zip(events, records, strict=True))
    return len(waiting)
