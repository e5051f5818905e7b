"""Scores a group of people: reads one snapshot of their facts and writes their readings in one transaction."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from services.signals.scoring.compute import Moment, compute, moments
from services.signals.scoring.plan import Plan
from services.signals.scoring.reading_outbox import ReadingOutbox
from services.signals.settings import SignalsSettings
from shared.domain.evidence.weighing import LONGEST_WINDOW_DAYS
from shared.domain.signals import signal_names, signals_with
from shared.domain.week import DAY, LIVE_WEEK
from shared.storage.engine.database import Database
from shared.storage.facts.load import load_histories
from shared.storage.log.event_log import EventLogStore
from shared.storage.readings.store import OF_SEVERAL, ReadingStore, reading_row

# Readings that a group of people owns; the others come after everybody's.
_OF_PEOPLE: Final = signal_names("pair", "chain", "leader", "series")
_OF_NAMED: Final = signal_names("pair", "chain")


class PeopleScorer:
    """The part of a pass that goes by people; see `Scorer`. Groups are independent of each other."""

    def __init__(self, *, database: Database, settings: SignalsSettings) -> None:
        self._database: Final = database
        self._store: Final = ReadingStore(database.engine.dialect)
        self._outbox: Final = ReadingOutbox(settings, EventLogStore(database.engine.dialect))

    async def score(self, plan: Plan, people: Sequence[str]) -> int:
        """Score these people. Returns how many readings were written. Raises ScoringFencedError for a newer pass."""
        new, old = moments(plan.new_weeks, plan.live_at), moments(plan.old_weeks)
        wanted: Mapping[str, Sequence[Moment]] = {
            person: [*old, *new] if person in plan.affected else new for person in people
        }
        if not any(wanted.values()):
            return 0
        earliest = min(moment.as_of for own in wanted.values() for moment in own)
        since = earliest - (LONGEST_WINDOW_DAYS + 1) * DAY
        async with self._database.read() as connection:
            histories = await load_histories(
                connection,
                plan.organisation,
                people,
                since=since,
                excluded=plan.configuration.excluded,
                nobodys=plan.configuration.nobodys,
                absent=plan.configuration.absent,
                planned=plan.configuration.planned,
            )
        signals = signals_with(plan.configuration.model)
        found = await asyncio.to_thread(
            compute, histories, plan.organisation, wanted, signals, baselines=plan.baselines
        )
        live = [reading for moment, reading in found if moment.week == LIVE_WEEK]
        rows = await asyncio.to_thread(
            lambda: [
                reading_row(moment.week, reading)
                for moment, reading in found
                if not (plan.state.keeps(moment.week) and reading.signal in OF_SEVERAL)
            ]
        )
        affected = [person for person in people if person in plan.affected]
        async with self._database.write() as connection:
            await self._store.hold(connection, plan.state.version)
            tells = plan.tells_of_people
            before = await self._outbox.bands(connection, _OF_PEOPLE, owners=people) if tells else {}
            if affected:
                await self._replace(connection, plan, affected, plan.old_weeks, ())
            await self._replace(connection, plan, people, [moment.week for moment in new], rows)
            if tells:
                await self._outbox.put(connection, live, before)
        return len(rows)

    async def _replace(
        self, connection: AsyncConnection, plan: Plan, owners: Sequence[str], weeks: Sequence[int], rows: Sequence[Any]
    ) -> None:
        """Replace the readings of these weeks. Weeks before an erasure keep their readings about several people."""
        kept = [week for week in weeks if plan.state.keeps(week)]
        if kept:
            await self._store.replace(connection, owners=owners, signals=_OF_NAMED, weeks=kept, readings=())
        changing = [week for week in weeks if not plan.state.keeps(week)]
        await self._store.replace(connection, owners=owners, signals=_OF_PEOPLE, weeks=changing, readings=rows)
