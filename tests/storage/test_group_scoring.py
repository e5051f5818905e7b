"""Readings of tickets, leaders, recurring meetings, teams and the organisation: the same whatever came when."""

import random
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from shared.domain.week import DAY
from shared.schemas.chat import Markers
from shared.schemas.directory import Goal, GoalRecorded
from shared.schemas.envelope import event_id, utc
from shared.schemas.interaction import Contact, Met, Retracted, Stepped
from tests.storage.company import AnyRecord, from_scratch, line, link, opened, person

START = 1_699_833_600  # a Monday
WEEKS = 6
TEAMS = {"north": [f"n{number}" for number in range(6)], "south": [f"s{number}" for number in range(6)]}
EVERYBODY = [person for members in TEAMS.values() for person in members]
KINDS = ("ticket:", "leader:", "series:", "team:", "organisation:")


def mail(name: str) -> str:
    return f"mail:{name}@x.io"


def goal(key: str, parent: str | None, *, team: str | None = None, revision: int = 0) -> GoalRecorded:
    name = event_id(source="hr", kind="goal", native_id=key, revision=revision)
    data = Goal(goal=key, parent=parent, team=team)
    return GoalRecorded(id=name, source="hr", time=utc(10**9), revision=revision, data=data)


def stepped(
    number: int, step: str, at: int, ticket: str, *, actor: str, assignee: str | None = None, group: str = "desk"
) -> Stepped:
    entity = f"jira:step:{number}"
    return Stepped(
        id=entity, entity=entity, at=utc(at), ticket=ticket, step=step, actor=mail(actor),  # type: ignore[arg-type]
        reporter=mail("n1"), assignee=mail(assignee) if assignee else None, goal=f"g-{ticket[0]}", priority=4,
        due=utc(at + 9 * DAY), group=group,
    )  # fmt: skip


DIRECTORY: list[AnyRecord] = [
    *(person(name, team) for team, members in TEAMS.items() for name in members),
    *(link(mail(name), name) for name in EVERYBODY),
    *(line(name, f"{name[0]}0") for name in EVERYBODY if name[1] != "0"),
    line("n0", "s0"),
    line("s0", None),
    goal("g-n", "g-top", team="north"),
    goal("g-s", "g-top", team="south"),
    goal("g-top", None),
]


def traffic() -> list[AnyRecord]:
    """Six weeks of mail and tickets within and across two teams, and a weekly meeting of three."""
    chance = random.Random(3)
    events: list[AnyRecord] = []
    for day in range(WEEKS * 7):
        at = START + day * DAY + 9 * 3600
        for hour in range(6):
            one, other = chance.sample(EVERYBODY, 2)
            entity = f"mail:message:{day}-{hour}"
            events.append(
                Contact(
                    id=entity, entity=entity, at=utc(at + hour * 3600), channel="mail", actor=mail(one),
                    recipients=(mail(other),), audience=1,
                    markers=Markers(basis="text", words=12, questions=chance.randrange(2)),
                )
            )  # fmt: skip
        ticket = f"{chance.choice('ns')}-{day}"
        holder = chance.choice(EVERYBODY)
        events.append(stepped(day * 10, "created", at, ticket, actor="n1"))
        events.append(stepped(day * 10 + 1, "assigned", at + 60, ticket, actor="n1", assignee=holder))
        events.append(stepped(day * 10 + 2, "commented", at + 900, ticket, actor=holder, assignee=holder))
        if day % 3 == 0:
            events.append(
                stepped(
                    day * 10 + 4, "handed_to_group", at + DAY, ticket, actor=holder, assignee=holder, group="net 2nd"
                )
            )
        if chance.random() < 0.7:
            events.append(stepped(day * 10 + 3, "resolved", at + 2 * DAY, ticket, actor=holder, assignee=holder))
        if day % 7 == 1:
            entity = f"ics:meeting:{day}"
            events.append(
                Met(
                    id=entity, entity=entity, at=utc(at), organiser=mail("n0"), attendees=(mail("n2"), mail("s2")),
                    start=utc(at), end=utc(at + 1800), series="weekly",
                )
            )  # fmt: skip
    return events


TRAFFIC = traffic()
LATE: list[AnyRecord] = [
    stepped(9003, "handed_to_group", START + 9 * DAY, "n-98", actor="n1", assignee="n3", group="lab L3"),
    stepped(9004, "created", START + 8 * DAY, "n-98", actor="n1", assignee="n3"),
    stepped(9001, "escalated", START + 30 * DAY, "n-99", actor="n1", assignee="n3"),
    stepped(9002, "reopened", START + 33 * DAY, TRAFFIC[6].ticket, actor="n1"),  # type: ignore[union-attr]
]
TAKEN_BACK: Sequence[AnyRecord] = [
    Retracted(id=f"{each.id}:1", entity=each.entity, revision=1, at=each.at)
    for each in TRAFFIC
    if isinstance(each, Stepped) and each.step == "created"
][:20]
REGOALED: list[AnyRecord] = [goal("g-s", None, team="south", revision=1)]
MOVED: list[AnyRecord] = [line("n0", None, since=START + 20 * DAY, revision=1), person("n5", "south", revision=1)]
HALF = [each for number, each in enumerate(TRAFFIC) if number % 2]
REST = [each for number, each in enumerate(TRAFFIC) if not number % 2]

ARRIVALS: dict[str, list[Sequence[AnyRecord]]] = {
    "the directory late": [TRAFFIC, DIRECTORY],
    "half of it late": [DIRECTORY, REST, HALF],
    "late steps, then corrections": [DIRECTORY, TRAFFIC, LATE, TAKEN_BACK, REGOALED, MOVED],
}


