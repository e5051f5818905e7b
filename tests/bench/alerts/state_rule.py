"""The rule that raises alerts from states, on one company. It does not ship yet: this measures what it would do."""

import asyncio
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from services.signals.scoring.compute import chain_history, reportable_chain
from shared.domain.alerts.chain_state import NOTHING_BELIEVED, STATE_MODEL, ChainPeople, states
from shared.domain.alerts.rule import Candidate, Episode
from shared.domain.alerts.state_rule import STATE_RULE, StateAlert, StateWeek, alerts_from_states
from shared.domain.facts.history import ActiveDays, WholePair
from shared.domain.facts.skip_contact import skip_contacts
from shared.domain.facts.week_outcomes import NO_OUTCOMES, WeekOutcomes, week_outcomes
from shared.domain.organisation.hierarchy import Organisation
from shared.domain.week import first_day_of_week, last_closed_week, week_end, week_of
from shared.schemas.registry import CanonicalEvent
from shared.storage.directory.directory import load_organisation
from shared.storage.engine.database import open_database, sqlite_url
from shared.storage.engine.schema import upgrade
from shared.storage.facts.load import Histories, load_histories
from tests.bench.alerts.shipped_rule import SETTINGS, Found, Watched
from tests.bench.evaluation.stores import apply_events

Outcomes = Mapping[ChainPeople, Mapping[int, WeekOutcomes]]
# As many items of a chain within the weeks of the usual count as enough evidence of it.
_ENOUGH_ITEMS: Final = 6


def watch_states(events: Iterable[CanonicalEvent], *, starts_at: int, ends_at: int) -> Found:
    """Every chain's chance of a cause in the closed weeks between two instants, and the alerts raised from them."""
    organisation, histories = asyncio.run(_load(list(events)))
    weeks = range(week_of(starts_at), last_closed_week(ends_at) + 1)
    chains = {week: dict(_chains(histories, organisation, week)) for week in weeks}
    outcomes = _outcomes(histories, chains, weeks.start)
    happened = _happened(histories, organisation, chains, ends_at)
    belief, told, watched = NOTHING_BELIEVED, [], []
    for week in weeks:
        own = {chain: outcomes.get(chain, {}) for chain in chains[week]}
        belief, found = states(STATE_MODEL, belief, own, week)
        told.append(StateWeek(week, found, happened.get(week, frozenset())))
        watched += [
            Watched(week, _candidate(chain, state.chance), enough=_is_enough(own[chain], week))
            for chain, state in found.items()
        ]
    return Found(tuple(watched), tuple(map(_episode, alerts_from_states(STATE_RULE, told))))


async def _load(events: list[CanonicalEvent]) -> tuple[Organisation, Histories]:
    with tempfile.TemporaryDirectory(prefix="bellwether-states-") as directory:
        database = open_database(sqlite_url(Path(directory) / "store.db"))
        try:
            await upgrade(database)
            await apply_events(database, events)
            async with database.read() as connection:
                organisation = await load_organisation(connection, SETTINGS.work_schedule)
                return organisation, await load_histories(connection, organisation, organisation.people, since=0)
        finally:
            await database.close()


def _chains(
    histories: Histories, organisation: Organisation, week: int
) -> Iterator[tuple[ChainPeople, WholePair | None]]:
    for person in organisation.people:
        chain = reportable_chain(histories, organisation, person, week_end(week))
        if chain is not None:
            pair = (person, chain.leader) if person < chain.leader else (chain.leader, person)
            yield (chain.person, chain.leader, chain.skip), histories.pairs.get(pair)


def _outcomes(
    histories: Histories, chains: Mapping[int, Mapping[ChainPeople, WholePair | None]], first_week: int
) -> Outcomes:
    since = first_day_of_week(first_week)
    days = {
        person: sum(1 << (day - since) for day in set(acted) if day >= since)
        for person, acted in histories.acted.items()
        for person, acted in histories.acted.items()
    }
    found: defaultdict[ChainPeople, dict[int, WeekOutcomes]] = defaultdict(dict)
    for week, of_week in chains.items():
        for chain, pair in of_week.items():
            if pair is None:
                continue
            active = ActiveDays(since, days.get(pair.first, 0), days.get(pair.second, 0))
            own = week_outcomes(replace(pair, active=active), person=chain[0], week=week)
            if own != NO_OUTCOMES:
                found[chain][week] = own
    return found


def _happened(
    histories: Histories,
    organisation: Organisation,
    chains: Mapping[int, Mapping[ChainPeople, WholePair | None]],
    ends_at: int,
) -> dict[int, set[ChainPeople]]:
    """Chains whose person went past the leader on their own account, by week."""
    found: defaultdict[int, set[ChainPeople]] = defaultdict(set)
    everybody = {chain for of_week in chains.values() for chain in of_week}
    for person in {chain[0] for chain in everybody}:
        chain = reportable_chain(histories, organisation, person, ends_at)
        if chain is None:
            continue
        people = (chain.person, chain.leader, chain.skip)
        for contact in skip_contacts(chain_history(histories, organisation, chain), ends_at):
            if contact.unsolicited:
                found[week_of(contact.at)].add(people)
    return found


def _is_enough(outcomes: Mapping[int, WeekOutcomes], week: int) -> bool:
    since = week - STATE_MODEL.lag_weeks - STATE_MODEL.usual_weeks
    return sum(each.asks + each.talks for own, each in outcomes.items() if since < own <= week) >= _ENOUGH_ITEMS


def _candidate(people: ChainPeople, chance: float) -> Candidate:
    return Candidate(people, chance, 1.0, "", "")


def _episode(alert: StateAlert) -> Episode:
    """As the bench counts alerts, whatever rule raised them."""
    reading = _candidate(alert.people, 1.0)
    return Episode(
        people=alert.people,
        first_week=alert.raised_week,
        reading=reading,
        threshold=0.0,
        latest=reading,
        latest_week=alert.ended_week or alert.raised_week,
        raised_week=alert.raised_week,
        ended_week=alert.ended_week,
    )
