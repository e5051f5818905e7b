"""Scoring brings readings up to date with the facts. Readings are a pure function of the log.

A pass computes closed weeks that are new or marked dirty, and everybody's readings as of the watermark. It works on
groups of people to bound memory. A version fences it: only the latest pass can write.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final

from sqlalchemy.exc import DBAPIError

from services.signals.release.release_publisher import ReleasePublisher
from services.signals.scoring.learn_baselines import BaselineLearner
from services.signals.scoring.people_pool import PeopleWork
from services.signals.scoring.plan import Plan
from services.signals.scoring.planner import Planner
from services.signals.scoring.raise_alerts import alert_raiser
from services.signals.scoring.reading_outbox import ReadingOutbox
from services.signals.scoring.score_groups import GroupScorer
from services.signals.settings import SignalsSettings
from shared.domain.signals import SIGNAL_BY_NAME
from shared.storage.engine.database import Database
from shared.storage.log.event_log import EventLogStore
from shared.storage.readings.escalation_models import set_scored_configuration
from shared.storage.readings.store import ReadingStore, ScoringFencedError
from shared.storage.releases.ledger import ReleaseStore
from shared.telemetry import names
from shared.telemetry.memory import give_back_memory
from shared.telemetry.metrics import Metrics

# How long to look away when nothing is to do; below what a person notices.
_IDLE_SECONDS: Final = 0.25
# After a pass over a few the scorer rests this many times the pass's own length, so that they take at most a third of a
# core while events flow; passes over everybody are so much rarer that they take at most a tenth.
_REST: Final = 2.0
_FULL_REST: Final = 9.0
# A consumer that never catches up must not keep readings from being computed at all.
_LONGEST_WAIT_SECONDS: Final = 60.0

_log: Final = logging.getLogger("bellwether.signals")


class Scorer:
    """Computes readings for the whole organisation. One scorer works at a time; a second one is fenced."""

    def __init__(self, *, database: Database, settings: SignalsSettings, metrics: Metrics) -> None:
        self._database: Final = database
        self._settings: Final = settings
        self._metrics: Final = metrics
        self._planner: Final = Planner(database=database, settings=settings)
        self._store: Final = ReadingStore(database.engine.dialect)
        self._releases: Final = ReleaseStore(database.engine.dialect)
        self._release_publisher: Final = ReleasePublisher(database, settings)
        self._alerts = alert_raiser(settings)
        self._outbox: Final = ReadingOutbox(settings, EventLogStore(database.engine.dialect))
        self._people: Final = PeopleWork(database=database, settings=settings)
        self._groups: Final = GroupScorer(database=database, settings=settings, outbox=self._outbox)
        self._baselines: Final = BaselineLearner(database=database, people=self._people)
        self._full_pass_due = 0.0  # by the monotonic clock

    async def run(self, owns: asyncio.Event, *, catching_up: Callable[[], bool]) -> None:
        """Score whenever there is something to do, while this process owns scoring. Runs until cancelled.

        While the consumer is catching up, scoring waits: what it computed would be out of date at once.
        """
        waiting_since = time.monotonic()
        while True:
            await owns.wait()
            started, full_pass_due = time.monotonic(), self._full_pass_due
            if catching_up() and started - waiting_since < _LONGEST_WAIT_SECONDS:
                await asyncio.sleep(_IDLE_SECONDS)
                continue
            try:
                worked = await self.score(patient=True)
                if not catching_up():  # a week released before all of it is there could hardly be corrected
                    await self._release_publisher.publish()
            except (DBAPIError, OSError) as error:
                _log.warning("scoring pass failed and will be repeated: %s", type(error).__name__)
                worked = True
            took = time.monotonic() - started
            # A pass over everybody rests by itself: what is new about a few must not wait for that as well.
            rest = took * _REST if self._full_pass_due == full_pass_due else 0.0
            await asyncio.sleep(max(self._settings.scoring_pause_seconds, rest) if worked else _IDLE_SECONDS)
            waiting_since = time.monotonic()

    async def settle(self) -> None:
        """Score and release until nothing is left to do. Readings are then as of the watermark."""
        while await self.score():
            pass
        await self._release_publisher.publish()

    async def score(self, *, patient: bool = False) -> bool:
        """Do one pass. False when readings were up to date, or another scorer has taken over.

        A patient scorer computes only the readings of those whom new facts concern, and everybody's when a pass over
        all is due again. Once events stop, that pass leaves the same readings as an impatient one.
        """
        plan = await self._planner.plan(full=not patient or time.monotonic() >= self._full_pass_due)
        if plan is None:
            return False
        started = time.monotonic()
        with self._metrics.histogram(names.SCORING_SECONDS).time():
            try:
                await self._score(plan)
            except ScoringFencedError:
                return False
            finally:
                # A pass over a few leaves little behind, and looking for it would take as long as the pass.
                if plan.full or plan.old_weeks:
                    await asyncio.to_thread(give_back_memory)
        if plan.full:
            took = (time.monotonic() - started) / plan.most_moments  # the next is as of one instant, not of a long past
            self._full_pass_due = time.monotonic() + max(self._settings.scoring_pause_seconds, took * _FULL_REST)
        self._metrics.gauge(names.WATERMARK).set(plan.watermark)
        self._metrics.gauge(names.SCORED).set(plan.state.scored_at)
        return True

    async def _score(self, plan: Plan) -> None:
        learnt = await self._baselines.learn(plan)
        plan = learnt.plan
        everybody = plan.organisation.people
        people = everybody if plan.full else [person for person in everybody if person in plan.affected]
        self._metrics.counter(names.READINGS_WRITTEN).inc(await self._people.score(plan, people))
        written = await self._groups.score_tickets(plan) + await self._groups.score_ties(plan)
        self._metrics.counter(names.READINGS_WRITTEN).inc(written)
        async with self._database.write() as connection:
            await set_scored_configuration(connection, plan.configuration.digest)
            gone = await self._store.finish_pass(
                connection, state=plan.state, oldest_week=plan.oldest_week, dirty=plan.dirty
            )
            await self._baselines.finish(connection, learnt)
            if plan.tells_of_people:
                await self._outbox.withdraw(connection, gone)
                await self._alerts.decide(connection, plan.closed_weeks, oldest_week=plan.oldest_week)
            if plan.live_at is None:  # an earlier version left some
                await self._store.forget_live(connection, SIGNAL_BY_NAME, before=plan.watermark + 1)
            if plan.old_weeks:
                await self._releases.mark_dirty(connection, plan.old_weeks.start)
