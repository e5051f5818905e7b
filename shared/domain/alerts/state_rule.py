"""When a state is worth an alert and when the alert ends: a pure fold over the states of closed weeks."""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from shared.domain.alerts.chain_state import ChainPeople, ChainWeekState


class StateEnd(StrEnum):
    """Why an alert from a state has ended."""

    IT_HAPPENED = "it_happened"  # the person went past the leader: it was true
    EASED = "eased"  # the state has been good again for two weeks
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class StateRule:
    """What is worth an alert. Each number is a choice, tuned on made-up companies (docs/alert-quality.md)."""

    floor: float = 2.1  # logits of the chance of a cause
    least_failed: int = 2  # asks and one-to-ones of the chain itself within `recent_weeks`
    recent_weeks: int = 4
    eased: float = -1.0  # logits
    eased_weeks: int = 2
    longest_weeks: int = 10
    rest_weeks: int = 4  # after one has ended


STATE_RULE: Final = StateRule()


@dataclass(frozen=True, slots=True)
class StateWeek:
    """A closed week: the states of all chains at its end, and the chains whose person went past the leader in it."""

    week: int
    states: Mapping[ChainPeople, ChainWeekState]
    happened: Collection[ChainPeople] = ()


@dataclass(frozen=True, slots=True)
class StateAlert:
    """An alert about a chain. `good_weeks` counts the weeks since the state was last bad."""

    people: ChainPeople
    raised_week: int
    good_weeks: int = 0
    ended_week: int | None = None
    ended: StateEnd | None = None


def alerts_from_states(rule: StateRule, weeks: Iterable[StateWeek]) -> tuple[StateAlert, ...]:
    """Every alert of these weeks, by week and chain. Chains are independent of each other: there is no budget."""
    standing: dict[ChainPeople, StateAlert] = {}
    over: dict[ChainPeople, int] = {}
    recent: dict[ChainPeople, tuple[tuple[int, int], ...]] = {}
    found: list[StateAlert] = []
    for each in weeks:
        gone = [people for people in standing if people not in each.states]
        found += [replace(standing.pop(people), ended_week=each.week, ended=StateEnd.EXPIRED) for people in gone]
        for people, state in each.states.items():
            kept = [known for known in recent.get(people, ()) if known[0] > each.week - rule.recent_weeks]
            recent[people] = (*kept, (each.week, state.outcomes.failed))
            alert = standing.get(people)
            if alert is not None:
                alert = _a_week_on(rule, alert, state, each)
                standing[people] = alert
                if alert.ended_week is not None:
                    found.append(standing.pop(people))
                    over[people] = each.week
            elif (
                log_odds(state.chance) >= rule.floor
                and people not in each.happened
                and sum(failed for _, failed in recent[people]) >= rule.least_failed
                and each.week - over.get(people, each.week - rule.rest_weeks - 1) > rule.rest_weeks
            ):
                standing[people] = StateAlert(people, each.week)
    return tuple(sorted((*found, *standing.values()), key=lambda alert: (alert.raised_week, alert.people)))


def _a_week_on(rule: StateRule, alert: StateAlert, state: ChainWeekState, week: StateWeek) -> StateAlert:
    good_weeks = alert.good_weeks + 1 if log_odds(state.chance) < rule.eased else 0
    ended: StateEnd | None = None
    if alert.people in week.happened:
        ended = StateEnd.IT_HAPPENED
    elif good_weeks >= rule.eased_weeks:
        ended = StateEnd.EASED
    elif week.week - alert.raised_week >= rule.longest_weeks:
        ended = StateEnd.EXPIRED
    return replace(alert, good_weeks=good_weeks, ended=ended, ended_week=week.week if ended else None)


def log_odds(chance: float) -> float:
    """A chance on the scale of logits, within what floats carry."""
    held = min(max(chance, 1e-12), 1 - 1e-12)
    return math.log(held / (1 - held))
