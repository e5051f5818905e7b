"""Gauges of what followed the alerts of the last half year, over the whole organisation."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from math import inf, nan
from typing import Final

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.signals.scoring.compute import chain_history
from services.signals.scoring.configuration import load_chosen
from services.signals.scoring.plan import Configuration
from services.signals.settings import SignalsSettings
from shared.domain.alerts.outcome import AlertOutcome, figures, outcome_of
from shared.domain.alerts.rule import ChainPeople
from shared.domain.facts.skip_contact import SOLICITED_SECONDS
from shared.domain.organisation.hierarchy import Chain, Organisation
from shared.domain.signals.escalation_risk import ESCALATION_RISK_14D
from shared.domain.week import DAY, WEEK_DAYS
from shared.repeating import repeat
from shared.storage.alerts.gauges import CountedPeople, raised_alerts, released_people
from shared.storage.directory.directory import load_organisation
from shared.storage.engine.database import Database
from shared.storage.facts.load import Histories, load_histories
from shared.storage.readings.store import scoring_state, watermark
from shared.storage.releases.ledger import release_state, up_to_date
from shared.telemetry import names
from shared.telemetry.metrics import Metrics

# Half a year: enough alerts for a median, and not what was another organisation.
_LOOKED_BACK_SECONDS: Final = 26 * WEEK_DAYS * DAY
_PAUSE_SECONDS: Final = 5.0
_LONGEST_RETRY_SECONDS: Final = 60.0
# What followed changes with the closed week; late facts may come in between.
_AGAIN_SECONDS: Final = 24 * 3600.0
_NOTHING_SEEN: Final = (-1, -1)

_log: Final = logging.getLogger("bellwether.signals")


class AlertOutcomes:
    """Sets the gauges of what followed alerts, in the one process that scores."""

    def __init__(self, *, database: Database, settings: SignalsSettings, metrics: Metrics) -> None:
        self._database: Final = database
        self._settings: Final = settings
        self._metrics: Final = metrics

    async def run(self, owns: asyncio.Event) -> None:
        """Set the gauges whenever a week is closed or released, and once a day. Runs until cancelled.

        A week is released a while after it is scored. Until then the gauges stay as they are, because alerts are
        counted over the people of a release.
        """
        seen, again = _NOTHING_SEEN, inf
        clock = asyncio.get_running_loop()

        async def look() -> float:
            nonlocal seen, again
            if not owns.is_set():
                self._clear()
                seen = _NOTHING_SEEN
                return _PAUSE_SECONDS
            async with self._database.read() as connection:
                released = (await release_state(connection)).released_week
                weeks = (await scoring_state(connection)).scored_week, released
                due = weeks != seen and await up_to_date(connection)
            if due or clock.time() >= again:
                await self.show()
                seen, again = weeks, clock.time() + _AGAIN_SECONDS
            return _PAUSE_SECONDS

        await repeat(
            look,
            failure="the outcomes of alerts are not shown",
            log=_log,
            transient=(DBAPIError, OSError),
            first_seconds=_PAUSE_SECONDS,
            longest_seconds=_LONGEST_RETRY_SECONDS,
        )

    async def show(self) -> None:
        """Set the gauges. Clear them when fewer than k chains, or chains of fewer than k leaders, are watched.

        Alerts are counted over the people of a release, as in `show_alert_gauges`. The lead time is NaN while it would
        be over fewer than k alerts.
        """
        async with self._database.read() as connection:
            counted_people = CountedPeople(await released_people(connection, k=self._settings.k))
        if not counted_people.people:
            self._clear()
            return
        found = figures(await self.outcomes(counted_people), k=self._settings.k)
        for followed, count in found.counts.items():
            self._metrics.gauge(names.ALERTS_FOLLOWED).labels(followed).set(count)
        days = found.median_lead_days
        self._metrics.gauge(names.ALERT_LEAD).labels(ESCALATION_RISK_14D.name).set(nan if days is None else days * DAY)

    async def outcomes(self, counted_people: CountedPeople) -> list[AlertOutcome]:
        """What followed each alert of the last half year about these people, unless the rule took it back."""
        async with self._database.read() as connection:
            until = await watermark(connection)
            organisation = await load_organisation(connection, self._settings.work_schedule)
            chosen = await load_chosen(connection, self._settings)
            configuration = await chosen.resolved(connection, organisation)
            alerts = await raised_alerts(connection, counted_people, since=until - _LOOKED_BACK_SECONDS)
        found: list[AlertOutcome] = []
        raised: dict[str, list[tuple[ChainPeople, int]]] = defaultdict(list)
        for people, at in alerts:
            raised[people[0]].append((people, at))
        persons = sorted(raised)
        for start in range(0, len(persons), self._settings.chunk_people):
            own = persons[start : start + self._settings.chunk_people]
            async with self._database.read() as connection:
                histories = await self._histories(connection, organisation, own, raised, configuration)
            part = [each for person in own for each in raised[person]]
            found += await asyncio.to_thread(_outcomes, histories, organisation, part, until)
        return found

    async def _histories(
        self,
        connection: AsyncConnection,
        organisation: Organisation,
        people: Sequence[str],
        raised: dict[str, list[tuple[ChainPeople, int]]],
        configuration: Configuration,
    ) -> Histories:
        first = min(at for person in people for _, at in raised[person])
        since = first - SOLICITED_SECONDS - DAY
        return await load_histories(
            connection,
            organisation,
            people,
            since=since,
            excluded=configuration.excluded,
            nobodys=configuration.nobodys,
            planned=configuration.planned,
        )

    def _clear(self) -> None:
        for gauge in (names.ALERTS_FOLLOWED, names.ALERT_LEAD):
            self._metrics.gauge(gauge).clear()


def _outcomes(
    histories: Histories, organisation: Organisation, alerts: Sequence[tuple[ChainPeople, int]], until: int
) -> list[AlertOutcome]:
    return [outcome_of(chain_history(histories, organisation, Chain(*people)), at, until) for people, at in alerts]
