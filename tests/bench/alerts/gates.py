"""The gates that alerts have to pass, each by what it is measured on: worlds to tune with, and those kept out of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from services.simulator.kinds.kind import HELD_OUT_KINDS, HELD_OUT_SEEDS, KIND_BY_NAME
from tests.bench.alerts.fairness import fairness
from tests.bench.alerts.measures import (
    Share,
    alerted_within,
    by_kind,
    caught,
    followed,
    followed_by_cause,
    followed_by_hazard,
    lead_weeks,
    rate,
    unplanted_rate,
)
from tests.bench.alerts.real_mail import RealMail
from tests.bench.alerts.worlds import MODES, WorldResult

WEEK_DAYS: Final = 7
SPLITS: Final = ("tuning", "kept seeds", "kept kinds")
_STRONG_KINDS: Final = ("unheard_strong", "faction_split", "bad_to_all", "bad_quarter")
_MEDIUM_KINDS: Final = ("unheard_medium", "bad_to_all_medium", "ticket_war")
_FAR_WEEKS: Final = 3.0  # demand: an event 21 days or more after the onset
_SOON_WEEKS: Final = 6
_DRIFT_WEEKS: Final = 12
# Demand. Of fewer nothing passes.
_FEWEST_CHAINS: Final = 60
_FEWEST_HEALTHY: Final = 12
_FEWEST_TROUBLED: Final = 8
_FEWEST_SEEDS: Final = 3


@dataclass(frozen=True, slots=True)
class Gate:
    """One figure against its limit. Without a limit it is reported only; without a value nothing could be measured."""

    mode: str
    split: str
    what: str
    value: float | None
    limit: float | None
    at_most: bool
    of: str  # what it was measured on
    enough: bool = True  # whether that is as much as was asked for

    @property
    def verdict(self) -> str:
        """Pass or fail; `too few` for what would pass on less than was asked for."""
        if self.value is None:
            return "not measured"
        if self.limit is None:
            return "reported"
        good = self.value <= self.limit if self.at_most else self.value >= self.limit
        # Of too little nothing is shown to be right, and much can be shown to be wrong.
        return ("pass" if self.enough else "too few") if good else "fail"

    @property
    def figure(self) -> str:
        """The figure, in the field's digits."""
        return "-" if self.value is None else f"{self.value:.3f}" if self.at_most else f"{self.value:.2f}"

    @property
    def wanted(self) -> str:
        """The limit in words."""
        return "" if self.limit is None else f"{'at most' if self.at_most else 'at least'} {self.limit:g}"

    @property
    def line(self) -> str:
        """One line for a terminal."""
        return (
            f"{self.verdict:12} {self.mode:8} {self.split:10} {self.figure:>6} {self.wanted:14} {self.what} ({self.of})"
        )


def split_of(world: WorldResult) -> str:
    """Whether a world is to tune with, or kept out for its seed or its kind."""
    if world.kind in HELD_OUT_KINDS:
        return "kept kinds"
    return "kept seeds" if world.seed in HELD_OUT_SEEDS else "tuning"


def gates(worlds: Sequence[WorldResult]) -> list[Gate]:
    """Every gate for which there is a world."""
    found: list[Gate] = []
    for mode in MODES:
        for split in SPLITS:
            own = [world for world in worlds if world.mode == mode and split_of(world) == split]
            if own:
                found += _Judge(mode, split, own).gates()
    return found


def mail_gates(mail: RealMail | None) -> list[Gate]:
    """What is asked of alerts on real mail; nothing where there is none."""
    if mail is None:
        return []
    own, habit = (
        Share(hits, of).value for hits, of in ((mail.followed, mail.known), (mail.habit_followed, mail.habit_known))
    )
    people = f"{mail.raised} alerts, {mail.people} people, {mail.weeks} weeks"
    judged = partial(Gate, "metadata", "real mail")
    return [
        judged("alerts per 100 people and week", 100 * mail.raised / (mail.people * mail.weeks), 0.10, True, people),
        judged(
            "chain weeks with enough evidence", mail.enough / mail.watched, None, False, f"{mail.watched} chain weeks"
        ),
        judged("followed within 28 days", own, None, False, f"{mail.followed} of {mail.known}"),
        judged("the same by habit alone", habit, None, False, f"{mail.habit_followed} of {mail.habit_known}"),
    ]


