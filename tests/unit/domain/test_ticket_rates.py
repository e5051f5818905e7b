"""How often work goes up from each group, as was known at an instant, against counts made by hand."""

import pytest

from shared.domain.escalation.ticket_hazard import Share
from shared.domain.escalation.ticket_rates import Outcome, RateTally, TicketRates, outcomes, support_line
from shared.domain.facts.ticket_history import Move, WholeTicket
from shared.domain.week import DAY
from tests.unit.domain.facts import AS_OF, move, ticket

WENT_UP = ticket(
    move(0, Move.CREATED, group="desk"),
    move(DAY, Move.COMMENTED),
    move(9 * DAY, Move.HANDED_TO_GROUP, group="net 2nd"),
    move(10 * DAY, Move.ESCALATED),
    move(11 * DAY, Move.HANDED_TO_GROUP, group="lab 3rd"),
    move(12 * DAY, Move.RESOLVED),
)


@pytest.mark.parametrize(
    ("group", "line"),
    [
        ("", 0), ("G97", 1), ("V5 3rd", 3), ("V13 2nd 3rd", 2), ("support_l2", 2), ("Tier-3 databases", 3),
        ("LEVEL 2", 2), ("L20", 1), ("xl2", 1), ("line 1", 1), ("Second line", 2),
    ],
)  # fmt: skip
def test_the_support_line_is_read_from_the_name(group: str, line: int) -> None:
    assert support_line(group) == line


def test_outcomes_are_those_of_the_week_after_each_move_that_can_go_up() -> None:
    assert list(outcomes(WENT_UP)) == [
        Outcome(0, "desk", went_up=False),  # the hand-over came nine days later
        Outcome(DAY, "desk", went_up=False),
        Outcome(9 * DAY, "net 2nd", went_up=True),
        Outcome(10 * DAY, "net 2nd", went_up=True),
    ]
    assert list(outcomes(WholeTicket("T-0", ()))) == []


def test_coming_down_or_getting_a_first_known_group_is_not_going_up() -> None:
    down = ticket(move(0, Move.CREATED, group="net 2nd"), move(DAY, Move.HANDED_TO_GROUP, group="desk"))
    known = ticket(move(0, Move.CREATED), move(DAY, Move.HANDED_TO_GROUP, group="net 2nd"))
    assert not any(each.went_up for history in (down, known) for each in outcomes(history))


def test_an_outcome_counts_once_its_week_is_over_and_for_sixteen_weeks() -> None:
    instants = [7 * DAY - 1, 7 * DAY, 17 * DAY, 112 * DAY, 112 * DAY + 1, 300 * DAY]
    tally = RateTally(instants)
    tally.add_all([WENT_UP])
    rates = tally.rates()
    assert rates[7 * DAY - 1] == TicketRates(usual=Share(0, 0))
    assert rates[7 * DAY] == TicketRates(usual=Share(0, 1), by_group={"desk": Share(0, 1)})
    everything = TicketRates(usual=Share(2, 4), by_group={"desk": Share(0, 2), "net 2nd": Share(2, 2)})
    assert rates[17 * DAY] == rates[112 * DAY] == everything
    assert rates[112 * DAY + 1].of_group("desk") == Share(0, 1)
    assert rates[300 * DAY] == TicketRates(usual=Share(0, 0))


def test_nothing_later_changes_what_was_known() -> None:
    """Cut the log at the instant: the rates as of it stay."""
    for instant in range(0, 20 * DAY, DAY // 2):
        whole, cut = RateTally([instant]), RateTally([instant])
        whole.add_all([WENT_UP])
        cut.add_all([WholeTicket("T-1", tuple(each for each in WENT_UP.moves if each.at <= instant))])
        assert whole.rates() == cut.rates()


def test_groups_without_a_name_share_no_rate() -> None:
    assert TicketRates(by_group={"": Share(5, 5)}).of_group("") == Share()
    tally = RateTally([AS_OF])
    tally.add_all([ticket(move(AS_OF - 20 * DAY, Move.CREATED))])
    assert tally.rates()[AS_OF].usual == Share(0, 1)
