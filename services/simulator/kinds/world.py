"""A company of a kind as canonical events, and the truth about it apart from them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import Any, BinaryIO, Final

from services.simulator.kinds import effects
from services.simulator.kinds.draft import Worker
from services.simulator.kinds.founding import found
from services.simulator.kinds.hr import records
from services.simulator.kinds.kind import KIND_BY_NAME, Kind
from services.simulator.kinds.meets import meetings
from services.simulator.kinds.settled import Outcome, Settled, settle
from services.simulator.kinds.talk import conversations
from services.simulator.kinds.work import tickets
from services.simulator.scenario import WEEKS_RANGE
from services.simulator.written import in_order, write_lines
from shared.schemas.envelope import utc
from shared.schemas.registry import CanonicalEvent

# A Monday; where nobody names an end, so that a kind and a seed are one world for ever.
ENDS_AT: Final = datetime(2026, 10, 5, tzinfo=UTC)
_LARGEST_PEOPLE: Final = 400
_SHORTEST_WEEKS: Final = 14  # onsets begin in week 10


@dataclass(frozen=True, slots=True)
class KindScenario:
    """A company of a kind, of so many people over so many full weeks. Raises ValueError for what cannot be made."""

    kind: str
    seed: int
    people: int = effects.PEOPLE
    weeks: int = effects.WEEKS
    ends_at: datetime = ENDS_AT

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated."""
        if self.kind not in KIND_BY_NAME:
            raise ValueError(f"unknown kind {self.kind!r}; known are {', '.join(KIND_BY_NAME)}")
        if self.ends_at.tzinfo is None:
            raise ValueError("ends_at needs a time zone")
        if not effects.SMALLEST_PEOPLE <= self.people <= _LARGEST_PEOPLE:
            raise ValueError(f"people of a kind must be {effects.SMALLEST_PEOPLE} to {_LARGEST_PEOPLE}")
        if not _SHORTEST_WEEKS <= self.weeks <= WEEKS_RANGE[1]:
            raise ValueError(f"weeks of a kind must be {_SHORTEST_WEEKS} to {WEEKS_RANGE[1]}")

    @property
    def shape(self) -> Kind:
        """The kind itself."""
        return KIND_BY_NAME[self.kind]


def settled(scenario: KindScenario) -> Settled:
    """The company, its people and what is planted in it. Equal scenarios give equal companies."""
    kind = scenario.shape
    draft = found(
        kind=kind.name,
        seed=scenario.seed,
        people=scenario.people,
        weeks=scenario.weeks,
        ends_at=scenario.ends_at,
        sparse=kind.sparse,
    )
    kind.shape(draft)
    return settle(draft)


def events(scenario: KindScenario) -> Iterator[CanonicalEvent]:
    """Yield the directory, then every event up to the end in order of time. Equal scenarios give equal events."""
    yield from events_of(settled(scenario), machines=scenario.shape.machines)


def events_of(company: Settled, *, machines: bool) -> Iterator[CanonicalEvent]:
    """The events of a company that is settled."""
    yield from records(company)
    happened = chain(meetings(company), conversations(company, machines=machines), tickets(company, machines=machines))
    yield from in_order(happened, until=utc(company.draft.timeline.ends_at))


def write_ndjson(scenario: KindScenario, file: BinaryIO) -> int:
    """Write the events, one JSON object a line, and return how many. Equal scenarios give equal bytes."""
    return write_lines(events(scenario), file)


def truth(scenario: KindScenario) -> dict[str, Any]:
    """What was planted, as plain data for JSON: the chains, when it began, when they went past, and their hazards."""
    return truth_of(scenario, settled(scenario))


def truth_of(scenario: KindScenario, company: Settled) -> dict[str, Any]:
    """The truth about a company that is settled."""
    draft = company.draft
    return {
        "kind": scenario.kind,
        "health": scenario.shape.health,
        "strength": scenario.shape.strength,
        "description": scenario.shape.description,
        "seed": scenario.seed,
        "people": len(draft.workers),
        "weeks": scenario.weeks,
        "starts_at": utc(draft.timeline.start).isoformat(),
        "ends_at": scenario.ends_at.isoformat(),
        "chains": [_told(company, outcome) for outcome in company.outcomes],
        "leaders": sorted({outcome.caused.leader for outcome in company.outcomes}),
        "incidents": [{"leader": leader, "from_week": begin, "to_week": end} for leader, begin, end in draft.incidents],
        "workers": {
            worker.key: {
                "team_size": _team_size(company, worker),
                "joined_week": worker.from_week,
                "part_time": worker.part_time,
                "abroad": worker.zone != "Etc/UTC",
                "talk": round(worker.talk, 3),
            }
            for worker in draft.workers.values()
        },
    }


def _team_size(company: Settled, worker: Worker) -> int:
    """How many report to the same leader when somebody comes, themselves among them; 0 for the top of the tree."""
    week = min(worker.from_week, company.draft.weeks)
    leader = company.managers[worker.key][week]
    return len(company.team(leader, week)) if leader else 0


def _told(company: Settled, outcome: Outcome) -> dict[str, Any]:
    caused, timeline = outcome.caused, company.draft.timeline
    return {
        "person": caused.person,
        "leader": caused.leader,
        "skip": outcome.skip,
        "cause": caused.cause,
        "strength": caused.strength,
        "onset_week": caused.onset_week,
        "onset": utc(timeline.monday(caused.onset_week)).isoformat(),
        "heals_week": caused.until_week if caused.until_week <= company.draft.weeks else None,
        "event": utc(outcome.event_at).isoformat() if outcome.event_at else None,
        "again": [utc(at).isoformat() for at in outcome.again_at],
        "eased_week": outcome.eased_week,
        "weekly_hazards": [round(hazard, 4) for hazard in outcome.hazards],
    }
