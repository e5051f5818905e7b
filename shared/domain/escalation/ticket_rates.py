"""How often work goes up from each group: what became of its tickets, where that was known at an instant. Pure."""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NamedTuple

from shared.domain.escalation.ticket_hazard import Share
from shared.domain.evidence.weighing import LONGEST_WINDOW_DAYS
from shared.domain.facts.ticket_history import Move, TicketHistory, WholeTicket
from shared.domain.week import DAY, WEEK_DAYS

# From the last line a ticket cannot go up any further.
TOP_LINE: Final = 3
_HORIZON_SECONDS: Final = WEEK_DAYS * DAY
# An instant counts what happened in the longest window before it.
_WINDOW_SECONDS: Final = LONGEST_WINDOW_DAYS * DAY
_SECOND: Final = re.compile(r"(?<![a-z0-9])(?:2nd|second|(?:l|line|level|tier)[ _-]?2)(?![a-z0-9])", re.IGNORECASE)
_THIRD: Final = re.compile(r"(?<![a-z0-9])(?:3rd|third|(?:l|line|level|tier)[ _-]?3)(?![a-z0-9])", re.IGNORECASE)


@lru_cache(maxsize=4096)
def support_line(group: str) -> int:
    """1, 2 or 3 as the group's name says ("2nd", "L2", "tier 3"); 1 when it says nothing, 0 when no group is known.

    Who serves two lines is counted to the lower.
    """
    if not group:
        return 0
    if _SECOND.search(group):
        return 2
    return 3 if _THIRD.search(group) else 1


class Outcome(NamedTuple):
    """What became of a ticket within a week after one of its moves."""

    at: int
    group: str
    went_up: bool

    @property
    def known_at(self) -> int:
        """When the week was over."""
        return self.at + _HORIZON_SECONDS


def outcomes(history: WholeTicket) -> Iterator[Outcome]:
    """One of every move after which the ticket was open and could go up, by instant.

    It went up when it was formally escalated, or handed to a higher support line than it was in.
    """
    stood = history.groups()
    lines = [support_line(group) for group in stood]
    is_open = history.open_after()
    for place, move in enumerate(history.moves):
        if is_open[place] and lines[place] < TOP_LINE:
            went_up = False
            for later in range(place + 1, len(history.moves)):
                if history.moves[later].at > move.at + _HORIZON_SECONDS:
                    break
                if history.moves[later].move == Move.ESCALATED or lines[later] > lines[place] > 0:
                    went_up = True
                    break
            yield Outcome(move.at, stood[place], went_up)


@dataclass(frozen=True, slots=True)
class TicketRates:
    """How often tickets went up: of all, and of each group."""

    usual: Share = field(default_factory=Share)
    by_group: Mapping[str, Share] = field(default_factory=dict)

    def of_group(self, group: str) -> Share:
        """The rate of one group; zero evidence for a group that is not known."""
        return self.by_group.get(group, Share()) if group else Share()


@dataclass(frozen=True, slots=True)
class TicketScene:
    """What a ticket signal sees: one ticket, and what usually became of others, all as known at one instant."""

    history: TicketHistory
    rates: TicketRates = field(default_factory=TicketRates)


class RateTally:
    """Adds up the outcomes of many tickets as of several instants, each with what was known then."""

    def __init__(self, instants: Iterable[int]) -> None:
        self._instants: Final = sorted(set(instants))
        self._counts: Final[list[defaultdict[str, list[int]]]] = [defaultdict(lambda: [0, 0]) for _ in self._instants]

    def add_all(self, histories: Iterable[WholeTicket]) -> None:
        """Count the outcomes of tickets. Every ticket comes once, in any order."""
        for history in histories:
            self._add(history)

    def _add(self, history: WholeTicket) -> None:
        for outcome in outcomes(history):
            first = bisect_left(self._instants, outcome.known_at)
            for place in range(first, bisect_right(self._instants, outcome.at + _WINDOW_SECONDS)):
                count = self._counts[place][outcome.group]
                count[0] += outcome.went_up
                count[1] += 1

    def rates(self) -> dict[int, TicketRates]:
        """The rates as of every instant."""
        return {instant: _rates(counts) for instant, counts in zip(self._instants, self._counts, strict=True)}


def _rates(counts: Mapping[str, list[int]]) -> TicketRates:
    return TicketRates(
        usual=Share(sum(up for up, _ in counts.values()), sum(of for _, of in counts.values())),
        by_group={group: Share(up, of) for group, (up, of) in counts.items()},
    )
