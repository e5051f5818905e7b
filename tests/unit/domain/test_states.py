"""States of chains from what became of asks and one-to-ones, and the alerts that are raised from them."""

import random
from collections.abc import Mapping

from shared.domain.alerts.chain_state import (
    NOTHING_BELIEVED,
    STATE_MODEL,
    ChainPeople,
    ChainWeekState,
    states,
)
from shared.domain.alerts.state_rule import (
    STATE_RULE,
    StateEnd,
    StateWeek,
    alerts_from_states,
    log_odds,
)
from shared.domain.facts.history import ActiveDays, Contact, Mark, Meeting, WholePair
from shared.domain.facts.week_outcomes import WeekOutcomes, week_outcomes
from shared.domain.week import DAY, HOUR, first_day_of_week

WEEK = 2800
MONDAY = first_day_of_week(WEEK)
MORNING = MONDAY * DAY + 9 * HOUR
ASK, ANSWER = Mark.TEXT | Mark.ASK, Mark.TEXT | Mark.REPLY
EVERY_DAY = (1 << 60) - 1
CHAIN: ChainPeople = ("ann", "leo", "sky")

# --- what became of asks and one-to-ones


def pair(*contacts: Contact, meetings: tuple[Meeting, ...] = (), leader_days: int = EVERY_DAY) -> WholePair:
    return WholePair(
        first="ann",
        second="leo",
        days=(),
        contacts=tuple(sorted(contacts)),
        meetings=meetings,
        steps=(),
        active=ActiveDays(MONDAY - 28, EVERY_DAY, leader_days),
    )


def asked(at: int = MORNING) -> Contact:
    return Contact(at, "ann", "leo", "chat", 1, ASK)


def answered(at: int) -> Contact:
    return Contact(at, "leo", "ann", "chat", 1, ANSWER)


def meeting(start: int, *, called_off_by: str = "") -> Meeting:
    both = ("ann", "leo")
    return Meeting(start, start + HOUR, "leo", both, both, 1, start, bool(called_off_by), called_off_by, start)


def outcomes(history: WholePair, week: int = WEEK) -> WeekOutcomes:
    return week_outcomes(history, person="ann", week=week)


def test_an_ask_that_is_answered_in_time_counts_as_kept() -> None:
    assert outcomes(pair(asked(), answered(MORNING + DAY))) == WeekOutcomes(asks=1)


def test_an_ask_fails_once_it_waits_for_two_working_days_and_counts_once() -> None:
    late = pair(asked(), answered(MORNING + 8 * DAY))
    assert outcomes(late) == WeekOutcomes(asks=1, asks_failed=1)
    assert outcomes(late, WEEK + 1) == WeekOutcomes()


def test_an_ask_of_friday_is_decided_in_the_week_after() -> None:
    friday = pair(asked(MORNING + 4 * DAY))
    assert outcomes(friday) == WeekOutcomes()
    assert outcomes(friday, WEEK + 1) == WeekOutcomes(asks=1, asks_failed=1)


def test_nothing_follows_from_the_silence_of_a_leader_who_is_away() -> None:
    away = EVERY_DAY & ~(0b11111 << 28)  # the whole week
    silent = pair(asked(), meetings=(meeting(MORNING + DAY, called_off_by="leo"),), leader_days=away)
    assert outcomes(silent) == WeekOutcomes()
    assert outcomes(silent, WEEK + 1) == WeekOutcomes()


def test_a_one_on_one_fails_when_the_leader_calls_it_off_not_when_the_person_does() -> None:
    held, by_leader, by_person = (
        meeting(MORNING),
        meeting(MORNING + DAY, called_off_by="leo"),
        meeting(MORNING + 2 * DAY, called_off_by="ann"),
    )
    assert outcomes(pair(meetings=(held, by_leader, by_person))) == WeekOutcomes(talks=2, talks_failed=1)


# --- states

Course = Mapping[ChainPeople, Mapping[int, WeekOutcomes]]


def company(
    seed: int, *, leaders: int = 8, reports: int = 6, weeks: int = 30
) -> dict[ChainPeople, dict[int, WeekOutcomes]]:
    """Everybody asks twice a week, and one in five asks fails."""
    chance = random.Random(seed)
    found: dict[ChainPeople, dict[int, WeekOutcomes]] = {}
    for leader in range(leaders):
        for report in range(reports):
            chain = (f"p{leader}.{report}", f"l{leader}", "sky")
            found[chain] = {
                week: WeekOutcomes(2, sum(chance.random() < 0.2 for _ in range(2)), 1, chance.random() < 0.05)
                for week in range(weeks)
            }
    return found


