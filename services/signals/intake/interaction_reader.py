"""Reads interactions from their topic as strictly as their schema says, in a third of the time."""

from collections.abc import Container, Iterator
from typing import Final

import msgspec

from services.signals.intake.admission import Admission
from services.signals.intake.apply import Candidate, interaction_candidate
from shared.domain.week import unix_seconds
from shared.schemas.envelope import EARLIEST_SECONDS
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
from shared.transport.records import FUTURE_SECONDS, Reader, Record, UnreadableError


class _Contact(Contact, frozen=True, kw_only=True, tag="contact", omit_defaults=True, gc=False):
    """A contact whose identities are yet to be checked: their pattern takes two thirds of the time of decoding."""

    actor: str
    recipients: tuple[str, ...]
    in_reply_to: str | None = None


class InteractionReader:
    """Reads interactions. Identities in `known` were checked before and are not checked again."""

    def __init__(self, known: Container[str], admission: Admission) -> None:
        self._known: Final = known
        self._admission: Final = admission
        self._decode: Final = msgspec.json.Decoder(
            _Contact | Reacted | Met | Stepped | Retracted | Answered | SeriesStated
        ).decode
        self._strict: Final[Reader[AnyInteraction]] = Reader(
            msgspec.json.Decoder(AnyInteraction), lambda value: value.at.timestamp()
        )

    def read(self, record: Record) -> Candidate:
        """Decode a record. Raises UnreadableError with the same reasons as the strict reader."""
        body = record.value
        # An escape may be that of a character that must not come in; to look for its first byte alone is far cheaper.
        if not body or record.headers or b"\\" in body:
            return self._read_strictly(record)
        try:
            value = self._decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return self._read_strictly(record)
        if type(value) is _Contact:
            if not self._knows(value):
                return self._read_strictly(record)
        else:
            self._admit(value)
        at = unix_seconds(value.at)
        # In whole seconds: the exact answer is the other reader's.
        if not EARLIEST_SECONDS <= at < record.timestamp // 1000 + FUTURE_SECONDS:
            return self._read_strictly(record)
        return interaction_candidate(value, body, at)

    def _read_strictly(self, record: Record) -> Candidate:
        value = self._strict.read(record)
        self._admit(value)
        at = unix_seconds(value.at)
        if at < EARLIEST_SECONDS:
            raise UnreadableError("invalid")
        return interaction_candidate(value, record.value or b"", at)

    def _admit(self, value: AnyInteraction) -> None:
        known = self._known
        self._admission.identities(each for each in _identities(value) if each not in known)
        if isinstance(value, Stepped):
            self._admission.things(value)

    def _knows(self, contact: _Contact) -> bool:
        known, recipients, answered = self._known, contact.recipients, contact.in_reply_to
        if contact.actor not in known or (answered is not None and answered not in known):
            return False
        if len(recipients) == 1:  # as most have, which saves making a generator
            return recipients[0] in known
        return all(each in known for each in recipients)


def _identities(value: AnyInteraction) -> Iterator[str]:
    """Everybody whom an interaction names."""
    optional: tuple[str | None, ...] = ()
    match value:
        case Contact():
            yield value.actor
            yield from value.recipients
            optional = (value.in_reply_to,)
        case Reacted():
            yield value.actor
            yield value.author
        case Met():
            yield value.organiser
            yield from value.attendees
            yield from value.declined
            optional = (value.changed_by, value.holder)
        case Answered():
            yield value.person
        case SeriesStated():
            optional = (value.organiser, value.holder)
        case Stepped():
            optional = (value.actor, value.reporter, value.assignee, value.previous_assignee)
        case Retracted():
            pass
    yield from (each for each in optional if each is not None)
