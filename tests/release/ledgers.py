"""The publisher's decisions over many weeks, without a store."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from shared.domain.release.contribution import Contribution, Contributions
from shared.domain.release.decision import Decision, decide
from shared.domain.release.lattice import Lattice
from shared.domain.release.panels import WINDOW_WEEKS, Ledger, Panel
from shared.domain.release.rule import Limits
from shared.domain.release.steps import EVIDENCE_WEEKS, Steps
from shared.domain.signals import SIGNAL_BY_NAME

LIMITS = Limits()
STYLE = "leadership_audit"  # each person's own, and about relationships


@dataclass(slots=True)
class Book:
    """What was released of one signal, and what everybody last contributed.

    Everybody is long known, unless `strict`.
    """

    signal: str
    panels: list[Panel] = field(default_factory=list)
    used: dict[str, tuple[int, int]] = field(default_factory=dict)  # week and panel of a cohort's last release
    last: dict[int, Contribution] = field(default_factory=dict)
    steps: Steps = field(default_factory=Steps)
    strict: bool = False
    decision: Decision = field(default_factory=lambda: Decision((), {}))  # of the week released last

    def release(self, week: int, lattice: Lattice, contributions: Contributions) -> dict[str, int]:
        """Decide a week and write it down; the cohorts that are shown, and their panels."""
        window = week // WINDOW_WEEKS * WINDOW_WEEKS
        current = contributions.of(self.signal)
        carried = {
            person: each for person, each in self.last.items() if person not in current and person in lattice.people
        }
        before = self.steps if self.strict else long_known(lattice.people, self.steps)
        bands = SIGNAL_BY_NAME[self.signal].bands
        self.steps = before.after_a_week(current, carried, people=lattice.people, bands=bands)
        decision = self.decision = decide(
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
            carried=carried,
            concerned=contributions.concerned(self.signal),
            steps=self.steps,
        )
        self.panels += decision.new
        repeated = {cohort: panel for cohort, (used, panel) in self.used.items() if used >= window}
        shown = repeated | {cohort: each.panel for cohort, each in decision.shown.items()}
        self.used |= {cohort: (week, panel) for cohort, panel in shown.items()}
        self.last |= current
        return shown


def long_known(people: Iterable[int], steps: Steps | None = None) -> Steps:
    """Steps on which all of these have been known for long."""
    before = steps or Steps()
    return Steps(before.width, before.centre, dict.fromkeys(people, EVIDENCE_WEEKS), before.places)


def styles(values: Iterable[tuple[str, float]]) -> Contributions:
    """Contributions of people with one reading each, of their own style."""
    found = Contributions()
    found.add((STYLE, person, "", value, SIGNAL_BY_NAME[STYLE].bands.of(value), ()) for person, value in values)
    return found
