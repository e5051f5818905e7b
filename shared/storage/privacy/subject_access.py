"""Everything the store holds about one person, for the person themselves: the right of access."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from sqlalchemy import ColumnElement, FromClause, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

from shared.domain.evidence.reading import Factor
from shared.domain.evidence.suggested_actions import ACTIONS, action_text
from shared.domain.facts.history import CHANNELS, COUNTERS, TEXT_COUNTERS, Step
from shared.domain.facts.ticket_history import Move
from shared.domain.signals import SIGNAL_BY_NAME, signal_names
from shared.domain.week import EPOCH_WEEKDAY, WEEK_DAYS
from shared.storage.access.visibility import Viewer, own_readings
from shared.storage.directory.register import Register
from shared.storage.engine import bulk
from shared.storage.facts.pair_days import having_end, pair_days
from shared.storage.privacy.erasure import Subject
from shared.storage.privacy.subject_access_roles import Report, instant, roles_of
from shared.storage.readings.factors import read_factors
from shared.storage.tables.alerts import AlertRow
from shared.storage.tables.baselines import PersonWeekRow
from shared.storage.tables.directory import GoalRow, PersonRow, ReportingLineRow
from shared.storage.tables.facts import AttendanceRow, ContactRow, IdentityRow, MeetingRow, TicketStepRow
from shared.storage.tables.readings import ReadingRow
from shared.storage.tables.texts import TextDayRow
from shared.storage.tables.work import GoalWeekRow, TicketMoveRow

_EPOCH: Final = date(1970, 1, 1)
_POSITIONS: Final = ("first", "second", "third")
# These are about the first of those they name.
_OF_THE_FIRST: Final = signal_names("chain", "series")


async def report_on(connection: AsyncConnection, subject: Subject, register: Register) -> Report:
    """Directory entry, accounts, lines, facts, weeks, readings with their explanations, alerts, roles, and who looked.

    Other people appear under their pseudonyms: the right to one's own data is none to theirs. So is what tells that
    somebody may go over this person's head: it is left out, and so is how much of it there is. Times are RFC 3339, UTC.
    """
    ids = list(subject.identities)
    known = await register.find_async(connection, subject.pseudonyms)
    entry = known.get(subject.person)
    return {
        "person": {
            "pseudonym": subject.person,
            "hr_id": entry.text if entry else None,
            "name": entry.name if entry else None,
            **await _directory(connection, subject.person),
        },
        "accounts": [
            {"pseudonym": each, "account": known[each].text if each in known else None}
            for each in sorted((*subject.identities.values(), *subject.shared))
        ],
        "reporting_lines": await _lines(connection, subject.person),
        "counters": await _counters(connection, ids, pair_days(having_end(ids)), COUNTERS),
        "text_counters": await _counters(connection, ids, bulk.table_of(TextDayRow), TEXT_COUNTERS),
        "messages": await _messages(connection, ids),
        "meetings": await _meetings(connection, ids),
        "ticket_steps": await _steps(connection, ids),
        "ticket_moves": await _moves(connection, ids),
        "goal_weeks": await _goal_weeks(connection, ids),
        "goals": await _goals(connection, subject.person),
        "weeks": await _rows(connection, PersonWeekRow, bulk.table_of(PersonWeekRow).c.person == subject.person),
        "readings": await _readings(connection, subject.person),
        "alerts": await _alerts(connection, subject.person),
        **await connection.run_sync(roles_of, subject),
    }


async def _directory(connection: AsyncConnection, person: str) -> Report:
    table = bulk.table_of(PersonRow).c
    row = (await connection.execute(select(table.team, table.active).where(table.key == person))).one_or_none()
    return {"team": row.team, "active": row.active} if row else {"team": None, "active": None}


async def _lines(connection: AsyncConnection, person: str) -> list[Report]:
    table = bulk.table_of(ReportingLineRow).c
    query = select(table.person, table.manager, table.valid_from, table.valid_to)
    query = query.where(or_(table.person == person, table.manager == person)).order_by(table.valid_from, table.person)
    return [
        {"person": of, "manager": to or None, "valid_from": instant(since), "valid_to": instant(until)}
        for of, to, since, until in await connection.execute(query)
    ]


async def _counters(
    connection: AsyncConnection, ids: Collection[int], days: FromClause, counters: Sequence[str]
) -> list[Report]:
    table = days.c
    query = select(days).where(having_end(ids)(table))
    rows = (await connection.execute(query.order_by(table.day, table.sender, table.recipient, table.channel))).all()
    names = await _names(connection, {each for row in rows for each in (row.sender, row.recipient)})
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
    names = await _names(connection, {each for row in rows for each in (row.sender, row.recipient)})
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
    names = await _names(connection, {row.organiser for row in rows})
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
    names = await _names(connection, {each for row in rows for each in (row.actor, row.target)})
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
    names = await _names(connection, {getattr(row, role) for row in rows for role in roles})
    return [
        {
            "at": instant(row.at),
            "ticket": row.ticket,
            "move": Move(row.move).name.lower(),
            **{role: names.get(getattr(row, role)) for role in roles},
            "priority": row.priority,
            "due": instant(row.due) if row.due else None,
            "group": row.support_group or None,
        }
        for row in rows
    ]


async def _goal_weeks(connection: AsyncConnection, ids: Collection[int]) -> list[Report]:
    table = bulk.table_of(GoalWeekRow).c
    query = select(bulk.table_of(GoalWeekRow)).where(table.identity.in_(ids))
    rows = (await connection.execute(query.order_by(table.week, table.goal, table.identity))).all()
    names = await _names(connection, {row.identity for row in rows})
    return [
        {
            "week_from": (_EPOCH + timedelta(days=row.week * WEEK_DAYS - EPOCH_WEEKDAY)).isoformat(),
            "account": names.get(row.identity),
            "goal": row.goal,
            "steps": row.steps,
        }
        for row in rows
    ]


async def _goals(connection: AsyncConnection, person: str) -> list[Report]:
    table = bulk.table_of(GoalRow).c
    query = select(table.key, table.name, table.valid_from, table.valid_to).where(table.owner == person)
    return [
        {"goal": key, "name": name, "valid_from": instant(since), "valid_to": instant(until)}
        for key, name, since, until in await connection.execute(query.order_by(table.key))
    ]


async def _readings(connection: AsyncConnection, person: str) -> list[Report]:
    table = bulk.table_of(ReadingRow).c
    viewer = Viewer(person)
    own = own_readings(table.signal, [table[name] for name in _POSITIONS])
    alone = and_(table.signal.in_(_OF_THE_FIRST), table.first == person)
    query = select(bulk.table_of(ReadingRow)).where(or_(and_(*own), alone))
    query = query.order_by(table.signal, table.first, table.second, table.third, table.week)
    found: list[Report] = []
    for row in await connection.execute(query, viewer.parameters()):
        signal = SIGNAL_BY_NAME.get(row.signal)
        factors = read_factors(row.factors)
        found.append(
            {
                "signal": row.signal,
                "about": [each for each in (row.first, row.second, row.third) if each],
                "as_of": instant(row.as_of),
                "value": row.value,
                "confidence": row.confidence,
                "band": row.band,
                "because": [_factor(each) for each in factors],
                "suggested": action_text(row.action, factors) if row.action in ACTIONS else None,
                "means": signal.meaning if signal else None,
                "does_not_mean": signal.caution if signal else None,
                "model_version": row.model_version,
            }
        )
    return found


def _factor(factor: Factor) -> Report:
    return {
        "name": factor.name,
        "value": factor.value,
        "count": factor.count,
        "contribution": factor.contribution,
        "without_it": factor.what_if,
    }


async def _alerts(connection: AsyncConnection, person: str) -> list[Report]:
    """Alerts about the person, without what may be the risk of one of theirs: see `services.api.routes.alerts`."""
    about = await _rows(connection, AlertRow, bulk.table_of(AlertRow).c.first == person)
    return [{name: value for name, value in row.items() if name != "threshold"} for row in about]


async def _rows(connection: AsyncConnection, model: type[SQLModel], where: ColumnElement[bool]) -> list[Report]:
    rows = await connection.execute(select(bulk.table_of(model)).where(where))
    return [dict(row) for row in rows.mappings()]


async def _names(connection: AsyncConnection, ids: Collection[int]) -> Mapping[int, str]:
    table = bulk.table_of(IdentityRow).c
    found: dict[int, str] = {}
    for part in bulk.parts(sorted(ids)):
        query = select(table.id, table.key).where(table.id.in_(part))
        found.update((id_, key) for id_, key in await connection.execute(query))
    return found
