"""Who is in a meeting, as RFC 5545 writes it."""

from typing import Any, Final

from icalendar.cal import Component

from shared.schemas.calendar import Attendee, Response
from shared.sources.calendar.ics_parts import listed, text_of
from shared.sources.identities import mail_identity
from shared.sources.reader import UnusableError

# The wire's limit.
ATTENDEES_MAX: Final = 1000
_RESPONSES: Final[dict[str, Response]] = {
    "ACCEPTED": "accepted",
    "TENTATIVE": "tentative",
    "DECLINED": "declined",
}
# Rooms and projectors are invited too.
_NOT_PEOPLE: Final = frozenset({"ROOM", "RESOURCE"})


def attendees_of(component: Component) -> tuple[Attendee, ...]:
    """Invited people in the order of the file, each once; raises UnusableError when there are more than the wire takes.

    Rooms, resources, people only copied for information and addresses that are no mail addresses are left out.
    """
    found: dict[str, Attendee] = {}
    for address in listed(component, "ATTENDEE"):
        identity = _identity(address)
        role = _parameter(address, "ROLE")
        if identity and _parameter(address, "CUTYPE") not in _NOT_PEOPLE and role != "NON-PARTICIPANT":
            attendee = Attendee(
                identity=identity,
                response=_RESPONSES.get(_parameter(address, "PARTSTAT"), "none"),
                optional=role == "OPT-PARTICIPANT",
            )
            found.setdefault(identity, attendee)
    if len(found) > ATTENDEES_MAX:
        raise UnusableError(f"more than {ATTENDEES_MAX} attendees")
    return tuple(found.values())


def organiser_of(component: Component, *, attendees: tuple[Attendee, ...], owner: str) -> str:
    """The organiser, else the owner of the calendar, else the first attendee, else nobody (empty)."""
    for address in listed(component, "ORGANIZER"):
        if identity := _identity(address):
            return identity
    if owner:
        return mail_identity(owner)
    return attendees[0].identity if attendees else ""


def _identity(address: Any) -> str:
    text = text_of(address)
    mail = _parameter(address, "EMAIL").lower() if not text.lower().startswith("mailto:") else text
    # Some writers leave `mailto:` out.
    mail = mail or (text if "@" in text and ":" not in text else "")
    try:
        return mail_identity(mail) if mail else ""
    except UnusableError:
        return ""


def _parameter(address: Any, name: str) -> str:
    value = getattr(address, "params", {}).get(name, "")
    return value.upper() if isinstance(value, str) else ""
