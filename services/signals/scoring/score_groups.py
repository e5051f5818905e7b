"""Scores tickets, teams and the organisation, whose readings belong to no single person."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from services.signals.scoring.compute import Moment, moments
from services.signals.scoring.plan import Plan
from services.signals.scoring.reading_outbox import ReadingOutbox
from services.signals.settings import SignalsSettings
from shared.domain.escalation.ticket_rates import RateTally, TicketRates
from shared.domain.evidence.reading import GROUPS, Reading
from shared.domain.evidence.weighing import LONGEST_WINDOW_DAYS
from shared.domain.facts.ticket_history import WholeTicket
from shared.domain.organisation.work_ties import OrganisationTies, TeamTies, Tie
from shared.domain.signals import signal_names
from shared.domain.signals.scoring import score_organisation, score_team, score_ticket
from shared.domain.week import DAY, LIVE_WEEK
from shared.storage.engine.database import Database
from shared.storage.facts.load_tickets import load_tickets, ticket_pages
from shared.storage.readings.pair_ties import load_ties
from shared.storage.readings.store import ReadingStore, reading_row

_OF_TICKETS: Final = signal_names("ticket")
_OF_GROUPS: Final = signal_names(*GROUPS)


class GroupScorer:
    """The parts of a pass that come after everybody's own readings; see `Scorer`."""

    def __init__(self, *, database: Database, settings: SignalsSettings, outbox: ReadingOutbox) -> None:
        self._database: Final = database
        self._settings: Final = settings
        self._outbox: Final = outbox
        self._store: Final = ReadingStore(database.engine.dialect)
        # Of the last full pass: the first pass of a process is one.
        self._live_rates = TicketRates()

    async def score_tickets(self, plan: Plan) -> int:
        """Readings of all open tickets in a full pass, otherwise of those that changed; how many were written.

        All tickets are compared with the same rates, and every ticket is part of them. So a change in a closed week
        changes the readings of every ticket there. Live readings of the other tickets follow in the next full pass, in
        which all are as of one instant.
        """
        new, old = moments(plan.new_weeks, plan.live_at), moments(plan.old_weeks)
        again = old if plan.tickets or plan.anew else []
        everywhere = [*again, *(new if plan.full else [])]
        rates: dict[int, TicketRates] = {}
        written = 0
        if everywhere:
            rates = await self._rates(plan, everywhere)
            async with self._database.read() as connection:
                async for tickets, histories in self._pages(connection, plan, everywhere):
                    written += await self._write_tickets(plan, histories, everywhere, rates, tickets=tickets)
        if plan.full and plan.live_at is not None:
            self._live_rates = rates[plan.live_at]
        rates[plan.watermark] = self._live_rates
        size, changed = self._settings.chunk_people, sorted(plan.tickets)
        for part in (changed[start : start + size] for start in range(0, len(changed), size)):
            async with self._database.read() as connection:
                histories = await load_tickets(
                    connection, part, excluded=plan.configuration.excluded, person_at=plan.organisation.person
                )
            # In a full pass their live readings are there by now; what changed them may have left them without any.
            written += await self._write_tickets(plan, histories, [*old, *new], rates, tickets=part)
        if plan.full:
            async with self._database.write() as connection:
                gone = await self._store.forget_live(connection, _OF_TICKETS, before=plan.watermark)
                if plan.tells_of_people:
                    await self._outbox.withdraw(connection, gone)
        return written

    async def _rates(self, plan: Plan, wanted: Sequence[Moment]) -> dict[int, TicketRates]:
        """How often tickets of each group went up, as of each moment."""
        tally = RateTally(moment.as_of for moment in wanted)
        async with self._database.read() as connection:
            async for _, histories in self._pages(connection, plan, wanted):
                await asyncio.to_thread(tally.add_all, histories)
        return tally.rates()

    def _pages(
        self, connection: AsyncConnection, plan: Plan, wanted: Sequence[Moment]
    ) -> AsyncIterator[tuple[Collection[str], tuple[WholeTicket, ...]]]:
        since = min(moment.as_of for moment in wanted) - (LONGEST_WINDOW_DAYS + 1) * DAY
        size = self._settings.chunk_people
        return ticket_pages(
            connection,
            since=since,
            size=size,
            excluded=plan.configuration.excluded,
            person_at=plan.organisation.person,
        )

    async def _write_tickets(
        self,
        plan: Plan,
        histories: Sequence[WholeTicket],
        wanted: Sequence[Moment],
        rates: Mapping[int, TicketRates],
        *,
        tickets: Collection[str],
    ) -> int:
        found = await asyncio.to_thread(
            lambda: [
                (moment, reading)
                for history in histories
                for moment in wanted
                for reading in score_ticket(history.known_at(moment.as_of), moment.as_of, rates[moment.as_of])
            ]
        )
        live = [reading for moment, reading in found if moment.week == LIVE_WEEK]
        async with self._database.write() as connection:
            await self._store.hold(connection, plan.state.version)
            any_live = plan.tells_of_people and any(moment.week == LIVE_WEEK for moment in wanted)
            before = await self._outbox.bands(connection, _OF_TICKETS, owners=tickets) if any_live else {}
            await self._store.replace(
                connection,
                owners=tickets,
                signals=_OF_TICKETS,
                weeks=[moment.week for moment in wanted],
                readings=[reading_row(moment.week, reading) for moment, reading in found],
            )
            if plan.tells_of_people:
                await self._outbox.put(connection, live, before)
        return len(found)

    async def score_ties(self, plan: Plan) -> int:
        """Readings of teams and the organisation, for the weeks in which readings of pairs are new; how many.

        They are made from all readings of pairs of the week, so they follow when those of a few have changed. Live
        ones follow in full passes, in which all are as of the same instant. None goes to the topic of readings: figures
        about groups leave the store as releases only.
        """
        old = moments(plan.old_weeks) if plan.affected else []
        new = moments(plan.new_weeks, plan.live_at) if plan.full else []
        written = 0
        for moment in (each for each in [*old, *new] if not plan.state.keeps(each.week)):
            async with self._database.read() as connection:
                ties = await load_ties(connection, week=moment.week, people=plan.organisation.teams(moment.as_of))
            found = await asyncio.to_thread(self._of_ties, plan, ties, moment)
            async with self._database.write() as connection:
                await self._store.hold(connection, plan.state.version)
                await self._store.replace(
                    connection,
                    owners=None,
                    signals=_OF_GROUPS,
                    weeks=[moment.week],
                    readings=[reading_row(moment.week, reading) for reading in found],
                )
            written += len(found)
        return written

    def _of_ties(self, plan: Plan, ties: tuple[Tie, ...], moment: Moment) -> list[Reading]:
        """Readings of all teams and of the organisation; nothing is computed for a group below k."""
        teams, k = plan.organisation.teams(moment.as_of), self._settings.k
        found: list[Reading] = []
        for group in _team_ties(teams, ties):
            partners = {person for tie in group.across for person in (tie.first, tie.second)} - set(group.members)
            if min(len(group.members), len(partners)) < k:
                continue
            found.extend(score_team(group, moment.as_of))
        if len(teams) >= k:
            found.extend(score_organisation(OrganisationTies(teams=teams, ties=ties, least=k), moment.as_of))
        return found


def _team_ties(teams: dict[str, str], ties: Sequence[Tie]) -> list[TeamTies]:
    """The ties of every team, by team."""
    members: defaultdict[str, list[str]] = defaultdict(list)
    for person, team in sorted(teams.items()):
        members[team].append(person)
    members.pop("", None)
    inside: defaultdict[str, list[Tie]] = defaultdict(list)
    across: defaultdict[str, list[Tie]] = defaultdict(list)
    for tie in ties:
        one, other = teams[tie.first], teams[tie.second]
        if one == other:
            inside[one].append(tie)
        else:
            across[one].append(tie)
            across[other].append(tie)
    return [
        TeamTies(
            team=team,
            members=tuple(own),
            inside=tuple(inside[team]),
            across=tuple(across[team]),
            others=len(teams) - len(own),
        )
        for team, own in sorted(members.items())
    ]
