"""What a simulated world is made from. Equal scenarios give equal worlds, byte for byte."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.simulator.stories import DEMO_STORIES, STORIES

# Fewer people have no room for teams; more would have spans wider than nine.
PEOPLE_RANGE: Final = (40, 400)
WEEKS_RANGE: Final = (4, 104)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A company of `people` over `weeks` full weeks and the running one, up to `ends_at`.

    Raises ValueError for an instant without a time zone, an unknown story, and sizes out of range. From 105 people
    up, every leader leads 4 to 9 people.
    """

    seed: int
    ends_at: datetime
    people: int = 120
    weeks: int = 26
    stories: tuple[str, ...] = DEMO_STORIES

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated."""
        if self.ends_at.tzinfo is None:
            raise ValueError("ends_at needs a time zone")
        if not PEOPLE_RANGE[0] <= self.people <= PEOPLE_RANGE[1]:
            raise ValueError(f"people must be {PEOPLE_RANGE[0]} to {PEOPLE_RANGE[1]}")
        if not WEEKS_RANGE[0] <= self.weeks <= WEEKS_RANGE[1]:
            raise ValueError(f"weeks must be {WEEKS_RANGE[0]} to {WEEKS_RANGE[1]}")
        known = [story.name for story in STORIES]
        for name in self.stories:
            if name not in known:
                raise ValueError(f"unknown story {name!r}; known are {', '.join(known)}")
