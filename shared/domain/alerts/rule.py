"""When an alert is raised and when it clears: a pure fold over the readings of closed weeks.

Decisions fall at the end of an ISO week and nowhere between: which instants lie between depends on when scoring
happened to run, and a rule with memory (hysteresis, refractory period, budget) would then give other alerts on replay.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import groupby
from typing import Final

from shared.domain.signals.escalation_risk import ESCALATION_RISK_14D
from shared.domain.week import DAY, WEEK_DAYS

_WEEK_SECONDS: Final = WEEK_DAYS * DAY
_ONE_ALERT: Final = 100  # the budget is counted in hundredths: alerts per 100 people

ChainPeople = tuple[str, str, str]
"""Person, leader, leader's leader."""


class Withheld(StrEnum):
    """Why a risk that would be worth an alert raises none."""

    BUDGET = "budget"
    REFRACTORY = "refractory"


@dataclass(frozen=True, slots=True)
class AlertRule:
    """What is worth an alert. Defaults follow the evaluation of alerts at a fixed workload of one reviewer.

    `floor` is the least value that is worth one: where the signal's worst band begins. Of those, the highest are raised
    until the budget of the week is spent; the lowest of them is the threshold, and an alert clears below `clear_ratio`
    of it.
    """

    signal: str = ESCALATION_RISK_14D.name
    floor: float = ESCALATION_RISK_14D.bands.limits[-1]
    budget_per_100_people: int = 3  # a week
    refractory_seconds: int = 14 * DAY
    clear_ratio: float = 0.6

    @property
    def least_value(self) -> float:
        """Readings below this can neither raise an alert nor keep one."""
        return self.floor * self.clear_ratio

    @property
    def refractory_weeks(self) -> int:
        """Weeks between two alerts about the same, rounded up."""
        return -(-self.refractory_seconds // _WEEK_SECONDS)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A reading with enough evidence and at least `AlertRule.least_value`."""

    people: ChainPeople
    value: float
    confidence: float
    action: str
    model_version: str


@dataclass(frozen=True, slots=True)
class RiskWeek:
    """A closed week: how many chains were watched, and those that come into question."""

    week: int
    watched: int
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Episode:
    """A stretch of weeks in which a chain's risk is worth an alert, whether one was raised or withheld.

    `reading` is the one that raised it, or the latest while none was; `latest` that of the last week it stood in.
    `threshold` is what the risk had to reach, `withheld` why no alert was raised when it began.
    """

    people: ChainPeople
    first_week: int
    reading: Candidate
    threshold: float
    latest: Candidate
    latest_week: int
    raised_week: int | None = None
    withheld: Withheld | None = None
    ended_week: int | None = None


@dataclass(frozen=True, slots=True)
class RuleState:
    """What the rule remembers after a week. `credit` is what is left of the budget, in hundredths of an alert."""

    standing: Mapping[ChainPeople, Episode] = field(default_factory=dict)
    last_raised: Mapping[ChainPeople, int] = field(default_factory=dict)  # week
    credit: int = 0


@dataclass(frozen=True, slots=True)
class Folded:
    """Every episode that began, stood or ended in these weeks, and the credit left after each."""

    episodes: tuple[Episode, ...]
    credit_after: Mapping[int, int]
    state: RuleState


def fold(rule: AlertRule, before: RuleState, weeks: Iterable[RiskWeek]) -> Folded:
    """Decide week after week. Equal readings give equal episodes, in whatever order the candidates of a week come."""
    state = before
    touched: dict[tuple[ChainPeople, int], Episode] = {}
    credit_after: dict[int, int] = {}
    for week in weeks:
        state, changed = _decide(rule, state, week)
        touched.update(((each.people, each.first_week), each) for each in changed)
        credit_after[week.week] = state.credit
    return Folded(tuple(touched[key] for key in sorted(touched)), credit_after, state)


def _decide(rule: AlertRule, state: RuleState, week: RiskWeek) -> tuple[RuleState, list[Episode]]:
    found = {each.people: each for each in week.candidates}
    # A fraction of an alert is carried over, so that ten people get one every few weeks; whole ones are not saved up.
    credit = min(state.credit, _ONE_ALERT - 1) + week.watched * rule.budget_per_100_people
    standing, ended = _kept(rule, state.standing, week.week, found)
    last_raised = dict(state.last_raised)
    wanting = [each for each in week.candidates if each.value >= rule.floor and not _raised(standing, each.people)]
    eligible = [each for each in wanting if _rested(rule, last_raised, each.people, week.week)]
    chosen = _within(eligible, credit // _ONE_ALERT)
    # Only when the budget turns somebody away has the lowest of those chosen become the threshold.
    threshold = chosen[-1].value if chosen and len(chosen) < len(eligible) else rule.floor
    for each in chosen:
        episode = standing.get(each.people) or _episode(each, week.week, threshold)
        standing[each.people] = replace(episode, threshold=threshold, raised_week=week.week)
        last_raised[each.people] = week.week
    resting = {each.people for each in wanting} - {each.people for each in eligible}
    for each in wanting:
        if not _raised(standing, each.people):
            why = Withheld.REFRACTORY if each.people in resting else Withheld.BUDGET
            standing.setdefault(each.people, _episode(each, week.week, rule.floor, withheld=why))
    after = RuleState(standing=standing, last_raised=last_raised, credit=credit - _ONE_ALERT * len(chosen))
    return after, [*standing.values(), *ended]


def _within(eligible: Iterable[Candidate], budget: int) -> list[Candidate]:
    """The highest risks within a budget, of equal ones those that are known best.

    Nothing tells apart who is equal in both: they wait together where the budget does not reach for all of them.
    """
    chosen: list[Candidate] = []
    for _, alike in groupby(sorted(eligible, key=_rank), key=_rank):
        together = list(alike)
        if len(chosen) + len(together) > budget:
            break
        chosen += together
    return chosen


def _rank(candidate: Candidate) -> tuple[float, float]:
    return -candidate.value, -candidate.confidence


def _kept(
    rule: AlertRule, standing: Mapping[ChainPeople, Episode], week: int, found: Mapping[ChainPeople, Candidate]
) -> tuple[dict[ChainPeople, Episode], list[Episode]]:
    """Episodes that go on, and those whose risk has fallen below the clearing threshold or is not read any more."""
    kept: dict[ChainPeople, Episode] = {}
    ended: list[Episode] = []
    for people, episode in standing.items():
        latest = found.get(people)
        if latest is not None and latest.value >= rule.clear_ratio * episode.threshold:
            reading = latest if episode.raised_week is None else episode.reading
            kept[people] = replace(episode, reading=reading, latest=latest, latest_week=week)
        else:
            ended.append(replace(episode, ended_week=week))
    return kept, ended


def _episode(reading: Candidate, week: int, threshold: float, *, withheld: Withheld | None = None) -> Episode:
    return Episode(
        people=reading.people,
        first_week=week,
        reading=reading,
        threshold=threshold,
        latest=reading,
        latest_week=week,
        withheld=withheld,
    )


def _raised(standing: Mapping[ChainPeople, Episode], people: ChainPeople) -> bool:
    episode = standing.get(people)
    return episode is not None and episode.raised_week is not None


def _rested(rule: AlertRule, last_raised: Mapping[ChainPeople, int], people: ChainPeople, week: int) -> bool:
    last = last_raised.get(people)
    return last is None or (week - last) * _WEEK_SECONDS >= rule.refractory_seconds