@pytest.mark.parametrize("steps", ARRIVALS.values(), ids=ARRIVALS)
async def test_readings_are_those_of_the_same_log_scored_once(
    sqlite_url: str, tmp_path: Path, steps: list[Sequence[AnyRecord]]
) -> None:
    wanted = await from_scratch(tmp_path, [each for records in steps for each in records])
    async with opened(sqlite_url) as store:
        for records in steps:
            await store.take(records)
            await store.scorer.score(patient=True)
        await store.scorer.settle()
        assert await store.readings() == wanted


async def test_every_kind_of_subject_is_scored_and_each_correction_changes_something(tmp_path: Path) -> None:
    """The comparisons above can fail."""
    plain = await from_scratch(tmp_path, [*DIRECTORY, *TRAFFIC])
    subjects = {msgspec.json.decode(each)["subject"] for each in plain}
    for kind in KINDS:
        assert any(each.startswith(kind) for each in subjects), kind
    assert {each for each in subjects if each.startswith("leader:")} == {"leader:n0", "leader:s0"}
    assert {each for each in subjects if each.startswith("team:")} == {"team:north", "team:south"}
    for number, more in enumerate((LATE, TAKEN_BACK, REGOALED, MOVED)):
        directory = tmp_path / str(number)
        directory.mkdir()
        assert await from_scratch(directory, [*DIRECTORY, *TRAFFIC, *more]) != plain


async def test_the_same_on_postgresql(database_url: str, tmp_path: Path) -> None:
    wanted = await from_scratch(tmp_path, [*DIRECTORY, *TRAFFIC, *LATE])
    async with opened(database_url) as store:
        await store.take([*DIRECTORY, *TRAFFIC, *LATE])
        await store.scorer.settle()
        assert await store.readings() == wanted


async def test_a_ticket_that_is_done_has_no_live_reading(sqlite_url: str) -> None:
    def live(found: Sequence[bytes]) -> set[str]:
        latest = max(msgspec.json.decode(each)["as_of"] for each in found)
        decoded = [msgspec.json.decode(each) for each in found]
        return {each["subject"] for each in decoded if each["signal"] == "ticket_heat" and each["as_of"] == latest}

    async with opened(sqlite_url) as store:
        await store.take([*DIRECTORY, *TRAFFIC])
        await store.scorer.settle()
        hot = sorted(live(await store.readings()))
        ticket = hot[0].removeprefix("ticket:")
        await store.take([stepped(9900, "resolved", START + 41 * DAY + 43_000, ticket, actor="n1")])
        await store.scorer.settle()
        assert live(await store.readings()) == set(hot[1:])
        late = [stepped(9901, "commented", START + 160 * DAY, "n-new", actor="n1")]
        await store.take(late)
        await store.scorer.settle()
        assert live(await store.readings()) == {"ticket:n-new"}, "the others are dormant for sixteen weeks"


def heat(found: Sequence[bytes]) -> list[bytes]:
    return [each for each in found if msgspec.json.decode(each)["signal"] == "ticket_heat"]


async def test_what_became_of_one_ticket_is_in_the_rates_of_others(tmp_path: Path) -> None:
    plain = heat(await from_scratch(tmp_path, [*DIRECTORY, *TRAFFIC]))
    (tmp_path / "more").mkdir()
    more = heat(await from_scratch(tmp_path / "more", [*DIRECTORY, *TRAFFIC, *LATE[:2]]))
    assert len(more) >= len(plain)
    others = [each for each in more if b"n-98" not in each]
    assert others != plain
    assert any(b'"group_rate"' in each for each in plain)


def concerns(record: AnyRecord, name: str) -> bool:
    return isinstance(record, Stepped) and mail(name) in (record.actor, record.reporter, record.assignee)


@pytest.mark.parametrize("late", [False, True], ids=["from the start", "later"])
async def test_moves_by_and_for_excluded_people_do_not_count(sqlite_url: str, tmp_path: Path, *, late: bool) -> None:
    """Nor in the rates of others; but that such a ticket is done does."""
    ends = ("resolved",)
    nobody = {"actor": None, "reporter": None, "assignee": None, "priority": None, "due": None}
    left: list[AnyRecord] = []
    for each in TRAFFIC:
        if not concerns(each, "s3"):
            left.append(each)
        elif isinstance(each, Stepped) and each.step in ends:
            left.append(msgspec.structs.replace(each, **nobody))
    assert len(left) < len(TRAFFIC) - 3
    wanted = heat(await from_scratch(tmp_path, [*DIRECTORY, *left]))
    if late:
        async with opened(sqlite_url) as store:
            await store.take([*DIRECTORY, *TRAFFIC])
            await store.scorer.settle()
            assert heat(await store.readings()) != wanted
    async with opened(sqlite_url, excluded=frozenset({"s3"})) as store:
        if not late:
            await store.take([*DIRECTORY, *TRAFFIC])
        await store.scorer.settle()
        assert heat(await store.readings()) == wanted


@pytest.mark.parametrize("team", TEAMS)
async def test_a_team_below_k_is_never_scored_as_one(sqlite_url: str, team: str) -> None:
    small: list[AnyRecord] = [
        *(each for each in DIRECTORY if not getattr(each, "id", "").startswith(f"hr:person:{team[0]}5"))
    ]
    smaller = [*small, person(f"{team[0]}4", None, revision=1)]
    async with opened(sqlite_url) as store:
        await store.take([*smaller, *TRAFFIC])
        await store.scorer.settle()
        subjects = {msgspec.json.decode(each)["subject"] for each in await store.readings()}
    assert f"team:{team}" not in subjects
