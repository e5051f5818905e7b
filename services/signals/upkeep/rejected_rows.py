"""Searches the files of rejected rows that imports leave for names of people."""

from collections.abc import Iterable
from pathlib import Path

from shared.domain.privacy.names_in_text import PeopleNames


def lines_naming(files: Iterable[Path], people: PeopleNames) -> dict[str, int]:
    """How many lines of each file name any of them; files without such a line are left out.

    Files of this version say where and why, and name nobody. Those of earlier ones held paths, which may.
    """
    found: dict[str, int] = {}
    for file in files:
        with file.open(encoding="utf-8", errors="replace") as lines:
            count = sum(people.find(line) is not None for line in lines)
        if count:
            found[file.name] = count
    return found
