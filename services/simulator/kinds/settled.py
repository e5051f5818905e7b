"""A finished company: who is there when, who reports to whom in every week, who talks with whom, what comes of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from services.simulator.company import Member
from services.simulator.kinds import effects
from services.simulator.kinds.draft import Caused, Conduct, Draft, Tie, Worker, expit, logit, member

_TRIES: Final = 20  # instants that are drawn for somebody who has gone past: a week in which they are away has none


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a cause. `hazards` are those of going past in a week, from the onset's on, for who has not yet."""

    caused: Caused
    skip: str
    hazards: tuple[float, ...]
    event_at: int | None
    again_at: tuple[int, ...]
    eased_week: int | None


@dataclass(frozen=True, slots=True)
class Tenure:
    """A person reports to a manager from a week (inclusive) to a week (exclusive)."""

    person: str
    manager: str
    from_week: int
    to_week: int


@dataclass(frozen=True, slots=True)
class Settled:
    """Everything that the channels are generated from."""

    draft: Draft
    members: Mapping[str, Member]
    managers: Mapping[str, tuple[str | None, ...]]  # by person and week
    tenures: tuple[Tenure, ...]
    ties: tuple[Tie, ...]
    conduct: Conduct
    outcomes: tuple[Outcome, ...]

    def there(self, person: str, week: int) -> bool:
        """Whether somebody works here in a week."""
        worker = self.draft.workers[person]
        return worker.from_week <= week < worker.to_week

    def team(self, leader: str, week: int) -> list[str]:
        """Who reports to somebody in a week and is there, as the leader is."""
        if not self.there(leader, week):
            return []
        return [
            each.person
            for each in self.tenures
            if each.manager == leader and each.from_week <= week < each.to_week and self.there(each.person, week)
        ]

    def answered(self, leader: str, person: str, week: int) -> float:
        """The share of a person's asks that a leader answers in a week, with the noise of the leader's week."""
        planted = self.conduct.answered(leader, person, week)
        noise = self.draft.chance("hectic", leader, week).gauss(0.0, effects.ANSWERED_WEEKLY)
        return expit(logit(min(max(planted, 0.01), 0.99)) + noise)


def settle(draft: Draft) -> Settled:
    """Finish a draft: draw who goes past their leader and when, and say in full who talks with whom."""
    members = _members(draft)
    managers = {person: tuple(_managers(draft, person)) for person in draft.workers}
    outcomes = tuple(_outcome(draft, members, managers, caused) for caused in draft.caused)
    for outcome in outcomes:
        _ease(draft, outcome)
    tenures = tuple(tenure for person in draft.workers for tenure in _tenures(person, managers[person]))
    ties = (*_lines(draft, tenures, managers), *draft.ties)
    return Settled(draft, members, managers, tenures, ties, Conduct(draft), outcomes)


def _managers(draft: Draft, person: str) -> Iterator[str | None]:
    own = [line for line in draft.lines if line.person == person]
    for week in range(draft.weeks + 1):
        found = [line for line in own if line.holds(week)]
        yield max(found, key=lambda line: line.from_week).manager if found else None


def _members(draft: Draft) -> dict[str, Member]:
    off: dict[str, set[int]] = {key: set(_never_at_work(draft, worker)) for key, worker in draft.workers.items()}
    for away in draft.away:
        off[away.person].update(range(away.from_day, away.to_day))
    return {key: member(worker, frozenset(off[key])) for key, worker in draft.workers.items()}


def _never_at_work(draft: Draft, worker: Worker) -> Iterator[int]:
    for day in range((draft.weeks + 3) * 7):
        if day % 7 not in worker.workdays or not worker.from_week <= day // 7 < worker.to_week:
            yield day


def _tenures(person: str, managers: tuple[str | None, ...]) -> Iterator[Tenure]:
    begin = 0
    for week in range(1, len(managers) + 1):
        if week == len(managers) or managers[week] != managers[begin]:
            manager = managers[begin]
            if manager is not None:
                yield Tenure(person, manager, begin, week)
            begin = week


def _lines(draft: Draft, tenures: tuple[Tenure, ...], managers: Mapping[str, tuple[str | None, ...]]) -> Iterator[Tie]:
    """Contact along every line, and the healthy contact past it."""
    up = draft.asks_per_week + effects.REMARKS_PER_WEEK
    for tenure in tenures:
        person, leader, weeks = tenure.person, tenure.manager, (tenure.from_week, tenure.to_week)
        yield Tie("up", person, leader, up, draft.asks_per_week / up, *weeks)
        yield Tie("down", leader, person, effects.DOWN_PER_WEEK, effects.DOWN_ASKS, *weeks)
        above = managers[leader][tenure.from_week]
        if above is not None:
            yield Tie("skip_down", above, person, effects.SKIP_DOWN_PER_WEEK, 0.6, *weeks)
            yield Tie("sponsored", person, above, effects.SPONSORED_PER_WEEK, 0.5, *weeks, along=leader)
            yield Tie("direct", person, above, effects.BENIGN_PER_WEEK, 0.5, *weeks)


def _hazard(caused: Caused, week: int) -> float:
    """Of going past the leader in a week, for somebody who has not yet."""
    if week >= caused.until_week:
        return 0.0
    since = week - caused.onset_week
    patience = next(hazard for until, hazard in effects.PATIENCE if since < until)
    felt = min((since + 1) / caused.ramp_weeks, 1.0)
    return caused.hazard * patience * felt


def _outcome(
    draft: Draft,
    members: Mapping[str, Member],
    managers: Mapping[str, tuple[str | None, ...]],
    caused: Caused,
) -> Outcome:
    rng = draft.chance("goes past", caused.person, caused.leader)
    skip = managers[caused.leader][min(caused.onset_week, draft.weeks)]
    hazards = tuple(_hazard(caused, week) for week in range(caused.onset_week, draft.weeks))
    event_at: int | None = None
    for week, hazard in enumerate(hazards, start=caused.onset_week):
        if rng.random() < hazard and managers[caused.person][week] == caused.leader:
            event_at = _instant(draft, members[caused.person], week)
            if event_at is not None:
                break
    if event_at is None:
        return Outcome(caused, skip or "", hazards, None, (), None)
    event_week = draft.timeline.week_of(event_at)
    if rng.random() < effects.EASES:
        return Outcome(caused, skip or "", hazards, event_at, (), event_week + 2)
    again = [
        _instant(draft, members[caused.person], week)
        for week in range(event_week + 1, draft.weeks)
        if rng.random() < effects.AGAIN_PER_WEEK and week < caused.until_week
    ]
    return Outcome(caused, skip or "", hazards, event_at, tuple(each for each in again if each), None)


def _instant(draft: Draft, who: Member, week: int) -> int | None:
    chance = draft.chance("instant", who.key, week)
    return next(filter(None, (draft.timeline.sometime(who, week, chance) for _ in range(_TRIES))), None)


def _ease(draft: Draft, outcome: Outcome) -> None:
    """Once somebody went past, the leader may do better: what was planted for that person ends."""
    caused = outcome.caused
    if outcome.eased_week is None:
        return
    eased = outcome.eased_week
    draft.shifts = [
        replace(shift, to_week=min(shift.to_week, eased))
        if (shift.actor, shift.other, shift.from_week) == (caused.leader, caused.person, caused.onset_week)
        else shift
        for shift in draft.shifts
    ]
