"""Cells: what is said about a cohort, as released. Nothing else about groups leaves the store."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from shared.domain.release.rule import smallest_shown_above


@dataclass(frozen=True, slots=True)
class Cell:
    """A signal over a cohort. Suppressed cells carry no value; shown ones cover at least k people on each side.

    `shown_in` is the smallest unit above a suppressed one that is shown; empty where there is none.
    """

    signal: str
    cohort: str
    suppressed: bool
    people: int = 0  # rounded down, to a multiple of five at least; 0 when suppressed
    mean: float = 0.0  # of the people's own means, to three digits
    shares: Mapping[str, float] = field(default_factory=dict)  # by band, in steps of 5 % from 5 to 95 %
    factors: Mapping[str, float] = field(default_factory=dict)  # means of what readings of chains are made of
    shown_in: str = ""


def cells_for_everybody(cells: Iterable[tuple[Cell, bool]], above: Mapping[str, str]) -> list[Cell]:
    """What everybody may see of the cells of a week, of which each says whether leaders may see it.

    Metrics, dashboards and rules of alerts are of these alone: there nobody is asked who they are. `above` gives the
    unit right around each cohort.
    """
    told = [
        cell if leaders or cell.suppressed else Cell(cell.signal, cell.cohort, suppressed=True)
        for cell, leaders in cells
    ]
    shown: dict[str, set[str]] = {}
    for cell in told:
        if not cell.suppressed:
            shown.setdefault(cell.signal, set()).add(cell.cohort)
    return [
        replace(cell, shown_in=smallest_shown_above(cell.cohort, above, shown.get(cell.signal, ())) or "")
        if cell.suppressed
        else cell
        for cell in told
    ]
