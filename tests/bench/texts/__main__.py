"""Print how well asks are read on one half of the labelled texts, as rows of a table, and what the grammar costs."""

import sys
from typing import get_args

from tests.bench.texts.measures import Half, interval, results
from tests.bench.texts.speed import times_as_long

_HEADER = (
    "| what | labelled | found | precision | 95 % | recall | 95 % |\n"
    "| --- | ---: | ---: | ---: | --- | ---: | --- |\n"
)  # fmt: skip


def main(half: str) -> None:
    """Counts, rates and 95 % intervals; no text."""
    if half not in get_args(Half):
        sys.exit(f"one of {', '.join(get_args(Half))}")
    sys.stdout.write(_HEADER)
    for name, found in results("tuning" if half == "tuning" else "kept"):
        labelled, seen = found.right + found.missed, found.right + found.wrong
        low, high = interval(found.right, seen)
        least, most = interval(found.right, labelled)
        sys.stdout.write(
            f"| {name} | {labelled} | {seen} | {found.precision:.3f} | {low:.2f} to {high:.2f} "
            f"| {found.recall:.3f} | {least:.2f} to {most:.2f} |\n"
        )
    sys.stdout.write(f"\nWith the grammar a text takes {times_as_long():.2f} times as long as it does today.\n")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "tuning")
