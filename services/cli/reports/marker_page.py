"""The page on markers: written by hand but for its table, which comes from the registry of markers."""

from typing import Final

from services.cli.reports.markdown import table
from shared.domain.text.markers import MARKERS

_HEAD: Final = "| marker | "


def with_table(page: str) -> str:
    """The page with the table as it should be. Raises ValueError when the page has none."""
    lines = page.splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith(_HEAD)]
    if not starts:
        raise ValueError(f"the page on markers has no table that begins with {_HEAD}")
    start = end = starts[0]
    while end < len(lines) and lines[end].startswith("|"):
        end += 1
    rows = ((f"`{each.name}`", each.counts, each.caution) for each in MARKERS)
    return "\n".join([*lines[:start], *table(("marker", "counts", "does not mean"), rows), *lines[end:], ""])
