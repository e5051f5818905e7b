"""The sabotages of `make mutants` against the code of today, without running them."""

import ast
from collections import Counter
from pathlib import Path

import pytest

from tests.mutants.drawn import AREAS
from tests.mutants.operators import mutations
from tests.mutants.sabotages import GUARDS, INVARIANTS, Sabotage, StaleSabotageError, sabotages
from tests.mutants.survivors import change_of, survivors

ROOT = Path(__file__).parents[2]
SABOTAGES = sabotages()
SURVIVORS = survivors()
FEWEST = 40
FEWEST_OF_A_KIND = 2


@pytest.mark.parametrize("sabotage", SABOTAGES, ids=lambda each: each.name)
def test_a_sabotage_still_changes_the_line_it_is_about(sabotage: Sabotage) -> None:
    sound = (ROOT / sabotage.file).read_text(encoding="utf-8")
    assert ast.dump(ast.parse(sabotage.applied(sound))) != ast.dump(ast.parse(sound))


@pytest.mark.parametrize("test", sorted({test for each in SABOTAGES for test in each.noticed_by}))
def test_what_must_notice_it_is_there(test: str) -> None:
    file, _, name = test.partition("[")[0].partition("::")
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    assert name in {each.name for each in tree.body if isinstance(each, functions)}


def test_every_invariant_and_guard_has_some() -> None:
    assert len({each.name for each in SABOTAGES}) == len(SABOTAGES) >= FEWEST
    counts = Counter(each.aims_at for each in SABOTAGES)
    assert set(counts) == {*INVARIANTS, *GUARDS}
    assert min(counts.values()) >= FEWEST_OF_A_KIND
    assert all(each.noticed_by for each in SABOTAGES)


def test_a_sabotage_of_a_line_that_changed_says_where() -> None:
    sabotage = Sabotage(
        name="n", aims_at="erasure", file="f.py", old="a = 1", new="a = 2", noticed_by=("t",), below="b"
    )
    assert sabotage.applied("a = 1\nb\n  a = 1\nc\n") == "a = 1\nb\n  a = 2\nc\n"
    for text in ("", "a = 1\n", "b\na = 3\n"):
        with pytest.raises(StaleSabotageError, match=r"n: f\.py has this line .*sabotages\.toml"):
            sabotage.applied(text)


@pytest.mark.parametrize("pattern", [pattern for patterns in AREAS.values() for pattern in patterns])
def test_what_mutations_are_drawn_from_is_there(pattern: str) -> None:
    assert list(ROOT.glob(pattern))


def test_every_survivor_that_is_explained_can_still_be_drawn() -> None:
    files = {each.file for each in SURVIVORS}
    changes = {change_of(each) for file in files for each in mutations(file, (ROOT / file).read_text(encoding="utf-8"))}
    assert [each for each in SURVIVORS if each.change not in changes] == []
    assert len({each.change for each in SURVIVORS}) == len(SURVIVORS)


def test_mutations_of_a_text() -> None:
    text = '''"""Words."""
LIMIT: Final = 5  # people
PAIR: int | None = None


def shown(people: int, least: int = LIMIT, *, few: bool = False) -> str | None:
    """Words that stay."""
    if few and people < least:
        raise ValueError(f"{people - 1} are few")
    _log.info("seen %d", 3)
    told = select(PEOPLE).where(PEOPLE.c.team == few)
    store.write(told)
    return few or not least
'''
    found = mutations("f.py", text)
    assert [(each.line, each.old, each.new) for each in found] == [
        (2, "5", "6"),
        (6, "False", "True"),
        (8, "few and people < least", "(few or people < least)"),
        (8, "people < least", "(people <= least)"),
        (9, 'raise ValueError(f"{people - 1} are few")', "pass"),
        (11, "select(PEOPLE).where(PEOPLE.c.team == few)", "(select(PEOPLE).where())"),
        (11, "PEOPLE.c.team == few", "(PEOPLE.c.team != few)"),
        (12, "store.write(told)", "pass"),
        (13, "return few or not least", "return None"),
        (13, "few or not least", "(few and (not least))"),
        (13, "not least", "(least)"),
    ]
    for each in found:
        assert ast.dump(ast.parse(each.applied(text))) != ast.dump(ast.parse(text))
    assert [each.binds for each in found[:3]] == ["LIMIT", "shown", ""]
    assert [list(each.lines) for each in found[1:4]] == [list(range(7, 14)), [8], [8]]
