"""Releases as a test wants them, in place of whatever the publisher would have found."""

from collections.abc import Iterable

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.organisation.hierarchy import ORGANISATION
from shared.domain.release.cell import Cell
from shared.domain.release.lattice import person_number
from shared.domain.release.panels import Panel
from shared.domain.signals.escalation_risk import ESCALATION_RISK_14D
from shared.domain.week import week_end
from shared.storage.engine.bulk import table_of
from shared.storage.releases.ledger import Release, ReleaseStore
from shared.storage.tables.releases import ReleasePanelRow, ReleaseRow


async def release_risk_over(connection: AsyncConnection, people: Iterable[str], *, week: int) -> None:
    """Let the risk of the whole organisation be the only thing released so far, over these people."""
    signal, store = ESCALATION_RISK_14D.name, ReleaseStore(connection.dialect)
    for model in (ReleaseRow, ReleasePanelRow):
        await connection.execute(delete(table_of(model)))
    panel = Panel(ORGANISATION, frozenset(map(person_number, people)), leaders=True)
    await store.add_panels(connection, signal, 0, [panel])
    cell = Cell(signal, ORGANISATION, suppressed=False, people=5, mean=0.1)
    await store.add(connection, [Release(cell, week, 0, week_end(week), 0, leaders=True, exact=False)])
