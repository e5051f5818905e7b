import hashlib
import io
import json
import os
import subprocess
import sys
import time
from collections import Counter
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from services.simulator.scenario import Scenario
from services.simulator.stories import STORIES
from services.simulator.world import events, truth, write_ndjson
from shared.schemas.chat import MessageDeleted, MessageEdited, MessagePosted, MessageReacted
from shared.schemas.directory import DirectoryEvent, GoalRecorded, LineRecorded, PersonRecorded, TeamRecorded
from shared.schemas.registry import event_decoder
from tests.unit.simulator.worlds import ENDS_AT, STARTS_AT, accounts, directory, scenario, world


def _bytes(chosen: Scenario) -> bytes:
    file = io.BytesIO()
    write_ndjson(chosen, file)
    return file.getvalue()


def test_same_scenario_gives_the_same_bytes_in_another_process() -> None:
    program = (
        "import hashlib, io\n"
        "from tests.unit.simulator.worlds import scenario\n"
        "from services.simulator.world import write_ndjson\n"
        "file = io.BytesIO(); write_ndjson(scenario(), file)\n"
        "print(hashlib.sha256(file.getvalue()).hexdigest())\n"
    )
    # Another hash seed, so that an order taken from a set would show.
    environment = os.environ | {"PYTHONHASHSEED": "4711"}
    root = Path(__file__).parents[3]
    other = subprocess.run(
        [sys.executable, "-c", program], env=environment, cwd=root, capture_output=True, text=True, check=True
    )
    assert other.stdout.strip() == hashlib.sha256(_bytes(scenario())).hexdigest()


def test_another_seed_gives_another_world() -> None:
    assert _bytes(scenario(seed=1, people=40, weeks=4, stories=())) != _bytes(
        scenario(seed=2, people=40, weeks=4, stories=())
    )


def test_every_line_decodes_to_the_event_it_was() -> None:
    decoder = event_decoder()
    lines = _bytes(scenario()).splitlines()
    assert tuple(decoder.decode(line) for line in lines) == world(scenario())


def test_ids_are_unique_and_revisions_without_gaps() -> None:
    happened = world(scenario())
    assert len({event.id for event in happened}) == len(happened)
    assert len({(event.entity, event.revision) for event in happened}) == len(happened)
    revisions: dict[str, set[int]] = {}
    for event in happened:
        revisions.setdefault(event.entity, set()).add(event.revision)
    assert all(found == set(range(len(found))) for found in revisions.values())


def test_directory_first_then_in_order_of_time_and_not_beyond_the_end() -> None:
    happened = world(scenario())
    kinds = [isinstance(event, DirectoryEvent) for event in happened]
    directory = sum(kinds)
    assert all(kinds[:directory])
    times = [event.time for event in happened]
    assert times == sorted(times)
    assert times[-1] <= ENDS_AT
    assert times[0] == STARTS_AT
    assert len({event.time for event in happened[:directory]}) == 1


def test_later_revisions_do_not_come_before_earlier_ones() -> None:
    seen: dict[str, int] = {}
    for event in world(scenario()):
        assert event.revision == seen.get(event.entity, -1) + 1
        seen[event.entity] = event.revision


def test_no_text_anywhere() -> None:
    for event in world(scenario()):
        if isinstance(event, MessagePosted | MessageEdited):
            assert event.data.text is None
            assert event.data.markers is not None
            assert event.data.markers.basis == ("metadata" if event.source == "sim_mail" else "text")


def test_volume_and_time_fit_a_demo() -> None:
    started = time.process_time()
    happened = tuple(events(scenario()))
    assert time.process_time() - started < 6
    assert 60_000 <= len(happened) <= 90_000
    kinds = Counter(type(event).__name__ for event in happened)
    assert all(kinds[kind.__name__] > 20 for kind in (MessagePosted, MessageEdited, MessageDeleted, MessageReacted))
    assert Counter(event.source for event in happened).keys() == {
        "sim_hr", "sim_calendar", "sim_chat", "sim_mail", "sim_ticket",
    }  # fmt: skip
    # Every kind of ticket step but one that needs bad luck is common.
    steps = [name for name in kinds if name.startswith("Ticket")]
    assert len(steps) == 10


def test_events_name_only_people_of_the_directory() -> None:
    happened = world(scenario())
    people = [event.data.person for event in happened if isinstance(event, PersonRecorded)]
    known = accounts(happened, *people)
    assert len(known) == 3 * len(people)
    actors = {
        identity
        for event in happened
        if isinstance(event, MessagePosted)
        for identity in (event.data.sender, *event.data.recipients)
    }
    assert actors <= known


@pytest.mark.parametrize("people", [40, 104, 105, 120, 250, 400])
def test_the_organisation_is_a_tree(people: int) -> None:
    records = directory(events(scenario(people=people, weeks=4, stories=())))
    managers = {event.data.person: event.data.manager for event in records if isinstance(event, LineRecorded)}
    assert len(managers) == people
    assert list(managers.values()).count(None) == 1
    for person in managers:
        above, steps = person, 0
        while (manager := managers[above]) is not None:
            above, steps = manager, steps + 1
            assert steps <= 3
    spans = Counter(manager for manager in managers.values() if manager is not None)
    if people >= 105:
        assert set(spans.values()) <= set(range(4, 10))
    names = [event.data.name for event in records if isinstance(event, PersonRecorded)]
    assert len(set(names)) == people


def test_teams_and_goals_form_trees_and_one_team_is_too_small_to_publish() -> None:
    records = directory(world(scenario()))
    sizes = Counter(event.data.team for event in records if isinstance(event, PersonRecorded))
    assert sorted(sizes.values())[:2] == [4, 5]
    teams = {event.data.team: event.data.parent for event in records if isinstance(event, TeamRecorded)}
    goals = {event.data.goal: event.data.parent for event in records if isinstance(event, GoalRecorded)}
    for parents in (teams, goals):
        assert list(parents.values()).count(None) == 1
        assert {parent for parent in parents.values() if parent} <= parents.keys()
    assert sizes.keys() <= teams.keys()


def test_truth_is_plain_data() -> None:
    found = truth(scenario())
    assert json.loads(json.dumps(found)) == found
    assert [story["name"] for story in found["stories"]] == [story.name for story in STORIES if story.name != "null"]
    assert truth(scenario(stories=("null",)))["stories"] == []


def test_what_cannot_be_simulated_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown story 'gossip'; known are one_on_ones_cancelled"):
        scenario(stories=("gossip",))
    with pytest.raises(ValueError, match="people must be 40 to 400"):
        scenario(people=5)
    with pytest.raises(ValueError, match="weeks must be"):
        scenario(weeks=0)
    with pytest.raises(ValueError, match="time zone"):
        Scenario(seed=1, ends_at=datetime(2026, 3, 5))  # noqa: DTZ001 - that is the point
    with pytest.raises(ValueError, match="more people or fewer stories"):
        truth(scenario(people=40))


def test_events_survive_a_round_through_a_strict_decoder_of_their_own_type() -> None:
    encoder = msgspec.json.Encoder()
    for event in world(scenario())[::500]:
        assert msgspec.json.decode(encoder.encode(event), type=type(event)) == event
