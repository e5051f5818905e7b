"""What is said of a week a second time: over the people of the first time, or not at all."""

import pytest

from services.signals.release.release_publisher import _release, _Week
from shared.domain.release.aggregate import Aggregate
from shared.domain.release.cell import Cell
from shared.domain.release.decision import Shown
from shared.domain.release.lattice import Lattice
from shared.domain.week import week_end
from shared.storage.releases.ledger import Release
from shared.storage.tables.releases import NO_PANEL

WEEK, SIGNAL, COHORT = 2900, "unheard", "works"


def said(mean: float, *, panel: int, revision: int = 0, exact: bool = True) -> Release:
    cell = Cell(SIGNAL, COHORT, suppressed=panel == NO_PANEL, people=10, mean=mean)
    return Release(cell, WEEK, revision, week_end(WEEK), panel, leaders=True, exact=exact)


def now(mean: float, *, panel: int, before: Release | None, exact: bool = True, is_new: bool = False) -> Release | None:
    """What is said where a panel has this mean now."""
    found = _Week(
        week=WEEK, is_new=is_new, steps={}, lattice=Lattice(teams={}, parents={}), current={}, concerned={}, carried={},
        ledgers={}, before={} if before is None else {(SIGNAL, COHORT): before}, last_week={},
    )  # fmt: skip
    numbers = Aggregate(people=10, mean=mean, shares={}, factors={})
    return _release(found, SIGNAL, COHORT, Shown(numbers, panel=panel, leaders=True, exact=exact))


def test_what_was_said_is_corrected_over_the_same_people() -> None:
    assert now(2.0, panel=3, before=None) == said(2.0, panel=3)
    assert now(2.5, panel=3, before=said(2.0, panel=3)) == said(2.5, panel=3, revision=1)
    assert now(3.0, panel=3, before=said(2.5, panel=3, revision=1)) == said(3.0, panel=3, revision=2)
    assert now(2.0, panel=3, before=said(0.0, panel=NO_PANEL)) == said(2.0, panel=3, revision=1)


@pytest.mark.parametrize("before", [said(2.0, panel=3), said(1.0, panel=4)], ids=["nothing new", "other people"])
def test_nothing_is_said_again_without_news_nor_over_other_people(before: Release) -> None:
    """Two means of one week over people who differ by some tell of these."""
    assert now(2.0, panel=3, before=before) is None


def test_what_is_made_of_steps_is_told_once() -> None:
    """A correction would be a second look, at people who stand elsewhere by now."""
    assert now(2.0, panel=3, before=None, exact=False, is_new=True) == said(2.0, panel=3, exact=False)
    assert now(2.5, panel=3, before=said(2.0, panel=3), exact=False) is None
    assert now(2.5, panel=3, before=said(0.0, panel=NO_PANEL), exact=False) is None
