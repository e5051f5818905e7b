"""Which people a cohort's aggregate is made of, and whether it may be released beside all that ever was.

A cohort's panel is chosen in the first week of a window of four and stays for the rest of it: who joins, leaves or
moves changes no release before the next window. Then the people of the day become the panel, if nothing about too few
people can be worked out from it and everything released before (see `Rule`); otherwise the earlier panel goes on as
long as all of it is there, and failing that the cohort is withheld.

A panel is told exactly where nothing about fewer than twenty people can be worked out from all that is, and by steps
elsewhere (see `Steps`).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from shared.domain.organisation.hierarchy import ORGANISATION
from shared.domain.release.contribution import Contribution
from shared.domain.release.lattice import Lattice
from shared.domain.release.rule import Enough, Limits, Rule
from shared.domain.release.span import unsafe_cores
from shared.domain.release.steps import FEWEST_EXACT

WINDOW_WEEKS: Final = 4
# A panel made while little is known yet would stand in the way of every better one.
_LEAST_COVERAGE: Final = 0.75


@dataclass(frozen=True, slots=True)
class Panel:
    """People over whom a cohort was released at least once.

    `leaders` may see it, and so may everybody, on every surface. It is told exactly, or else by steps.
    """

    cohort: str
    people: frozenset[int]
    leaders: bool
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Ledger:
    """Everything ever released for one signal. Panels are named by their place, in the order they were first used."""

    panels: Sequence[Panel] = ()
    opens_window: bool = True  # panels are chosen this week; later ones of the window keep to them
    frozen: Mapping[str, int] = field(default_factory=dict)  # panel by cohort, for those already released this window
    latest: Mapping[str, int] = field(default_factory=dict)  # panel by cohort, of its last release before this window


@dataclass(frozen=True, slots=True)
class Chosen:
    """Panels to release a signal over, by cohort: places in the ledger with the new panels behind it."""

    new: Sequence[Panel]
    panels: Mapping[str, int]


def choose(
    lattice: Lattice,
    ledger: Ledger,
    *,
    rule: Rule,
    limits: Limits,
    current: Mapping[int, Contribution],
    carried: Mapping[int, Contribution],
    concerned: Collection[int],
    known: Collection[int],
) -> Chosen:
    """Panels of one signal and week. Those not named have no release.

    Args:
        lattice: the cohorts and who is in them.
        ledger: what was released before.
        rule: over whom the signal is told.
        limits: fewest people of anything that can be known, by whichever rule it was told.
        current: contributions of the week.
        carried: last contributions of people who have none this week, so that a quiet week changes no group.
        concerned: people with a reading of the signal, with enough evidence or not.
        known: people with evidence of their own for long enough to be in a new panel.
    """
    contributions = {**carried, **current}
    earlier = _earlier(ledger, rule)
    panels = {
        cohort: place
        for cohort, place in ledger.frozen.items()
        if cohort in lattice.members and _is_allowed(ledger.panels[place], rule)
    }
    candidates: dict[str, frozenset[int]] = {}
    for cohort, members in lattice.members.items() if ledger.opens_window else ():
        fresh = members.intersection(contributions).intersection(known)
        covered = len(fresh) >= _LEAST_COVERAGE * len(members.intersection({*concerned, *carried}))
        if cohort in panels or not covered or len(fresh) < rule.fewest:
            continue
        if (place := earlier.get(cohort, {}).get(fresh)) is not None:
            panels[cohort] = place
        elif _both_sides(fresh, contributions, limits.k) and not any(
            _told_apart(fresh, people, limits.k) for people in earlier.get(cohort, ())
        ):
            candidates[cohort] = fresh
    new = _new_panels(lattice, ledger, candidates, rule=rule, limits=limits, contributions=contributions)
    panels |= {panel.cohort: place for place, panel in enumerate(new, len(ledger.panels))}
    for cohort, place in ledger.latest.items() if ledger.opens_window else ():
        panel = ledger.panels[place]
        if (
            cohort not in panels
            and _is_allowed(panel, rule)
            and panel.people <= lattice.members.get(cohort, frozenset())
        ):
            panels[cohort] = place
    complete = {
        cohort: place for cohort, place in panels.items() if _people(ledger, new, place) <= contributions.keys()
    }
    return Chosen(new, complete)


def _is_allowed(panel: Panel, rule: Rule) -> bool:
    """Whether a panel was told by the rule of today, where that is for everybody alike."""
    return panel.leaders or not rule.by_leaders


def _new_panels(
    lattice: Lattice,
    ledger: Ledger,
    candidates: Mapping[str, frozenset[int]],
    *,
    rule: Rule,
    limits: Limits,
    contributions: Mapping[int, Contribution],
) -> list[Panel]:
    """Panels of the candidates that can be released, to whom, and how exactly; the smallest first."""
    cleared = clear([panel.people for panel in ledger.panels], candidates, Enough(limits.k))
    allowed = {cohort: people for cohort, people in candidates.items() if cohort in cleared}
    _drop_thin_remainders(lattice, allowed, contributions, limits.k)
    for_everybody = _for_everybody(lattice, ledger, allowed, rule=rule, limits=limits, contributions=contributions)
    if rule.by_leaders:
        allowed = {cohort: people for cohort, people in allowed.items() if cohort in for_everybody}
    many = {cohort: people for cohort, people in allowed.items() if len(people) >= FEWEST_EXACT}
    exact = clear([panel.people for panel in ledger.panels if panel.exact], many, Enough(FEWEST_EXACT))
    # Exactly about the people of before says more than by steps about those of today.
    held = {
        cohort
        for cohort, place in ledger.latest.items()
        if _goes_on_exactly(ledger.panels[place], rule, lattice, contributions)
    }
    return [
        Panel(cohort, people, leaders=cohort in for_everybody, exact=cohort in exact)
        for cohort, people in sorted(allowed.items(), key=lambda each: (len(each[1]), each[0]))
        if cohort in exact or cohort not in held
    ]


def _goes_on_exactly(panel: Panel, rule: Rule, lattice: Lattice, contributions: Mapping[int, Contribution]) -> bool:
    """Whether a panel of before can be told on exactly, over most of the people of today."""
    there = lattice.members.get(panel.cohort, frozenset()).intersection(contributions)
    return (
        panel.exact
        and len(panel.people) >= max(FEWEST_EXACT, _LEAST_COVERAGE * len(there))
        and _is_allowed(panel, rule)
        and panel.people <= there
    )


def _people(ledger: Ledger, new: Sequence[Panel], place: int) -> frozenset[int]:
    known = len(ledger.panels)
    return ledger.panels[place].people if place < known else new[place - known].people


def _earlier(ledger: Ledger, rule: Rule) -> dict[str, dict[frozenset[int], int]]:
    """Places of every panel a cohort ever had by this rule, by people."""
    found: dict[str, dict[frozenset[int], int]] = {}
    for place, panel in enumerate(ledger.panels):
        if _is_allowed(panel, rule):
            found.setdefault(panel.cohort, {})[panel.people] = place
    return found


def _told_apart(people: frozenset[int], other: frozenset[int], k: int) -> bool:
    """Whether the difference of two releases over these tells of fewer than k people."""
    return 0 < len(people ^ other) < k


def clear(history: Sequence[frozenset[int]], candidates: Mapping[str, frozenset[int]], enough: Enough) -> set[str]:
    """Candidates that can be released together, beside the history, so that nothing rests on too few people.

    Where some together are unsafe, the one of fewest people is left out first (complementary suppression); where they
    are too many to tell, the smaller half.
    """
    kept = dict(sorted(candidates.items(), key=lambda each: (len(each[1]), each[0])))
    while kept:
        cores = unsafe_cores([*history, *kept.values()], enough)
        if not cores:
            break
        dropped: set[str] = set()
        for core in cores:
            behind = [cohort for place, cohort in enumerate(kept, len(history)) if place in core.sets]
            # What an earlier release is split by need not be among the sets that show it.
            behind = behind or [cohort for cohort, people in kept.items() if not people.isdisjoint(core.people)]
            if behind and dropped.isdisjoint(behind):
                dropped.update(behind[: 1 if core.found else -(-len(behind) // 2)])
        if not dropped:
            return set()
        kept = {cohort: people for cohort, people in kept.items() if cohort not in dropped}
    return set(kept)


def _both_sides(people: Collection[int], contributions: Mapping[int, Contribution], k: int) -> bool:
    """Whether these people deal with at least k others."""
    others: set[int] = set()
    for person in people:
        others |= contributions[person].others
        if len(others) >= k:
            return True
    return False


def _for_everybody(
    lattice: Lattice,
    ledger: Ledger,
    allowed: Mapping[str, frozenset[int]],
    *,
    rule: Rule,
    limits: Limits,
    contributions: Mapping[int, Contribution],
) -> set[str]:
    """New panels that everybody may see: the same check once more, over what everybody ever saw."""
    if rule == Rule(limits.k, limits.k):
        return set(allowed)
    enough = rule.for_everybody(lattice.leaders)
    large = {
        cohort: people
        for cohort, people in allowed.items()
        if enough(people)
        and _both_sides(people, contributions, enough.k)
        and rule.leaders_allow(contributions[person].leaders for person in people)
    }
    return clear([panel.people for panel in ledger.panels if panel.leaders], large, enough)


def _drop_thin_remainders(
    lattice: Lattice, allowed: dict[str, frozenset[int]], contributions: Mapping[int, Contribution], k: int
) -> None:
    """Leave out cohorts until what a cohort has beside those inside it deals with k others as well, or is nobody."""

    def outermost(cohorts: Sequence[str]) -> list[str]:
        found = []
        for cohort in cohorts:
            inside = outermost(lattice.below[cohort])
            if cohort not in allowed:
                found += inside
                continue
            found.append(cohort)
            while rest := allowed[cohort].difference(*(allowed[each] for each in inside)):
                if not inside or _both_sides(rest, contributions, k):
                    break
                smallest = min(inside, key=lambda each: (len(allowed[each]), each))
                del allowed[smallest]
                inside.remove(smallest)
                inside += outermost(lattice.below[smallest])
        return found

    outermost([ORGANISATION])
