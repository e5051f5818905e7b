"""Directory records: people, their identities, lines, working times, teams and goals, each valid for a time.

A record is a revision of an entity, on a compacted topic. The highest revision of an entity counts. A record is valid
from `valid_from` on, and until just before `valid_to`. Without `valid_from` it was always valid, without `valid_to` it
stays valid.
"""

from typing import Annotated, Final

import msgspec

from shared.domain.organisation.public_holidays import ANY_YEAR, public_holidays
from shared.domain.organisation.work_calendar import WorkSchedule, check_time_zone
from shared.domain.week import MINUTE
from shared.schemas.envelope import Event, Identity, Instant

PersonKey = Annotated[str, msgspec.Meta(min_length=1, max_length=200, description="The HR system's id of a person.")]
TeamKey = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
GoalKey = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
MONDAY: Final = 1
SUNDAY: Final = 7


class _Validity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    valid_from: Instant | None = None
    valid_to: Instant | None = None

    def __post_init__(self) -> None:
        if self.valid_from is not None and self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("valid_to is before valid_from")


def _check_one(person: str | None, identity: str | None) -> None:
    if (person is None) == (identity is None):
        raise ValueError("it must name either a person or an account")


class Person(_Validity, frozen=True, kw_only=True, omit_defaults=True):
    """A person of the organisation, and their team, for a time. Only people in the directory are ever scored.

    Where two records of a person overlap, the one that starts later counts.
    """

    person: PersonKey
    name: str | None = None
    team: TeamKey | None = None
    active: bool = True


class IdentityLink(_Validity, frozen=True, kw_only=True, omit_defaults=True):
    """An account belongs to a person for a time. A link is a record, so it can be corrected or taken back."""

    person: PersonKey
    identity: Identity


class ReportingLine(_Validity, frozen=True, kw_only=True, omit_defaults=True):
    """A person reports to a manager for a time; no manager means the top of the tree.

    Where two lines of a person overlap, the one that starts later counts.
    """

    person: PersonKey
    manager: PersonKey | None


_DAY_MINUTES: Final = 24 * 60


class Schedule(_Validity, frozen=True, kw_only=True, omit_defaults=True):
    """When a person works, for a time. What is left out is as in the whole organisation.

    Where two schedules of a person overlap, the one that starts later counts. One that names an account, as a profile
    does, is its owner's, and says only what none that names a person does.
    """

    person: PersonKey | None = None
    identity: Identity | None = None
    time_zone: Annotated[str, msgspec.Meta(max_length=100, description="IANA name, such as Europe/Berlin.")] | None = (
        None
    )
    working_days: (
        Annotated[tuple[int, ...], msgspec.Meta(min_length=1, max_length=7, description="1 is Monday, 7 is Sunday.")]
        | None
    ) = None
    opens_minutes: Annotated[int, msgspec.Meta(ge=0, lt=_DAY_MINUTES, description="After local midnight.")] | None = (
        None
    )
    closes_minutes: (
        Annotated[
            int,
            msgspec.Meta(gt=0, le=2 * _DAY_MINUTES, description="After the same midnight; a night shift ends late."),
        ]
        | None
    ) = None
    holidays: Annotated[str, msgspec.Meta(max_length=20, description="Public holidays: NZ, or DE-BY.")] | None = None

    def __post_init__(self) -> None:
        """Refuse what no calendar can be made of."""
        super().__post_init__()
        _check_one(self.person, self.identity)
        if self.time_zone is not None:
            check_time_zone(self.time_zone)
        if self.holidays:
            public_holidays(self.holidays, ANY_YEAR)
        if any(not MONDAY <= day <= SUNDAY for day in self.working_days or ()):
            raise ValueError("working days are 1 (Monday) to 7 (Sunday)")
        if (self.opens_minutes is None) != (self.closes_minutes is None):
            raise ValueError("working hours need both ends")
        if self.opens_minutes is not None and self.closes_minutes is not None:
            WorkSchedule(opens=self.opens_minutes * MINUTE, closes=self.closes_minutes * MINUTE)


class Absence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person, or the owner of an account, is not at work for a time. Why is nobody's business, and has no field."""

    person: PersonKey | None = None
    identity: Identity | None = None
    valid_from: Instant
    valid_to: Instant

    def __post_init__(self) -> None:
        """Refuse an absence that ends before it begins."""
        _check_one(self.person, self.identity)
        if self.valid_to < self.valid_from:
            raise ValueError("valid_to is before valid_from")


class Team(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A node of the organisation. Figures are published for teams of at least k people."""

    team: TeamKey
    name: str | None = None
    parent: TeamKey | None = None


class Goal(_Validity, frozen=True, kw_only=True, omit_defaults=True):
    """A goal in the KPI tree; teams and people work towards it. Its owner is named by id, or by an account."""

    goal: GoalKey
    name: str | None = None
    parent: GoalKey | None = None
    team: TeamKey | None = None
    owner: PersonKey | None = None
    owner_identity: Identity | None = None


class PersonRecorded(Event, frozen=True, kw_only=True, tag="bellwether.directory.person.v1"):
    """A person joined, changed or left."""

    data: Person


class IdentityLinked(Event, frozen=True, kw_only=True, tag="bellwether.directory.identity.v1"):
    """An identity was linked to a person."""

    data: IdentityLink


class LineRecorded(Event, frozen=True, kw_only=True, tag="bellwether.directory.reporting_line.v1"):
    """A reporting line was recorded or corrected."""

    data: ReportingLine


class ScheduleRecorded(Event, frozen=True, kw_only=True, tag="bellwether.directory.schedule.v1"):
    """Somebody's working time was recorded or corrected."""

    data: Schedule


class AbsenceRecorded(Event, frozen=True, kw_only=True, tag="bellwether.directory.absence.v1"):
    """An absence was recorded or corrected."""

    data: Absence


class TeamRecorded(Event, frozen=True, kw_only=True, tag="bellwether.directory.team.v1"):
    """A team was recorded or corrected."""

    data: Team


class GoalRecorded(Event, frozen=True, kw_only=True, tag="bellwether.directory.goal.v1"):
    """A goal was recorded or corrected."""

    data: Goal


DirectoryEvent = (
    PersonRecorded | IdentityLinked | LineRecorded | ScheduleRecorded | AbsenceRecorded | TeamRecorded | GoalRecorded
)
