"""The alert rule that ships, on one company: the same applier, loader, signals and rule, without broker or releases.

This is the only place of the bench that knows how alerts are raised. Of all signals only those of chains are computed
here, as the rule looks at nothing else: `tests/storage/test_bench_alerts.py` holds that a pass of the scorer over the
same events leaves the same alerts.
"""

import asyncio
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from msgspec.structs import replace as with_fields

from services.signals.scoring.compute import chain_has_facts, chain_history, reportable_chain
from services.signals.scoring.configuration import load_chosen
from services.signals.settings import SignalsSettings
from shared.domain.alerts.rule import AlertRule, Candidate, Episode, RiskWeek, RuleState, fold
from shared.domain.evidence.reading import INSUFFICIENT
from shared.domain.facts.known_at import chain_known_at
from shared.domain.organisation.hierarchy import Organisation
from shared.domain.signals import signals_with
from shared.domain.signals.scoring import score_chain
from shared.domain.signals.signal import Signal
from shared.domain.week import DAY, last_closed_week, week_end, week_of
from shared.schemas.chat import Markers
from shared.schemas.registry import CanonicalEvent
from shared.storage.directory.directory import load_organisation
from shared.storage.engine.database import Database, open_database, sqlite_url
from shared.storage.engine.schema import upgrade
from shared.storage.facts.load import Histories, load_histories
from tests.bench.evaluation.stores import apply_events

SETTINGS: Final = SignalsSettings()
RULE: Final = AlertRule(
    budget_per_100_people=SETTINGS.alert_budget, refractory_seconds=SETTINGS.alert_refractory_days * DAY
)
_METADATA: Final = Markers()


@dataclass(frozen=True, slots=True)
class Watched:
    """A chain in a closed week: what the rule may decide by, and whether there is enough evidence for it."""

    week: int
    candidate: Candidate
    enough: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What the rule made of a company: every chain and week that it watched, and the episodes it raised alerts in."""

    watched: tuple[Watched, ...]
    raised: tuple[Episode, ...]


def as_metadata(events: Iterable[CanonicalEvent]) -> Iterator[CanonicalEvent]:
    """The same events as an edge passes them on that reads no texts."""
    for event in events:
        markers = getattr(event.data, "markers", None)
        if markers is None or markers.basis == "automatic":
            yield event
        else:
            yield with_fields(event, data=with_fields(event.data, markers=_METADATA))


def watch(events: Iterable[CanonicalEvent], *, starts_at: int, ends_at: int) -> Found:
    """Everything that the rule sees and raises in the closed weeks between two instants."""
    return asyncio.run(_watch(list(events), starts_at, ends_at))


async def _watch(events: list[CanonicalEvent], starts_at: int, ends_at: int) -> Found:
    with tempfile.TemporaryDirectory(prefix="bellwether-alerts-") as directory:
        database = open_database(sqlite_url(Path(directory) / "store.db"))
        try:
            await upgrade(database)
            await apply_events(database, events)
            events.clear()
            return await watch_store(database, starts_at=starts_at, ends_at=ends_at)
        finally:
            await database.close()


async def watch_store(database: Database, *, starts_at: int, ends_at: int) -> Found:
    """The same for a store that the events are in already."""
    async with database.read() as connection:
        organisation = await load_organisation(connection, SETTINGS.work_schedule)
        chosen = await load_chosen(connection, SETTINGS)
        configuration = await chosen.resolved(connection, organisation)
        histories = await load_histories(
            connection,
            organisation,
            organisation.people,
            since=0,
            excluded=configuration.excluded,
            nobodys=configuration.nobodys,
            absent=configuration.absent,
            planned=configuration.planned,
        )
    of_chains = [each for each in signals_with(configuration.model) if each.kind == "chain"]
    # Those after the rule's own cannot be part of it.
    signals = of_chains[: 1 + [each.name for each in of_chains].index(RULE.signal)]
    weeks = range(week_of(starts_at), last_closed_week(ends_at) + 1)
    watched = tuple(_watched(histories, organisation, signals, weeks))
    return Found(watched, alerts(RULE, watched, weeks))


def _watched(
    histories: Histories, organisation: Organisation, signals: list[Signal], weeks: range
) -> Iterator[Watched]:
    for week in weeks:
        as_of = week_end(week)
        for person in organisation.people:
            chain = reportable_chain(histories, organisation, person, as_of)
            if chain is None:
                continue
            history = chain_known_at(chain_history(histories, organisation, chain), as_of)
            if not chain_has_facts(history):
                continue
            # No chain signal looks at what was measured of the pair before; see the test.
            for reading in score_chain(history, as_of, {}, signals):
                if reading.signal == RULE.signal:
                    people = (history.person, history.leader, history.skip)
                    candidate = Candidate(people, reading.value, reading.confidence, reading.action, "")
                    yield Watched(week, candidate, reading.band != INSUFFICIENT)


def alerts(rule: AlertRule, watched: Iterable[Watched], weeks: Iterable[int]) -> tuple[Episode, ...]:
    """The episodes in which a rule raises alerts, by the rule's own code."""
    seen: dict[int, list[Watched]] = {week: [] for week in weeks}
    for each in watched:
        seen[each.week].append(each)
    found = [
        RiskWeek(
            week=week,
            watched=len(of_week),
            candidates=tuple(
                each.candidate for each in of_week if each.enough and each.candidate.value >= rule.least_value
            ),
        )
        for week, of_week in seen.items()
    ]
    return tuple(each for each in fold(rule, RuleState(), found).episodes if each.raised_week is not None)


def lowered(floor: float) -> AlertRule:
    """The rule with another floor, and a budget that never turns anybody away."""
    return replace(RULE, floor=floor, budget_per_100_people=100)
