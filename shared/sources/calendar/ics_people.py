"""Who is in a meeting, as RFC 5545 writes it and as calendars do."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from icalendar.cal import Component
from msgspec.structs import replace

from shared.schemas.calendar import Attendee, Response
from shared.sources.calendar.addresses import address_identity, is_machine
from shared.sources.calendar.ics_parts import listed, text_of
from shared.sources.identities import mail_identity
from shared.sources.reader import UnusableError

# The wire's limit.
ATTENDEES_MAX: Final = 1000
_RESPONSES: Final[dict[str, Response]] = {
    "ACCEPTED": "accepted",
    "TENTATIVE": "tentative",
    "DECLINED": "declined",
    # Somebody else comes in their place.
    "DELEGATED": "declined",
}
# Rooms and projectors are invited too.
_NOT_PEOPLE: Final = frozenset({"ROOM", "RESOURCE"})


@dataclass(frozen=True, slots=True)
class People:
    """Who organises a meeting, who is invited, and addresses beside them that are of no person."""

    organiser: str
    organiser_response: Response
    attendees: tuple[Attendee, ...]
    also_invited: tuple[str, ...] = ()

    @property
    def named(self) -> bool:
        """Whether anybody but the organiser is named."""
        return bool(self.attendees)


def people_of(component: Component, *, owner: str, master: Component | None = None) -> People | None:
    """The people of a component; of its series where it names none itself; None where nobody is named at all.

    An instance that was called off often repeats nothing of its series. Raises UnusableError when there are more than
    the wire takes, or the owner is no mail address.
    """
    invited = listed(component, "ATTENDEE") or (listed(master, "ATTENDEE") if master is not None else [])
    attendees = _attendees(invited)
    organisers = listed(component, "ORGANIZER") or (listed(master, "ORGANIZER") if master is not None else [])
    organiser = _organiser(organisers, invited, attendees, owner=owner)
    if not organiser:
        return None
    own: Response = next((each.response for each in attendees if each.identity == organiser), "none")
    expanded = _expanded(invited)
    return People(
        organiser=organiser,
        organiser_response=own,
        attendees=tuple(each for each in attendees if each.identity not in {organiser, *expanded}),
        also_invited=tuple(sorted(expanded | _of_nobody([*organisers, *invited])))[:ATTENDEES_MAX],
    )


def answers_of(component: Component) -> tuple[Attendee, ...]:
    """Those who answer by a component, each with the answer."""
    return _attendees(listed(component, "ATTENDEE"))


def owner_identity(owner: str) -> str:
    """The identity of the owner of a calendar; empty where none was given. Raises UnusableError."""
    return mail_identity(owner) if owner.strip() else ""


def _attendees(addresses: Iterable[Any]) -> tuple[Attendee, ...]:
    """Invited people in the order of the file, each once.

    Rooms, resources, programs, people only copied for information and addresses that are nobody's are left out.
    """
    found: dict[str, Attendee] = {}
    for address in addresses:
        role = _parameter(address, "ROLE")
        identity = _identity(address)
        if not identity or role == "NON-PARTICIPANT" or _is_machine(address, identity):
            continue
        attendee = Attendee(
            identity=identity,
            response=_RESPONSES.get(_parameter(address, "PARTSTAT"), "none"),
            optional=role == "OPT-PARTICIPANT",
        )
        known = found.get(identity)
        # Written twice, as some calendars do: an answer counts more than none.
        if known is None or (known.response == "none" and attendee.response != "none"):
            found[identity] = attendee if known is None else replace(known, response=attendee.response)
        for delegate in _others(address, "DELEGATED-TO"):
            found.setdefault(delegate, Attendee(identity=delegate))
    if len(found) > ATTENDEES_MAX:
        raise UnusableError(f"more than {ATTENDEES_MAX} attendees")
    return tuple(found.values())


def _organiser(
    organisers: Iterable[Any], invited: Iterable[Any], attendees: tuple[Attendee, ...], *, owner: str
) -> str:
    """The organiser; of a shared calendar or a program, who acts for it; else who most likely does; else nobody."""
    acting: list[str] = []
    for address in organisers:
        identity = _identity(address)
        if identity and not _is_machine(address, identity):
            return identity
        acting += _others(address, "SENT-BY")
    if acting:
        return acting[0]
    chairs = (_identity(address) for address in invited if _parameter(address, "ROLE") == "CHAIR")
    people = {each.identity for each in attendees}
    if chair := next((each for each in chairs if each in people), ""):
        return chair
    if (mailbox := owner_identity(owner)) and not is_machine(mailbox):
        return mailbox
    likely = sorted(attendees, key=lambda each: each.response != "accepted")
    return likely[0].identity if likely else ""


def _of_nobody(addresses: Iterable[Any]) -> set[str]:
    """Rooms, programs and shared calendars."""
    found = ((address, _identity(address)) for address in addresses)
    return {identity for address, identity in found if identity and _is_machine(address, identity)}


def _expanded(invited: Iterable[Any]) -> set[str]:
    """Mailing lists whose members are invited by name beside them."""
    return {each for address in invited for each in _others(address, "MEMBER")}


def _is_machine(address: Any, identity: str) -> bool:
    return _parameter(address, "CUTYPE") in _NOT_PEOPLE or is_machine(identity, called=_parameter(address, "CN"))


def _identity(address: Any) -> str:
    text = text_of(address)
    # An address that is none, such as `urn:uuid:...`, may come with one.
    return address_identity(text) or address_identity(_parameter(address, "EMAIL"))


def _others(address: Any, name: str) -> list[str]:
    """People whom a parameter of an address names."""
    value = getattr(address, "params", {}).get(name, [])
    values = value if isinstance(value, list) else [value]
    found = (address_identity(each) for each in values if isinstance(each, str))
    return [each for each in found if each and not is_machine(each)]


def _parameter(address: Any, name: str) -> str:
    value = getattr(address, "params", {}).get(name, "")
    # A name that was not quoted is taken apart at its commas.
    return (value if isinstance(value, str) else " ".join(map(str, value))).upper()
