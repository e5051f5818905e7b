"""Finds the accounts that share a fact with others: a changed fact or a corrected account can change their readings."""

from collections.abc import Collection, Sequence

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

from shared.storage.engine import bulk
from shared.storage.facts.load import numbers
from shared.storage.tables.facts import AttendanceRow, ContactRow, MeetingRow, PairDayRow, TicketStepRow


async def neighbours(connection: AsyncConnection, *, counted: Collection[int], linked: Collection[int]) -> set[int]:
    """These identities and whoever shares a fact with them: a counter, or for `linked` ones any fact at all."""
    found = {*counted, *linked}
    for part in bulk.parts(sorted(counted)):
        for model in (PairDayRow, ContactRow):
            found.update(await _ends(connection, model, part, ends=("sender", "recipient")))
        # What somebody works on concerns whoever shares tickets with them, and not every step is counted.
        found.update(await _ends(connection, TicketStepRow, part, ends=("actor", "target")))
    meeting, attendance = bulk.table_of(MeetingRow).c, bulk.table_of(AttendanceRow).c
    for part in bulk.parts(sorted(linked)):
        found.update(await _ends(connection, TicketStepRow, part, ends=("actor", "target")))
        # Invitations that were declined have no counter.
        own = select(attendance.locator).where(attendance.identity.in_(part))
        for (invited,) in await connection.execute(select(meeting.invited).where(meeting.locator.in_(own)).distinct()):
            found.update(numbers(invited))
    return found


async def _ends(
    connection: AsyncConnection, model: type[SQLModel], ids: Sequence[int], *, ends: tuple[str, str]
) -> set[int]:
    """Identities at either end of the rows that have one of these at an end."""
    one, other = (bulk.table_of(model).c[end] for end in ends)
    rows = await connection.execute(select(one, other).where(or_(one.in_(ids), other.in_(ids))).distinct())
    return {identity for row in rows for identity in row}
