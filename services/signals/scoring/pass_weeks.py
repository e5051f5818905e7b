"""The second step of planning a pass: from marks to the weeks that are computed. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from shared.domain.evidence.weighing import LONGEST_WINDOW_DAYS
from shared.domain.facts.baselines import MATURE_WEEKS, first_week_with
from shared.domain.organisation.hierarchy import FOREVER
from shared.domain.privacy.retention import first_computed_week
from shared.domain.week import DAY, WEEK_DAYS, last_closed_week, week_of_day
from shared.storage.dirty_marks import DirtyMark, MarkKind
from shared.storage.readings.store import ScoringState

# Marks that come with facts: the earliest of their days is the first that has any.
_OF_FACTS: Final = frozenset({MarkKind.IDENTITY, MarkKind.TICKET})


@dataclass(frozen=True, slots=True)
class PassWeeks:
    """Weeks that a pass computes, and how far the store has come after it."""

    oldest: int  # readings of earlier weeks are deleted
    closed: int  # the last closed week
    first_day: int  # the earliest day that any fact has had
    new: range  # closed weeks without readings: of everybody
    old: range  # closed weeks whose readings can change: of the people and tickets that are affected
    new_sums: range  # weeks of everybody to count
    changed_sums: range  # weeks of the people affected to count
    baselines: range  # weeks whose baselines can change


def pass_weeks(
    marks: Sequence[DirtyMark],
    *,
    state: ScoringState,
    watermark: int,
    anew: bool,
    history_weeks: int,
    fact_days: int,
) -> PassWeeks:
    """Weeks to compute as of a watermark, when scoring has come as far as `state`; all of them with `anew`."""
    first_day = min([state.first_day, *(each.from_day for each in marks if each.kind in _OF_FACTS)])
    closed = last_closed_week(watermark)
    oldest = closed - history_weeks + 1
    with_facts = week_of_day(first_day) if first_day < FOREVER // DAY else closed + 1
    first_week = max(oldest, first_computed_week(watermark, fact_days), with_facts)
    since = first_week if anew else max(first_week, min(_weeks_marked(marks), default=closed + 1))
    new = range(max(state.scored_week + 1, first_week), closed + 1)
    sums = _sums(marks, scored=state.scored_week, closed=closed, first_week=first_week, anew=anew)
    return PassWeeks(
        oldest=oldest,
        closed=closed,
        first_day=first_day,
        new=new,
        old=range(since, min(state.scored_week, closed) + 1),
        new_sums=sums.new if new else range(0),
        changed_sums=sums.changed,
        baselines=sums.baselines,
    )


class _Sums(NamedTuple):
    new: range
    changed: range
    baselines: range


def _sums(marks: Sequence[DirtyMark], *, scored: int, closed: int, first_week: int, anew: bool) -> _Sums:
    """Weeks to count before scoring, when closed weeks up to `scored` have been scored before."""
    oldest = first_week - LONGEST_WINDOW_DAYS // WEEK_DAYS + 1  # in the first window that anybody is scored with
    new = range(max(scored + 1 - MATURE_WEEKS, oldest), closed + 1)
    baselines_from = first_week_with(scored + 1 - MATURE_WEEKS) if scored < closed else closed + 2
    changed = oldest if anew else min(_weeks_marked(marks), default=closed + 1) - MATURE_WEEKS
    if anew or changed + MATURE_WEEKS <= closed:
        baselines_from = min(baselines_from, first_week_with(changed))
    else:
        changed = closed + 1  # the running week is in no sum that counts yet
    out_of_date = (week_of_day(each.from_day) + 1 for each in marks if each.kind is MarkKind.BASELINES)
    baselines_from = min([baselines_from, *out_of_date])
    others = range(max(changed, oldest), new.start if scored < closed else closed + 1)  # new weeks are everybody's
    return _Sums(new, others, range(max(baselines_from, first_week), closed + 2))


def _weeks_marked(marks: Iterable[DirtyMark]) -> list[int]:
    """From which weeks on marks concern readings of people and tickets."""
    return [week_of_day(each.from_day) for each in marks if each.kind is not MarkKind.BASELINES]
