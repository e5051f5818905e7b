import random
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from services.signals.scoring.scorer import Scorer
from services.signals.settings import SignalsSettings
from shared.domain.week import DAY
from shared.schemas.chat import Markers
from shared.schemas.envelope import utc
from shared.schemas.interaction import AnyInteraction, Contact, Met, Stepped
from shared.storage.engine.bulk import table_of
from shared.storage.readings.store import ScoringFencedError
from shared.storage.tables.directory import PersonRow
from tests.storage.company import AnyRecord, Store, from_scratch, line, link, opened, person

START = 1_699_833_600  # a Monday
WEEKS = 8
NAMES = ("ann", "bob", "cyd", "dan", "eve")


def mail(name: str) -> str:
    return f"mail:{name}@x.io"


def wrote(number: int, sender: str, *to: str, at: int, asks: int = 0, reply: str | None = None) -> Contact:
    entity = f"mail:message:{number}"
    return Contact(
        id=entity, entity=entity, at=utc(at), channel="mail", actor=mail(sender), recipients=tuple(map(mail, to)),
        audience=len(to), in_reply_to=mail(reply) if reply else None,
        markers=Markers(basis="text", words=12, questions=asks),
    )  # fmt: skip


def met(number: int, organiser: str, *others: str, at: int, declined: Sequence[str] = ()) -> Met:
    entity = f"ics:meeting:{number}"
    return Met(
        id=entity, entity=entity, at=utc(at), organiser=mail(organiser), attendees=tuple(map(mail, others)),
        declined=tuple(map(mail, declined)), start=utc(at), end=utc(at + 1800), series="weekly",
    )  # fmt: skip


# Ann and dan report to bob, bob to cyd, eve to cyd.
PEOPLE: list[AnyRecord] = [
    *(person(name, "works") for name in NAMES),
    *(link(mail(name), name) for name in NAMES),
    line("ann", "bob"),
    line("dan", "bob"),
    line("bob", "cyd"),
    line("eve", "cyd"),
    line("cyd", None),
]


def traffic() -> list[AnyInteraction]:
    """Eight weeks of mail among five people, and a weekly meeting of ann with bob."""
    chance = random.Random(7)
    events: list[AnyInteraction] = []
    for day in range(WEEKS * 7):
        at = START + day * DAY + 9 * 3600
        for hour in range(2):
            sender, *to = chance.sample(NAMES, 3)
            to = to[: chance.randrange(1, 3)]
            reply = to[0] if chance.random() < 0.4 else None
            events.append(wrote(len(events), sender, *to, at=at + hour * 3600, asks=chance.randrange(2), reply=reply))
        if day % 7 == 2:
            events.append(met(day, "bob", "ann", at=at))
    return events


TRAFFIC: list[AnyRecord] = list(traffic())


async def settled(store: Store, *steps: Sequence[AnyRecord]) -> list[bytes]:
    """Take in records step by step, scoring after each."""
    for records in steps:
        await store.take(records)
        await store.scorer.settle()
    return await store.readings()


async def test_settled_readings_stay_as_they_are(database_url: str) -> None:
    async with opened(database_url) as store:
        once = await settled(store, PEOPLE, TRAFFIC)
        assert len(once) > 250
        assert not await store.scorer.score()
        await store.scorer.settle()
        assert await store.readings() == once


HALF = [each for each in TRAFFIC if isinstance(each, Contact) and int(each.id.split(":")[-1]) % 2]
REST = [each for each in TRAFFIC if each not in HALF]
LATE: list[AnyRecord] = [
    wrote(9001, "ann", "cyd", at=START + 40 * DAY, asks=1),
    met(9002, "ann", "cyd", at=START + 48 * DAY),
    wrote(9003, "eve", "dan", at=START - 3 * DAY),  # before everything else
]
REORGANISED: list[AnyRecord] = [line("ann", "eve", since=START + 45 * DAY, revision=2)]
MERGED: list[AnyRecord] = [link(mail("dan"), "ann", revision=2)]
REVERSED: list[AnyRecord] = [link(mail("dan"), "dan", revision=3)]

DAY_OF_CHANGE = START + 30 * DAY
LEFT: list[AnyRecord] = [person("dan", "works", active=False, since=DAY_OF_CHANGE)]
BACK: list[AnyRecord] = [person("dan", "works", since=DAY_OF_CHANGE + 12 * DAY)]
OTHER_TEAM: list[AnyRecord] = [person(name, "yard", since=DAY_OF_CHANGE) for name in ("dan", "eve")]
TAKEN_BACK: list[AnyRecord] = [
    person("dan", active=False, since=DAY_OF_CHANGE, until=DAY_OF_CHANGE, revision=1)
]  # fmt: skip

