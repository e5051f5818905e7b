"""The steps of every signal, as of the last release: what single people count as where a figure is about few."""

from collections.abc import Collection, Mapping
from struct import pack, unpack
from typing import Final, NamedTuple

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.release.lattice import person_number
from shared.domain.release.steps import Steps
from shared.domain.signals import SIGNAL_BY_NAME
from shared.storage.engine import bulk
from shared.storage.tables.releases import ReleaseStepRow

_STEP: Final = bulk.table_of(ReleaseStepRow)
_NOWHERE: Final = -(1 << 7)
"""Place of somebody who stands on no step yet."""


class Standing(NamedTuple):
    """Where a person stands in a signal: weeks with evidence of their own, and what they count as, if anything yet."""

    signal: str
    weeks: int
    counts_as: float | None


async def load_steps(connection: AsyncConnection) -> dict[str, Steps]:
    """The steps of every signal that has any."""
    found: dict[str, Steps] = {}
    for row in await connection.execute(select(_STEP)):
        count = len(row.weeks)
        people = unpack(f">{count}Q", row.people)
        places = zip(people, unpack(f">{count}b", row.places), strict=True)
        found[row.signal] = Steps(
            width=row.width,
            centre=row.centre,
            weeks={person: weeks for person, weeks in zip(people, row.weeks, strict=True) if weeks},
            places={person: place for person, place in places if place != _NOWHERE},
        )
    return found


async def save_steps(connection: AsyncConnection, steps: Mapping[str, Steps]) -> None:
    """Put these in place of what there was of their signals."""
    await connection.execute(delete(_STEP).where(_STEP.c.signal.in_(list(steps))))
    if steps:
        await connection.execute(insert(_STEP), [{"signal": signal, **_packed(each)} for signal, each in steps.items()])


async def forget_in_steps(connection: AsyncConnection, person: str) -> int:
    """Take somebody out of all steps; of how many signals."""
    number, left = person_number(person), 0
    for signal, each in (await load_steps(connection)).items():
        if number in each.people:
            kept = Steps(each.width, each.centre, _without(each.weeks, number), _without(each.places, number))
            await connection.execute(update(_STEP).where(_STEP.c.signal == signal).values(**_packed(kept)))
            left += 1
    return left


async def standings_of(connection: AsyncConnection, person: str) -> list[Standing]:
    """Where somebody stands, by signal."""
    number = person_number(person)
    return [
        Standing(
            signal,
            each.weeks.get(number, 0),
            _counts_as(signal, each, number),
        )
        for signal, each in sorted((await load_steps(connection)).items())
        if number in each.people
    ]


def _counts_as(signal: str, steps: Steps, number: int) -> float | None:
    place, known = steps.places.get(number), SIGNAL_BY_NAME.get(signal)
    if place is None:
        return None
    value = steps.centre + steps.width * place
    return value if known is None else known.within(value)


def _without(known: Mapping[int, int], number: int) -> dict[int, int]:
    return {person: value for person, value in known.items() if person != number}


def _packed(steps: Steps) -> dict[str, float | bytes]:
    people: Collection[int] = sorted(steps.people)
    return {
        "width": steps.width,
        "centre": steps.centre,
        "people": pack(f">{len(people)}Q", *people),
        "weeks": bytes(steps.weeks.get(person, 0) for person in people),
        "places": pack(f">{len(people)}b", *(steps.places.get(person, _NOWHERE) for person in people)),
    }
