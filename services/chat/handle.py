"""Turns a chat or mail event into an interaction. Pure."""

from shared.domain.privacy.pseudonym import ArrivingNames
from shared.schemas.chat import ChatEvent, Markers, MessageDeleted, MessageEdited, MessagePosted, MessageReacted
from shared.schemas.interaction import AnyInteraction, Contact, Reacted, Retracted


def interaction(event: ChatEvent, names: ArrivingNames) -> AnyInteraction:
    """The interaction of an event that passed the edge. Raises NotPseudonymousError."""
    match event:
        case MessagePosted() | MessageEdited():
            return _contact(event, names)
        case MessageReacted(data=reaction):
            return Reacted(
                id=event.id,
                entity=event.entity,
                revision=event.revision,
                at=event.time,
                channel="mail" if reaction.channel_kind == "mail" else "chat",
                actor=names[reaction.sender],
                author=names[reaction.author],
            )
        case MessageDeleted(data=deletion):
            names.identity(deletion.sender)
            return Retracted(id=event.id, entity=event.entity, revision=event.revision, at=event.time)


def _contact(event: MessagePosted | MessageEdited, names: ArrivingNames) -> Contact | Retracted:
    message = event.data
    answered = message.in_reply_to
    contact = Contact(
        id=event.id,
        entity=event.entity,
        revision=event.revision,
        at=event.time,
        channel="mail" if message.channel_kind == "mail" else "chat",
        actor=names[message.sender],
        recipients=tuple([names[each] for each in message.recipients]),
        audience=message.audience,
        thread=message.thread,
        in_reply_to=None if answered is None else names[answered],
        markers=message.markers or Markers(),
    )
    if contact.markers.basis == "automatic":
        # What a machine answers while somebody is away is no contact.
        return Retracted(id=event.id, entity=event.entity, revision=event.revision, at=event.time)
    return contact
