"""Facts of meetings of which several records tell: they follow from all of them together, not from each alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.facts.contributions import add_meeting
from shared.domain.facts.digests import digest
from shared.domain.facts.fact_delta import FactDelta
from shared.domain.facts.meeting_story import told_meetings
from shared.domain.facts.told_meeting import MeetingStory, ToldMeeting
from shared.schemas.interaction import Answered, AnyInteraction, Met, Retracted, SeriesStated
from shared.storage.log.event_log import EventLogStore

TELLING: Final[frozenset[type]] = frozenset({Met, Retracted, Answered, SeriesStated})
"""Types of records that may tell of a meeting with others; most records are of none of them."""
_ENCODE: Final = msgspec.json.Encoder().encode
_NAMES: Final = frozenset(
    ("id", "entity", "uid", "series", "organiser", "attendees", "declined", "changed_by", "holder", "person")
)


@dataclass(frozen=True, slots=True)
class Change:
    """A record of the log that is put in, or in the place of an earlier one of its entity."""

    entity: bytes
    before: AnyInteraction | None
    after: AnyInteraction


def meeting_of(interaction: AnyInteraction) -> bytes | None:
    """The digest of the meeting that a record tells of with others; None for a record that stands alone."""
    match interaction:
        case Met(uid=str(uid)) | Retracted(uid=str(uid)) | Answered(uid=uid) | SeriesStated(uid=uid):
            return digest(f"{interaction.entity.partition(':')[0]}:{uid}")
        case _:
            return None


def supersedes(new: AnyInteraction, known: AnyInteraction) -> bool:
    """Whether a record takes the place of a known one of its entity.

    Calendars contradict each other under one SEQUENCE and in one second. Of two records that are equally new the one
    that is greater as text counts, so that it is the same one in whatever order they come. What they say of anybody's
    name is looked at last, when nothing else tells them apart. No other records do that.
    """
    if new.revision != known.revision or type(new) not in TELLING or type(known) not in TELLING:
        return new.revision > known.revision
    return (_said(new), _ENCODE(new)) > (_said(known), _ENCODE(known))


def _said(record: AnyInteraction) -> bytes:
    """What a record says, with how many there are in the place of names."""
    told = msgspec.to_builtins(record)
    counts = {name: len(told[name]) if isinstance(told[name], tuple | list) else 1 for name in told.keys() & _NAMES}
    return _ENCODE(told | counts)


def kept_until(interaction: AnyInteraction, at: int) -> int:
    """The time by which the log keeps a record: as long as the facts that it has a part in."""
    match interaction:
        case Met(uid=str()):
            return max(at, int(interaction.start.timestamp()))
        case Answered(instance=instance) if instance is not None:
            return max(at, int(instance.timestamp()))
        case SeriesStated():
            return max((at, *interaction.starts))
        case _:
            return at


class Meetings:
    """Changes facts of meetings. To be called before the log is written: it reads there what was told so far."""

    def __init__(self, event_log: EventLogStore) -> None:
        self._event_log: Final = event_log
        self._decode: Final = msgspec.json.Decoder(AnyInteraction).decode

    async def contribute(self, connection: AsyncConnection, delta: FactDelta, changes: Iterable[Change]) -> None:
        """Take back what the meetings were, and add what they are with these changes."""
        changes = list(changes)
        touched = {meeting_of(each.before) for each in changes if each.before is not None}
        touched |= {meeting_of(each.after) for each in changes}
        told = await self._event_log.told_of(connection, {each for each in touched if each is not None})
        before = {entity: self._decode(body) for entity, body in told}
        after = before | {each.entity: each.after for each in changes}
        was, now = facts_of(before), facts_of(after)
        for entity, meeting in sorted(was.items(), key=_by_entity):
            if now.get(entity) != meeting:
                add_meeting(delta, meeting, entity, -1)
        for entity, meeting in sorted(now.items(), key=_by_entity):
            if was.get(entity) != meeting:
                add_meeting(delta, meeting, entity, +1)


def _by_entity(each: tuple[bytes, ToldMeeting]) -> bytes:
    return each[0]


def facts_of(records: Mapping[bytes, AnyInteraction]) -> Mapping[bytes, ToldMeeting]:
    """What the meetings are of which these records tell."""
    by_meeting: dict[bytes, list[tuple[bytes, AnyInteraction]]] = {}
    for entity, record in records.items():
        meeting = meeting_of(record)
        if meeting is not None:
            by_meeting.setdefault(meeting, []).append((entity, record))
    facts: dict[bytes, ToldMeeting] = {}
    for told in by_meeting.values():
        facts |= told_meetings(_story(told))
    return facts


def _story(told: Iterable[tuple[bytes, AnyInteraction]]) -> MeetingStory:
    copies: list[tuple[bytes, Met]] = []
    answers: list[Answered] = []
    statements: list[SeriesStated] = []
    withheld: list[Retracted] = []
    for entity, record in told:
        match record:
            case Met():
                copies.append((entity, record))
            case Answered():
                answers.append(record)
            case SeriesStated():
                statements.append(record)
            case Retracted():
                withheld.append(record)
            case _:
                pass
    return MeetingStory(copies, answers, statements, withheld)
