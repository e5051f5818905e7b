"""The worlds the simulator's tests look at, made once each, and what the tests read out of them."""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from itertools import takewhile
from typing import Any

from services.simulator.scenario import Scenario
from services.simulator.stories import DEMO_STORIES
from services.simulator.world import events, truth
from shared.schemas.chat import MessagePosted
from shared.schemas.directory import DirectoryEvent, IdentityLinked
from shared.schemas.registry import CanonicalEvent

STARTS_AT = datetime(2025, 9, 1, tzinfo=UTC)  # 26 weeks before the Monday of the week it ends in
ENDS_AT = datetime(2026, 3, 5, 14, 30, tzinfo=UTC)  # a Thursday afternoon


def scenario(*, seed: int = 7, stories: tuple[str, ...] = DEMO_STORIES, people: int = 120, weeks: int = 26) -> Scenario:
    return Scenario(seed=seed, ends_at=ENDS_AT, people=people, weeks=weeks, stories=stories)


@lru_cache(maxsize=3)  # a world of half a year takes 80 MB
def world(chosen: Scenario) -> tuple[CanonicalEvent, ...]:
    return tuple(events(chosen))


def told(chosen: Scenario, name: str) -> dict[str, Any]:
    """The planted truth of one story."""
    found: dict[str, Any] = next(story for story in truth(chosen)["stories"] if story["name"] == name)
    return found


def since(story: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(story["from"])


def directory(happened: Iterable[CanonicalEvent]) -> list[DirectoryEvent]:
    """The directory records, which come first."""
    records = takewhile(lambda event: isinstance(event, DirectoryEvent), happened)
    return [record for record in records if isinstance(record, DirectoryEvent)]


def accounts(happened: Iterable[CanonicalEvent], *people: str) -> frozenset[str]:
    """Every identity of some people."""
    return frozenset(
        record.data.identity
        for record in directory(happened)
        if isinstance(record, IdentityLinked) and record.data.person in people
    )


def direct(happened: Iterable[CanonicalEvent], *, sender: frozenset[str], to: frozenset[str]) -> list[MessagePosted]:
    """Messages from somebody to somebody with at most three recipients."""
    return [
        event
        for event in happened
        if isinstance(event, MessagePosted)
        and event.data.sender in sender
        and len(event.data.recipients) <= 3
        and not to.isdisjoint(event.data.recipients)
    ]
