"""What of one signal and week is released: panels that may be, with the numbers that may be."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from shared.domain.evidence.reading import GROUPS
from shared.domain.organisation.hierarchy import ORGANISATION
from shared.domain.release.aggregate import Aggregate, aggregate
from shared.domain.release.contribution import Contribution
from shared.domain.release.lattice import Lattice
from shared.domain.release.panels import Ledger, Limits, Panel, choose
from shared.domain.signals.signal import Signal


@dataclass(frozen=True, slots=True)
class Shown:
    """The numbers of a cohort, the place of its panel in the ledger, and whether leaders may see them."""

    numbers: Aggregate
    panel: int
    leaders: bool


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
) -> Decision:
    """Decide from the contributions of the week, and of earlier weeks for people who have none (see `choose`)."""
    chosen = choose(lattice, ledger, limits=limits, current=current, carried=carried, concerned=concerned)
    contributions = {**carried, **current}
    of_groups = signal.kind in GROUPS
    new: list[Panel] = []
    shown: dict[str, Shown] = {}
    for cohort, place in sorted(chosen.panels.items(), key=lambda each: (each[1], each[0])):
        is_new = place >= len(ledger.panels)
        panel = chosen.new[place - len(ledger.panels)] if is_new else ledger.panels[place]
        if of_groups and not _is_whole(signal, cohort, panel, lattice):
            continue
        numbers = aggregate(panel.people, contributions, bands=signal.bands.names, of_group=of_groups, k=limits.k)
        if numbers is None:
            continue
        if is_new:  # only what is released becomes part of the ledger
            new.append(panel)
        shown[cohort] = Shown(
            numbers,
            panel=len(ledger.panels) + len(new) - 1 if is_new else place,
            leaders=panel.leaders and numbers.others >= limits.k_leader,
        )
    return Decision(new, shown)


def _is_whole(signal: Signal, cohort: str, panel: Panel, lattice: Lattice) -> bool:
    """Whether a signal of groups can be told over a panel: it is of everybody there is, and not a sum over some."""
    if signal.kind == "organisation" and cohort != ORGANISATION:
        return False
    return panel.people == lattice.members.get(cohort)
