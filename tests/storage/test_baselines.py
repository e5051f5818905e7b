"""Baselines are learnt from what is in the store, and are as much a function of the log as readings are."""

import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import func, select

from services.cli.reports.replay import replay
from services.signals.scoring.learn_baselines import BaselineLearner
from services.signals.settings import SignalsSettings
from services.signals.upkeep.erase import erase
from shared.domain.week import DAY, last_closed_week
from shared.schemas.interaction import Contact
from shared.storage.dirty_marks import DirtyMark, DirtyMarkStore, MarkKind, load_marks
from shared.storage.engine.bulk import table_of
from shared.storage.facts.baselines import load_active_days, load_baselines
from shared.storage.tables.baselines import BaselineRow, PersonWeekRow
from tests.storage.company import AnyRecord, from_scratch, line, link, opened, person
from tests.storage.test_scoring import START, mail, settled, wrote

WEEKS = 9
# Two groups that have nothing to do with each other, each with a leader of its own, and two at the top.
GROUPS = [[f"{group}{number}" for number in range(6)] for group in ("ann", "bob")]
EVERYBODY = [name for group in GROUPS for name in group]


def people(names: Sequence[str]) -> list[AnyRecord]:
    """Everybody with an account; the first of a group leads it."""
    return [
        *(person(name, "works") for name in names),
        *(link(mail(name), name) for name in names),
        *(line(name, f"{name[:3]}0") for name in names if not name.endswith("0")),
    ]


def talk(group: Sequence[str], *, start: int, seed: int) -> list[AnyRecord]:
    """Mail within a group on workdays: asks, half of which are answered."""
    chance = random.Random(seed)
    events: list[AnyRecord] = []
    for day in (day for day in range(WEEKS * 7) if day % 7 < 5):
        for _ in range(3):
            sender, to = chance.sample(list(group), 2)
            at = START + day * DAY + chance.randrange(8, 12) * 3600
            events.append(wrote(start + len(events), sender, to, at=at, asks=1))
            if chance.random() < 0.5:
                events.append(wrote(start + len(events), to, sender, at=at + 3600, reply=sender))
    return events


TALK = [*talk(GROUPS[0], start=0, seed=1), *talk(GROUPS[1], start=5_000, seed=2)]
# In the third week the first group asked a great deal more than was known, and nobody answered.
LATE: list[AnyRecord] = [
    wrote(9_000 + number, f"ann{number % 6}", f"ann{(number + 1) % 6}", at=START + (14 + number % 5) * DAY, asks=1)
    for number in range(60)
]


def naming(readings: Sequence[bytes], whom: str, what: bytes) -> list[bytes]:
    return [each for each in readings if b"pair:" in each and whom.encode() in each and what in each]


async def test_readings_name_the_baseline_that_they_are_drawn_to(sqlite_url: str) -> None:
    async with opened(sqlite_url) as store:
        readings = await settled(store, people(EVERYBODY), TALK)
        for signal in (b"responsiveness", b"cadence", b"reciprocity"):
            found = [each for each in naming(readings, "bob", b"_norm_of_leader") if signal in each]
            assert found, signal
            assert all(b"norm_weight" in each for each in found)
        closed = last_closed_week(START + WEEKS * 7 * DAY - 3 * DAY)
        async with store.database.read() as connection:
            (baselines,) = (await load_baselines(connection, [closed])).values()
        assert set(baselines.leaders) == {"ann0", "bob0"}
        assert {baselines.leaders["ann0"].answered.level, baselines.organisation.answered.level} == {
            "leader",
            "organisation",
        }
        assert 0.51 < baselines.organisation.answered.value < 1


async def test_few_people_have_no_baseline(sqlite_url: str) -> None:
    few = GROUPS[0][:4]
    async with opened(sqlite_url) as store:
        readings = await settled(store, people(few), talk(few, start=0, seed=1))
        assert len(readings) > 100
        assert not [each for each in readings if b"_norm_" in each]


ARRIVALS: dict[str, list[Sequence[AnyRecord]]] = {
    "in order": [people(EVERYBODY), TALK, LATE],
    "week by week": [people(EVERYBODY), *(TALK[place::4] for place in range(4)), LATE],
    "late events first": [people(EVERYBODY), LATE, TALK],
    "people last": [LATE, TALK, people(EVERYBODY)],
}


