"""Which people a cohort's aggregate is made of, and whether it may be released beside all that ever was.

A cohort's panel is chosen in the first week of a window of four and stays for the rest of it: who joins, leaves or
moves changes no release before the next window. Then the people of the day become the panel, if nothing about fewer
than k people can be worked out from it and everything released before; otherwise the earlier panel goes on as long as
all of it is there, and failing that the cohort is withheld.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from shared.domain.organisation.hierarchy import ORGANISATION
from shared.domain.release.contribution import Contribution
from shared.domain.release.lattice import Lattice
from shared.domain.release.span import unsafe_cores

WINDOW_WEEKS: Final = 4
# A panel made while little is known yet would stand in the way of every better one.
_LEAST_COVERAGE: Final = 0.75


@dataclass(frozen=True, slots=True)
class Limits:
    """Fewest people of anything that can be known: to everybody, and to leaders, who know more to begin with."""

    k: int = 5
    k_leader: int = 10


@dataclass(frozen=True, slots=True)
class Panel:
    """People over whom a cohort was released at least once. `leaders` may see it too."""

    cohort: str
    people: frozenset[int]
    leaders: bool


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
    limits: Limits,
    current: Mapping[int, Contribution],
    carried: Mapping[int, Contribution],
    concerned: Collection[int],
) -> Chosen:
    """Panels of one signal and week. Those not named have no release.

    Args:
        lattice: the cohorts and who is in them.
        ledger: what was released before.
        limits: fewest people.
        current: contributions of the week.
        carried: last contributions of people who have none this week, so that a quiet week changes no group.
        concerned: people with a reading of the signal, with enough evidence or not.
    """
    contributions = {**carried, **current}
    earlier = _earlier(ledger)
    panels = {cohort: place for cohort, place in ledger.frozen.items() if cohort in lattice.members}
    candidates: dict[str, frozenset[int]] = {}
    for cohort, members in lattice.members.items() if ledger.opens_window else ():
        fresh = members.intersection(contributions)
        covered = len(fresh) >= _LEAST_COVERAGE * len(members.intersection({*concerned, *carried}))
        if cohort in panels or not covered or len(fresh) < limits.k:
            continue
        if (place := earlier.get(cohort, {}).get(fresh)) is not None:
            panels[cohort] = place
        elif _both_sides(fresh, contributions, limits.k) and not any(
            _told_apart(fresh, people, limits.k) for people in earlier.get(cohort, ())
        ):
            candidates[cohort] = fresh
    cleared = clear([panel.people for panel in ledger.panels], candidates, k=limits.k)
    allowed = {cohort: people for cohort, people in candidates.items() if cohort in cleared}
    _drop_thin_remainders(lattice, allowed, contributions, limits.k)
    for_leaders = _for_leaders(ledger, allowed, contributions, limits.k_leader)
    new = [
        Panel(cohort, people, leaders=cohort in for_leaders)
        for cohort, people in sorted(allowed.items(), key=lambda each: (len(each[1]), each[0]))
    ]
    panels |= {panel.cohort: place for place, panel in enumerate(new, len(ledger.panels))}
    for cohort, place in ledger.latest.items() if ledger.opens_window else ():
        if cohort not in panels and ledger.panels[place].people <= lattice.members.get(cohort, frozenset()):
            panels[cohort] = place
    complete = {
        cohort: place for cohort, place in panels.items() if _people(ledger, new, place) <= contributions.keys()
    }
    return Chosen(new, complete)


def _people(ledger: Ledger, new: Sequence[Panel], place: int) -> frozenset[int]:
    known = len(ledger.panels)
    return ledger.panels[place].people if place < known else new[place - known].people


def _earlier(ledger: Ledger) -> dict[str, dict[frozenset[int], int]]:
    """Places of every panel a cohort ever had, by people."""
    found: dict[str, dict[frozenset[int], int]] = {}
    for place, panel in enumerate(ledger.panels):
        found.setdefault(panel.cohort, {})[panel.people] = place
    return found


def _told_apart(people: frozenset[int], other: frozenset[int], k: int) -> bool:
    """Whether the difference of two releases over these tells of fewer than k people."""
    return 0 < len(people ^ other) < k


def clear(history: Sequence[frozenset[int]], candidates: Mapping[str, frozenset[int]], *, k: int) -> set[str]:
    """Candidates that can be released together, beside the history, so that nothing rests on fewer than k people.

    Where some together are unsafe, the one of fewest people is left out first (complementary suppression); where they
    are too many to tell, the smaller half.
    """
    kept = dict(sorted(candidates.items(), key=lambda each: (len(each[1]), each[0])))
    while kept:
        cores = unsafe_cores([*history, *kept.values()], k=k)
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


def _for_leaders(
    ledger: Ledger, allowed: Mapping[str, frozenset[int]], contributions: Mapping[int, Contribution], k: int
) -> set[str]:
    """New panels that leaders may see as well: the same check once more, over what leaders ever saw."""
    large = {
        cohort: people
        for cohort, people in allowed.items()
        if len(people) >= k and _both_sides(people, contributions, k)
    }
    return clear([panel.people for panel in ledger.panels if panel.leaders], large, k=k)


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
