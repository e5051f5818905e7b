"""Everything the store holds about one person, for the person themselves: the right of access."""

from typing import Final

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.evidence.reading import Factor
from shared.domain.evidence.suggested_actions import ACTIONS, action_text
from shared.domain.privacy.named_things import ThingKind
from shared.domain.signals import SIGNAL_BY_NAME, signal_names
from shared.storage.access.audit import looks_at
from shared.storage.access.visibility import Viewer, own_readings
from shared.storage.directory.confirmed_names import shown_names
from shared.storage.directory.register import Register
from shared.storage.engine import bulk
from shared.storage.privacy.report_parts import Report, declared_rows, instant
from shared.storage.privacy.subject import Subject
from shared.storage.privacy.subject_access_facts import facts_of
from shared.storage.readings.factors import read_factors
from shared.storage.releases.ledger import panels_with
from shared.storage.releases.steps import standings_of
from shared.storage.tables import every_table
from shared.storage.tables.alerts import AlertRow
from shared.storage.tables.declarations import Shown, privacy_of
from shared.storage.tables.directory import GoalRow, PersonRow, ReportingLineRow
from shared.storage.tables.readings import ReadingRow

_POSITIONS: Final = ("first", "second", "third")
# These are about the first of those they name.
_OF_THE_FIRST: Final = signal_names("chain", "series")
_EVERY_LOOK: Final = 1 << 31


async def report_on(connection: AsyncConnection, subject: Subject, register: Register) -> Report:
    """Directory entry, accounts, lines, facts, weeks, readings with their explanations, alerts, roles, and who looked.

    A table whose section is none of these has its rows there as it declares them. Other people appear under their
    pseudonyms: the right to one's own data is none to theirs. So is what tells that somebody may go over this person's
    head: it is left out, and so is how much of it there is. Times are RFC 3339, UTC.
    """
    sections = {
        **await _person(connection, subject, register),
        "reporting_lines": await _lines(connection, subject.person),
        **await facts_of(connection, subject),
        "goals": await _goals(connection, subject.person),
        "readings": await _readings(connection, subject.person),
        "alerts": await declared_rows(connection, bulk.table_of(AlertRow), subject, as_stored=True),
        "looks": await _looks(connection, subject.person),
        "counted_in": [
            {"signal": signal, "cohort": cohort} for signal, cohort in await panels_with(connection, subject.person)
        ],
        "counts_as": [each._asdict() for each in await standings_of(connection, subject.person)],
    }
    for table in every_table():
        access = privacy_of(table).access
        if isinstance(access, Shown) and access.section not in sections:
            sections[access.section] = await declared_rows(connection, table, subject)
    return sections


async def _person(connection: AsyncConnection, subject: Subject, register: Register) -> Report:
    known = await connection.run_sync(register.find, subject.pseudonyms)
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
    }


async def _directory(connection: AsyncConnection, person: str) -> Report:
    table = bulk.table_of(PersonRow).c
    row = (await connection.execute(select(table.team, table.active).where(table.key == person))).one_or_none()
    if row is None:
        return {"team": None, "team_name": None, "active": None}
    shown = await connection.run_sync(shown_names)
    name = None if row.team is None else shown.of(ThingKind.TEAM, row.team)
    return {"team": row.team, "team_name": name, "active": row.active}


async def _lines(connection: AsyncConnection, person: str) -> list[Report]:
    table = bulk.table_of(ReportingLineRow).c
    query = select(table.person, table.manager, table.valid_from, table.valid_to)
    query = query.where(or_(table.person == person, table.manager == person)).order_by(table.valid_from, table.person)
    return [
        {"person": of, "manager": to or None, "valid_from": instant(since), "valid_to": instant(until)}
        for of, to, since, until in await connection.execute(query)
    ]


async def _goals(connection: AsyncConnection, person: str) -> list[Report]:
    table = bulk.table_of(GoalRow).c
    query = select(table.key, table.valid_from, table.valid_to).where(table.owner == person)
    shown = await connection.run_sync(shown_names)
    return [
        {
            "goal": key,
            "name": shown.of(ThingKind.GOAL, key),
            "valid_from": instant(since),
            "valid_to": instant(until),
        }
        for key, since, until in await connection.execute(query.order_by(table.key))
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


async def _looks(connection: AsyncConnection, person: str) -> list[Report]:
    """Reads about the person. Somebody who ever led people is not shown looks at chains, as in the API."""
    looks = await connection.run_sync(looks_at, person, limit=_EVERY_LOOK)
    columns = ("at", "key_id", "operation", "purpose", "rows")
    return [dict(zip(columns, row[1:], strict=True)) | {"at": instant(row.at)} for row in looks]
