"""What several calendars and messages tell of one meeting, one after the other or at once, as the domain reads it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.domain.facts.interaction import MeetingInteraction


class MeetingCopy(MeetingInteraction, Protocol):
    """A meeting as one calendar has it."""

    @property
    def revision(self) -> int:
        """Of two things told of a meeting, the one with the higher number is newer."""

    @property
    def sequence(self) -> int:
        """How often the organiser had changed it."""

    @property
    def holder(self) -> str | None:
        """In whose mailbox it is; None where not known."""

    @property
    def holder_response(self) -> str:
        """What the holder answered."""

    @property
    def changed(self) -> datetime | None:
        """When it was changed, which may be after it took place."""


class GivenAnswer(Protocol):
    """What one person answered."""

    @property
    def person(self) -> str:
        """Who."""

    @property
    def response(self) -> str:
        """What: `declined` or another word."""

    @property
    def instance(self) -> datetime | None:
        """The instance, by when it was first scheduled; None for all of them."""

    @property
    def sequence(self) -> int:
        """The state of the meeting that was answered."""

    @property
    def changed(self) -> datetime | None:
        """When it was given."""

    @property
    def rank(self) -> int:
        """The higher, the newer."""


class SeriesStatement(Protocol):
    """Of what instances a series consists, as somebody told at some time. Instances are named by their first start."""

    @property
    def organiser(self) -> str | None:
        """Who organises it."""

    @property
    def holder(self) -> str | None:
        """From whose mailbox it is told; None where not known."""

    @property
    def starts(self) -> tuple[int, ...]:
        """Its instances."""

    @property
    def excluded(self) -> tuple[int, ...]:
        """Instances that were taken out of it."""

    @property
    def ends(self) -> datetime | None:
        """Its last instance; None where it goes on."""

    @property
    def until(self) -> datetime | None:
        """Up to where its instances were worked out."""

    @property
    def part(self) -> bool:
        """Whether nothing is told of other instances."""

    @property
    def cancelled(self) -> bool:
        """Whether it, or these instances, were called off."""

    @property
    def changed(self) -> datetime | None:
        """Since when it is so."""

    @property
    def rank(self) -> int:
        """The higher, the newer."""


class Withheld(Protocol):
    """A meeting that must not count."""

    @property
    def instance(self) -> datetime | None:
        """The instance; None for all of them."""


@dataclass(frozen=True, slots=True)
class MeetingStory:
    """Everything that was told of one meeting or series. Copies come with what names them."""

    copies: Sequence[tuple[bytes, MeetingCopy]] = ()
    answers: Sequence[GivenAnswer] = ()
    statements: Sequence[SeriesStatement] = ()
    withheld: Sequence[Withheld] = ()


@dataclass(frozen=True, slots=True)
class ToldMeeting:
    """A meeting as everything that was told of it adds up. It is read as any other meeting."""

    at: datetime
    organiser: str
    attendees: tuple[str, ...]
    declined: tuple[str, ...]
    start: datetime
    end: datetime
    original_start: datetime | None
    series: str | None
    cancelled: bool
    changed_by: str | None
