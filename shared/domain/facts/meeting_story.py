"""Adds up what several calendars and messages tell of one meeting. Pure: the order in which it came does not matter.

* The latest state of the organiser counts; of equally late copies the organiser's own.
* The organiser's copy says who is invited. Without it everybody is whom any copy names.
* Whether somebody declined they know best themselves: their copy or their reply wins, unless the organiser's copy
  knows of a later refusal. An answer to an earlier state of the meeting does not hold for a later one.
* Calling off a series ends what lies ahead. What was held before stays.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from shared.domain.facts.series_instances import SeriesInstances
from shared.domain.facts.told_meeting import (
    GivenAnswer,
    MeetingCopy,
    MeetingStory,
    SeriesStatement,
    ToldMeeting,
)

_DECLINED: Final = "declined"
_NONE: Final = "none"
_Named = tuple[bytes, MeetingCopy]


def told_meetings(story: MeetingStory) -> Mapping[bytes, ToldMeeting]:
    """The meetings that took place or were called off, each by the copy that tells most of it."""
    if any(each.instance is None for each in story.withheld):
        return {}
    withheld = {_seconds(each.instance) for each in story.withheld if each.instance is not None}
    of_series = any(copy.series is not None for _, copy in story.copies)
    instances = SeriesInstances(story.statements)
    found: dict[bytes, ToldMeeting] = {}
    for start, copies in _by_instance(story.copies, of_series=of_series).items():
        there = [each for each in copies if not of_series or instances.is_there(start, each[1].holder)]
        if not there or start in withheld:
            continue
        base = _base(there)
        called_off = instances.called_off(start, base[1].revision, alone=not of_series)
        ended = called_off or _ended(story.copies, base[1], start, of_series=of_series)
        meeting = _meeting(base[1], [copy for _, copy in there], _answers(story.answers, start, of_series), ended)
        if meeting is not None:
            found[base[0]] = meeting
    return found


def _by_instance(copies: Iterable[_Named], *, of_series: bool) -> Mapping[int, Sequence[_Named]]:
    """Copies by when their instance was first scheduled. A meeting that is no series is one, wherever it was moved."""
    found: dict[int, list[_Named]] = {}
    for entity, copy in copies:
        if of_series and copy.series is None and copy.cancelled:
            continue  # it calls off the series; see `_ended`
        scheduled = _seconds(copy.original_start or copy.start) if of_series else 0
        found.setdefault(scheduled, []).append((entity, copy))
    return found


def _base(copies: Sequence[_Named]) -> _Named:
    return max(
        copies,
        key=lambda each: (
            each[1].sequence,
            each[1].holder == each[1].organiser,
            each[1].holder is None,
            each[1].revision,
            # Of copies that contradict each other any may be right, but not for what it is called.
            (each[1].cancelled, each[1].start, each[1].end, len(each[1].attendees), len(each[1].declined)),
            each[0],
        ),
    )


def _ended(copies: Iterable[_Named], base: MeetingCopy, start: int, *, of_series: bool) -> MeetingCopy | None:
    """The newest message that calls off the whole series before an instance starts."""
    if not of_series:
        return None
    endings = [
        copy
        for _, copy in copies
        if copy.series is None
        and copy.cancelled
        and copy.revision >= base.revision
        and (copy.changed is None or _seconds(copy.changed) <= start)
    ]
    return max(endings, key=lambda each: (each.revision, _seconds(each.changed or each.at)), default=None)


def _answers(answers: Iterable[GivenAnswer], start: int, of_series: bool) -> Mapping[str, GivenAnswer]:  # noqa: FBT001
    """The newest answer of each person to an instance. One to the whole series holds from when it was given."""
    found: dict[str, GivenAnswer] = {}
    for each in sorted(answers, key=lambda answer: (answer.rank, answer.response)):
        if not of_series:
            applies = True
        elif each.instance is not None:
            applies = _seconds(each.instance) == start
        else:
            applies = each.changed is None or _seconds(each.changed) <= start
        if applies:
            found[each.person] = each
    return found


def _meeting(
    base: MeetingCopy,
    copies: Sequence[MeetingCopy],
    answers: Mapping[str, GivenAnswer],
    ended: SeriesStatement | MeetingCopy | None,
) -> ToldMeeting | None:
    current = [copy for copy in copies if copy.sequence == base.sequence]
    of_organiser = base.holder == base.organiser
    sources = [base] if of_organiser else current
    invited = {each for copy in sources for each in (*copy.attendees, *copy.declined)} - {base.organiser}
    if not invited:
        return None
    declined = {
        person for person in sorted({base.organiser, *invited}) if _declined(person, base, current, answers.get(person))
    }
    cancelled = base.cancelled or ended is not None
    at = base.at
    if ended is not None and not base.cancelled and ended.changed is not None:
        at = min(ended.changed, base.start)
    return ToldMeeting(
        at=at,
        organiser=base.organiser,
        attendees=tuple(sorted(invited - declined)),
        declined=tuple(sorted(declined)),
        start=base.start,
        end=base.end,
        original_start=base.original_start,
        series=base.series,
        cancelled=cancelled,
        changed_by=base.organiser if ended is not None and not base.cancelled else base.changed_by,
    )


def _declined(person: str, base: MeetingCopy, current: Sequence[MeetingCopy], answer: GivenAnswer | None) -> bool:
    of_organiser = base.holder == base.organiser
    told = person in base.declined if of_organiser else any(person in copy.declined for copy in current)
    own = [
        (copy.revision, copy.holder_response)
        for copy in current
        if copy.holder == person and copy.holder_response != _NONE and person != base.organiser
    ]
    if answer is not None and answer.sequence >= base.sequence:
        own.append((answer.rank, answer.response))
    if not own:
        return told
    rank, response = max(own)
    return response == _DECLINED or (of_organiser and told and base.revision > rank)


def _seconds(at: datetime) -> int:
    return int(at.timestamp())
