"""The last step at the edge: canonical events under pseudonyms, and what the register must know to undo it.

What remains readable is what names nobody: teams, goals, tickets, queues, groups, times and kinds.
"""

from dataclasses import dataclass
from typing import Any, Final

from msgspec.structs import replace

from shared.domain.privacy.pseudonym import Pseudonyms
from shared.schemas.calendar import Meeting
from shared.schemas.chat import Deletion, Message, Reaction
from shared.schemas.directory import (
    Goal,
    GoalRecorded,
    IdentityLink,
    IdentityLinked,
    Person,
    PersonRecorded,
    ReportingLine,
    TeamRecorded,
)
from shared.schemas.registry import CanonicalEvent
from shared.schemas.ticket import TicketStep

_PARTS: Final = 3  # source, kind, native id


@dataclass(frozen=True, slots=True)
class Known:
    """What a pseudonym of the directory stands for."""

    pseudonym: str
    text: str  # the HR system's id, or the identity
    name: str | None = None


def pseudonymise(event: CanonicalEvent, pseudonyms: Pseudonyms) -> tuple[CanonicalEvent, tuple[Known, ...]]:
    """The event as it may travel and rest, and what it said of people. Doing it twice changes nothing."""
    known: tuple[Known, ...] = ()
    match event:
        case PersonRecorded(data=person):
            known = (Known(pseudonyms.person(person.person), person.person, person.name),)
        case IdentityLinked(data=link):
            known = (Known(pseudonyms.identity(link.identity), link.identity),)
        case _:
            pass
    data = _without_names(event.data, pseudonyms)
    # Whatever was read under a pseudonym already says nothing of anybody.
    news = tuple(each for each in known if each.pseudonym != each.text)
    changed: Any = replace(event, id=_id(event, pseudonyms), data=data)
    return changed, news


def _id(event: CanonicalEvent, pseudonyms: Pseudonyms) -> str:
    if isinstance(event, TeamRecorded | GoalRecorded):
        return event.id
    *head, native = event.entity.split(":", _PARTS - 1)
    entity = ":".join([*head, pseudonyms.native_id(native)])
    return f"{entity}:{event.revision}" if event.revision else entity


def _without_names(data: Any, names: Pseudonyms) -> Any:
    match data:
        case Message():
            return replace(
                data,
                sender=names.identity(data.sender),
                recipients=tuple([names.identity(each) for each in data.recipients]),
                thread=_optional_id(data.thread, names),
                channel=_optional_id(data.channel, names),
                in_reply_to=_optional(data.in_reply_to, names),
            )
        case Deletion():
            return replace(data, sender=names.identity(data.sender))
        case Reaction():
            return replace(
                data,
                sender=names.identity(data.sender),
                author=names.identity(data.author),
                thread=_optional_id(data.thread, names),
                channel=_optional_id(data.channel, names),
            )
        case Meeting():
            return replace(
                data,
                organiser=names.identity(data.organiser),
                attendees=tuple([replace(each, identity=names.identity(each.identity)) for each in data.attendees]),
                changed_by=_optional(data.changed_by, names),
                series=_optional_id(data.series, names),
                calendar=_optional_id(data.calendar, names),
            )
        case TicketStep():
            return replace(
                data,
                actor=_optional(data.actor, names),
                reporter=_optional(data.reporter, names),
                assignee=_optional(data.assignee, names),
                previous_assignee=_optional(data.previous_assignee, names),
            )
        case _:
            return _directory(data, names)


def _directory(data: Any, names: Pseudonyms) -> Any:
    match data:
        case Person():
            return replace(data, person=names.person(data.person), name=None)
        case IdentityLink():
            return replace(data, person=names.person(data.person), identity=names.identity(data.identity))
        case ReportingLine():
            manager = names.person(data.manager) if data.manager is not None else None
            return replace(data, person=names.person(data.person), manager=manager)
        case Goal(owner=owner):
            return replace(data, owner=names.person(owner) if owner is not None else None)
        case _:
            return data


def _optional(identity: str | None, names: Pseudonyms) -> str | None:
    return None if identity is None else names.identity(identity)


def _optional_id(text: str | None, names: Pseudonyms) -> str | None:
    return None if text is None else names.native_id(text)
