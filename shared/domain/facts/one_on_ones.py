"""One-to-ones of two people: which were held, which were called off and by whom, how far they slipped."""

from collections.abc import Iterable

import msgspec

from shared.domain.facts.history import Meeting, PairHistory, WholePair


class OneOnOne(msgspec.Struct, frozen=True, gc=False):
    """One scheduled one-to-one."""

    start: int
    held: bool
    called_off_by: str  # who cancelled or declined; empty when held, not known or both
    slip_seconds: int  # how much later than first planned; 0 when not moved, and when moved forward
    moved: bool


def one_on_ones(history: PairHistory | WholePair, as_of: int) -> tuple[OneOnOne, ...]:
    """Meetings to which exactly the two were invited and that were due by `as_of`, by start.

    The meetings of `history` are sorted; repeated facts count once. One that was called off while either was absent or
    had a holiday counts against nobody, and is left out.
    """
    pair = (history.first, history.second)
    found = tuple(_outcome(meeting, pair) for meeting in _due(history.meetings, pair, as_of))
    if history.calendars.is_standard:
        return found
    return tuple(each for each in found if each.held or not history.calendars.is_away(each.start))


def both_met(meeting: Meeting, pair: tuple[str, str]) -> bool:
    """Whether two people were together in a meeting: it was not called off, and neither declined."""
    return not meeting.cancelled and both_came(meeting, pair)


def both_came(meeting: Meeting, pair: tuple[str, str]) -> bool:
    """Whether neither of two people declined a meeting, called off or not."""
    return pair[0] in meeting.people and pair[1] in meeting.people


def _due(meetings: Iterable[Meeting], pair: tuple[str, str], as_of: int) -> Iterable[Meeting]:
    previous: Meeting | None = None
    for meeting in meetings:
        if meeting.start > as_of:
            return
        if meeting.invited != pair:
            continue
        if previous is None or meeting.start != previous.start or meeting != previous:
            yield meeting
        previous = meeting


def _outcome(meeting: Meeting, pair: tuple[str, str]) -> OneOnOne:
    called_off_by = ""
    if meeting.cancelled:
        called_off_by = meeting.changed_by if meeting.changed_by in pair else ""
    elif len(meeting.people) < len(pair):
        away = [person for person in pair if person not in meeting.people]
        called_off_by = away[0] if len(away) == 1 else ""  # of two who declined neither did it alone
    held = not meeting.cancelled and len(meeting.people) == len(pair)
    return OneOnOne(
        start=meeting.start,
        held=held,
        called_off_by=called_off_by,
        slip_seconds=max(meeting.start - meeting.original_start, 0) if held else 0,
        moved=held and meeting.start != meeting.original_start,
    )
