"""Scoring: brings readings up to date with the facts, until they are a pure function of the log.

A pass computes closed weeks that are new or marked dirty, and everybody's readings as of the watermark. It works on
groups of people to bound memory, and is fenced by a version, so that only the latest pass can write.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.signals.release.release_publisher import ReleasePublisher
from services.signals.scoring.configuration import load_chosen
from services.signals.scoring.learn_baselines import BASELINES_MARK, BaselineLearner
from services.signals.scoring.people_pool import PeopleWork
from services.signals.scoring.plan import Plan
from services.signals.scoring.raise_alerts import alert_raiser
from services.signals.scoring.reading_outbox import ReadingOutbox
from services.signals.scoring.score_groups import GroupScorer
from services.signals.settings import SignalsSettings
from shared.domain.evidence.weighing import LONGEST_WINDOW_DAYS
from shared.domain.facts.baselines import MATURE_WEEKS, first_week_with
from shared.domain.organisation.hierarchy import FOREVER, Organisation
from shared.domain.privacy.retention import first_computed_week
from shared.domain.week import DAY, WEEK_DAYS, last_closed_week, week_of_day
from shared.storage.directory.directory import load_organisation
from shared.storage.engine.database import Database
from shared.storage.facts.neighbours import neighbours
from shared.storage.log.event_log import EventLogStore
from shared.storage.readings.escalation_models import scored_configuration, set_scored_configuration
from shared.storage.readings.store import (
    Dirty,
    ReadingStore,
    ScoringFencedError,
    ScoringState,
    marks,
    scoring_state,
    watermark,
)
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
    """Computes readings for the whole organisation. One at a time works; a second one is fenced."""

    def __init__(self, *, database: Database, settings: SignalsSettings, metrics: Metrics) -> None:
        self._database: Final = database
        self._settings: Final = settings
        self._metrics: Final = metrics
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
        """Score and release until there is nothing left to do: readings are then as of the watermark."""
        while await self.score():
            pass
        await self._release_publisher.publish()

    async def score(self, *, patient: bool = False) -> bool:
        """One pass; False when readings were up to date or another scorer has taken over.

        A patient scorer brings only those up to date whom new facts concern, and everybody when a pass over all is
        due again; once events stop, that pass leaves the same readings as an impatient one.
        """
        plan = await self._plan(full=not patient or time.monotonic() >= self._full_pass_due)
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

    async def _plan(self, *, full: bool) -> Plan | None:
        async with self._database.read() as connection:
            state = await scoring_state(connection)
            every = await marks(connection)
            dirty = [each for each in every if full or each.who != BASELINES_MARK]
            latest = await watermark(connection)
            chosen = await load_chosen(connection, self._settings.excluded)
            # Readings of two configurations cannot be compared: then everybody's are computed anew.
            anew = latest > 0 and await scored_configuration(connection) != chosen.digest
            if not dirty and not anew and (latest == state.scored_at or not full):
                return None
            organisation = await load_organisation(connection)
            configuration = await chosen.resolved(connection, organisation)
            days = [each.from_day for each in dirty if each.who.startswith(("#", "!"))]
            first_day = min([state.first_day, *days])
            closed = last_closed_week(latest)
            oldest = closed - self._settings.history_weeks + 1
            computed = first_computed_week(latest, self._settings.fact_days)
            first_week = max(oldest, computed, week_of_day(first_day) if first_day < FOREVER // DAY else closed + 1)
            since = max(first_week, min(_weeks(dirty, without=BASELINES_MARK), default=closed + 1))
            since = first_week if anew else since
            new_weeks = range(max(state.scored_week + 1, first_week), closed + 1)
            old_weeks = range(since, min(state.scored_week, closed) + 1)
            full = full or anew or bool(new_weeks) or state.scored_at == 0
            affected = frozenset(organisation.people) if anew else frozenset[str]()
            if not anew and (old_weeks or not full):
                affected = await _affected(connection, organisation, dirty, closed=bool(old_weeks))
        async with self._database.write() as connection:
            version = await self._store.begin_pass(connection)
        sums = _weeks_to_count(state.scored_week, closed, first_week, dirty=dirty, anew=anew)
        # Readings computed with something else than before have nothing to be compared with: nothing has to stay then,
        # and nobody who objects must stay in a baseline.
        frozen = -1 if anew else state.frozen_week
        # Cells, teams and the organisation need everybody's readings, so a pass over all follows one over a few.
        scored_at = latest if full else min(state.scored_at, latest - 1)
        return Plan(
            organisation=organisation,
            dirty=dirty,
            state=ScoringState(
                version=version,
                scored_week=closed,
                scored_at=scored_at,
                first_day=first_day,
                frozen_week=frozen,
            ),
            oldest_week=oldest,
            new_weeks=new_weeks,
            old_weeks=old_weeks,
            affected=affected,
            tickets=frozenset(each.who[1:] for each in dirty if each.who.startswith("!")),
            watermark=latest,
            configuration=configuration,
            anew=anew,
            full=full,
            new_sums=sums.new if new_weeks else range(0),
            changed_sums=sums.changed,
            baseline_weeks=range(max(sums.baselines.start, frozen + 1), sums.baselines.stop),
        )

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
            await self._outbox.withdraw(connection, gone)
            await self._baselines.finish(connection, learnt)
            await self._alerts.decide(connection, plan.closed_weeks, oldest_week=plan.oldest_week)
            if plan.old_weeks:
                await self._releases.mark_dirty(connection, plan.old_weeks.start)


class _Weeks(NamedTuple):
    """Weeks of everybody and of those affected to count again, and weeks whose baselines this may change."""

    new: range
    changed: range
    baselines: range


def _weeks_to_count(scored: int, closed: int, first_week: int, *, dirty: Sequence[Dirty], anew: bool) -> _Weeks:
    """What to derive before scoring, when closed weeks up to `scored` have been scored before."""
    oldest = first_week - LONGEST_WINDOW_DAYS // WEEK_DAYS + 1  # in the first window that anybody is scored with
    new = range(max(scored + 1 - MATURE_WEEKS, oldest), closed + 1)
    baselines_from = first_week_with(scored + 1 - MATURE_WEEKS) if scored < closed else closed + 2
    changed = oldest if anew else min(_weeks(dirty, without=BASELINES_MARK), default=closed + 1) - MATURE_WEEKS
    if anew or changed + MATURE_WEEKS <= closed:
        baselines_from = min(baselines_from, first_week_with(changed))
    else:
        changed = closed + 1  # the running week is in no sum that counts yet
    baselines_from = min(
        [baselines_from, *(week_of_day(each.from_day) + 1 for each in dirty if each.who == BASELINES_MARK)]
    )
    others = range(max(changed, oldest), new.start if scored < closed else closed + 1)  # new weeks are everybody's
    return _Weeks(new, others, range(max(baselines_from, first_week), closed + 2))


def _weeks(dirty: Iterable[Dirty], *, without: str) -> list[int]:
    """From which weeks on marks concern readings of people and tickets."""
    return [week_of_day(each.from_day) for each in dirty if each.who != without]


async def _affected(
    connection: AsyncConnection, organisation: Organisation, dirty: Sequence[Dirty], *, closed: bool
) -> frozenset[str]:
    """Owners of every subject that a mark can concern: the people marked, whoever they met, and whom they lead.

    While no closed week changes, only those marked: they are both ends of every new fact, and own what it concerns.
    What is new about others is how long ago their own facts were, and the pass over all that follows tells of it.
    """
    people = {each.who[1:] for each in dirty if each.who.startswith("@")}
    # Both ends of a new fact are marked; of a corrected link only one is.
    linked = {int(each.who[1:]) for each in dirty if each.who.startswith("=")} | organisation.identities(people)
    ids = {int(each.who[1:]) for each in dirty if each.who.startswith("#")} | linked
    others = await neighbours(connection, counted=ids, linked=linked) if closed else ids
    for identity in others:
        people |= organisation.owners(identity)
    return frozenset(people | organisation.below(people)) if closed else frozenset(people)
