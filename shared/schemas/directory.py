"""Directory records: people, their identities, reporting lines, teams and goals, each valid for a time.

A record is a revision of an entity, on a compacted topic. The highest revision of an entity counts. A record is valid
from `valid_from` on, and until just before `valid_to`. Without `valid_from` it was always valid, without `valid_to` it
stays valid.
"""

from typing import Annotated

import msgspec

from shared.schemas.envelope import Event, Identity, Instant

PersonKey = Annotated[str, msgspec.Meta(min_length=1, max_length=200, description="The HR system's id of a person.")]
TeamKey = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
GoalKey = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class _Validity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    valid_from: Instant | None = None
    valid_to: Instant | None = None

    def __post_init__(self) -> None:
        if self.valid_from is not None and self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("valid_to is before valid_from")


class Person(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person of the organisation. Only people in the directory are ever scored."""

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


class Team(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A node of the organisation. Figures are published for teams of at least k people."""

    team: TeamKey
    name: str | None = None
    parent: TeamKey | None = None


class Goal(_Validity, frozen=True, kw_only=True, omit_defaults=True):
    """A goal in the KPI tree; teams and people work towards it."""

    goal: GoalKey
    name: str | None = None
    parent: GoalKey | None = None
    team: TeamKey | None = None
    owner: PersonKey | None = None


class PersonRecorded(Event, frozen=True, kw_only=True, tag="bellwether.directory.person.v1"):
    """A person joined, changed or left."""

    data: Person


class IdentityLinked(Event, frozen=True, kw_only=True, tag="bellwether.directory.identity.v1"):
    """An identity was linked to a person."""

    data: IdentityLink


class LineRecorded(Event, frozen=True, kw_only=True, tag="bellwether.directory.reporting_line.v1"):
    """A reporting line was recorded or corrected."""

    data: ReportingLine


class TeamRecorded(Event, frozen=True, kw_only=True, tag="bellwether.directory.team.v1"):
    """A team was recorded or corrected."""

    data: Team


class GoalRecorded(Event, frozen=True, kw_only=True, tag="bellwether.directory.goal.v1"):
    """A goal was recorded or corrected."""

    data: Goal


DirectoryEvent = PersonRecorded | IdentityLinked | LineRecorded | TeamRecorded | GoalRecorded
