"""Small organisations for proofs: every reporting tree, who is kept from what in it, and its rows in the store."""

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from shared.domain.facts.digests import digest
from shared.domain.organisation.hierarchy import FOREVER, SINCE_EVER
from shared.domain.signals import SIGNAL_BY_NAME
from shared.domain.week import LIVE_WEEK, week_end

WEEK: Final = 2926
CHAIN_SIGNALS: Final = tuple(name for name, signal in SIGNAL_BY_NAME.items() if signal.kind == "chain")
Chain = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Organisation:
    """`managers[i]` leads person i; the first person is the top. `delegates` act for principals."""

    managers: tuple[int, ...]
    delegates: tuple[tuple[str, str], ...] = ()  # delegate, principal

    @property
    def people(self) -> list[str]:
        return [f"p{number}" for number in range(len(self.managers))]

    def manager(self, person: str) -> str | None:
        number = int(person[1:])
        return f"p{self.managers[number]}" if number else None

    def above(self, person: str) -> list[str]:
        """Everybody above a person, nearest first."""
        found: list[str] = []
        while (manager := self.manager((found or [person])[-1])) is not None:
            found.append(manager)
        return found

    def chains(self) -> list[Chain]:
        """Person, leader and leader's leader of everybody who has both."""
        found = ((person, self.above(person)) for person in self.people)
        return [(person, above[0], above[1]) for person, above in found if len(above) > 1]

    def leads(self, viewer: str) -> bool:
        """Whether a person, or somebody whom they act for, has reports."""
        return any(self.manager(person) in self._stands_for(viewer) for person in self.people)

    def may_read(self, viewer: str, chain: Chain) -> bool:
        """Whether an HR partner with a case about them may see that the person may go over the leader's head.

        Said here apart from the filter: not those in it, not those above them, not who works for the person or the
        leader, not the leader's peers, and nobody who acts for one of these.
        """
        person, leader, target = chain
        kept = {*chain, *self.above(person), *(each for each in self.people if self.manager(each) == target)}
        kept |= {each for each in self.people if {person, leader} & set(self.above(each))}
        return not kept & self._stands_for(viewer)

    def _stands_for(self, viewer: str) -> set[str]:
        stands_for, grew = {viewer}, True
        while grew:
            more = {principal for delegate, principal in self.delegates if delegate in stands_for} - stands_for
            stands_for |= more
            grew = bool(more)
        return stands_for & set(self.people)


def trees(people: int) -> Iterator[tuple[int, ...]]:
    """Every reporting tree of so many people, each shape once."""
    seen = set()
    for managers in itertools.product(*(range(max(number, 1)) for number in range(people))):
        children: dict[int, list[int]] = {number: [] for number in range(people)}
        for number in range(1, people):
            children[managers[number]].append(number)
        shape = _shape(children, 0)
        if shape not in seen:
            seen.add(shape)
            yield managers


def _shape(children: dict[int, list[int]], root: int) -> Any:
    return tuple(sorted(_shape(children, child) for child in children[root]))


def rows(organisation: Organisation, risks: dict[Chain, float]) -> dict[str, list[dict[str, Any]]]:
    """Rows by table. `risks` says how likely each chain is; one that is missing has no reading at all."""
    people = organisation.people
    pairs = [pair for pair in itertools.combinations(people, 2) if _acquainted(organisation, *pair)]
    readings = [
        _reading(signal, pair, 45.0 + 10 * (number % 3), week=week)
        for number, pair in enumerate(pairs)
        for signal, week in (("relationship_health", LIVE_WEEK), ("relationship_health", WEEK), ("cadence", LIVE_WEEK))
    ]
    readings += [
        _reading(signal, chain, value if "risk" in signal else 10 * value, week=week)
        for chain, value in risks.items()
        for signal, week in itertools.product(CHAIN_SIGNALS, (LIVE_WEEK, WEEK))
    ]
    return {
        "person": [{"key": person, "team": f"t{number % 2}", "active": True} for number, person in enumerate(people)],
        "reporting_line": [
            {"entity": digest(f"{person}<"), "person": person, "manager": organisation.manager(person) or ""}
            | {"valid_from": SINCE_EVER, "valid_to": FOREVER}
            for person in people
        ],
        "delegation": [
            {"principal": principal, "delegate": delegate, "recorded_at": 0}
            for delegate, principal in organisation.delegates
        ],
        "reading": readings,
        "alert": [_alert(chain, value, threshold=max(risks.values())) for chain, value in risks.items()],
        "alert_event": [],
    }


def mean_risk(risks: dict[Chain, float]) -> float:
    """What aggregates of a risk show."""
    return round(sum(risks.values()) / len(risks), 6) if risks else 0.0


def alert_id(chain: Chain) -> str:
    """What an alert about a chain is called here. In a store nobody can work it out; here everybody may ask for it."""
    return f"alert_{'_'.join(chain)}"


def _alert(chain: Chain, value: float, *, threshold: float) -> dict[str, Any]:
    """An alert; where the budget is spent its threshold is somebody else's risk."""
    first, second, third = chain
    return {
        "id": alert_id(chain), "fingerprint": "f" * 32, "signal": "escalation_risk_14d", "first": first,
        "second": second, "third": third, "first_week": WEEK, "raised_week": WEEK, "raised_at": week_end(WEEK),
        "value": value, "confidence": 0.8, "threshold": threshold, "action": "close_the_loop", "model_version": "1",
        "latest_value": value, "latest_week": WEEK, "state": "open", "handling": "new",
    }  # fmt: skip


def _acquainted(organisation: Organisation, one: str, other: str) -> bool:
    """Leader and report, peers, or a person and the leader's leader."""
    above_one, above_other = organisation.above(one)[:2], organisation.above(other)[:2]
    return one in above_other or other in above_one or above_one[:1] == above_other[:1]


def _reading(signal: str, people: tuple[str, ...], value: float, *, week: int) -> dict[str, Any]:
    first, second, third = (*people, "")[:3]
    return {
        "signal": signal, "first": first, "second": second, "third": third, "week": week, "as_of": week_end(WEEK),
        "value": value, "confidence": 0.75, "band": SIGNAL_BY_NAME[signal].bands.of(value),
        "factors": json.dumps([["open_asks", round(value * 10, 3), 3, 1.0]]), "action": "close_the_loop",
        "model_version": "1",
    }  # fmt: skip
