"""Every place where a canonical event names a person, an account or a thing by its source's id. Pure.

What is not renamed names nobody: teams, goals, tickets, queues, groups, times and kinds.
"""

from typing import Any, Final, Protocol, TypeVar

from msgspec.structs import replace

from shared.schemas.calendar import Answer, Meeting, Series
from shared.schemas.chat import Deletion, Message, Reaction
from shared.schemas.directory import Goal, GoalRecorded, IdentityLink, Person, ReportingLine, TeamRecorded
from shared.schemas.envelope import Event
from shared.schemas.ticket import TicketStep

E = TypeVar("E", bound=Event)

_PARTS: Final = 3  # source, kind, native id


class Names(Protocol):
    """What to put in the place of a name."""

    def person(self, key: str) -> str:
        """For a person of the directory."""

    def identity(self, identity: str) -> str:
        """For an account, `namespace:native id`."""

    def native_id(self, text: str) -> str:
        """For a source's own id of a thing, which may hold an address or a name."""


def renamed(event: E, names: Names) -> E:
    """The event with other names. Raises what `names` raises."""
    anything: Any = event
    return replace(event, id=_id(event, names), data=_data(anything.data, names))


def _id(event: Event, names: Names) -> str:
    if isinstance(event, TeamRecorded | GoalRecorded):
        return event.id
    *head, native = event.entity.split(":", _PARTS - 1)
    entity = ":".join([*head, names.native_id(native)])
    return f"{entity}:{event.revision}" if event.revision else entity


def _data(data: Any, names: Names) -> Any:
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
                uid=_optional_id(data.uid, names),
                holder=_optional(data.holder, names),
                also_invited=tuple([names.identity(each) for each in data.also_invited]),
            )
        case Answer():
            return replace(
                data,
                uid=names.native_id(data.uid),
                attendee=names.identity(data.attendee),
                calendar=_optional_id(data.calendar, names),
            )
        case Series():
            return replace(
                data,
                uid=names.native_id(data.uid),
                organiser=_optional(data.organiser, names),
                holder=_optional(data.holder, names),
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


def _directory(data: Any, names: Names) -> Any:
    match data:
        case Person():
            return replace(data, person=names.person(data.person))
        case IdentityLink():
            return replace(data, person=names.person(data.person), identity=names.identity(data.identity))
        case ReportingLine():
            manager = names.person(data.manager) if data.manager is not None else None
            return replace(data, person=names.person(data.person), manager=manager)
        case Goal(owner=owner):
            return replace(data, owner=names.person(owner) if owner is not None else None)
        case _:
            return data


def _optional(identity: str | None, names: Names) -> str | None:
    return None if identity is None else names.identity(identity)


def _optional_id(text: str | None, names: Names) -> str | None:
    return None if text is None else names.native_id(text)
