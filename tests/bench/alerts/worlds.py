"""Runs the rule on one company of a kind, and keeps what came of it, so that a run that was stopped goes on."""

import hashlib
import time
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

import msgspec

from services.simulator.kinds.world import KindScenario, events_of, settled, truth_of
from shared.domain.alerts.rule import Candidate
from shared.domain.week import week_of
from tests.bench.alerts.shipped_rule import RULE, Watched, as_metadata, watch
from tests.bench.alerts.state_rule import watch_states

Mode = Literal["text", "metadata"]
RuleName = Literal["shipped", "states"]
RULES: Final[tuple[RuleName, ...]] = ("shipped", "states")
MODES: Final[tuple[Mode, ...]] = ("text", "metadata")
REPOSITORY: Final = Path(__file__).parents[3]
CACHE: Final = REPOSITORY / ".cache" / "bench-alerts"
# What a result depends on, beside the libraries.
_CODE: Final = (
    "shared/domain", "shared/schemas", "shared/storage/directory", "shared/storage/engine", "shared/storage/facts",
    "shared/storage/log", "services/calendar", "services/chat", "services/tickets", "services/signals/intake",
    "services/signals/scoring", "services/simulator", "tests/bench/alerts/shipped_rule.py",
    "tests/bench/alerts/state_rule.py", "tests/bench/alerts/worlds.py",
)  # fmt: skip
# Below this share of the floor nothing is kept: no floor that is tried lies there.
_KEPT: Final = 0.1


class Chain(msgspec.Struct, frozen=True):
    """A chain that something was planted for. Weeks count from the first; an instant within one is a fraction."""

    person: str
    leader: str
    cause: str
    strength: str
    onset: int
    event: float | None
    hazards: tuple[float, ...]  # of each week from the onset's on


class Raised(msgspec.Struct, frozen=True):
    """An alert, raised at the end of a week: week 1 is the first at whose end there can be one."""

    person: str
    leader: str
    at: int


class Score(msgspec.Struct, frozen=True, array_like=True):
    """What the rule went by for a person at the end of a week, where there was enough evidence."""

    at: int
    person: str
    leader: str
    value: float


class Groups(msgspec.Struct, frozen=True):
    """What a person is counted under when alerts are compared between groups."""

    team_size: int
    joined_week: int
    part_time: bool
    abroad: bool
    talk: float


class WorldResult(msgspec.Struct, frozen=True):
    """What the rule made of one company."""

    kind: str
    seed: int
    mode: str
    people: int
    weeks: int
    cpu_seconds: float
    events: int
    watched: int  # chains times weeks
    enough: int  # of these, with enough evidence
    chains: tuple[Chain, ...]
    raised: tuple[Raised, ...]
    scores: tuple[Score, ...]
    groups: Mapping[str, Groups]


@lru_cache(maxsize=1)
def code_digest() -> str:
    """A digest of the code that a result depends on."""
    digest = hashlib.sha256()
    for folder in _CODE:
        place = REPOSITORY / folder
        for path in [place] if place.is_file() else sorted(place.rglob("*.py")):
            digest.update(path.relative_to(REPOSITORY).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def result(kind: str, seed: int, mode: Mode, *, code: str, rule: RuleName = "shipped") -> WorldResult:
    """What the rule makes of a company: from the cache when that code has seen it before, or computed now."""
    path = cached(kind, seed, mode, code=code, rule=rule)
    if path.exists():
        return msgspec.json.decode(path.read_bytes(), type=WorldResult)
    found = run(KindScenario(kind, seed), mode, rule=rule)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Whole or not at all: a run may be stopped while it writes.
    part = path.with_suffix(".part")
    part.write_bytes(msgspec.json.encode(found))
    part.replace(path)
    return found


def cached(kind: str, seed: int, mode: Mode, *, code: str, rule: RuleName = "shipped") -> Path:
    """Where the result of a company is kept, by the digest of the code that it is of."""
    folder = CACHE / code if rule == "shipped" else CACHE / code / rule
    return folder / f"{kind}-{seed}-{mode}.json"


def run(scenario: KindScenario, mode: Mode, *, rule: RuleName = "shipped") -> WorldResult:
    """Make the company, let the rule watch it, and set beside that what was planted."""
    started = time.process_time()
    company = settled(scenario)
    truth = truth_of(scenario, company)
    timeline = company.draft.timeline
    happened = list(events_of(company, machines=scenario.shape.machines))
    count = len(happened)
    seen = happened if mode == "text" else as_metadata(happened)
    found = (watch if rule == "shipped" else watch_states)(seen, starts_at=timeline.start, ends_at=timeline.ends_at)
    first = week_of(timeline.start)
    return WorldResult(
        kind=scenario.kind,
        seed=scenario.seed,
        mode=mode,
        people=truth["people"],
        weeks=scenario.weeks,
        cpu_seconds=round(time.process_time() - started, 1),
        events=count,
        watched=len(found.watched),
        enough=sum(each.enough for each in found.watched),
        chains=tuple(
            Chain(
                person=each.caused.person,
                leader=each.caused.leader,
                cause=each.caused.cause,
                strength=each.caused.strength,
                onset=each.caused.onset_week,
                event=None if each.event_at is None else round((each.event_at - timeline.start) / (7 * 86_400), 3),
                hazards=tuple(round(hazard, 4) for hazard in each.hazards),
            )
            for each in company.outcomes
        ),
        raised=tuple(
            Raised(each.people[0], each.people[1], each.raised_week - first + 1)
            for each in found.raised
            if each.raised_week is not None
        ),
        scores=tuple(_scores(found.watched, first)),
        groups={key: Groups(**each) for key, each in truth["workers"].items()},
    )


def _scores(watched: tuple[Watched, ...], first: int) -> list[Score]:
    return [
        Score(each.week - first + 1, each.candidate.people[0], each.candidate.people[1], round(each.candidate.value, 5))
        for each in watched
        if each.enough and each.candidate.value >= _KEPT * RULE.floor
    ]


def watched_again(world: WorldResult) -> list[Watched]:
    """What the rule watched, out of a kept result: for trying another floor."""
    return [
        Watched(each.at, Candidate((each.person, each.leader, ""), each.value, 1.0, "", ""), enough=True)
        for each in world.scores
    ]
