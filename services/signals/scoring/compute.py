"""Computes the readings of a group of people as of several instants. Pure; it runs in a thread."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from shared.domain.evidence.reading import Measure, Reading, SubjectKind
from shared.domain.facts.baselines import DEFAULT_BASELINES, WeekBaselines
from shared.domain.facts.history import (
    ChainHistory,
    LeaderHistory,
    PairHistory,
    SeriesHistory,
    WholeChain,
    WholePair,
)
from shared.domain.facts.known_at import chain_known_at, meetings_known_at, pair_known_at
from shared.domain.organisation.hierarchy import Chain, Organisation
from shared.domain.signals import SIGNALS
from shared.domain.signals.scoring import score_chain, score_leader, score_pair, score_series
from shared.domain.signals.signal import Signal
from shared.domain.week import LIVE_WEEK, week_end
from shared.storage.facts.load import Histories, Pair


@dataclass(frozen=True, slots=True)
class Moment:
    """A closed week, or LIVE_WEEK for the watermark, and the instant it is read at."""

    week: int
    as_of: int


def moments(weeks: Iterable[int], watermark: int | None = None) -> list[Moment]:
    """Moments of closed weeks, then of the watermark if one is given."""
    closed = [Moment(week, week_end(week)) for week in weeks]
    return closed if watermark is None else [*closed, Moment(LIVE_WEEK, watermark)]


def compute(
    histories: Histories,
    organisation: Organisation,
    wanted: Mapping[str, Sequence[Moment]],
    signals: Sequence[Signal] = SIGNALS,
    *,
    baselines: Mapping[int, WeekBaselines] | None = None,
) -> list[tuple[Moment, Reading]]:
    """Readings of the subjects that these people own.

    Pairs belong to the first of both, chains to the person, leaders to themselves, recurring meetings to their host.
    Subjects without a single fact in the longest window have no reading. `baselines` are by the week of a moment;
    without them the documented constants count.
    """
    usual = baselines or {}
    of_pairs, of_chains = _of_kind("pair", signals), _of_kind("chain", signals)
    found: list[tuple[Moment, Reading]] = []
    measures: dict[tuple[Pair, int], dict[str, Measure]] = {}
    for pair, whole in sorted(histories.pairs.items()):
        for moment in wanted.get(pair[0], ()):
            if not all(organisation.is_member(each, moment.as_of) for each in pair):
                continue
            around = usual[moment.week].of(*pair, organisation) if usual else DEFAULT_BASELINES
            history = pair_known_at(whole, moment.as_of, around)
            if _has_facts(history):
                readings, measured = score_pair(history, moment.as_of, of_pairs)
                measures[pair, moment.as_of] = measured
                found.extend((moment, reading) for reading in readings)
    for person, own in sorted(wanted.items()):
        for moment in own:
            chain = reportable_chain(histories, organisation, person, moment.as_of)
            if chain is None:
                continue
            pair = _pair(person, chain.leader)
            earlier = measures.get((pair, moment.as_of))
            measured_here = earlier is None and bool(usual)
            around = usual[moment.week].of(*pair, organisation) if measured_here else DEFAULT_BASELINES
            history_of_chain = chain_known_at(chain_history(histories, organisation, chain), moment.as_of, around)
            if not chain_has_facts(history_of_chain):
                continue
            if earlier is None:
                earlier = score_pair(history_of_chain.with_leader, moment.as_of, of_pairs)[1]
            readings = score_chain(history_of_chain, moment.as_of, earlier, of_chains)
            found.extend((moment, reading) for reading in readings)
    found.extend(_of_leaders(histories, organisation, wanted))
    found.extend(_of_series(histories, organisation, wanted))
    return found


def _of_kind(kind: SubjectKind, signals: Sequence[Signal]) -> tuple[Signal, ...]:
    """The signals of one kind of subject. Selecting them once is cheaper than looking through all for every pair."""
    return tuple(signal for signal in signals if signal.kind == kind)


def _of_leaders(
    histories: Histories, organisation: Organisation, wanted: Mapping[str, Sequence[Moment]]
) -> Iterator[tuple[Moment, Reading]]:
    for leader, own in sorted(wanted.items()):
        for moment in own:
            if not organisation.is_member(leader, moment.as_of):
                continue
            history = leader_history(histories, organisation, leader, moment.as_of)
            if history is not None:
                yield from ((moment, each) for each in score_leader(history, moment.as_of))


def leader_history(histories: Histories, organisation: Organisation, leader: str, as_of: int) -> LeaderHistory | None:
    """The history of a leader as of an instant; None for people nobody reports to."""
    reports = organisation.reports(leader, as_of)
    if not reports:
        return None
    above = organisation.manager(leader, as_of)
    peers = tuple(each for each in organisation.reports(above, as_of) if each != leader) if above else ()
    seniors = tuple(each for each in (above, organisation.manager(above, as_of)) if organisation.is_member(each, as_of))
    others = {*reports, *peers, *seniors} - {leader}
    return LeaderHistory(
        leader=leader,
        reports=reports,
        peers=peers,
        seniors=seniors,
        pairs=_pairs_known_at(histories, leader, others, as_of),
    )


def _of_series(
    histories: Histories, organisation: Organisation, wanted: Mapping[str, Sequence[Moment]]
) -> Iterator[tuple[Moment, Reading]]:
    for host, series in sorted(histories.hosted):
        for moment in wanted.get(host, ()):
            if not organisation.is_member(host, moment.as_of):
                continue
            history = series_history(histories, host, series, moment.as_of)
            yield from ((moment, each) for each in score_series(history, moment.as_of))


def series_history(histories: Histories, host: str, series: int, as_of: int) -> SeriesHistory:
    """The history of a recurring meeting in the longest window that ends at an instant.

    People who were invited only before or after that window are no participants.
    """
    meetings = meetings_known_at(histories.hosted[host, series], as_of)
    invited = {person for meeting in meetings for person in meeting.invited} - {host}
    return SeriesHistory(
        host=host,
        series=series,
        meetings=meetings,
        pairs=_pairs_known_at(histories, host, invited, as_of),
    )


def _pairs_known_at(histories: Histories, one: str, others: Iterable[str], as_of: int) -> dict[str, PairHistory]:
    """What is known of somebody and each of these others, by the other, who are in touch by then."""
    whole = {other: histories.pairs.get(_pair(one, other)) for other in sorted(others)}
    known = {other: pair_known_at(pair, as_of) for other, pair in whole.items() if pair is not None}
    return {other: pair for other, pair in known.items() if _has_facts(pair)}


def _pair(one: str, other: str) -> Pair:
    return (one, other) if one < other else (other, one)


def _history(histories: Histories, one: str, other: str) -> WholePair:
    pair = _pair(one, other)
    found = histories.pairs.get(pair)
    return found if found is not None else WholePair(*pair, days=(), contacts=(), meetings=(), steps=())


def reportable_chain(histories: Histories, organisation: Organisation, person: str, as_of: int) -> Chain | None:
    """The chain of a person as of an instant; None without one, or where somebody in it objects or is not there.

    So there is no risk about going to a protected office, such as a works council, and none in which somebody who
    objects is the leader who is gone past.
    """
    chain = organisation.chain(person, as_of)
    if chain is None:
        return None
    people = chain.person, chain.leader, chain.skip
    there = all(organisation.is_member(each, as_of) for each in people)
    return chain if there and histories.absent.isdisjoint(people) else None


def chain_history(histories: Histories, organisation: Organisation, chain: Chain) -> WholeChain:
    """All facts of a chain; of person and leader's leader only those from while this chain was in force."""
    upward = _history(histories, chain.person, chain.skip)
    return WholeChain(
        person=chain.person,
        leader=chain.leader,
        skip=chain.skip,
        with_leader=_history(histories, chain.person, chain.leader),
        upward_contacts=tuple(each for each in upward.contacts if organisation.chain(chain.person, each.at) == chain),
        upward_meetings=tuple(
            each for each in upward.meetings if organisation.chain(chain.person, each.start) == chain
        ),
        sent_by_day=histories.sent_by_day.get(chain.person, {}),
        planned=(chain.person, chain.skip) in histories.planned,
    )


def _has_facts(history: PairHistory) -> bool:
    return bool(history.days or history.meetings or history.steps)


def chain_has_facts(history: ChainHistory) -> bool:
    """Whether a chain has any fact in the longest window."""
    facts = history.upward_contacts or history.upward_meetings or any(history.sent_by_day.values())
    return bool(facts) or _has_facts(history.with_leader)
