"""Answers to invitations (METHOD:REPLY), and messages between calendars that change nothing."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from shared.schemas.calendar import Answer, MeetingAnswered
from shared.schemas.envelope import event_id
from shared.sources.calendar.ics_events import NAME, calendar_of
from shared.sources.calendar.ics_parse import Entry
from shared.sources.calendar.ics_parts import dates, moment
from shared.sources.calendar.ics_people import answers_of
from shared.sources.calendar.ics_versions import version_of
from shared.sources.identities import native_id
from shared.sources.instants import in_range
from shared.sources.reader import Accepted, Item, Options, Skipped, UnusableError

CHANGES_NOTHING: Final[Mapping[str, str]] = {
    "COUNTER": "proposes another time, which changes nothing until the organiser takes it up",
    "DECLINECOUNTER": "declines a proposal of another time, which changes nothing",
    "REFRESH": "asks for the latest state of a meeting",
}
"""Methods of RFC 5546 that leave every meeting as it is."""


def answers(uid: str, entry: Entry, options: Options) -> Iterator[Item]:
    """The answers of a reply, each an event of its own. Raises UnusableError."""
    component, version = entry.component, version_of(entry.component, options.zone)
    found = answers_of(component)
    if not found:
        yield Skipped(entry.line, "an answer that does not say whose it is")
        return
    instance = next((in_range(moment(value, options.zone)) for value in dates(component, "RECURRENCE-ID")), None)
    start = next((in_range(moment(value, options.zone)) for value in dates(component, "DTSTART")), None)
    time: datetime | None = version.changed or instance or start
    if time is None:
        raise UnusableError("the answer does not say when it was given")
    source, native = options.source or NAME, native_id(uid)
    which = f"@{instance:%Y%m%dT%H%M%SZ}" if instance is not None else ""
    for rows, attendee in zip((1, *[0] * len(found)), found, strict=False):
        rank = version.rank(content=attendee.response)
        yield Accepted(
            MeetingAnswered(
                id=event_id(source=source, kind="answer", native_id=f"{native}{which}#{attendee.identity}#{rank}"),
                source=source,
                time=time,
                data=Answer(
                    uid=native,
                    attendee=attendee.identity,
                    response=attendee.response,
                    instance=instance,
                    sequence=version.sequence,
                    changed=version.changed,
                    calendar=calendar_of(options),
                    rank=rank,
                ),
            ),
            rows=rows,
        )
