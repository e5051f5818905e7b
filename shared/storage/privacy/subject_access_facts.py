"""What happened between a person and others, as sections of the report to them."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Final

from sqlalchemy import FromClause, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.facts.history import CHANNELS, COUNTERS, TEXT_COUNTERS, Step
from shared.domain.facts.ticket_history import Move
from shared.domain.privacy.named_things import ThingKind
from shared.domain.week import EPOCH_WEEKDAY, WEEK_DAYS
from shared.storage.directory.confirmed_names import shown_names
from shared.storage.engine import bulk
from shared.storage.facts.pair_days import having_end, pair_days
from shared.storage.privacy.report_parts import Report, account_names, instant
from shared.storage.privacy.subject import Subject
from shared.storage.tables.facts import AttendanceRow, ContactRow, MeetingRow, TicketStepRow
from shared.storage.tables.texts import TextDayRow
from shared.storage.tables.work import GoalWeekRow, TicketMoveRow

_EPOCH: Final = date(1970, 1, 1)


async def facts_of(connection: AsyncConnection, subject: Subject) -> Report:
    """Sections by name."""
    ids = list(subject.identities)
    return {
        "counters": await _counters(connection, ids, pair_days(having_end(ids)), COUNTERS),
        "text_counters": await _counters(connection, ids, bulk.table_of(TextDayRow), TEXT_COUNTERS),
        "messages": await _messages(connection, ids),
        "meetings": await _meetings(connection, ids),
        "ticket_steps": await _steps(connection, ids),
        "ticket_moves": await _moves(connection, ids),
        "goal_weeks": await _goal_weeks(connection, ids),
    }


async def _counters(
    connection: AsyncConnection, ids: Collection[int], days: FromClause, counters: Sequence[str]
) -> list[Report]:
    table = days.c
    query = select(days).where(having_end(ids)(table))
    rows = (await connection.execute(query.order_by(table.day, table.sender, table.recipient, table.channel))).all()
    names = await account_names(connection, {each for row in rows for each in (row.sender, row.recipient)})
    return [
        {
            "day": (_EPOCH + timedelta(days=row.day)).isoformat(),
            "from": names[row.sender],
            "to": names[row.recipient],
            "channel": CHANNELS[row.channel],
            **{name: count for name in counters if (count := getattr(row, name))},
        }
        for row in rows
    ]


async def _messages(connection: AsyncConnection, ids: Collection[int]) -> list[Report]:
    table = bulk.table_of(ContactRow).c
    query = select(bulk.table_of(ContactRow)).where(having_end(ids)(table))
    rows = (await connection.execute(query.order_by(table.at, table.sender, table.recipient))).all()
    names = await account_names(connection, {each for row in rows for each in (row.sender, row.recipient)})
    return [
        {
            "at": instant(row.at),
            "from": names[row.sender],
            "to": names[row.recipient],
            "channel": CHANNELS[row.channel],
            "marks": row.marks,
        }
        for row in rows
    ]


async def _meetings(connection: AsyncConnection, ids: Collection[int]) -> list[Report]:
    meeting, attendance = bulk.table_of(MeetingRow).c, bulk.table_of(AttendanceRow).c
    own = select(attendance.locator).where(attendance.identity.in_(ids))
    query = select(bulk.table_of(MeetingRow)).where(meeting.locator.in_(own)).order_by(meeting.start, meeting.locator)
    rows = (await connection.execute(query)).all()
    names = await account_names(connection, {row.organiser for row in rows})
    return [
        {
            "start": instant(row.start),
            "end": instant(row.end),
            "organiser": names.get(row.organiser),
            "people": row.people.count(",") + 1,
            "cancelled": row.cancelled,
        }
        for row in rows
    ]


async def _steps(connection: AsyncConnection, ids: Collection[int]) -> list[Report]:
    table = bulk.table_of(TicketStepRow).c
    query = select(bulk.table_of(TicketStepRow)).where(or_(table.actor.in_(ids), table.target.in_(ids)))
    rows = (await connection.execute(query.order_by(table.at, table.locator))).all()
    names = await account_names(connection, {each for row in rows for each in (row.actor, row.target)})
    return [
        {
            "at": instant(row.at),
            "step": Step(row.step).name.lower(),
            "actor": names.get(row.actor),
            "target": names.get(row.target),
        }
        for row in rows
    ]


async def _moves(connection: AsyncConnection, ids: Collection[int]) -> list[Report]:
    table = bulk.table_of(TicketMoveRow).c
    roles = ("actor", "reporter", "assignee")
    query = select(bulk.table_of(TicketMoveRow)).where(or_(*(table[role].in_(ids) for role in roles)))
    rows = (await connection.execute(query.order_by(table.at, table.ticket, table.locator))).all()
    names = await account_names(connection, {getattr(row, role) for row in rows for role in roles})
    shown = await connection.run_sync(shown_names)
    return [
        {
            "at": instant(row.at),
            "ticket": shown.ticket(row.ticket),
            "move": Move(row.move).name.lower(),
            **{role: names.get(getattr(row, role)) for role in roles},
            "priority": row.priority,
            "due": instant(row.due) if row.due else None,
            "group": shown.of(ThingKind.QUEUE, row.support_group) if row.support_group else None,
        }
        for row in rows
    ]


async def _goal_weeks(connection: AsyncConnection, ids: Collection[int]) -> list[Report]:
    table = bulk.table_of(GoalWeekRow).c
    query = select(bulk.table_of(GoalWeekRow)).where(table.identity.in_(ids))
    rows = (await connection.execute(query.order_by(table.week, table.goal, table.identity))).all()
    names = await account_names(connection, {row.identity for row in rows})
    shown = await connection.run_sync(shown_names)
    return [
        {
            "week_from": (_EPOCH + timedelta(days=row.week * WEEK_DAYS - EPOCH_WEEKDAY)).isoformat(),
            "account": names.get(row.identity),
            "goal": shown.of(ThingKind.GOAL, row.goal),
            "steps": row.steps,
        }
        for row in rows
    ]
