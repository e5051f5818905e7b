"""The last step at the edge: canonical events under pseudonyms, and what the register must know to undo it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from shared.domain.organisation.account_form import account_form
from shared.domain.privacy.named_things import ThingKind, is_key, ticket_parts
from shared.domain.privacy.pseudonym import Pseudonyms
from shared.schemas.directory import Goal, IdentityLinked, Person, PersonRecorded, Team
from shared.schemas.names import renamed
from shared.schemas.registry import CanonicalEvent
from shared.schemas.ticket import TicketStep


@dataclass(frozen=True, slots=True)
class Known:
    """What a pseudonym or a key stands for. A mention says less than a record, and takes the place of nothing."""

    pseudonym: str
    text: str  # the HR system's id, the identity, or what a source calls a team, a goal or a queue
    name: str | None = None
    mention: bool = False


def pseudonymise(event: CanonicalEvent, pseudonyms: Pseudonyms) -> tuple[CanonicalEvent, tuple[Known, ...]]:
    """The event as it may travel and rest, and what it said of people and things. Raises PseudonymGivenError."""
    known = tuple(named_things(event, pseudonyms))
    changed: Any = renamed(event, pseudonyms)
    match event:
        case PersonRecorded(data=person):
            known += (Known(pseudonyms.person(person.person), person.person, person.name),)
        case IdentityLinked(data=link):
            known += (Known(pseudonyms.identity(link.identity), account_form(link.identity)),)
        case _:
            pass
    if isinstance(changed.data, Person | Team | Goal) and changed.data.name is not None:
        changed = replace(changed, data=replace(changed.data, name=None))
    return changed, known


def named_things(event: CanonicalEvent, pseudonyms: Pseudonyms) -> Iterator[Known]:
    """Teams, goals and queues that an event names, by their keys."""
    data: Any = event.data
    queues: tuple[str | None, ...] = ()
    goals: tuple[str | None, ...] = ()
    teams: tuple[str | None, ...] = ()
    match data:
        case TicketStep():
            tickets = (ticket_parts(each) for each in (data.ticket, data.parent) if each)
            queues = (data.queue, data.group, data.previous_group, *(each.project for each in tickets if each))
            goals = (data.goal,)
        case Person():
            teams = (data.team,)
        case Team():
            yield Known(pseudonyms.named(ThingKind.TEAM, data.team), data.team, data.name)
            teams = (data.parent,)
        case Goal():
            yield Known(pseudonyms.named(ThingKind.GOAL, data.goal), data.goal, data.name)
            goals, teams = (data.parent,), (data.team,)
        case _:
            return
    for kind, texts in ((ThingKind.QUEUE, queues), (ThingKind.GOAL, goals), (ThingKind.TEAM, teams)):
        for text in texts:
            if not text or is_key(text, kind):
                continue
            yield Known(pseudonyms.named(kind, text), text, mention=True)
