"""What is measured of alerts on made-up companies: counts pooled over worlds, never means of rates of single ones.

An instant is in weeks from the beginning of a world; an alert of week w is raised at its end, at w + 1.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from tests.bench.alerts.worlds import Chain, Raised, WorldResult

HORIZON_WEEKS: Final = 4  # 28 days
# A rule may need some weeks to know what is ordinary. The rate is the worse of the whole time and of that after these.
KNOWN_AFTER_WEEKS: Final = 8


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    hits: int
    of: int

    @property
    def value(self) -> float | None:
        """The share; None of nothing."""
        return self.hits / self.of if self.of else None


def rate(worlds: Sequence[WorldResult]) -> float | None:
    """Alerts per 100 people and week."""

    def since(week: int) -> float:
        alerts = sum(each.at > week for world in worlds for each in world.raised)
        return 100 * alerts / sum(world.people * (world.weeks - week) for world in worlds)

    return max(since(0), since(KNOWN_AFTER_WEEKS)) if worlds else None


def unplanted_rate(worlds: Sequence[WorldResult]) -> float | None:
    """Alerts about chains that nothing was planted for, or not yet, per 100 people of such chains and week."""
    alerts, weeks = 0, 0
    for world in worlds:
        onsets = {(each.person, each.leader): each.onset for each in world.chains}
        alerts += sum(each.at <= onsets.get((each.person, each.leader), world.weeks) for each in world.raised)
        weeks += world.people * world.weeks - sum(world.weeks - each.onset for each in world.chains)
    return 100 * alerts / weeks if weeks else None


def caught(worlds: Iterable[WorldResult], *, least_weeks: float = 0.0) -> Share:
    """Chains alerted between onset and event, of those with an event at least so many weeks after the onset."""
    found = [
        _first_alert(world, each) is not None
        for world, each in _planted(worlds)
        if each.event is not None and each.event - each.onset >= least_weeks
    ]
    return Share(sum(found), len(found))


def lead_weeks(worlds: Iterable[WorldResult]) -> float | None:
    """Median time from the first alert to the event, of those that were caught."""
    leads = [
        each.event - first
        for world, each in _planted(worlds)
        if each.event is not None and (first := _first_alert(world, each)) is not None
    ]
    return median(leads) if leads else None


def alerted_within(worlds: Iterable[WorldResult], *, weeks: int) -> Share:
    """Chains alerted within so many weeks of the onset, of those without an event and with so much time left."""
    found = [
        any(each.onset < alert.at <= each.onset + weeks for alert in _alerts(world, each))
        for world, each in _planted(worlds)
        if each.event is None and each.onset + weeks <= world.weeks
    ]
    return Share(sum(found), len(found))


def followed(worlds: Iterable[WorldResult]) -> Share:
    """Alerts that the event followed within the horizon, of all whose horizon lies within the world."""
    found = []
    for world in worlds:
        events = {(each.person, each.leader): each.event for each in world.chains}
        found += [
            _follows(events.get((each.person, each.leader)), each.at)
            for each in world.raised
            if each.at + HORIZON_WEEKS <= world.weeks
        ]
    return Share(sum(found), len(found))


def followed_by_cause(worlds: Iterable[WorldResult]) -> Share:
    """The same for an oracle that knows cause and onset alone: it alerts in any week from the onset to the event."""
    found = [_follows(each.event, at) for world in worlds for each in world.chains for at in _open_weeks(world, each)]
    return Share(sum(found), len(found))


def followed_by_hazard(worlds: Iterable[WorldResult]) -> Share:
    """The same for one that knows the true hazards: of each world as many chains as the rule alerted, where highest."""
    hits, count = 0, 0
    for world in worlds:
        alerts = sum(each.at + HORIZON_WEEKS <= world.weeks for each in world.raised)
        best = sorted(
            (
                max((_true_risk(each, at), -at, _follows(each.event, at)) for at in weeks)
                for each in world.chains
                if (weeks := list(_open_weeks(world, each)))
            ),
            reverse=True,
        )[:alerts]
        hits += sum(follows for _, _, follows in best)
        count += len(best)
    return Share(hits, count)


def enough_evidence(worlds: Sequence[WorldResult]) -> Share:
    """Chain weeks with enough evidence for the rule."""
    return Share(sum(world.enough for world in worlds), sum(world.watched for world in worlds))


def by_kind(worlds: Iterable[WorldResult]) -> dict[str, list[WorldResult]]:
    """Worlds by the name of their kind, in the order they come."""
    found: dict[str, list[WorldResult]] = defaultdict(list)
    for world in worlds:
        found[world.kind].append(world)
    return dict(found)


def _planted(worlds: Iterable[WorldResult]) -> Iterator[tuple[WorldResult, Chain]]:
    return ((world, each) for world in worlds for each in world.chains)


def _alerts(world: WorldResult, chain: Chain) -> list[Raised]:
    return [each for each in world.raised if (each.person, each.leader) == (chain.person, chain.leader)]


def _first_alert(world: WorldResult, chain: Chain) -> int | None:
    """When the first alert between onset and event was raised."""
    end = world.weeks + 1 if chain.event is None else chain.event
    return min((each.at for each in _alerts(world, chain) if chain.onset < each.at < end), default=None)


def _open_weeks(world: WorldResult, chain: Chain) -> range:
    """Ends of weeks at which an alert could still be right, and its horizon lies within the world."""
    end = world.weeks if chain.event is None else int(chain.event)
    return range(chain.onset + 1, min(end, world.weeks - HORIZON_WEEKS) + 1)


def _follows(event: float | None, at: int) -> bool:
    return event is not None and at < event <= at + HORIZON_WEEKS


def _true_risk(chain: Chain, at: int) -> float:
    """The probability that somebody who has not gone past yet does within the horizon."""
    stays = 1.0
    for hazard in chain.hazards[at - chain.onset :][:HORIZON_WEEKS]:
        stays *= 1 - hazard
    return 1 - stays
