"""Companies of kinds are valid, repeatable, and as the truth about them says."""

import io
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from statistics import mean, median
from typing import Any

import pytest

from services.simulator.kinds import effects
from services.simulator.kinds.kind import HELD_OUT_KINDS, HELD_OUT_SEEDS, KIND_BY_NAME, KINDS, TUNING_SEEDS
from services.simulator.kinds.world import KindScenario, events, settled, truth, write_ndjson
from shared.schemas.chat import MessagePosted
from shared.schemas.directory import DirectoryEvent
from shared.schemas.registry import CanonicalEvent, event_decoder

PEOPLE, WEEKS = 60, 14  # the smallest there is
HEALTHY = [kind.name for kind in KINDS if kind.health == "healthy"]
TROUBLED = [kind.name for kind in KINDS if kind.health == "troubled"]


def small(kind: str, *, seed: int = 1, weeks: int = WEEKS) -> KindScenario:
    return KindScenario(kind, seed, people=PEOPLE, weeks=weeks)


@lru_cache(maxsize=2)
def world(scenario: KindScenario) -> tuple[CanonicalEvent, ...]:
    return tuple(events(scenario))


def written(scenario: KindScenario) -> bytes:
    file = io.BytesIO()
    write_ndjson(scenario, file)
    return file.getvalue()


def chains(kind: str, *, seeds: Iterable[int] = (1, 2, 3)) -> Iterator[dict[str, Any]]:
    """The planted chains of full-size companies; making no events, this costs little."""
    for seed in seeds:
        yield from truth(KindScenario(kind, seed))["chains"]


def test_there_are_enough_kinds_and_some_are_kept_out_of_tuning() -> None:
    assert len(HEALTHY) >= 12
    assert len(TROUBLED) >= 8
    assert len(HELD_OUT_KINDS) == 4
    assert set(KIND_BY_NAME) >= HELD_OUT_KINDS
    assert {KIND_BY_NAME[name].health for name in HELD_OUT_KINDS} == {"healthy", "troubled"}
    assert len(TUNING_SEEDS) == len(HELD_OUT_SEEDS) == 3
    assert set(TUNING_SEEDS).isdisjoint(HELD_OUT_SEEDS)
    assert effects.PEOPLE >= 150
    assert effects.WEEKS >= 40


