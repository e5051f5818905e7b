"""What of one signal and week is released: panels that may be, with the numbers that may be."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from shared.domain.evidence.reading import GROUPS
from shared.domain.organisation.hierarchy import ORGANISATION
from shared.domain.release.aggregate import Aggregate, aggregate, aggregate_of_steps
from shared.domain.release.contribution import Contribution
from shared.domain.release.lattice import Lattice
from shared.domain.release.panels import Ledger, Panel, choose
from shared.domain.release.rule import Limits, Rule, rule_of
from shared.domain.release.steps import FEWEST_EXACT, Steps
from shared.domain.signals.signal import Signal


@dataclass(frozen=True, slots=True)
class Shown:
    """The numbers of a cohort, the place of its panel in the ledger, and whether leaders may see them.

    What is not `exact` is made of steps, and told once: a correction would be a second look.
    """

    numbers: Aggregate
    panel: int
    leaders: bool
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Decision:
    """Panels to add to the ledger, and the cohorts that are shown; all others are suppressed."""

    new: Sequence[Panel]
    shown: Mapping[str, Shown]


def decide(
    signal: Signal,
    lattice: Lattice,
    ledger: Ledger,
    *,
    limits: Limits,
    current: Mapping[int, Contribution],
    carried: Mapping[int, Contribution],
    concerned: Collection[int],
    steps: Steps,
) -> Decision:
    """Decide from the contributions of the week, and of earlier weeks for people who have none (see `choose`).

    `steps` are those of the week.
    """
    rule = rule_of(signal, limits)
    chosen = choose(
        lattice,
        ledger,
        rule=rule,
        limits=limits,
        current=current,
        carried=carried,
        concerned=concerned,
        known=steps.known,
    )
    contributions = {**carried, **current}
    new: list[Panel] = []
    shown: dict[str, Shown] = {}
    for cohort, place in sorted(chosen.panels.items(), key=lambda each: (each[1], each[0])):
        is_new = place >= len(ledger.panels)
        panel = chosen.new[place - len(ledger.panels)] if is_new else ledger.panels[place]
        if signal.kind in GROUPS and not _is_whole(signal, cohort, panel, lattice):
            continue
        others, exact = _others(panel, contributions), panel.exact and len(panel.people) >= FEWEST_EXACT
        if others < limits.k or not _is_told(rule, panel, contributions) or not (exact or steps.width):
            continue
        if is_new:  # only what is released becomes part of the ledger
            new.append(panel)
        shown[cohort] = Shown(
            aggregate(panel.people, contributions, signal=signal)
            if exact
            else aggregate_of_steps(panel.people, contributions, steps, signal=signal),
            panel=len(ledger.panels) + len(new) - 1 if is_new else place,
            leaders=panel.leaders and others >= rule.fewest_for_everybody,
            exact=exact,
        )
    return Decision(new, shown)


def _others(panel: Panel, contributions: Mapping[int, Contribution]) -> int:
    """How many people are on the other side of a panel's readings."""
    return len(frozenset().union(*(contributions[person].others for person in panel.people)))


def _is_told(rule: Rule, panel: Panel, contributions: Mapping[int, Contribution]) -> bool:
    """Whether people have the leaders that the rule asks for, in this week too."""
    return rule.leaders_allow(contributions[person].leaders for person in panel.people)


def _is_whole(signal: Signal, cohort: str, panel: Panel, lattice: Lattice) -> bool:
    """Whether a signal of groups can be told over a panel: it is of everybody there is, and not a sum over some."""
    if signal.kind == "organisation" and cohort != ORGANISATION:
        return False
    return panel.people == lattice.members.get(cohort)
