"""Tells where an event happened, so that events in excluded places can be dropped."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from shared.domain.privacy.excluded_place import PlaceKind, kind_of, place
from shared.domain.privacy.named_things import ThingKind, is_key
from shared.domain.privacy.pseudonym import PseudonymChecks, Pseudonyms, is_pseudonym
from shared.schemas.calendar import Answer, Meeting, Series
from shared.schemas.chat import Message, Reaction
from shared.schemas.envelope import Event
from shared.schemas.ticket import TicketStep
from shared.sources.identities import native_id

_MAIL: Final = "mail:"
_FOLDED: Final = frozenset({PlaceKind.LIST, PlaceKind.CALENDAR})


def places_of(event: Event) -> Iterator[str]:
    """Names of the places that an event happened in; pseudonyms when the event has pseudonyms.

    A deletion names no place, so it always counts: the message may be from before the place was excluded.
    """
    data: Any = getattr(event, "data", None)
    match data:
        case Message():
            yield from _named(PlaceKind.CHANNEL, data.channel)
            yield from _addresses((data.sender, *data.recipients))
        case Reaction():
            yield from _named(PlaceKind.CHANNEL, data.channel)
        case Meeting():
            yield from _named(PlaceKind.CALENDAR, data.calendar)
            yield from _named(PlaceKind.CHANNEL, data.channel)
            yield from _named(PlaceKind.SERIES, data.series)
            yield from _addresses((data.organiser, *(each.identity for each in data.attendees), *data.also_invited))
        case Answer():
            yield from _named(PlaceKind.CALENDAR, data.calendar)
            yield from _named(PlaceKind.SERIES, data.uid)
            yield from _addresses((data.attendee,))
        case Series():
            yield from _named(PlaceKind.CALENDAR, data.calendar)
            yield from _named(PlaceKind.SERIES, data.uid)
            yield from _addresses(filter(None, (data.organiser, data.holder)))
        case TicketStep():
            # Where it came from counts too: a step out of a queue tells that somebody had a ticket there.
            yield from _named(PlaceKind.QUEUE, data.queue, data.group, data.previous_group)
        case _:
            pass


def place_under(name: str, pseudonyms: Pseudonyms | None) -> str:
    """The name of a place in events behind the edge. To apply it twice changes nothing.

    Addresses become lower case and ids stay those of the source. Queues and groups go by their key.
    Raises ValueError for a text that is no place.
    """
    kind = kind_of(name)
    if kind is None:
        raise ValueError(f"no place: {name}")
    native = name.partition(":")[2].strip()
    native = native_id(native.lower() if kind in _FOLDED else native)
    if is_pseudonym(native) or (kind is PlaceKind.QUEUE and is_key(native, ThingKind.QUEUE)):
        return place(kind, native)
    if pseudonyms is not None and kind is PlaceKind.LIST:
        native = pseudonyms.identity(_MAIL + native).removeprefix(_MAIL)
    elif pseudonyms is not None and kind is PlaceKind.QUEUE:
        native = pseudonyms.named(ThingKind.QUEUE, native)
    elif pseudonyms is not None:
        native = pseudonyms.native_id(native)
    return place(kind, native)


def as_travelling(places: Iterable[str], checks: PseudonymChecks) -> frozenset[str]:
    """Places as events name them on their way from the edge to the services, with and without checks of addresses."""
    found = set(places)
    found |= {
        f"{PlaceKind.LIST}:{checks.add(_MAIL + native).removeprefix(_MAIL)}"
        for kind, native in (each.split(":", 1) for each in sorted(found))
        if kind == PlaceKind.LIST and is_pseudonym(native)
    }
    return frozenset(found)


def _named(kind: PlaceKind, *natives: str | None) -> Iterator[str]:
    return (place(kind, each) for each in natives if each)


def _addresses(identities: Iterable[str]) -> Iterator[str]:
    return (place(PlaceKind.LIST, each.removeprefix(_MAIL)) for each in identities if each.startswith(_MAIL))
