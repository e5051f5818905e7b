"""What happens to a store after somebody is erased from it, or before it was ever scored."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from services.cli.reports.replay import replay
from services.signals.settings import SignalsSettings
from services.signals.upkeep.erase import erase
from shared.domain.privacy.exclusion_reason import Reason
from shared.storage.directory.exclusion_list import exclude
from shared.storage.privacy.erasure_check import occurrences
from shared.storage.readings.escalation_models import save_model, use_model
from shared.storage.readings.store import ScoringFencedError, scoring_state
from tests.storage.company import AnyRecord, Store, line, opened
from tests.storage.test_baselines import EVERYBODY, LATE, TALK, naming, people
from tests.storage.test_configuration import HARSH
from tests.storage.test_scoring import settled

GONE = "ann0"  # led the first group


async def erased(store: Store) -> None:
    settings = SignalsSettings(database=store.database.engine.url.render_as_string(hide_password=False))
    proof = await erase(store.database, GONE, settings=settings, at=1)
    assert proof is not None
    assert proof.remaining == {}


@asynccontextmanager
async def one_erased(url: str) -> AsyncIterator[tuple[Store, list[bytes]]]:
    """A scored store without the leader of the first group, and its readings."""
    async with opened(url) as store:
        await settled(store, people(EVERYBODY), TALK)
        await erased(store)
        await store.scorer.settle()
        yield store, await store.readings()


async def assert_same_as_rebuilt(store: Store, folder: Path) -> None:
    compared = await replay(store.database, folder, settings=SignalsSettings(publish_readings=False))
    assert compared.differences == ()
    assert compared.readings > 100


async def frozen_week(store: Store) -> int:
    async with store.database.read() as connection:
        return (await scoring_state(connection)).frozen_week


async def test_another_model_computes_baselines_without_them(database_url: str, tmp_path: Path) -> None:
    """Readings of a new configuration are new for everybody: what the old ones were made with has no use any more."""
    async with one_erased(database_url) as (store, before):
        assert await frozen_week(store) > 0
        async with store.database.write() as connection:
            await save_model(connection, HARSH, now=1)
            await use_model(connection, "harsh")
        await store.scorer.settle()
        after = await store.readings()
        assert naming(after, "bob1", b"_norm_of_") != naming(before, "bob1", b"_norm_of_")
        assert not naming(after, GONE, b"")
        assert await frozen_week(store) == -1
        await assert_same_as_rebuilt(store, tmp_path)


async def test_leaving_somebody_out_computes_baselines_without_either(sqlite_url: str, tmp_path: Path) -> None:
    async with one_erased(sqlite_url) as (store, _):
        async with store.database.write() as connection:
            await exclude(connection, ["ann5"], reason=Reason.OBJECTION, at=1)
        await store.scorer.settle()
        assert not [each for each in await store.readings() if b"ann5" in each or GONE.encode() in each]
        assert await frozen_week(store) == -1
        await assert_same_as_rebuilt(store, tmp_path)


CORRECTIONS: dict[str, Sequence[AnyRecord]] = {
    "reported to the other leader all along": [line("ann1", "bob0", revision=2)],
    "the erased leader's people get another": [line(f"ann{each}", "bob1", revision=2) for each in range(1, 6)],
    "the erased leader once more": [line("ann1", GONE, revision=2)],
}


@pytest.mark.parametrize("corrected", CORRECTIONS.values(), ids=CORRECTIONS)
async def test_a_corrected_directory_changes_only_whom_it_is_about(
    database_url: str, tmp_path: Path, corrected: Sequence[AnyRecord]
) -> None:
    async with one_erased(database_url) as (store, before):
        await store.take(corrected)
        await store.scorer.settle()
        after = await store.readings()
        assert not naming(after, GONE, b"")
        closed = [each for each in naming(before, "bob", b"pair:bob") if b"ann" not in each]
        assert len(closed) > 100
        assert [each for each in naming(after, "bob", b"pair:bob") if b"ann" not in each] == closed
        await assert_same_as_rebuilt(store, tmp_path)


async def test_late_events_of_others_are_as_if_rebuilt(database_url: str, tmp_path: Path) -> None:
    async with one_erased(database_url) as (store, before):
        await store.take(LATE)
        await store.scorer.settle()
        after = await store.readings()
        assert naming(after, "ann1", b"") != naming(before, "ann1", b"")
        assert not naming(after, GONE, b"")
        await assert_same_as_rebuilt(store, tmp_path)


async def test_an_erasure_before_the_first_scoring_leaves_a_store_that_never_knew_them(
    database_url: str, tmp_path: Path
) -> None:
    async with opened(database_url) as store:
        await store.take([*people(EVERYBODY), *TALK])
        await erased(store)
        await store.scorer.settle()
        assert not naming(await store.readings(), GONE, b"")
        assert await frozen_week(store) == -1
        await assert_same_as_rebuilt(store, tmp_path)


async def test_a_pass_that_began_before_an_erasure_writes_nothing(database_url: str) -> None:
    """It has the erased person in memory; its readings would bring them back."""
    async with opened(database_url) as store:
        await settled(store, people(EVERYBODY), TALK)
        await store.take(LATE)
        plan = await store.scorer._planner.plan(full=True)
        assert plan is not None
        assert GONE in plan.organisation.people
        await erased(store)
        left = await store.readings()
        with pytest.raises(ScoringFencedError):
            await store.scorer._score(plan)
        assert await store.readings() == left
        async with store.database.read() as connection:
            assert "reading.owner" not in await occurrences(connection, [GONE])
        await store.scorer.settle()
        assert not naming(await store.readings(), GONE, b"")
        assert any(msgspec.json.decode(each)["subject"] == "pair:bob1|bob2" for each in await store.readings())
