"""Alerts of the small company, raised as the scorer raises them."""

from collections.abc import Sequence

from sqlalchemy import delete, insert, select

from services.signals.scoring.raise_alerts import AlertRaiser
from shared.domain.alerts.rule import AlertRule, ChainPeople
from shared.storage.engine.bulk import table_of
from shared.storage.engine.database import Database
from shared.storage.tables.alerts import AlertRow
from shared.storage.tables.readings import ReadingRow
from tests.api.company import WEEK, chains, reading

RULE = AlertRule(budget_per_100_people=100)


async def raise_alerts(
    database: Database,
    people: Sequence[ChainPeople] = tuple(chains()),
    *,
    week: int = WEEK,
    value: float = 0.3,
    rule: AlertRule = RULE,
) -> dict[ChainPeople, str]:
    """Close a week in which these chains are at risk; ids of all alerts."""
    table = table_of(ReadingRow)
    rows = [
        reading(RULE.signal, chain, round(value - 0.001 * place, 9), week=week) for place, chain in enumerate(people)
    ]
    async with database.write() as connection:
        await connection.execute(delete(table).where(table.c.signal == RULE.signal, table.c.week == week))
        if rows:
            await connection.execute(insert(table), rows)
        await AlertRaiser(rule=rule).decide(connection, [week], oldest_week=0)
        alert = table_of(AlertRow).c
        found = await connection.execute(select(alert.first, alert.second, alert.third, alert.id))
        return {(row[0], row[1], row[2]): row[3] for row in found}
