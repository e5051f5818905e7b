"""Every place where a canonical event names a person, an account or a thing. Pure.

What is not renamed names nobody: times, numbers, and words of closed lists.
"""

import re
from typing import Any, Final, Protocol, TypeVar

from msgspec.structs import replace

from shared.domain.privacy.named_things import ThingKind
from shared.schemas.calendar import Answer, Meeting, Series
from shared.schemas.chat import Deletion, Message, Reaction
from shared.schemas.directory import Absence, Goal, IdentityLink, Person, ReportingLine, Schedule, Team
from shared.schemas.envelope import Event
from shared.schemas.ticket import TicketStep

E = TypeVar("E", bound=Event)

_PARTS: Final = 3  # source, kind, native id
KIND_PATTERN: Final = r"[a-z][a-z0-9_]{0,39}"
"""How the kind in an id is written; whatever else stands there is part of the source's own id."""
_KIND: Final = re.compile(KIND_PATTERN)


class Names(Protocol):
    """What to put in the place of a name."""

    def person(self, key: str) -> str:
        """For a person of the directory."""

    def identity(self, identity: str) -> str:
        """For an account, `namespace:native id`."""

    def native_id(self, text: str) -> str:
        """For a source's own id of a thing, which may hold an address or a name."""

    def named(self, kind: ThingKind, text: str) -> str:
        """For a team, a goal or a queue by what a source calls it."""

    def ticket(self, text: str) -> str:
        """For the id of a ticket, which begins with what its project is called."""


def renamed(event: E, names: Names) -> E:
    """The event with other names. Raises what `names` raises."""
    anything: Any = event
    return replace(event, id=_id(event, names), data=_data(anything.data, names))


def accounts_in(event: Event) -> frozenset[str]:
    """The accounts that an event is about. Rooms, lists and programs beside a meeting are none of them."""
    anything: Any = event
    named: tuple[str | None, ...]
    match anything.data:
        case Message(sender=sender, recipients=recipients, in_reply_to=answered):
            named = (sender, *recipients, answered)
        case Deletion(sender=sender):
            named = (sender,)
        case Reaction(sender=sender, author=author):
            named = (sender, author)
        case Meeting() as meeting:
            named = (
                meeting.organiser,
                *(each.identity for each in meeting.attendees),
                meeting.changed_by,
                meeting.holder,
            )
        case Answer(attendee=attendee):
            named = (attendee,)
        case Series(organiser=organiser, holder=holder):
            named = (organiser, holder)
        case TicketStep() as step:
            named = (step.actor, step.reporter, step.assignee, step.previous_assignee)
        case IdentityLink(identity=identity) | Schedule(identity=identity) | Absence(identity=identity):
            named = (identity,)
        case Goal(owner_identity=identity):
            named = (identity,)
        case _:
            named = ()
    return frozenset(each for each in named if each is not None)


def _id(event: Event, names: Names) -> str:
    source, *rest = event.entity.split(":", _PARTS - 1)
    if len(rest) == _PARTS - 1 and _KIND.fullmatch(rest[0]):
        head, native = [source, rest[0]], rest[1]
    else:
        head, native = [source], ":".join(rest)
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
                channel=_optional_id(data.channel, names),
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
                ticket=names.ticket(data.ticket),
                parent=None if data.parent is None else names.ticket(data.parent),
                queue=_named(ThingKind.QUEUE, data.queue, names),
                group=_named(ThingKind.QUEUE, data.group, names),
                previous_group=_named(ThingKind.QUEUE, data.previous_group, names),
                goal=_named(ThingKind.GOAL, data.goal, names),
            )
        case _:
            return _directory(data, names)


def _directory(data: Any, names: Names) -> Any:
    match data:
        case Person():
            return replace(data, person=names.person(data.person), team=_named(ThingKind.TEAM, data.team, names))
        case IdentityLink():
            return replace(data, person=names.person(data.person), identity=names.identity(data.identity))
        case ReportingLine():
            manager = names.person(data.manager) if data.manager is not None else None
            return replace(data, person=names.person(data.person), manager=manager)
        case Schedule() | Absence():
            person = None if data.person is None else names.person(data.person)
            return replace(data, person=person, identity=_optional(data.identity, names))
        case Team():
            return replace(
                data,
                team=names.named(ThingKind.TEAM, data.team),
                parent=_named(ThingKind.TEAM, data.parent, names),
            )
        case Goal(owner=owner):
            return replace(
                data,
                goal=names.named(ThingKind.GOAL, data.goal),
                parent=_named(ThingKind.GOAL, data.parent, names),
                team=_named(ThingKind.TEAM, data.team, names),
                owner=names.person(owner) if owner is not None else None,
                owner_identity=_optional(data.owner_identity, names),
            )
        case _:
            return data


def _optional(identity: str | None, names: Names) -> str | None:
    return None if identity is None else names.identity(identity)


def _optional_id(text: str | None, names: Names) -> str | None:
    return None if text is None else names.native_id(text)


def _named(kind: ThingKind, text: str | None, names: Names) -> str | None:
    return None if text is None else names.named(kind, text)