@pytest.mark.parametrize("kind", KIND_BY_NAME)
def test_every_kind_makes_a_valid_company(kind: str) -> None:
    happened = world(small(kind))
    decoder = event_decoder()
    assert len({event.id for event in happened}) == len(happened)
    assert all(decoder.decode(line) for line in written_lines(happened[:: len(happened) // 200]))
    timed = [event.time for event in happened if not isinstance(event, DirectoryEvent)]
    assert timed == sorted(timed)
    assert len(timed) > 5 * PEOPLE * WEEKS
    # What the scenario promises ends with the last full week.
    assert timed[-1] <= small(kind).ends_at
    json.dumps(truth(small(kind)))


def written_lines(happened: Iterable[CanonicalEvent]) -> Iterator[bytes]:
    import msgspec

    yield from map(msgspec.json.encode, happened)


def test_equal_scenarios_give_equal_bytes_and_others_do_not() -> None:
    assert written(small("bad_quarter")) == written(small("bad_quarter"))
    assert written(small("bad_quarter")) != written(small("bad_quarter", seed=2))


@pytest.mark.parametrize("kind", [*HEALTHY, "incident"])
def test_nothing_is_planted_in_a_healthy_company(kind: str) -> None:
    assert truth(KindScenario(kind, 1))["chains"] == []


@pytest.mark.parametrize("kind", TROUBLED)
def test_causes_are_many_enough_and_come_before_what_follows_from_them(kind: str) -> None:
    found = list(chains(kind))
    assert len(found) >= 48 if kind == "bad_to_one" else 60
    assert len({(each["leader"], number) for number, each in enumerate(found)}) >= 12
    for each in found:
        assert each["onset_week"] >= effects.ONSETS[0]
        assert max(each["weekly_hazards"][:2]) == 0
        if each["event"]:
            assert datetime.fromisoformat(each["event"]) > datetime.fromisoformat(each["onset"])
            assert max(each["weekly_hazards"]) > 0
    if kind == "giving_up":
        assert not any(each["event"] for each in found)


def test_it_takes_weeks_from_a_strong_cause_to_what_follows() -> None:
    days = [
        (datetime.fromisoformat(each["event"]) - datetime.fromisoformat(each["onset"])).days
        for each in chains("unheard_strong")
        if each["event"]
    ]
    assert len(days) >= 30
    assert median(days) >= 35


@pytest.mark.parametrize(
    ("kind", "lowest", "highest"),
    [("unheard_strong", 0.18, 0.33), ("unheard_medium", 0.34, 0.48), ("unheard_weak", 0.48, 0.63)],
)
def test_answered_shares_in_the_events_are_those_that_were_planted(kind: str, lowest: float, highest: float) -> None:
    scenario = small(kind, weeks=34)
    onsets = {(each["person"], each["leader"]): each for each in truth(scenario)["chains"]}
    answered = shares(scenario)
    caused = [
        value
        for (person, leader, week), values in answered.items()
        for value in values
        if (person, leader) in onsets
        and onsets[person, leader]["onset_week"] < week < (onsets[person, leader]["eased_week"] or 99)
    ]
    others = [
        value
        for (person, leader, week), values in answered.items()
        for value in values
        if (person, leader) not in onsets or week < onsets[person, leader]["onset_week"]
    ]
    assert len(caused) > 80
    # Two standard errors of so few, beside the range that levels are drawn from.
    assert lowest - 0.08 <= mean(caused) <= highest + 0.08
    assert 0.78 <= mean(others) <= 0.90


def shares(scenario: KindScenario) -> dict[tuple[str, str, int], list[bool]]:
    """Whether each ask of a person to their leader was answered, by person, leader and week, from the events alone."""
    company = settled(scenario)
    who = {account: key for key, each in company.members.items() for account in (each.mail, each.chat)}
    asked: dict[str, tuple[str, str, int]] = {}
    replied: dict[str, set[str]] = {}
    for event in world(scenario):
        if not isinstance(event, MessagePosted) or event.data.thread is None:
            continue
        sender, thread, markers = who.get(event.data.sender, ""), event.data.thread, event.data.markers
        replied.setdefault(thread, set())
        if "-up-" not in thread or markers is None or markers.basis != "text":
            continue
        replied[thread].add(sender)
        if len(replied[thread]) == 1 and (markers.questions or markers.requests):
            week = company.draft.timeline.week_of(int(event.time.timestamp()))
            asked.setdefault(thread, (sender, who[event.data.recipients[0]], week))
    found: dict[tuple[str, str, int], list[bool]] = {}
    ends = scenario.weeks - 2  # answers to the last may come after the end
    for thread, key in asked.items():
        if key[2] < ends:
            found.setdefault(key, []).append(key[1] in replied[thread])
    return found


def test_who_goes_past_their_leader_writes_to_the_next_one_alone() -> None:
    scenario = small("bad_to_all", weeks=34)
    company = settled(scenario)
    told = [each for each in truth(scenario)["chains"] if each["event"]]
    assert told
    posted = {
        (event.data.sender, event.time.isoformat()): event.data.recipients
        for event in world(scenario)
        if isinstance(event, MessagePosted)
    }
    for each in told:
        person, skip = (company.members[each[part]] for part in ("person", "skip"))
        recipients = posted.get((person.chat, each["event"])) or posted[person.mail, each["event"]]
        assert recipients in {(skip.chat,), (skip.mail,)}


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"kind": "unknown"}, "unknown kind"),
        ({"people": 59}, "people of a kind"),
        ({"weeks": 13}, "weeks of a kind"),
        ({"ends_at": datetime(2026, 1, 5)}, "time zone"),  # noqa: DTZ001
    ],
)
def test_what_cannot_be_made_is_refused(values: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        KindScenario(**{"kind": "plain", "seed": 1, **values})