def last_states(course: Course, weeks: int = 30) -> Mapping[ChainPeople, ChainWeekState]:
    belief, found = states(STATE_MODEL, NOTHING_BELIEVED, course, 0)
    for week in range(1, weeks):
        belief, found = states(STATE_MODEL, belief, course, week)
    return found


def turned(course: dict[ChainPeople, dict[int, WeekOutcomes]], leader: str, *, since: int = 25) -> None:
    for chain, weeks in course.items():
        if chain[1] == leader and not chain[0].endswith((".4", ".5")):
            weeks |= {week: WeekOutcomes(2, 2, 1, 0) for week in range(since, 30)}


def test_where_nothing_changes_no_state_is_bad() -> None:
    assert max(log_odds(each.chance) for each in last_states(company(1)).values()) < STATE_RULE.floor


def test_a_leader_who_turns_shows_in_the_chains_that_feel_it() -> None:
    course = company(2)
    turned(course, "l3")
    found = last_states(course)
    bad = {chain[0] for chain, each in found.items() if log_odds(each.chance) >= STATE_RULE.floor}
    assert bad == {"p3.0", "p3.1", "p3.2", "p3.3"}


def test_a_week_that_is_bad_for_everybody_says_nothing_of_one_leader() -> None:
    course = company(3)
    for number in range(8):
        turned(course, f"l{number}", since=28)
    assert max(log_odds(each.chance) for each in last_states(course).values()) < STATE_RULE.floor


def test_who_asks_much_is_no_worse_off() -> None:
    course = company(4)
    busy = ("p1.1", "l1", "sky")
    course[busy] = {week: WeekOutcomes(12, 2 + week % 2, 1, 0) for week in range(30)}
    assert log_odds(last_states(course)[busy].chance) < 0


def test_neither_names_nor_order_matter() -> None:
    course = company(5)
    turned(course, "l2")
    found = last_states(course)
    chains = list(course)
    random.Random(6).shuffle(chains)
    again = last_states({renamed(chain): course[chain] for chain in chains})
    assert {renamed(chain): each for chain, each in found.items()} == again


def renamed(chain: ChainPeople) -> ChainPeople:
    person, leader, skip = (f"z{name[::-1]}" for name in chain)
    return person, leader, skip


# --- alerts

GOOD, BAD = 0.01, 0.99


def course_of(*chances: float, happened: int | None = None, failed: int = 1) -> list[StateWeek]:
    return [
        StateWeek(
            week,
            {CHAIN: ChainWeekState(chance, 0.0, WeekOutcomes(2, failed, 0, 0))},
            {CHAIN} if week == happened else (),
        )
        for week, chance in enumerate(chances)
    ]


def ends(weeks: list[StateWeek]) -> list[tuple[int, int | None, StateEnd | None]]:
    return [(each.raised_week, each.ended_week, each.ended) for each in alerts_from_states(STATE_RULE, weeks)]


def test_a_bad_state_is_alerted_once_and_needs_failures_of_its_own() -> None:
    assert ends(course_of(GOOD, BAD, BAD)) == [(1, None, None)]
    assert ends(course_of(GOOD, BAD, BAD, failed=0)) == []


def test_an_alert_ends_as_happened_when_the_event_comes() -> None:
    assert ends(course_of(GOOD, BAD, BAD, BAD, happened=3)) == [(1, 3, StateEnd.IT_HAPPENED)]


def test_an_alert_eases_after_two_good_weeks_in_a_row() -> None:
    assert ends(course_of(GOOD, BAD, GOOD, BAD, GOOD, GOOD)) == [(1, 5, StateEnd.EASED)]


def test_an_alert_expires_and_its_chain_rests() -> None:
    raised = ends(course_of(GOOD, *[BAD] * 20))
    assert raised == [(1, 11, StateEnd.EXPIRED), (16, None, None)]


def test_an_alert_expires_with_its_chain() -> None:
    weeks = [*course_of(GOOD, BAD), StateWeek(2, {})]
    assert ends(weeks) == [(1, 2, StateEnd.EXPIRED)]
