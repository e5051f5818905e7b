"""Takes erased people out of records. What others did stays, without saying with whom. Pure."""

from collections.abc import Container
from typing import Any, assert_never

from msgspec.structs import replace

from shared.schemas.directory import (
    AbsenceRecorded,
    DirectoryEvent,
    GoalRecorded,
    IdentityLinked,
    LineRecorded,
    PersonRecorded,
    ScheduleRecorded,
    TeamRecorded,
)
from shared.schemas.interaction import (
    Answered,
    AnyInteraction,
    Contact,
    Met,
    Reacted,
    Retracted,
    SeriesStated,
    Stepped,
)


def without_identities(interaction: AnyInteraction, gone: Container[str]) -> AnyInteraction:
    """The interaction without these identities. It is the same object when none of them is in it.

    What they wrote or reacted to is retracted. Where they were one of several, a placeholder keeps the number of
    people. Everybody who was erased gets the same placeholder, so it identifies nobody.
    """
    match interaction:
        case Contact():
            return _contact(interaction, gone)
        case Reacted(actor=actor, author=author):
            return _retracted(interaction) if actor in gone or author in gone else interaction
        case Met():
            return _met(interaction, gone)
        case Stepped():
            return _stepped(interaction, gone)
        case Answered():
            person = _Placeholders(gone).of(interaction.person)
            return interaction if person == interaction.person else replace(interaction, person=person)
        case SeriesStated():
            return _stated(interaction, gone)
        case Retracted():
            return interaction
    assert_never(interaction)


def without_people(event: DirectoryEvent, people: Container[str], identities: Container[str]) -> DirectoryEvent | None:
    """The directory record without these people; None when it was about them alone."""
    match event:
        case PersonRecorded(data=about):
            return None if about.person in people else event
        case ScheduleRecorded(data=when) | AbsenceRecorded(data=when):
            return None if when.person in people or when.identity in identities else event
        case IdentityLinked(data=link):
            return None if link.person in people or link.identity in identities else event
        case LineRecorded(data=line):
            return None if line.person in people or line.manager in people else event
        case GoalRecorded(data=goal):
            is_gone = goal.owner in people or goal.owner_identity in identities
            return replace(event, data=replace(goal, owner=None, owner_identity=None)) if is_gone else event
        case TeamRecorded():
            return event
    assert_never(event)


def _contact(contact: Contact, gone: Container[str]) -> AnyInteraction:
    if contact.actor in gone:
        return _retracted(contact)
    named = (*contact.recipients, contact.in_reply_to)
    if not any(each in gone for each in named):
        return contact
    placeholders = _Placeholders(gone)
    return replace(
        contact,
        recipients=tuple(placeholders.of(each) for each in contact.recipients),
        in_reply_to=placeholders.of_optional(contact.in_reply_to),
    )


def _met(met: Met, gone: Container[str]) -> Met:
    if not any(each in gone for each in (met.organiser, *met.attendees, *met.declined, met.changed_by, met.holder)):
        return met
    placeholders = _Placeholders(gone)
    return replace(
        met,
        organiser=placeholders.of(met.organiser),
        attendees=tuple(placeholders.of(each) for each in met.attendees),
        declined=tuple(placeholders.of(each) for each in met.declined),
        changed_by=placeholders.of_optional(met.changed_by),
        holder=placeholders.of_optional(met.holder),
    )


def _stated(stated: SeriesStated, gone: Container[str]) -> SeriesStated:
    if stated.organiser not in gone and stated.holder not in gone:
        return stated
    placeholders = _Placeholders(gone)
    return replace(
        stated,
        organiser=placeholders.of_optional(stated.organiser),
        holder=placeholders.of_optional(stated.holder),
    )


def _stepped(step: Stepped, gone: Container[str]) -> Stepped:
    roles = ("actor", "reporter", "assignee", "previous_assignee")
    if not any(getattr(step, role) in gone for role in roles):
        return step
    placeholders = _Placeholders(gone)
    changes: dict[str, Any] = {role: placeholders.of_optional(getattr(step, role)) for role in roles}
    return replace(step, **changes)


def _retracted(interaction: AnyInteraction) -> Retracted:
    return Retracted(
        id=interaction.id, entity=interaction.entity, at=interaction.at, revision=interaction.revision, v=interaction.v
    )


class _Placeholders:
    """Placeholders within one record. Different identities get different placeholders."""

    def __init__(self, gone: Container[str]) -> None:
        self._gone = gone
        self._given: dict[str, str] = {}

    def of(self, identity: str) -> str:
        if identity not in self._gone:
            return identity
        if identity not in self._given:
            namespace = identity.partition(":")[0]
            self._given[identity] = f"{namespace}:erased-{len(self._given) + 1}"
        return self._given[identity]

    def of_optional(self, identity: str | None) -> str | None:
        return None if identity is None else self.of(identity)
