"""Invariant 11, for every signal: as of an instant readings are the same with everything from after it and without."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from services.signals.scoring.compute import compute, moments
from shared.domain.escalation.ticket_rates import RateTally, TicketRates
from shared.domain.evidence.reading import Reading
from shared.domain.facts.history import ActiveDays, ChainHistory, Meeting, PairHistory, WholePair
from shared.domain.facts.known_at import pair_known_at
from shared.domain.facts.ticket_history import TicketHistory, WholeTicket
from shared.domain.organisation.goals import Assignment, GoalTrees, PlacedGoal, Work
from shared.domain.organisation.hierarchy import FOREVER, SINCE_EVER, Line, Membership, Organisation
from shared.domain.signals import SIGNALS
from shared.domain.signals.cadence import CADENCE
from shared.domain.signals.scoring import score_ticket
from shared.domain.week import DAY, HOUR, day_of, first_day_of_week, week_end, week_of
from shared.storage.facts.load import Histories
from tests.unit.domain.crowd import GUEST, LEADER, PEOPLE, PERSON, SKIP, WORLDS, World, between
from tests.unit.domain.facts import ANN, AS_OF, BOB, TODAY, chain, count, meeting, pair, ticket

WEEK = week_of(AS_OF) - 1
THEN = week_end(WEEK)
"""A week before the end, with facts before it and after it."""
_LAST_LINE = Line(PERSON, THEN + 1, FOREVER, SKIP)
_SINCE = first_day_of_week(week_of(AS_OF) - 20)


def cut(world: World) -> World:
    """What of it had happened."""
    return World(
        contacts=[each for each in world.contacts if each.at <= THEN],
        meetings=[each for each in world.meetings if each.start <= THEN],
        steps=[each for each in world.steps if each.at <= THEN],
        days=[each for each in world.days if each.day <= day_of(THEN)],
        texts=[each for each in world.texts if each.day <= day_of(THEN)],
        moves=[each for each in world.moves if each.at <= THEN],
    )


def works(*, later: bool) -> dict[str, Work]:
    """What everybody works on: another goal afterwards, a goal that moves then, and an owner who comes then."""
    placed, weeks, owned = [PlacedGoal(0, "one", "unit"), PlacedGoal(0, "two", "unit")], [(WEEK, "one", 3)], []
    if later:
        placed += [PlacedGoal(THEN + 1, "one", "elsewhere"), PlacedGoal(THEN + DAY, "two", "nowhere")]
        weeks.append((WEEK + 1, "two", 9))
        owned.append(Assignment("two", THEN + 1, FOREVER))
    trees = GoalTrees(placed)
    own = {PERSON: Work(trees, weeks), LEADER: Work(trees, [(WEEK, "two", 1)]), GUEST: Work(trees, (), owned)}
    return {each: own.get(each, Work(trees, weeks)) for each in PEOPLE}


def histories(world: World, *, later: bool) -> Histories:
    """All of it as it is loaded. Everybody is there on every day so far, and with `later` on every day after, too."""
    doing, until = works(later=later), AS_OF if later else THEN
    bits = (1 << day_of(until) - _SINCE + 1) - 1
    pairs: dict[tuple[str, str], WholePair] = {}
    for one, other in combinations(sorted(PEOPLE), 2):
        found = replace(
            between(world, one, other),
            first_work=doing[one], second_work=doing[other], active=ActiveDays(_SINCE, bits, bits & ~0b11111),
        )  # fmt: skip
        if found.days or found.contacts or found.meetings or found.steps:
            pairs[one, other] = found
    sent: dict[str, dict[int, int]] = {each: {} for each in PEOPLE}
    for each in world.days:
        if each.channel != "meeting":
            sent[each.sender][each.day] = sent[each.sender].get(each.day, 0) + each.counts[0]
    hosted: dict[tuple[str, int], set[Meeting]] = {}
    for met in world.meetings:
        if met.series:
            hosted.setdefault((met.organiser, met.series), set()).add(met)
    sorted_meetings = {key: tuple(sorted(own)) for key, own in hosted.items()}
    return Histories(pairs=pairs, sent_by_day=sent, hosted=sorted_meetings, acted={})


def organisation(*, later: bool) -> Organisation:
    """Ann and dan report to bob, who reports to cyd; afterwards ann has another leader, and dan another team."""
    lines = [Line(who, SINCE_EVER, FOREVER, to) for who, to in ((PERSON, LEADER), (GUEST, LEADER), (LEADER, SKIP))]
    teams = dict.fromkeys(PEOPLE, "t")
    if not later:
        return Organisation(lines=lines, links=(), teams=teams)
    del teams[GUEST]
    changes = [Membership(GUEST, SINCE_EVER, THEN + 1, True, "t"), Membership(GUEST, THEN + 1, FOREVER, True, "else")]
    return Organisation(lines=[*lines, _LAST_LINE], links=(), teams=teams, memberships=changes)


def as_of_then(world: World, others: Iterable[WholeTicket], *, later: bool) -> list[Reading]:
    """Readings of everybody and of a ticket as of the end of the week."""
    wanted = dict.fromkeys(PEOPLE, moments([WEEK]))
    found = [reading for _, reading in compute(histories(world, later=later), organisation(later=later), wanted)]
    own, tally = ticket(*world.moves), RateTally([THEN])
    tally.add_all([own, *others])
    return found + score_ticket(own.known_at(THEN), THEN, tally.rates()[THEN])


@settings(max_examples=40, deadline=None)
@given(WORLDS, st.lists(WORLDS.map(lambda world: world.moves), max_size=2))
def test_deleting_what_came_later_changes_no_reading(world: World, others: list[list]) -> None:  # type: ignore[type-arg]
    whole = [ticket(*moves) for moves in others]
    until = [WholeTicket(each.ticket, each.known_at(THEN).moves) for each in whole]
    assert as_of_then(world, whole, later=True) == as_of_then(cut(world), until, later=False)


def test_these_are_the_signals_of_facts() -> None:
    """Others are made from readings of pairs as of the same instant: tests of the store look at all of them."""
    assert {each.kind for each in SIGNALS} - {"team", "organisation"} == {"pair", "chain", "leader", "series", "ticket"}


def test_a_meeting_later_in_the_day_is_no_contact_yet() -> None:
    noon = TODAY * DAY + 12 * HOUR
    met = meeting(noon - 3 * HOUR, (ANN, BOB), organiser=ANN)
    to_come = meeting(noon + HOUR, (ANN, BOB), organiser=ANN)
    now = pair(days=[count(0, ANN, BOB, "meeting", meetings=1)], meetings=[met])
    with_both = pair(days=[count(0, ANN, BOB, "meeting", meetings=2)], meetings=[met, to_come])
    only_later = pair(days=[count(0, ANN, BOB, "meeting", meetings=1)], meetings=[to_come])
    assert pair_known_at(with_both, noon) == pair_known_at(now, noon)
    assert pair_known_at(with_both, noon + HOUR).days == with_both.days
    assert pair_known_at(only_later, noon).days == ()


def test_a_signal_takes_no_whole_history() -> None:
    """Where these errors are none any more, mypy tells that they need not be ignored."""
    whole, moves = pair(), ticket()
    assert CADENCE.compute(whole, AS_OF, {}) is None  # type: ignore[arg-type]
    assert score_ticket(moves, AS_OF, TicketRates()) == []  # type: ignore[arg-type]
    assert not isinstance(whole, PairHistory)
    assert not isinstance(moves, TicketHistory)
    assert not isinstance(chain(), ChainHistory)
