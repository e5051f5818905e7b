"""The table of SECURITY.md: what a promise names is there, and no promise that somebody attacked is missing."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEADING = "## What is promised, and what holds it"
COLUMNS = ["promise", "where it is kept", "the test that holds it", "what is left"]
# Invariants of ARCHITECTURE.md that are about who learns what.
OF_PRIVACY = (5, 6, 7, 8, 14)
ATTACKED = {
    "Who is told is no channel", "One release rule", "Scraping needs a token", "Producers of one's own pass the edge",
    "A second wall behind the edge", "Rights reach what was stored in clear",
    "A file asks for no more work than it is long", "Names that others type come to no rest",
    "Metrics tell of nobody's single act", "Excluded places are left out by every way in",
    "A mode goes no further than it says", "Commands are run by somebody",
    "Nobody goes by the pseudonym of a colleague", "One case does not open everybody",
    "Figures are not added and subtracted until one is left", "Garbage on one topic stops what reads it",
    "The broker's program is that of the package", "A token carries what its scope names",
    "Credentials are not guessed",
    "Unfinished, endless and doubtful requests end", "A cursor tells nothing",
    "What is refused and what is administered leaves a trace", "The name of a team is no command",
}  # fmt: skip


def rows() -> list[list[str]]:
    """Cells of the rows of the table, with the heading first."""
    section = (ROOT / "SECURITY.md").read_text(encoding="utf-8").partition(HEADING)[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if not line.startswith("| ---")]


ROWS = rows()[1:]


def title(row: list[str]) -> str:
    found = re.match(r"\*\*(.+?)\*\*", row[0])
    assert found, row[0]
    return found[1]


def named(cell: str) -> list[str]:
    """Paths of the repository in a cell, without what is a setting, a topic or a command."""
    return [each for each in re.findall(r"`([^`]+)`", cell) if "/" in each or (ROOT / each.partition("::")[0]).exists()]


def test_it_is_a_table_of_four_columns() -> None:
    assert rows()[0] == COLUMNS
    assert all(len(row) == len(COLUMNS) and row[3] for row in ROWS)
    titles = [title(row) for row in ROWS]
    assert len(set(titles)) == len(titles)


def test_every_attack_and_every_invariant_about_people_has_its_row() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    invariants = dict(re.findall(r"^\| (\d+) \| \*\*(.+?)\.?\*\*", page, re.MULTILINE))
    wanted = ATTACKED | {invariants[str(number)].partition(" on every surface")[0] for number in OF_PRIVACY}
    assert wanted <= {title(row) for row in ROWS}


@pytest.mark.parametrize("row", ROWS, ids=title)
def test_what_a_promise_names_is_there(row: list[str]) -> None:
    places, tests = named(row[1]), named(row[2])
    assert places
    assert [path for path in places if not (ROOT / path).exists()] == []
    assert tests
    for test in tests:
        file, _, name = test.partition("::")
        assert file.startswith("tests/")
        assert file.endswith(".py")
        functions = [
            each.name
            for each in ast.parse((ROOT / file).read_text(encoding="utf-8")).body
            if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) and each.name.startswith("test_")
        ]
        assert name in functions if name else functions, test