ARRIVALS: dict[str, list[Sequence[AnyRecord]]] = {
    "the directory first": [PEOPLE, TRAFFIC],
    "the directory late": [TRAFFIC, PEOPLE],
    "people last of all": [TRAFFIC, PEOPLE[len(NAMES) :], PEOPLE[: len(NAMES)]],
    "lines first": [PEOPLE[2 * len(NAMES) :], TRAFFIC, PEOPLE[: 2 * len(NAMES)]],
    "half of it late": [PEOPLE, REST, HALF],
    "the later half first": [PEOPLE, TRAFFIC[len(TRAFFIC) // 2 :], TRAFFIC[: len(TRAFFIC) // 2]],
    "late events": [PEOPLE, TRAFFIC, LATE],
    "one late event": [PEOPLE, TRAFFIC, LATE[2:]],
    "a corrected line": [PEOPLE, TRAFFIC, REORGANISED],
    "a merge": [PEOPLE, TRAFFIC, MERGED],
    "somebody who left, known late": [PEOPLE, TRAFFIC, LEFT],
    "somebody who left, known before": [LEFT, PEOPLE, TRAFFIC[: len(TRAFFIC) // 2], TRAFFIC[len(TRAFFIC) // 2 :]],
    "somebody who left and came back": [PEOPLE, TRAFFIC, BACK, LEFT],
    "somebody who did not leave after all": [PEOPLE, TRAFFIC, LEFT, TAKEN_BACK],
    "another team, known late": [PEOPLE, TRAFFIC, OTHER_TEAM],
}


@pytest.mark.parametrize("steps", ARRIVALS.values(), ids=ARRIVALS)
async def test_readings_are_those_of_the_same_log_scored_once(
    sqlite_url: str, tmp_path: Path, steps: list[Sequence[AnyRecord]]
) -> None:
    wanted = await from_scratch(tmp_path, [each for records in steps for each in records])
    async with opened(sqlite_url) as store:
        assert await settled(store, *steps) == wanted
    closed = {each for each in wanted if b'"as_of":"2023-12' in each}
    assert len(closed) > 100, "weeks that closed before the watermark have readings of their own"


async def test_a_patient_scorer_ends_at_the_same_readings(database_url: str, tmp_path: Path) -> None:
    """While events flow only those concerned are scored; the full pass afterwards leaves nothing behind."""
    steps: list[Sequence[AnyRecord]] = [PEOPLE, REST, HALF, LATE, REORGANISED, MERGED, REVERSED]
    wanted = await from_scratch(tmp_path, [each for records in steps for each in records])
    async with opened(database_url) as store:
        for records in steps:
            await store.take(records)
            await store.scorer.score(patient=True)
        await store.scorer.settle()
        assert await store.readings() == wanted


async def test_a_patient_scorer_begins_with_those_whom_news_are_about(sqlite_url: str, tmp_path: Path) -> None:
    now = START + (WEEKS * 7 - 1) * DAY + 20 * 3600  # in the week that runs
    news: list[AnyRecord] = [wrote(9004, "ann", "bob", at=now)]
    async with opened(sqlite_url) as store:
        before = await settled(store, PEOPLE, TRAFFIC)
        await store.take(news)
        assert await store.scorer.score(patient=True)
        changed = [msgspec.json.decode(each) for each in set(await store.readings()) - set(before)]
        owners = {each["subject"].split(":")[1].split("|")[0] for each in changed}
        assert owners == {"ann", "bob"}
        assert await store.scorer.score()
        assert await store.readings() == await from_scratch(tmp_path, [*PEOPLE, *TRAFFIC, *news])


async def test_the_first_pass_over_a_long_past_does_not_put_off_the_next_for_as_long(sqlite_url: str) -> None:
    """Passes over everybody rest nine times what they take; the first scored every closed week, the next will not."""
    async with opened(sqlite_url) as store:
        await store.take([*PEOPLE, *TRAFFIC])
        started = time.monotonic()
        assert await store.scorer.score(patient=True)
        took = time.monotonic() - started
        assert store.scorer._full_pass_due - started < 4 * took


async def test_late_events_and_corrections_change_readings(tmp_path: Path) -> None:
    """The comparisons above can fail."""
    plain = await from_scratch(tmp_path, [*PEOPLE, *TRAFFIC])
    for number, more in enumerate((LATE, LATE[2:], REORGANISED, MERGED)):
        directory = tmp_path / str(number)
        directory.mkdir()
        assert await from_scratch(directory, [*PEOPLE, *TRAFFIC, *more]) != plain


async def test_a_merge_is_taken_back_without_a_trace(database_url: str) -> None:
    async with opened(database_url) as store:
        before = await settled(store, PEOPLE, TRAFFIC)
        assert await settled(store, MERGED) != before
        assert await settled(store, REVERSED) == before


ALIAS = "chat:d4n"
# Nothing but the ties under test joins the alias's owners to ann, who owns the pairs.
QUIET: list[AnyRecord] = [wrote(day, "bob", "cyd", at=START + day * DAY) for day in range(WEEKS * 7)]
UNCOUNTED: dict[str, list[AnyRecord]] = {
    "resolutions": [
        Stepped(
            id=f"jira:step:{day}", entity=f"jira:step:{day}", at=utc(START + day * DAY), ticket=f"T-{day}",
            step="resolved", assignee=ALIAS, reporter=mail("ann"),
        )
        for day in range(50)
    ],
    "declined invitations": [
        Met(
            id=f"ics:meeting:{day}", entity=f"ics:meeting:{day}", at=utc(START + day * DAY), organiser=mail("ann"),
            attendees=(), declined=(ALIAS,), start=utc(START + day * DAY), end=utc(START + day * DAY), series="s",
        )
        for day in range(0, 50, 7)
    ],
}  # fmt: skip


@pytest.mark.parametrize("ties", UNCOUNTED.values(), ids=UNCOUNTED)
async def test_a_merge_reaches_ties_that_have_no_counters(
    database_url: str, tmp_path: Path, ties: list[AnyRecord]
) -> None:
    before = [*QUIET, *ties, link(ALIAS, "eve")]
    merge = [link(ALIAS, "dan", revision=2)]
    wanted = await from_scratch(tmp_path, [*PEOPLE, *before, *merge])
    assert any(b"pair:ann|dan" in each for each in wanted)
    async with opened(database_url) as store:
        assert any(b"pair:ann|eve" in each for each in await settled(store, PEOPLE, before))
        assert await settled(store, merge) == wanted


async def test_people_who_left_have_no_readings(database_url: str) -> None:
    async with opened(database_url) as store:
        assert any(b"dan" in each for each in await settled(store, PEOPLE, TRAFFIC))
        left = await settled(store, [person("dan", "works", active=False, revision=1)])
        assert left
        assert not any(b"dan" in each for each in left)


async def test_who_leaves_on_a_day_was_there_before(sqlite_url: str) -> None:
    async with opened(sqlite_url) as store:
        before = await settled(store, PEOPLE, TRAFFIC)
        after = await settled(store, LEFT)
        assert await settled(store, TAKEN_BACK) == before

    def until(readings: list[bytes], instant: int) -> list[bytes]:
        return [each for each in readings if msgspec.json.decode(each)["as_of"] < f"{utc(instant):%Y-%m-%d}"]

    assert until(after, DAY_OF_CHANGE) == until(before, DAY_OF_CHANGE)
    assert any(b"dan" in each for each in until(after, DAY_OF_CHANGE))
    rest = set(after) - set(until(after, DAY_OF_CHANGE))
    assert rest
    assert not any(b"dan" in each for each in rest)


async def test_an_end_to_come_acts_on_its_day(sqlite_url: str) -> None:
    people, first = table_of(PersonRow).c, len(TRAFFIC) // 2
    async with opened(sqlite_url) as store:

        async def there() -> bool:
            async with store.database.read() as connection:
                return bool((await connection.execute(select(people.active).where(people.key == "dan"))).scalar_one())

        await settled(store, PEOPLE, LEFT, TRAFFIC[:first])
        assert await there()
        await settled(store, TRAFFIC[first:])
        assert not await there()


async def test_a_pass_that_was_overtaken_writes_nothing(database_url: str) -> None:
    async with opened(database_url) as store:
        await settled(store, PEOPLE, TRAFFIC)
        await store.take(LATE)
        slow = Scorer(database=store.writer, settings=SignalsSettings(database=database_url), metrics=store.metrics)
        plan = await slow._planner.plan(full=True)
        assert plan is not None
        await store.scorer.settle()
        done = await store.readings()
        await store.take([wrote(9100, "bob", "cyd", at=START + 55 * DAY)])
        with pytest.raises(ScoringFencedError):
            await slow._score(plan)
        assert await store.readings() == done
        assert await store.scorer.score(), "the marks made in between are still there"