@pytest.mark.parametrize("steps", ARRIVALS.values(), ids=ARRIVALS)
async def test_baselines_do_not_depend_on_arrival(
    sqlite_url: str, tmp_path: Path, steps: list[Sequence[AnyRecord]]
) -> None:
    expected = await from_scratch(tmp_path, [*people(EVERYBODY), *TALK, *LATE])
    async with opened(sqlite_url) as store:
        assert await settled(store, *steps) == expected


async def test_late_events_reach_whoever_is_compared_with_their_baseline(database_url: str, tmp_path: Path) -> None:
    """Nobody of the second group shares a fact with the first, but they share an organisation."""
    expected = await from_scratch(tmp_path, [*people(EVERYBODY), *TALK, *LATE])
    async with opened(database_url) as store:
        before = await settled(store, people(EVERYBODY), TALK)
        await store.take(LATE)
        while await store.scorer.score(patient=True):  # passes over a few leave baselines to a pass over everybody
            async with store.database.read() as connection:
                assert {each.kind for each in await load_marks(connection)} <= {MarkKind.BASELINES}
        await store.scorer.settle()
        after = await store.readings()
    assert after == expected
    assert naming(after, "bob1", b"_norm_of_") != naming(before, "bob1", b"_norm_of_")


async def test_a_group_keeps_its_baseline_when_its_leader_is_erased(database_url: str, tmp_path: Path) -> None:
    async with opened(database_url) as store:
        before = await settled(store, people(EVERYBODY), TALK)
        leaders = [names[0] for names in GROUPS]
        settings = SignalsSettings(database=store.database.engine.url.render_as_string(hide_password=False))
        for leader in leaders:
            proof = await erase(store.database, leader, settings=settings, at=1)
            assert proof is not None
            await store.scorer.settle()
        pairs = [each for each in naming(before, "pair:", b"") if not any(name.encode() in each for name in leaders)]
        assert [each for each in pairs if b"_norm_of_leader" in each]
        async with store.database.write() as connection:
            marked = [DirtyMark.of_person(name, 0) for name in EVERYBODY if name not in leaders]
            await DirtyMarkStore(store.database.engine.dialect).put(connection, marked)
        await store.scorer.settle()
        assert naming(await store.readings(), "pair:", b"") == pairs
        compared = await replay(store.database, tmp_path, settings=SignalsSettings(publish_readings=False))
        assert compared.differences == ()


async def test_a_pass_that_fails_leaves_baselines_out_of_date(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were they stored before everybody is scored, the next pass would find them unchanged and leave people out."""
    expected = await from_scratch(tmp_path, [*people(EVERYBODY), *TALK, *LATE])
    async with opened(sqlite_url) as store:
        await settled(store, people(EVERYBODY), TALK)
        await store.take(LATE)

        async def fails(*_: object) -> None:
            raise OSError("on the way")

        with monkeypatch.context() as patched:
            patched.setattr(BaselineLearner, "finish", fails)
            with pytest.raises(OSError, match="on the way"):
                await store.scorer.score()
        await store.scorer.settle()
        assert await store.readings() == expected


async def test_days_of_a_person_are_those_on_which_they_wrote(sqlite_url: str) -> None:
    async with opened(sqlite_url) as store:
        await settled(store, people(EVERYBODY), TALK)
        first = last_closed_week(START)  # the week before
        async with store.database.read() as connection:
            found = await load_active_days(connection, ["ann1"], since=first + 1)
        closed = (WEEKS - 1) * 7
        days = {(int(each.at.timestamp()) - START) // DAY for each in TALK if isinstance(each, Contact)
                and each.actor == mail("ann1")}  # fmt: skip
        assert {day for day in range(closed) if found["ann1"] >> day & 1} == {day for day in days if day < closed}


async def test_what_is_derived_ages(sqlite_url: str) -> None:
    async with opened(sqlite_url, history_weeks=4) as store:
        await settled(store, people(EVERYBODY), TALK)
        async with store.database.read() as connection:
            oldest = [
                (await connection.execute(select(func.min(table_of(model).c.week)))).scalar_one()
                for model in (BaselineRow, PersonWeekRow)
            ]
    closed = last_closed_week(START + (WEEKS * 7 - 3) * DAY)
    assert oldest[0] == closed - 3
    assert oldest[1] >= closed - 3 - 15
