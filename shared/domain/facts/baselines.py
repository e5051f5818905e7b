"""Baselines: what is usual among the people of a leader, of a team and of the whole organisation.

A pair with little evidence is estimated from what is usual around it, and not from a constant (method notes, 5.1).
The pair's estimate is drawn towards its leader's baseline, that one towards the team's, the team's towards the
organisation's, and the organisation's towards a documented constant. More evidence means less drawing.

Baselines are learnt from twelve closed weeks before that of the reading. So they are the same for all readings of a
week, and late events rarely move them. A baseline in an explanation must not tell a colleague's own figures: none is
made from fewer than `LEAST_PEOPLE`, and nobody has more weight in one than the fifth in order of evidence. When
somebody is erased, the baselines of all weeks so far stay.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nlargest
from typing import Final, Literal, NamedTuple

from shared.domain.evidence.reading import Factor
from shared.domain.evidence.weighing import (
    ANSWER_SHARE,
    ANSWER_STRENGTH,
    KEPT_SHARE,
    QUIETER_SHARE,
    REPLY_LOG_HOURS,
    RHYTHM_LOG_CONTACTS,
)
from shared.domain.organisation.hierarchy import Organisation
from shared.domain.week import week_end

LEAST_PEOPLE: Final = 5
# A baseline of week V is learnt from weeks V - 14 to V - 3. What became of an ask is known two weeks after its own, and
# how it began in the week before: together the facts are those that a reading of week V may use anyway.
_WEEKS: Final = 12
_LAG_WEEKS: Final = 3
MATURE_WEEKS: Final = 2
"""So many weeks after a week its sums are final."""
# Two decimals: a late event seldom moves a baseline, and so seldom makes readings of others be computed again.
_DIGITS: Final = 2
# Ours: groups differ half as much as pairs do, so a fourth of the variance: by p(1-p)/(strength+1), 4 (4+1) - 1.
_GROUP_STRENGTH: Final = 4 * (ANSWER_STRENGTH + 1) - 1

Level = Literal["leader", "team", "organisation", "default"]

Sums = tuple[int, ...]
"""Of one person over some weeks, in the order of `SUMS`. Whole numbers, so that they add up in any order."""
SUMS: Final = (
    "asks",  # of the person, whatever became of them
    "answered",  # of these, by the person
    "reply_centilogs",  # hundredths of log(1 + working hours) until these answers
    "one_on_ones",
    "one_on_ones_held",
    "ties",  # people in touch with within four weeks
    "tie_centilogs",  # hundredths of log2(1 + contacts within the four weeks)
    "starts",  # contact started by either side within the four weeks
    "quieter_starts",  # of these, by the side that starts less
)
NO_SUMS: Final[Sums] = (0,) * len(SUMS)
SUM_INDEX: Final[Mapping[str, int]] = {name: index for index, name in enumerate(SUMS)}


class Baseline(NamedTuple):
    """A usual level, of whom, and how many people it was learnt from (0 for the documented constant)."""

    value: float
    level: Level
    people: int


class Baselines(NamedTuple):
    """Every baseline that a pair is compared with."""

    answered: Baseline = Baseline(ANSWER_SHARE, "default", 0)
    reply_log_hours: Baseline = Baseline(REPLY_LOG_HOURS, "default", 0)
    kept: Baseline = Baseline(KEPT_SHARE, "default", 0)
    log_contacts: Baseline = Baseline(RHYTHM_LOG_CONTACTS, "default", 0)
    quieter: Baseline = Baseline(QUIETER_SHARE, "default", 0)


DEFAULT_BASELINES: Final = Baselines()


class _Ratio(NamedTuple):
    """How a baseline is made of sums: part over whole, in which units, and how many of `whole` are one observation."""

    part: int
    whole: int
    scale: float = 1.0
    each: float = 1.0


# Spans of four weeks overlap, so that each start of contact is counted four times.
_RATIOS: Final[Mapping[str, _Ratio]] = {
    "answered": _Ratio(SUM_INDEX["answered"], SUM_INDEX["asks"]),
    "reply_log_hours": _Ratio(SUM_INDEX["reply_centilogs"], SUM_INDEX["answered"], scale=0.01),
    "kept": _Ratio(SUM_INDEX["one_on_ones_held"], SUM_INDEX["one_on_ones"]),
    "log_contacts": _Ratio(SUM_INDEX["tie_centilogs"], SUM_INDEX["ties"], scale=0.01, each=4.0),
    "quieter": _Ratio(SUM_INDEX["quieter_starts"], SUM_INDEX["starts"], each=4.0),
}


@dataclass(frozen=True, slots=True)
class WeekBaselines:
    """The baselines of one week. Groups without a baseline of their own are absent: the next larger one counts."""

    week: int
    organisation: Baselines = DEFAULT_BASELINES
    teams: Mapping[str, Baselines] = field(default_factory=dict)
    leaders: Mapping[str, Baselines] = field(default_factory=dict)
    former: Mapping[str, Mapping[str, Baselines]] = field(default_factory=dict)
    """Of those who reported to a leader who was erased, by a name of the group and by person."""

    @property
    def at(self) -> int:
        """As of when reporting lines count: the end of the week before, for closed and for running weeks alike."""
        return week_end(self.week - 1)

    def of(self, one: str, other: str, organisation: Organisation) -> Baselines:
        """Baselines of two people: of the leader they have in common or who is one of them, else of their team."""
        for group in self.former.values():
            if one in group and other in group:
                return group[one]
        at = self.at
        managers = organisation.manager(one, at), organisation.manager(other, at)
        # Of two who lead each other, by a mistake in the records, neither is the leader.
        leading = {each for each, led in ((one, managers[1] == one), (other, managers[0] == other)) if led}
        if managers[0] and managers[0] == managers[1]:
            leading = {managers[0]}
        leader = leading.pop() if len(leading) == 1 else ""
        if leader in self.leaders:
            return self.leaders[leader]
        team = organisation.team(one, at)
        if team and team == organisation.team(other, at) and team in self.teams:
            return self.teams[team]
        return self.organisation


def weeks_learnt_from(week: int) -> range:
    """Closed weeks that the baselines of a week are learnt from."""
    return range(week - _LAG_WEEKS - _WEEKS + 1, week - _LAG_WEEKS + 1)


def first_week_with(week: int) -> int:
    """The first week whose baselines the sums of a week are part of."""
    return week + _LAG_WEEKS


def week_baselines(week: int, organisation: Organisation, sums: Mapping[str, Sums]) -> WeekBaselines:
    """Baselines of a week from everybody's sums over the weeks they are learnt from. Equal sums give equal ones."""
    there = organisation.teams(WeekBaselines(week).at)
    whole = _baselines(there, sums, DEFAULT_BASELINES, "organisation")
    members: dict[str, list[str]] = {}
    for person, team in there.items():
        if team:
            members.setdefault(team, []).append(person)
    teams = {team: _baselines(people, sums, whole, "team") for team, people in sorted(members.items())}
    found = WeekBaselines(week, whole, {team: baselines for team, baselines in teams.items() if baselines != whole})
    leaders: dict[str, Baselines] = {}
    for leader, reports in _units(organisation, found.at, there):
        parent = found.teams.get(_team_of(leader, reports, there), whole)
        baselines = _baselines([leader, *reports], sums, parent, "leader")
        if any(baseline.level == "leader" for baseline in baselines):
            leaders[leader] = baselines
    return WeekBaselines(week, whole, found.teams, leaders)


