"""The simulated world as canonical events. Other parts of the product call this module."""

from collections.abc import Iterator
from itertools import chain
from typing import Any, BinaryIO

from services.simulator.calendars import meetings
from services.simulator.conversations import conversations
from services.simulator.directory import records
from services.simulator.planting import Planted
from services.simulator.scenario import Scenario
from services.simulator.society import Society, settle
from services.simulator.stories import STORIES
from services.simulator.tickets import tickets
from services.simulator.written import in_order, write_lines
from shared.schemas.envelope import utc
from shared.schemas.registry import CanonicalEvent


def events(scenario: Scenario) -> Iterator[CanonicalEvent]:
    """Yield the directory, then every event up to `ends_at` in order of time.

    Events of one instant are ordered by entity and revision. An edit carries the time of the message, as the wire
    defines it. The same scenario gives equal events. Raises ValueError when the company is too small for its stories.
    """
    society = settle(scenario)
    yield from records(society)
    happened = chain(meetings(society), conversations(society), tickets(society))
    yield from in_order(happened, until=utc(society.timeline.ends_at))


def write_ndjson(scenario: Scenario, file: BinaryIO) -> int:
    """Write the events of a scenario, one JSON object a line, and return how many. Equal scenarios, equal bytes."""
    return write_lines(events(scenario), file)


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
