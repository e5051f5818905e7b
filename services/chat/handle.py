"""Turns a chat or mail event into an interaction. Pure."""

from shared.schemas.chat import (
    ChatEvent,
    Markers,
    Message,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    MessageReacted,
)
from shared.schemas.interaction import AnyInteraction, Contact, Reacted, Retracted
from shared.schemas.markers import markers_of


def interaction(event: ChatEvent, *, text_sources: frozenset[str]) -> AnyInteraction:
    """The interaction of an event. Text is read only for sources that opted in, and is never passed on."""
    match event:
        case MessagePosted() | MessageEdited():
            return _contact(event, text_sources)
        case MessageReacted(data=reaction):
            return Reacted(
                id=event.id,
                entity=event.entity,
                revision=event.revision,
                at=event.time,
                channel="mail" if reaction.channel_kind == "mail" else "chat",
                actor=reaction.sender,
                author=reaction.author,
            )
        case MessageDeleted():
            return Retracted(id=event.id, entity=event.entity, revision=event.revision, at=event.time)


def _contact(event: MessagePosted | MessageEdited, text_sources: frozenset[str]) -> Contact | Retracted:
    message = event.data
    markers = _markers(message, measure=event.source in text_sources)
    if markers.basis == "automatic":
        # What a machine answers while somebody is away is no contact.
        return Retracted(id=event.id, entity=event.entity, revision=event.revision, at=event.time)
    return Contact(
        id=event.id,
        entity=event.entity,
        revision=event.revision,
        at=event.time,
        channel="mail" if message.channel_kind == "mail" else "chat",
        actor=message.sender,
        recipients=message.recipients,
        audience=message.audience,
        thread=message.thread,
        in_reply_to=message.in_reply_to,
        markers=markers,
    )


def _markers(message: Message, *, measure: bool) -> Markers:
    # One message at a time: what it answers is not at hand here, so there is no uptake.
    if message.markers is not None:
        return message.markers
    return markers_of(message.text) if measure and message.text else Markers()