def members_of(
    baselines: WeekBaselines, organisation: Organisation, *, teams: Collection[str], leaders: Collection[str]
) -> set[str]:
    """Everybody who is compared with the baselines of these teams or leaders in that week."""
    there = organisation.teams(baselines.at)
    people = {person for person, team in there.items() if team in teams}
    for leader in leaders:
        people.add(leader)
        people.update(organisation.reports(leader, baselines.at))
    return people & there.keys()


def _team_of(leader: str, reports: Sequence[str], teams: Mapping[str, str]) -> str:
    """The team of most of the reports; of several such, the leader's own, else none: never by what they are called."""
    counts = Counter(teams[each] for each in reports)
    most = {team for team, count in counts.items() if count == max(counts.values())}
    own = teams.get(leader, "")
    return next(iter(most)) if len(most) == 1 else own if own in most else ""


def _units(organisation: Organisation, at: int, people: Iterable[str]) -> Iterable[tuple[str, list[str]]]:
    """Leaders with those of these people who report to them, sorted."""
    reports: dict[str, list[str]] = {}
    for person in people:
        leader = organisation.manager(person, at)
        if leader:
            reports.setdefault(leader, []).append(person)
    return sorted(reports.items())


def _baselines(people: Collection[str], sums: Mapping[str, Sums], parent: Baselines, level: Level) -> Baselines:
    if len(people) < LEAST_PEOPLE:
        return parent
    known = [own for person in people if (own := sums.get(person)) is not None]
    return Baselines(*(_baseline(ratio, known, getattr(parent, name), level) for name, ratio in _RATIOS.items()))


def _baseline(ratio: _Ratio, known: Iterable[Sums], parent: Baseline, level: Level) -> Baseline:
    """The mean of the group drawn towards the level above; that level itself where too few are seen."""
    seen = [
        (own[ratio.whole] / ratio.each, own[ratio.part] * ratio.scale / own[ratio.whole])
        for own in known
        if own[ratio.whole]
    ]
    if len(seen) < LEAST_PEOPLE:
        return parent
    most = nlargest(LEAST_PEOPLE, (weight for weight, _ in seen))[-1]
    total = math.fsum([min(weight, most) * value for weight, value in seen])
    weight = math.fsum([min(weight, most) for weight, _ in seen])
    value = (total + _GROUP_STRENGTH * parent.value) / (weight + _GROUP_STRENGTH)
    return Baseline(round(value, _DIGITS), level, len(seen))


def baseline_factors(name: str, baseline: Baseline, *, value: float | None = None) -> tuple[Factor, ...]:
    """Which baseline was used, its value and over how many people; nothing for the documented constant."""
    if baseline.level == "default":
        return ()
    return (Factor(f"{name}_norm_of_{baseline.level}", baseline.value if value is None else value, baseline.people),)


def baseline_weight(
    name: str, baseline: Baseline, *, observed: float, usual: float, strength: float
) -> tuple[Factor, ...]:
    """How much of an estimate the baseline is, next to the subject's own observations now and in its own past."""
    if baseline.level == "default":
        return ()
    return (Factor(name, strength / (observed + strength) * strength / (usual + strength)),)
