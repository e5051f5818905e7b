"""What a scoring pass computes. It is decided once, at its start."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shared.domain.escalation.hazard_model import HazardModel
from shared.domain.facts.baselines import WeekBaselines
from shared.domain.organisation.hierarchy import Organisation
from shared.domain.privacy.roles import Mode
from shared.storage.dirty_marks import DirtyMark
from shared.storage.readings.store import ScoringState


@dataclass(frozen=True, slots=True)
class Configuration:
    """What readings depend on besides facts. All readings are computed anew when its digest changes."""

    model: HazardModel
    excluded: frozenset[int]
    nobodys: frozenset[int]  # accounts of machines, rooms and the like: as if they were not there
    absent: frozenset[str]  # people of whom nothing is told, as a part of a chain either
    planned: frozenset[tuple[str, str]]  # people whose talks with somebody above their leader were arranged
    digest: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a pass computes."""

    organisation: Organisation
    dirty: Sequence[DirtyMark]
    state: ScoringState  # as it will be after the pass
    oldest_week: int
    new_weeks: range  # for everybody
    old_weeks: range  # for `affected` and `tickets` only
    affected: frozenset[str]
    tickets: frozenset[str]  # whose moves changed
    watermark: int  # the latest event, and what live readings are as of
    configuration: Configuration
    anew: bool  # everybody's closed weeks, since what readings are computed with has changed
    full: bool  # everybody and everything, or only `affected` and `tickets`
    mode: Mode
    new_sums: range = range(0)  # weeks of everybody that are counted
    changed_sums: range = range(0)  # and of `affected`
    baseline_weeks: range = range(0)  # whose baselines may have changed
    baselines: Mapping[int, WeekBaselines] = field(default_factory=dict)  # by the week of a reading

    @property
    def tells_of_people(self) -> bool:
        """Whether anything about a named person or a chain may be told to anybody, by an alert or on a topic."""
        return self.mode is Mode.CASE

    @property
    def live_at(self) -> int | None:
        """The instant of live readings; None where nobody may read them, as no release is made from them."""
        return None if self.mode is Mode.AGGREGATE else self.watermark

    @property
    def running_week(self) -> int:
        """The week after the last closed one, whose baselines live readings are compared with."""
        return self.state.scored_week + 1

    @property
    def most_moments(self) -> int:
        """As of how many instants somebody is scored."""
        return len(self.old_weeks) + len(self.new_weeks) + 1

    @property
    def closed_weeks(self) -> range:
        """Closed weeks from the first whose readings can change to the last there is."""
        changing = [*self.old_weeks, *self.new_weeks]
        return range(min(changing), self.state.scored_week + 1) if changing else range(0)
