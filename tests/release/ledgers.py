"""The publisher's decisions over many weeks, without a store."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from shared.domain.release.contribution import Contribution, Contributions
from shared.domain.release.decision import decide
from shared.domain.release.lattice import Lattice
from shared.domain.release.panels import WINDOW_WEEKS, Ledger, Limits, Panel
from shared.domain.signals import SIGNAL_BY_NAME

LIMITS = Limits()


@dataclass(slots=True)
class Book:
    """What was released of one signal, and what everybody last contributed."""

    signal: str
    panels: list[Panel] = field(default_factory=list)
    used: dict[str, tuple[int, int]] = field(default_factory=dict)  # week and panel of a cohort's last release
    last: dict[int, Contribution] = field(default_factory=dict)

    def release(self, week: int, lattice: Lattice, contributions: Contributions) -> dict[str, int]:
        """Decide a week and write it down; the cohorts that are shown, and their panels."""
        window = week // WINDOW_WEEKS * WINDOW_WEEKS
        current = contributions.of(self.signal)
        decision = decide(
            SIGNAL_BY_NAME[self.signal],
            lattice,
            Ledger(
                panels=tuple(self.panels),
                opens_window=week == window,
                frozen={cohort: panel for cohort, (used, panel) in self.used.items() if used >= window},
                latest={cohort: panel for cohort, (used, panel) in self.used.items() if used < window},
            ),
            limits=LIMITS,
            current=current,
            carried={
                person: each for person, each in self.last.items() if person not in current and person in lattice.people
            },
            concerned=contributions.concerned(self.signal),
        )
        self.panels += decision.new
        repeated = {cohort: panel for cohort, (used, panel) in self.used.items() if used >= window}
        shown = repeated | {cohort: each.panel for cohort, each in decision.shown.items()}
        self.used |= {cohort: (week, panel) for cohort, panel in shown.items()}
        self.last |= current
        return shown


def chains(values: Iterable[tuple[str, float]]) -> Contributions:
    """Contributions of people with one reading each."""
    found = Contributions()
    found.add(("unheard", person, "lead", value, "low" if value < 50 else "high", ()) for person, value in values)
    return found
