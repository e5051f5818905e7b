"""Releases aggregates of closed weeks: the only way for anything about groups to leave the store.

Weeks are released in order, once a day of event time has passed since their end. What is released is a record of what
was told, not a projection: it never changes, and the next releases depend on it. Late facts lead to a correction, over
the very people of the release they correct, for as long as the week is recent. Given equal releases so far, equal logs
give equal releases, in whatever order and batches the records came.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from services.signals.release.observations import OF_PEOPLE, about_people
from services.signals.settings import SignalsSettings
from shared.domain.privacy.roles import Mode
from shared.domain.release.cell import Cell
from shared.domain.release.contribution import Contribution, Contributions
from shared.domain.release.decision import Shown, decide
from shared.domain.release.lattice import Lattice
from shared.domain.release.panels import WINDOW_WEEKS, Ledger, Panel
from shared.domain.release.rule import Limits
from shared.domain.release.schedule import CARRIED_WEEKS, CORRECTED_WEEKS, first_needed_week, last_due_week
from shared.domain.release.steps import Steps
from shared.domain.signals import SIGNALS, signal_names
from shared.domain.week import week_end, week_of_day
from shared.storage.access.modes import deployment_mode
from shared.storage.directory.directory import load_organisation
from shared.storage.engine.database import Database
from shared.storage.readings.store import ReadingStore, ScoringFencedError, ScoringState, scoring_state
from shared.storage.releases.ledger import (
    Release,
    ReleaseStore,
    observations_of,
    panels_from,
    panels_in_use,
    release_state,
    releases_of,
    team_parents,
)
from shared.storage.releases.steps import load_steps, save_steps
from shared.storage.tables.releases import NO_PANEL


@dataclass(frozen=True, slots=True)
class _Week:
    """Everything the releases of a week are made from."""

    week: int
    is_new: bool  # not released yet: what is of steps is told once
    lattice: Lattice
    current: Mapping[str, Mapping[int, Contribution]]  # by signal
    concerned: Mapping[str, Collection[int]]  # by signal
    carried: Mapping[str, Mapping[int, Contribution]]  # by signal
    ledgers: Mapping[str, Ledger]
    steps: Mapping[str, Steps]  # by signal; of a new week those of the week before
    before: Mapping[tuple[str, str], Release]  # what is released already, by signal and cohort
    last_week: Mapping[tuple[str, str], Release]  # the same of the week before, within the window


class ReleasePublisher:
    """Releases what is due. Works for whoever holds the version of scoring; one at a time."""

    def __init__(self, database: Database, settings: SignalsSettings) -> None:
        self._database: Final = database
        self._limits: Final = Limits(k=settings.k, k_leader=settings.k_leader)
        self._history_weeks: Final = settings.history_weeks
        self._store: Final = ReleaseStore(database.engine.dialect)
        self._readings: Final = ReadingStore(database.engine.dialect)
        self._panels: Final[defaultdict[str, list[Panel]]] = defaultdict(
            list
        )  # grows with the ledger, which is only ever added to

    async def publish(self) -> int:
        """Release every week that is due; how many there were. Nothing is written once another scorer took over."""
        async with self._database.read() as connection:
            scored, state = await scoring_state(connection), await release_state(connection)
        last = last_due_week(scored.scored_week, scored.scored_at)
        first = max(week_of_day(scored.first_day), scored.scored_week - self._history_weeks + 1)
        if state.released_week >= 0:
            first = max(first, min(state.released_week + 1, max(state.dirty_week, last - CORRECTED_WEEKS)))
        try:
            for week in range(first, last + 1):
                await self._publish(week, scored, is_new=week > state.released_week, last=week == last)
            if first <= last:
                await self._forget(last, scored)
        except ScoringFencedError:
            return 0
        return max(last + 1 - first, 0)

    async def _publish(self, week: int, scored: ScoringState, *, is_new: bool, last: bool) -> None:
        async with self._database.read() as connection:
            found = await self._load(connection, week, is_new=is_new)
        steps = await asyncio.to_thread(_steps, found)
        new, releases = await asyncio.to_thread(_releases, found, steps, self._limits)
        async with self._database.write() as connection:
            await self._readings.hold(connection, scored.version)
            for signal, panels in new.items():
                await self._store.add_panels(connection, signal, len(self._panels[signal]), panels)
            await self._store.add(connection, releases)
            if is_new:
                await save_steps(connection, steps)
            await self._store.released(connection, week, settled=last)

    async def _forget(self, released: int, scored: ScoringState) -> None:
        """Where nobody may read about people, delete their readings once no release needs them any more."""
        async with self._database.write() as connection:
            if (await connection.run_sync(deployment_mode)).mode is Mode.AGGREGATE:
                await self._readings.hold(connection, scored.version)
                await self._readings.forget_closed(connection, before=first_needed_week(released))

    async def _load(self, connection: AsyncConnection, week: int, *, is_new: bool) -> _Week:
        organisation = await load_organisation(connection)
        teams = organisation.teams(week_end(week))
        leaders = {person: organisation.managers(person) for person in teams}
        lattice = Lattice(teams=teams, parents=await team_parents(connection), leaders=leaders)
        window = week // WINDOW_WEEKS * WINDOW_WEEKS
        frozen = await panels_in_use(connection, start=window, end=window + WINDOW_WEEKS)
        latest = await panels_in_use(connection, start=0, end=window)
        known = {signal.name: len(self._panels[signal.name]) for signal in SIGNALS}
        for name, panel in await panels_from(connection, known):
            self._panels[name].append(panel)
        ledgers = {
            signal.name: Ledger(
                panels=tuple(self._panels[signal.name]),
                opens_window=is_new and week == window,  # a correction is over the people of the first time
                frozen=frozen.get(signal.name, {}),
                latest=latest.get(signal.name, {}),
            )
            for signal in SIGNALS
        }
        gathered = Contributions()
        gathered.add(await about_people(connection, organisation, week))
        current = {signal.name: gathered.of(signal.name) for signal in SIGNALS}
        return _Week(
            week=week,
            is_new=is_new,
            lattice=lattice,
            current=current,
            concerned={signal.name: gathered.concerned(signal.name) for signal in SIGNALS},
            carried=await _carried(connection, week, lattice, current),
            ledgers=ledgers,
            steps=await load_steps(connection),
            before=await _by_cohort(connection, week),
            last_week=await _by_cohort(connection, week - 1) if week > window else {},
        )


async def _by_cohort(connection: AsyncConnection, week: int) -> dict[tuple[str, str], Release]:
    return {(each.cell.signal, each.cell.cohort): each for each in await releases_of(connection, week)}


async def _carried(
    connection: AsyncConnection, week: int, lattice: Lattice, current: Mapping[str, Mapping[int, Contribution]]
) -> dict[str, dict[int, Contribution]]:
    """The last contributions of people who have none this week."""
    weeks = range(week - CARRIED_WEEKS, week)
    found: dict[str, dict[int, Contribution]] = {signal.name: {} for signal in SIGNALS}
    # Tickets and groups belong to nobody for longer than they last.
    # Most people lead nobody: to look only for those who are missing, and only at the signals that they are missing
    # from, is what keeps a release from reading a quarter of a year of everybody's.
    alike: defaultdict[frozenset[int], list[str]] = defaultdict(list)
    for signal in signal_names(*OF_PEOPLE):
        alike[frozenset(lattice.people.keys() - current[signal].keys())].append(signal)
    for missing, signals in alike.items():
        wanted = [lattice.people[number] for number in missing]
        earlier = await observations_of(connection, signals, wanted, weeks=weeks)
        for _, readings in sorted(earlier.items()):
            before = Contributions()
            before.add(readings)
            for signal in signals:
                own = before.of(signal)
                found[signal] |= {number: own[number] for number in missing & own.keys()}
    return found


def _steps(found: _Week) -> dict[str, Steps]:
    """Where people stand in the week, by signal: of one that was released before, as of the last release."""
    known = {signal.name: found.steps.get(signal.name, Steps()) for signal in SIGNALS}
    if not found.is_new:
        return known
    return {
        signal.name: known[signal.name].after_a_week(
            found.current[signal.name], found.carried[signal.name], people=found.lattice.people, bands=signal.bands
        )
        for signal in SIGNALS
    }


def _releases(
    found: _Week, steps: Mapping[str, Steps], limits: Limits
) -> tuple[dict[str, Sequence[Panel]], list[Release]]:
    """New panels by signal, and what is new to say. Every cohort has a cell for every signal, shown or suppressed."""
    new: dict[str, Sequence[Panel]] = {}
    releases: list[Release] = []
    for signal in SIGNALS:
        decision = decide(
            signal,
            found.lattice,
            found.ledgers[signal.name],
            limits=limits,
            current=found.current[signal.name],
            carried=found.carried[signal.name],
            concerned=found.concerned[signal.name],
            steps=steps[signal.name],
        )
        new[signal.name] = decision.new
        for cohort in found.lattice.members:
            release = _release(found, signal.name, cohort, decision.shown.get(cohort))
            if release is not None:
                releases.append(release)
    return new, releases


def _release(found: _Week, signal: str, cohort: str, shown: Shown | None) -> Release | None:
    """What is to be said, unless it has been: what was shown once is corrected, never taken back."""
    before = found.before.get((signal, cohort))
    if shown is None:
        return _unchanged(found, signal, cohort) if before is None else None
    if not (shown.exact or found.is_new):
        return None
    numbers = shown.numbers
    cell = Cell(
        signal,
        cohort,
        suppressed=False,
        people=numbers.people,
        mean=numbers.mean,
        shares=numbers.shares,
        factors=numbers.factors,
    )
    if before is not None and (before.cell == cell or before.panel not in {shown.panel, NO_PANEL}):
        return None
    revision = 0 if before is None else before.revision + 1
    return Release(cell, found.week, revision, week_end(found.week), shown.panel, shown.leaders, shown.exact)


def _unchanged(found: _Week, signal: str, cohort: str) -> Release:
    """What was said a week ago and its instant, as the panel of the window cannot be had any more; or suppressed."""
    last = found.last_week.get((signal, cohort))
    if last is not None and found.ledgers[signal].frozen.get(cohort) == last.panel:
        return replace(last, week=found.week, revision=0)
    nothing = Cell(signal, cohort, suppressed=True)
    return Release(nothing, found.week, 0, week_end(found.week), NO_PANEL, leaders=False, exact=False)
