"""What a directory is good for, as far as its records tell: leaders, chains, circles, and accounts. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.sources.people.managers import in_a_circle
from shared.storage.directory.recorded import Recorded


@dataclass(frozen=True, slots=True)
class DirectoryFindings:
    """Counts of active people on a day. Names are pseudonyms."""

    people: int
    with_manager: int
    at_the_top: int
    """Who are recorded as reporting to nobody."""
    without_line: int
    """Of whom nothing is recorded: nothing is worked out about their leaders."""
    chains: int
    """Chains of three: a person, their leader, and the leader's leader."""
    without_account: int
    managers_without_record: int
    """Managers who are no people of the directory."""
    inactive_managers: int
    """Managers who have left, and still lead somebody."""
    in_a_circle: tuple[str, ...]
    """People who report to themselves through others."""


def directory_findings(recorded: Recorded, at: datetime) -> DirectoryFindings:
    """What the records say as of an instant."""
    active = recorded.active(at)
    lines = {key: line.manager for key in active if (line := recorded.line(key, at)) is not None}
    leaders: Mapping[str, str] = {key: manager for key, manager in lines.items() if manager and manager != key}
    circular = in_a_circle(dict(leaders))
    outside = frozenset(circular)
    owners = {link.person for each in recorded.links if (link := recorded.link(each, at)) is not None}
    managers = set(leaders.values())
    return DirectoryFindings(
        people=len(active),
        with_manager=len(leaders),
        at_the_top=len(lines) - len(leaders),
        without_line=len(active) - len(lines),
        chains=sum(
            leader in active and leaders.get(leader, "") in active and key not in outside
            for key, leader in leaders.items()
        ),
        without_account=len(active - owners),
        managers_without_record=len(managers - recorded.people.keys()),
        inactive_managers=len({each for each in managers & recorded.people.keys() if each not in active}),
        in_a_circle=tuple(circular),
    )
