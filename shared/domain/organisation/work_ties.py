"""Who works with whom across the organisation: what group signals are computed from.

Ties are derived from the readings of pairs as of the same instant, so they are a function of the same facts.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import msgspec


class Tie(msgspec.Struct, frozen=True, order=True, gc=False):
    """What binds two people, `first` < `second`."""

    first: str
    second: str
    contacts: float  # a week, in the window
    usual_contacts: float  # a week, in the baseline before it
    rough: float  # rough passages of tickets in the window


@dataclass(frozen=True, slots=True)
class TeamTies:
    """A team: its members, its ties by whether both ends are members, and how large the rest of the directory is."""

    team: str
    members: Collection[str]
    inside: tuple[Tie, ...]
    across: tuple[Tie, ...]  # one end is a member
    others: int  # people outside the team


@dataclass(frozen=True, slots=True)
class OrganisationTies:
    """Everybody in the directory with their team (empty for none), and all ties, sorted."""

    teams: Mapping[str, str]
    ties: tuple[Tie, ...]
    least: int  # a community of fewer people is not looked at
