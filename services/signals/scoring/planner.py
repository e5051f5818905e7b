"""Plans a scoring pass in three steps: which marks are due, which weeks they concern, and whose readings."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from services.signals.scoring.configuration import Chosen, load_chosen
from services.signals.scoring.pass_weeks import PassWeeks, pass_weeks
from services.signals.scoring.plan import Plan
from services.signals.settings import SignalsSettings
from shared.domain.organisation.hierarchy import Organisation
from shared.domain.privacy.roles import Mode
from shared.domain.release.schedule import first_needed_week
from shared.domain.week import last_closed_week
from shared.storage.access.modes import deployment_mode
from shared.storage.directory.directory import load_organisation
from shared.storage.directory.memberships import MembershipStore
from shared.storage.dirty_marks import DirtyMark, MarkKind, load_marks
from shared.storage.engine.database import Database
from shared.storage.facts.neighbours import neighbours
from shared.storage.readings.escalation_models import scored_configuration
from shared.storage.readings.store import ReadingStore, ScoringState, scoring_state, watermark
from shared.storage.releases.ledger import release_state


@dataclass(frozen=True, slots=True)
class _Due:
    """What is out of date at the start of a pass."""

    state: ScoringState
    marks: Sequence[DirtyMark]
    watermark: int
    chosen: Chosen
    anew: bool  # all readings, since what they are computed with has changed
    mode: Mode
    history_weeks: int  # closed weeks that readings are kept for


class Planner:
    """Decides what a pass computes, and begins it."""

    def __init__(self, *, database: Database, settings: SignalsSettings) -> None:
        self._database: Final = database
        self._settings: Final = settings
        self._readings: Final = ReadingStore(database.engine.dialect)
        self._memberships: Final = MembershipStore(database.engine.dialect)

    async def plan(self, *, full: bool) -> Plan | None:
        """The plan of the next pass, which fences every earlier one; None when nothing is out of date.

        Without `full`, the pass is over those whom new facts concern, unless a week has closed or all is computed anew.
        """
        async with self._database.read() as connection:
            due = await self._due(connection, full=full)
            if due is None:
                return None
            weeks = pass_weeks(
                due.marks,
                state=due.state,
                watermark=due.watermark,
                anew=due.anew,
                history_weeks=due.history_weeks,
                fact_days=self._settings.fact_days,
            )
            full = full or due.anew or bool(weeks.new) or due.state.scored_at == 0
            organisation = await load_organisation(connection, self._settings.work_schedule)
            configuration = await due.chosen.resolved(connection, organisation)
            affected = await _affected(connection, organisation, due, weeks, full=full)
        async with self._database.write() as connection:
            version = await self._readings.begin_pass(connection)
            await self._memberships.bring_up(connection, at=due.watermark)
            mode = (await connection.run_sync(deployment_mode)).mode
        if mode is not due.mode:  # changed since it was read; from here on a change fences this pass
            return await self.plan(full=full)
        state = _state_after(due, weeks, version=version, full=full)
        return Plan(
            organisation=organisation,
            dirty=due.marks,
            state=state,
            oldest_week=weeks.oldest,
            new_weeks=weeks.new,
            old_weeks=weeks.old,
            affected=affected,
            tickets=frozenset(each.key for each in due.marks if each.kind is MarkKind.TICKET),
            watermark=due.watermark,
            configuration=configuration,
            anew=due.anew,
            full=full,
            mode=due.mode,
            new_sums=weeks.new_sums,
            changed_sums=weeks.changed_sums,
            baseline_weeks=range(max(weeks.baselines.start, state.frozen_week + 1), weeks.baselines.stop),
        )

    async def _due(self, connection: AsyncConnection, *, full: bool) -> _Due | None:
        """The marks to deal with; None when there are none and readings are as of the watermark."""
        state = await scoring_state(connection)
        marks = [each for each in await load_marks(connection) if full or each.kind is not MarkKind.BASELINES]
        latest = await watermark(connection)
        chosen = await load_chosen(connection, self._settings)
        # Readings of two configurations cannot be compared: then everybody's are computed anew.
        anew = latest > 0 and await scored_configuration(connection) != chosen.digest
        if not marks and not anew and (latest == state.scored_at or not full):
            return None
        mode = (await connection.run_sync(deployment_mode)).mode
        return _Due(state, marks, latest, chosen, anew, mode, await self._history_weeks(connection, mode, latest))

    async def _history_weeks(self, connection: AsyncConnection, mode: Mode, latest: int) -> int:
        """Closed weeks that readings are kept for: all, or where nobody may read them those that releases need."""
        released = (await release_state(connection)).released_week
        if mode is not Mode.AGGREGATE or released < 0:
            return self._settings.history_weeks
        return min(self._settings.history_weeks, last_closed_week(latest) - first_needed_week(released) + 1)


def _state_after(due: _Due, weeks: PassWeeks, *, version: int, full: bool) -> ScoringState:
    return ScoringState(
        version=version,
        scored_week=weeks.closed,
        # Cells, teams and the organisation need everybody's readings, so a pass over all follows one over a few.
        scored_at=due.watermark if full else min(due.state.scored_at, due.watermark - 1),
        first_day=weeks.first_day,
        # Readings computed with something else than before have nothing to be compared with: nothing has to stay then,
        # and nobody who objects must stay in a baseline.
        frozen_week=-1 if due.anew else due.state.frozen_week,
    )


async def _affected(
    connection: AsyncConnection, organisation: Organisation, due: _Due, weeks: PassWeeks, *, full: bool
) -> frozenset[str]:
    """The people whose closed weeks are computed again; in a pass over a few, the people who are scored at all."""
    if due.anew:
        return frozenset(organisation.people)
    if not weeks.old and full:
        return frozenset()
    return await _people_marked(connection, organisation, due.marks, closed=bool(weeks.old))


async def _people_marked(
    connection: AsyncConnection, organisation: Organisation, marks: Sequence[DirtyMark], *, closed: bool
) -> frozenset[str]:
    """Owners of every subject that a mark can concern: the people marked, whoever they met, and whom they lead.

    While no closed week changes, only those marked: they are both ends of every new fact, and own what it concerns.
    What is new about others is how long ago their own facts were, and the pass over all that follows tells of it.
    """
    people = {each.key for each in marks if each.kind is MarkKind.PERSON}
    # Both ends of a new fact are marked; of a corrected link only one is.
    linked = {each.identity for each in marks if each.kind is MarkKind.LINK} | organisation.identities(people)
    ids = {each.identity for each in marks if each.kind is MarkKind.IDENTITY} | linked
    others = await neighbours(connection, counted=ids, linked=linked) if closed else ids
    for identity in others:
        people |= organisation.owners(identity)
    return frozenset(people | organisation.below(people)) if closed else frozenset(people)
