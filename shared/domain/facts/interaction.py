"""What the domain reads of an interaction. The wire types of `shared.schemas.interaction` have all of it."""

from datetime import datetime
from typing import Protocol

from shared.domain.text.measure import Basis


class Markers(Protocol):
    """Counts of what a text does; all zero where no text was read. See `shared.domain.text.markers`."""

    @property
    def basis(self) -> Basis:
        """What the counts were made from, or why there are none."""

    @property
    def words(self) -> int:
        """The author's own words."""

    @property
    def questions(self) -> int:
        """Sentences that ask."""

    @property
    def requests(self) -> int:
        """Sentences that ask for something to be done."""

    @property
    def acknowledges(self) -> bool:
        """Whether it opens by acknowledging or agreeing."""

    @property
    def defers(self) -> bool:
        """Whether it promises an answer later."""

    @property
    def hedges(self) -> int:
        """Words that leave room."""

    @property
    def reasons(self) -> int:
        """Reasons, conclusions and examples."""

    @property
    def advocacy(self) -> int:
        """Own views, certainty and obligation."""

    @property
    def inquiry(self) -> int:
        """Questions, invitations to explain, concessions."""

    @property
    def receptiveness(self) -> int | None:
        """Expected rating in hundredths; None where it was not estimated."""

    @property
    def uptake(self) -> int | None:
        """Expected rating in hundredths; None where it was not estimated."""

    @property
    def follow_ups(self) -> int | None:
        """Questions about what was said; None without the message answered."""


class ContactInteraction(Protocol):
    """A message from one person to others."""

    @property
    def at(self) -> datetime:
        """When it was sent."""

    @property
    def channel(self) -> str:
        """A name of `history.CHANNELS`."""

    @property
    def actor(self) -> str:
        """Identity of the sender."""

    @property
    def recipients(self) -> tuple[str, ...]:
        """Identities of the addressees."""

    @property
    def audience(self) -> int:
        """How many people can read it."""

    @property
    def thread(self) -> str | None:
        """Id of the conversation."""

    @property
    def in_reply_to(self) -> str | None:
        """Identity of the author of the message replied to."""

    @property
    def markers(self) -> Markers:
        """What its text does."""


class ReactionInteraction(Protocol):
    """A reaction of one person to another's message."""

    @property
    def at(self) -> datetime:
        """When it was given."""

    @property
    def channel(self) -> str:
        """A name of `history.CHANNELS`."""

    @property
    def actor(self) -> str:
        """Identity of the person who reacted."""

    @property
    def author(self) -> str:
        """Identity of the author of the message."""


class MeetingInteraction(Protocol):
    """A meeting as it stands after its last change."""

    @property
    def at(self) -> datetime:
        """When it was last changed."""

    @property
    def organiser(self) -> str:
        """Identity of the organiser."""

    @property
    def attendees(self) -> tuple[str, ...]:
        """Identities of those who did not decline, without the organiser."""

    @property
    def declined(self) -> tuple[str, ...]:
        """Identities of those who declined."""

    @property
    def start(self) -> datetime:
        """When it starts."""

    @property
    def end(self) -> datetime:
        """When it ends."""

    @property
    def original_start(self) -> datetime | None:
        """When it was first planned to start; None where it was not moved."""

    @property
    def series(self) -> str | None:
        """Id of the series it recurs in."""

    @property
    def cancelled(self) -> bool:
        """Whether it was called off."""

    @property
    def changed_by(self) -> str | None:
        """Identity of the person who changed it last; None where not known."""


class TicketInteraction(Protocol):
    """A step of a ticket, with where the ticket stands after it."""

    @property
    def at(self) -> datetime:
        """When it happened."""

    @property
    def ticket(self) -> str:
        """Key of the ticket."""

    @property
    def step(self) -> str:
        """What happened: a key of `contributions.MOVES`."""

    @property
    def actor(self) -> str | None:
        """Identity of the person who did it."""

    @property
    def reporter(self) -> str | None:
        """Identity of the person who asked for it."""

    @property
    def assignee(self) -> str | None:
        """Identity of the person who has it after the step."""

    @property
    def previous_assignee(self) -> str | None:
        """Identity of the person who had it before the step."""

    @property
    def group(self) -> str | None:
        """Group that has it after the step."""

    @property
    def status(self) -> str | None:
        """Status after the step."""

    @property
    def goal(self) -> str | None:
        """Key of the goal it serves."""

    @property
    def priority(self) -> int | None:
        """From 1 (lowest) to 5."""

    @property
    def due(self) -> datetime | None:
        """When it has to be done."""

    @property
    def markers(self) -> Markers:
        """What the text of a comment does."""
