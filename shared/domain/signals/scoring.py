"""Scoring: all signals of a subject as of one instant. Pure, and a function of the facts known at that instant.

Histories come as of that instant: see `shared.domain.facts.known_at`.
"""

from collections.abc import Iterable
from typing import Final

from shared.domain.escalation.ticket_rates import TicketRates, TicketScene
from shared.domain.evidence.reading import Measure, Reading, Subject
from shared.domain.evidence.weighing import LONGEST_WINDOW_DAYS, window_start
from shared.domain.facts.history import ChainHistory, LeaderHistory, PairHistory, SeriesHistory
from shared.domain.facts.ticket_history import TicketHistory
from shared.domain.organisation.hierarchy import ORGANISATION
from shared.domain.organisation.work_ties import OrganisationTies, TeamTies
from shared.domain.signals import SIGNALS
from shared.domain.signals.signal import Earlier, Signal, reading

# Series are numbered by signed 64-bit integers; as text they have sixteen digits.
_UNSIGNED: Final = (1 << 64) - 1


def score_pair(
    history: PairHistory, as_of: int, signals: Iterable[Signal] = SIGNALS
) -> tuple[list[Reading], dict[str, Measure]]:
    """Readings of all pair signals that have something to say, and their measures by name, in the registry's order."""
    measures: dict[str, Measure] = {}
    subject = Subject("pair", (history.first, history.second))
    return _readings(subject, history, as_of, measures, signals=signals), measures


def score_chain(
    history: ChainHistory, as_of: int, earlier: Earlier, signals: Iterable[Signal] = SIGNALS
) -> list[Reading]:
    """Readings of all chain signals that have something to say, in the registry's order.

    `earlier` holds the measures of person and leader as `score_pair` gave them for the same instant.
    """
    subject = Subject("chain", (history.person, history.leader, history.skip))
    return _readings(subject, history, as_of, dict(earlier), signals=signals)


def score_ticket(
    history: TicketHistory, as_of: int, rates: TicketRates, signals: Iterable[Signal] = SIGNALS
) -> list[Reading]:
    """Readings of an open ticket; none when it is done, or nothing happened to it within the longest window.

    All its moves count, however old; `rates` are as of the same instant.
    """
    if not history.is_open or history.moves[-1].at < window_start(as_of, LONGEST_WINDOW_DAYS):
        return []
    placed = TicketScene(history, rates)
    return _readings(Subject("ticket", (history.ticket,)), placed, as_of, {}, signals=signals)


def score_leader(history: LeaderHistory, as_of: int, signals: Iterable[Signal] = SIGNALS) -> list[Reading]:
    """Readings of a leader, from their pairs as known at the instant."""
    return _readings(Subject("leader", (history.leader,)), history, as_of, {}, signals=signals)


def score_series(history: SeriesHistory, as_of: int, signals: Iterable[Signal] = SIGNALS) -> list[Reading]:
    """Readings of a recurring meeting; none when it was not scheduled within the longest window."""
    if not history.meetings:
        return []
    subject = Subject("series", (history.host, f"{history.series & _UNSIGNED:016x}"))
    return _readings(subject, history, as_of, {}, signals=signals)


def score_team(ties: TeamTies, as_of: int, signals: Iterable[Signal] = SIGNALS) -> list[Reading]:
    """Readings of a team from ties as of the same instant."""
    return _readings(Subject("team", (ties.team,)), ties, as_of, {}, signals=signals)


def score_organisation(ties: OrganisationTies, as_of: int, signals: Iterable[Signal] = SIGNALS) -> list[Reading]:
    """Readings of the whole organisation from ties as of the same instant."""
    return _readings(Subject("organisation", (ORGANISATION,)), ties, as_of, {}, signals=signals)


def _readings(
    subject: Subject, known: object, as_of: int, measures: dict[str, Measure], *, signals: Iterable[Signal]
) -> list[Reading]:
    """Readings of all signals of this kind of subject; their measures are added to `measures` as they are made."""
    readings: list[Reading] = []
    for signal in signals:
        if signal.kind == subject.kind:
            measure = signal.compute(known, as_of, measures)
            if measure is not None:
                measures[signal.name] = measure
                readings.append(reading(signal, subject, as_of=as_of, measure=measure))
    return readings
