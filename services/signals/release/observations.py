"""The readings of a week as observations about people, so that groups can be made of them."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.evidence.reading import SHAPES, SubjectKind
from shared.domain.organisation.hierarchy import Organisation
from shared.domain.release.contribution import Observation
from shared.domain.signals import SIGNAL_BY_NAME, signal_names
from shared.domain.week import week_end
from shared.storage.facts.load_tickets import load_tickets
from shared.storage.releases.ledger import observations

OF_PEOPLE: Final[tuple[SubjectKind, ...]] = tuple(kind for kind, shape in SHAPES.items() if shape.people)
"""Kinds of subjects that are named by people."""


async def about_people(connection: AsyncConnection, organisation: Organisation, week: int) -> Iterator[Observation]:
    """Every reading of a closed week, those of tickets as of their holders, those of groups as of every member."""
    rows = list(await observations(connection, week))
    holders = await _holders(connection, organisation, rows, at=week_end(week))
    teams = organisation.teams(week_end(week))
    members: defaultdict[str, list[str]] = defaultdict(list)
    for person, team in teams.items():
        members[team].append(person)
    return _spread(rows, holders, members, list(teams))


def _spread(
    rows: list[Observation], holders: dict[str, str], members: dict[str, list[str]], everybody: list[str]
) -> Iterator[Observation]:
    for row in rows:
        signal, first, _, value, band, factors = row
        known = SIGNAL_BY_NAME.get(signal)
        match known.kind if known else None:
            case "team":
                people = members.get(first, [])
            case "organisation":
                people = everybody
            case "ticket":
                people = [holders[first]] if first in holders else []
            case _:
                yield row
                continue
        for person in people:
            yield signal, person, "", value, band, factors


async def _holders(
    connection: AsyncConnection, organisation: Organisation, rows: list[Observation], *, at: int
) -> dict[str, str]:
    """Who held each ticket at an instant; tickets in nobody's hands are left out."""
    of_tickets = signal_names("ticket")
    tickets = {first for signal, first, *_ in rows if signal in of_tickets}
    found: dict[str, str] = {}
    for history in await load_tickets(connection, sorted(tickets)):
        until = [move for move in history.moves if move.at <= at]
        holder = organisation.person(until[-1].assignee, at) if until else ""
        if holder:
            found[history.ticket] = holder
    return found
