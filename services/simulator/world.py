"""The simulated world as canonical events. Other parts of the product call this module."""

from collections.abc import Iterator
from typing import Any, BinaryIO

import msgspec

from services.simulator.calendars import meetings
from services.simulator.conversations import conversations
from services.simulator.directory import records
from services.simulator.planting import Planted
from services.simulator.scenario import Scenario
from services.simulator.society import Society, settle
from services.simulator.stories import STORIES
from services.simulator.tickets import tickets
from shared.schemas.envelope import utc
from shared.schemas.registry import CanonicalEvent


def events(scenario: Scenario) -> Iterator[CanonicalEvent]:
    """Yield the directory, then every event up to `ends_at` in order of time.

    Events of one instant are ordered by entity and revision. An edit carries the time of the message, as the wire
    defines it. The same scenario gives equal events. Raises ValueError when the company is too small for its stories.
    """
    society = settle(scenario)
    yield from records(society)
    happened: list[CanonicalEvent] = [*meetings(society), *conversations(society), *tickets(society)]
    end = utc(society.timeline.ends_at)
    happened = [event for event in happened if event.time <= end]
    happened.sort(key=lambda event: (event.time, event.entity, event.revision))
    yield from happened


def write_ndjson(scenario: Scenario, file: BinaryIO) -> int:
    """Write the events of a scenario, one JSON object a line, and return how many. Equal scenarios, equal bytes."""
    encoder = msgspec.json.Encoder()
    count = 0
    for event in events(scenario):
        file.write(encoder.encode(event) + b"\n")
        count += 1
    return count


def truth(scenario: Scenario) -> dict[str, Any]:
    """What was planted, as plain data for JSON: for each story who, in which part, and from when.

    A scenario of the null story has none. Raises ValueError when the company is too small for its stories.
    """
    society = settle(scenario)
    return {
        "seed": scenario.seed,
        "people": scenario.people,
        "weeks": scenario.weeks,
        "starts_at": utc(society.timeline.start).isoformat(),
        "ends_at": scenario.ends_at.isoformat(),
        "stories": [_told(society, story) for story in society.planted],
    }


def _told(society: Society, planted: Planted) -> dict[str, Any]:
    return {
        "name": planted.story,
        "description": next(story.description for story in STORIES if story.name == planted.story),
        "from_week": planted.from_week,
        "from": utc(society.timeline.monday(planted.from_week)).isoformat(),
        "people": {part: list(people) for part, people in planted.people.items()},
        "approach_weeks": [approach.week for approach in planted.approaches],
    }
