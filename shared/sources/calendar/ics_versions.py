"""Which version of a component is the newest, in one file and among files."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from icalendar.cal import Component

from shared.schemas.envelope import EARLIEST_SECONDS
from shared.sources.calendar.ics_parse import Entry
from shared.sources.calendar.ics_parts import dates, listed, moment
from shared.sources.identities import digest
from shared.sources.instants import in_range
from shared.sources.reader import UnusableError

# Seconds from 1980 reach past 2199 in 33 bits. With ten bits below and ten above them a rank stays below 2^53.
_SEQUENCE_MAX: Final = 2**10 - 1
_SECONDS_SHIFT: Final = 10
_SEQUENCE_SHIFT: Final = 33 + _SECONDS_SHIFT
RANK_STEP: Final = 2**_SECONDS_SHIFT
"""Ranks of one sequence and one second differ by less than this."""
_EXCEPTION_SHIFT: Final = 9
_ANSWERS_MAX: Final = 2**4 - 1
_ANSWERS_SHIFT: Final = 5


@dataclass(frozen=True, slots=True)
class Version:
    """How often a component was changed by its organiser, when it was last, and when it was written.

    `changed` is None when it does not say so, or the wire cannot carry the time.
    """

    sequence: int
    changed: datetime | None
    written: datetime | None

    def rank(self, *, exception: bool = False, answers: int = 0, content: str = "") -> int:
        """SEQUENCE first, then when it was written (DTSTAMP or LAST-MODIFIED), in one number below 2^53.

        Some exports change what they say and neither number. Then what is said of an instance alone holds before what
        is said of its series, then the one that knows more answers is newer, and among those with equally many always
        the same one, whichever comes first. Five bits of content tell most apart; the log tells the rest apart.
        """
        seconds = int(self.written.timestamp()) - EARLIEST_SECONDS if self.written is not None else 0
        rest = (int(exception) << _EXCEPTION_SHIFT) + (min(answers, _ANSWERS_MAX) << _ANSWERS_SHIFT)
        if content:
            rest += int(digest(content)[:2], 16) % (1 << _ANSWERS_SHIFT)
        return (min(self.sequence, _SEQUENCE_MAX) << _SEQUENCE_SHIFT) + (seconds << _SECONDS_SHIFT) + rest


def version_of(component: Component, zone: tzinfo) -> Version:
    """The version of a component. LAST-MODIFIED says when it was changed; DTSTAMP may be when it was exported."""
    modified, stamped, created = (_instant(component, name, zone) for name in ("LAST-MODIFIED", "DTSTAMP", "CREATED"))
    sequence = next((int(value) for value in listed(component, "SEQUENCE") if isinstance(value, int)), 0)
    return Version(
        sequence=max(sequence, 0),
        changed=modified or stamped or created,
        written=max(filter(None, (modified, stamped)), default=created),
    )


def newest(entries: Iterable[Entry], zone: tzinfo) -> tuple[list[Entry], list[Entry]]:
    """The newest version of each component of one UID, and the others, both in the order of the file."""
    listing = list(entries)
    if len(listing) == 1:  # as most meetings have
        return listing, []
    best: dict[str, tuple[tuple[int, float, bytes], Entry]] = {}
    for entry in listing:
        key = ",".join(value.isoformat() for value in dates(entry.component, "RECURRENCE-ID"))
        version = version_of(entry.component, zone)
        changed = version.changed.timestamp() if version.changed is not None else 0.0
        rank = (version.rank(), changed, entry.component.to_ical())
        if key not in best or rank > best[key][0]:
            best[key] = (rank, entry)
    kept = {entry.line for _, entry in best.values()}
    return [each for each in listing if each.line in kept], [each for each in listing if each.line not in kept]


def _instant(component: Component, name: str, zone: tzinfo) -> datetime | None:
    for value in dates(component, name):
        try:
            return in_range(moment(value, zone))
        except UnusableError:
            continue
    return None
