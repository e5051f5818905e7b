"""Releases from a log: the same whatever way the log came in, and what late facts do to them."""

import random
from collections.abc import Sequence
from pathlib import Path

import msgspec

from shared.domain.week import DAY
from shared.schemas.chat import Markers
from shared.schemas.envelope import utc
from shared.schemas.interaction import Contact
from shared.storage import export
from tests.storage.company import AnyRecord, Store, line, link, opened, person

START = 1_699_833_600  # a Monday
WEEKS = 16
MESSAGES = 3_200
MEMBERS = tuple(f"m{number}" for number in range(24))  # so many that of all of them figures are exact
TEAM = {name: "north" if number < 16 else "south" for number, name in enumerate(MEMBERS)}


def wrote(number: int, sender: str, to: str, *, at: int) -> Contact:
    entity = f"mail:message:{number}"
    return Contact(
        id=entity, entity=entity, at=utc(at), channel="mail", actor=f"mail:{sender}", recipients=(f"mail:{to}",),
        audience=1, in_reply_to=f"mail:{to}", markers=Markers(basis="text", words=12, questions=number % 2),
    )  # fmt: skip


PEOPLE: list[AnyRecord] = [
    *(person(name, team) for name, team in TEAM.items()),
    *(link(f"mail:{name}", name) for name in MEMBERS),
    *(line(name, "m0") for name in MEMBERS[1:]),
]


def near(chance: random.Random) -> tuple[str, str]:
    """Two who sit next to each other, or nearly."""
    place = chance.randrange(len(MEMBERS))
    return MEMBERS[place], MEMBERS[(place + chance.randrange(1, 7)) % len(MEMBERS)]


def traffic() -> list[AnyRecord]:
    chance = random.Random(3)
    return [wrote(number, *near(chance), at=START + number * WEEKS * 7 * DAY // MESSAGES) for number in range(MESSAGES)]


TRAFFIC = traffic()


async def released(store: Store, *steps: Sequence[AnyRecord]) -> list[bytes]:
    """Everything ever released, after taking in records step by step."""
    for records in steps:
        await store.take(records)
        await store.scorer.settle()
    async with store.database.read() as connection:
        return [line async for line in export.aggregates(connection)]


def shown(lines: Sequence[bytes]) -> dict[tuple[str, str, str, int], float]:
    rows = [msgspec.json.decode(line) for line in lines]
    return {
        (row["signal"], row["cohort"], row["week"], row["revision"]): row["mean"]
        for row in rows
        if not row["suppressed"]
    }


async def test_one_log_makes_one_set_of_releases(database_url: str, tmp_path: Path) -> None:
    async with opened(database_url) as store:
        once = await released(store, [*PEOPLE, *TRAFFIC])
    assert {cohort for _, cohort, _, _ in shown(once)} == {"north", "south", "organisation"}
    assert len({week for _, _, week, _ in shown(once)}) > 3
    shuffled = random.Random(1).sample(TRAFFIC, len(TRAFFIC))
    for number, order in enumerate((TRAFFIC[::-1], shuffled)):
        async with opened(f"sqlite+aiosqlite:///{tmp_path / f'{number}.db'}") as store:
            await store.take(PEOPLE)
            for start in range(0, len(order), 400):
                await store.take(order[start : start + 400])
            assert await released(store, []) == once


async def test_week_by_week_as_it_happens_is_the_same(sqlite_url: str, tmp_path: Path) -> None:
    async with opened(sqlite_url) as store:
        once = await released(store, [*PEOPLE, *TRAFFIC])
    weekly = [TRAFFIC[start : start + 200] for start in range(0, len(TRAFFIC), 200)]
    async with opened(f"sqlite+aiosqlite:///{tmp_path / 'weekly.db'}") as store:
        assert await released(store, PEOPLE, *weekly) == once


async def test_a_late_event_corrects_over_the_same_people_and_changes_nothing_that_was_said(sqlite_url: str) -> None:
    late = [wrote(9_000 + number, "m1", "m2", at=START + 60 * DAY + number * 3_600) for number in range(40)]
    async with opened(sqlite_url) as store:
        before = await released(store, [*PEOPLE, *TRAFFIC])
        after = await released(store, late)
    assert set(before) <= set(after)
    added = shown([line for line in after if line not in before])
    assert added
    assert {revision for *_, revision in added} == {1}
    assert {key[:3] for key in added} <= {key[:3] for key in shown(before)}


async def test_a_team_that_begins_within_a_window_waits_for_the_next(sqlite_url: str) -> None:
    joining = [f"j{number}" for number in range(8)]
    directory: list[AnyRecord] = [*(person(name, "west") for name in joining), *(line(name, "m0") for name in joining)]
    directory += [link(f"mail:{name}", name) for name in joining]
    chance = random.Random(5)
    begun, weeks = 2 * 7 * DAY, 10
    theirs = [
        wrote(20_000 + number, *chance.sample(joining, 2), at=START + begun + number * weeks * 7 * DAY // 1_500)
        for number in range(1_500)
    ]
    async with opened(sqlite_url) as store:
        lines = await released(store, [*PEOPLE, *TRAFFIC[:450]], [*directory, *theirs])
    rows = [msgspec.json.decode(each) for each in lines]
    shown_in = {row["week"] for row in rows if row["cohort"] == "west" and not row["suppressed"]}
    assert ("cadence", "west") in {(row["signal"], row["cohort"]) for row in rows if not row["suppressed"]}
    # They have readings from week 48 on, for eight weeks in the third of the next year, when a window of four begins.
    assert shown_in == {"2024-W03", "2024-W04"}


async def test_old_weeks_stay_as_they_were_told(sqlite_url: str) -> None:
    late = [wrote(9_100 + number, "m1", "m2", at=START + 3 * DAY + number * 3_600) for number in range(40)]
    async with opened(sqlite_url) as store:
        before = await released(store, [*PEOPLE, *TRAFFIC])
        after = await released(store, late)
    corrected = {key[2] for key in shown([line for line in after if line not in before])}
    weeks = sorted({key[2] for key in shown(before)})
    assert corrected <= set(weeks[-9:])


async def test_somebody_who_leaves_silences_their_team_and_the_rest_of_the_window_says_what_it_said(
    sqlite_url: str,
) -> None:
    half = len(TRAFFIC) * 11 // 16  # in the first window in which anybody counts
    async with opened(sqlite_url) as store:
        before = await released(store, [*PEOPLE, *TRAFFIC[:half]])
        gone = [person("m7", "north", active=False, revision=1)]
        after = await released(store, gone, TRAFFIC[half:])
    assert set(before) <= set(after)
    latest = max(week for _, _, week, _ in shown(after))
    assert ("cadence", "south", latest, 0) in shown(after)
    assert ("cadence", "north", latest, 0) not in shown(after)
    # Nor is the whole of them told, of which the south is a part.
    assert ("cadence", "organisation", latest, 0) not in shown(after)