class _Judge:
    """The gates of one mode on one part of the worlds."""

    def __init__(self, mode: str, split: str, worlds: Sequence[WorldResult]) -> None:
        self._mode, self._split = mode, split
        self._by = by_kind(worlds)

    def gates(self) -> Iterator[Gate]:
        yield from self._healthy()
        yield from self._caught()
        yield from self._followed()
        yield from self._alerted()
        yield from self._fair()

    def _of(self, health: str) -> list[WorldResult]:
        return [world for kind, own in self._by.items() if KIND_BY_NAME[kind].health == health for world in own]

    def _kinds(self, *names: str) -> list[WorldResult]:
        return [world for name in names for world in self._by.get(name, ())]

    def _gate(
        self,
        what: str,
        value: float | None,
        limit: float | None,
        of: str,
        *,
        at_most: bool = False,
        enough: bool = True,
    ) -> Gate:
        return Gate(self._mode, self._split, what, value, limit, at_most, of, enough)

    def _share(self, what: str, share: Share, limit: float | None, worlds: Sequence[WorldResult]) -> Gate:
        planted = sum(len(world.chains) for world in worlds)
        of = f"{share.hits} of {share.of}, {planted} chains planted"
        return self._gate(what, share.value, limit, of, enough=planted >= _FEWEST_CHAINS)

    def _healthy(self) -> Iterator[Gate]:
        rates = {
            kind: found
            for kind, own in self._by.items()
            if KIND_BY_NAME[kind].health == "healthy" and (found := rate(own)) is not None
        }
        if rates:
            count = f"{len(rates)} kinds, {len(self._of('healthy'))} worlds"
            what = "healthy, alerts per 100 people and week"
            enough = self._split == "kept kinds" or len(rates) >= _FEWEST_HEALTHY
            mean = sum(rates.values()) / len(rates)
            yield self._gate(f"{what}: mean", mean, 0.03, count, at_most=True, enough=enough)
            worst = max(rates, key=lambda kind: rates[kind])
            yield self._gate(f"{what}: worst kind, {worst}", rates[worst], 0.10, count, at_most=True, enough=enough)
        incident = self._of("incident")
        if incident:
            of, enough = f"{len(incident)} worlds", len(incident) >= _FEWEST_SEEDS
            what = "a two-week incident, alerts per 100 people and week"
            yield self._gate(what, rate(incident), 0.30, of, at_most=True, enough=enough)
        troubled = self._of("troubled")
        if troubled:
            what = "chains that nothing was planted for, in troubled companies"
            of, enough = f"{len(troubled)} worlds", len(troubled) >= _FEWEST_TROUBLED
            yield self._gate(what, unplanted_rate(troubled), 0.05, of, at_most=True, enough=enough)

    def _caught(self) -> Iterator[Gate]:
        strong = 0.80 if self._mode == "text" else 0.75
        yield from self._caught_of("strong", _STRONG_KINDS, strong)
        yield from self._caught_of("strong, event 21 days or more after", _STRONG_KINDS, 0.90, least_weeks=_FAR_WEEKS)
        yield from self._caught_of("medium", _MEDIUM_KINDS, 0.65)
        yield from self._caught_of("weak", ("unheard_weak",), None)
        yield from self._caught_of("drift", ("unheard_slowly",), 0.55)
        yield from self._caught_of("one-to-ones only", ("one_on_ones_fading",), 0.45)
        yield from self._caught_of("bad to one", ("bad_to_one",), 0.45)
        yield from self._caught_of("strong, sparse", ("unheard_sparse",), 0.65)
        worlds = self._kinds(*_STRONG_KINDS)
        lead = lead_weeks(worlds)
        if worlds:
            days = None if lead is None else lead * WEEK_DAYS
            share = caught(worlds)
            of, enough = f"{share.hits} caught, {share.of - share.hits} missed", share.of >= _FEWEST_CHAINS
            yield self._gate("strong, median days from alert to event", days, 21, of, enough=enough)

    def _caught_of(
        self, what: str, kinds: tuple[str, ...], limit: float | None, *, least_weeks: float = 0.0
    ) -> Iterator[Gate]:
        worlds = self._kinds(*kinds)
        if worlds:
            share = caught(worlds, least_weeks=least_weeks)
            yield self._share(f"caught between onset and event: {what}", share, limit, worlds)

    def _followed(self) -> Iterator[Gate]:
        worlds = self._kinds(*_STRONG_KINDS)
        if not worlds:
            return
        own = followed(worlds)
        for what, other, limit in (
            ("an oracle that knows cause and onset", followed_by_cause(worlds), 0.90),
            ("the true weekly hazard", followed_by_hazard(worlds), 0.75),
        ):
            ratio = own.value / other.value if own.value is not None and other.value else None
            of = f"{own.hits} of {own.of} against {other.hits} of {other.of}"
            enough = own.of >= _FEWEST_CHAINS
            yield self._gate(f"strong, followed within 28 days beside {what}", ratio, limit, of, enough=enough)

    def _alerted(self) -> Iterator[Gate]:
        for what, kinds, weeks, limit in (
            ("strong", _STRONG_KINDS, _SOON_WEEKS, 0.85),
            ("giving up", ("giving_up",), _SOON_WEEKS, 0.85),
            ("medium", _MEDIUM_KINDS, _SOON_WEEKS, 0.60),
            ("drift", ("unheard_slowly",), _DRIFT_WEEKS, 0.60),
        ):
            worlds = self._kinds(*kinds)
            if worlds:
                share = alerted_within(worlds, weeks=weeks)
                yield self._share(f"no event follows, alerted within {weeks} weeks: {what}", share, limit, worlds)

    def _fair(self) -> Iterator[Gate]:
        healthy = self._of("healthy")
        if not healthy:
            return
        found = fairness(healthy)
        for each in found.groups:
            of = f"{each.people} people, at {found.rate:.2f} alerts per 100 and week"
            what, enough = f"fair, alerted so many times as often: {each.group}", each.people >= _FEWEST_CHAINS
            yield self._gate(what, each.ratio, 1.5, of, at_most=True, enough=enough)
            yield self._gate(f"fair, upper bound: {each.group}", each.upper, 2.0, of, at_most=True, enough=enough)
