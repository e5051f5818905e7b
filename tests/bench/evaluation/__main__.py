"""`python -m tests.bench.evaluation [--data DIRECTORY]`: measures the signals and writes docs/evaluation.*.

The data sets lie in ../shared/data, or where BELLWETHER_DATA says. Takes a few minutes on one core.
"""

import argparse
import json
import os
import sys
from pathlib import Path

from tests.bench.evaluation.page import page
from tests.bench.evaluation.plots import draw
from tests.bench.evaluation.results import measure

REPOSITORY = Path(__file__).parents[3]
DOCS = REPOSITORY / "docs"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    default = os.environ.get("BELLWETHER_DATA") or REPOSITORY.parent / "shared" / "data"
    parser.add_argument("--data", type=Path, default=Path(default), help="directory of the data sets")
    parser.add_argument("--docs", type=Path, default=DOCS, help="where to write")
    options = parser.parse_args()
    if not options.data.is_dir():
        parser.error(f"no data sets at {options.data}; name their directory by --data or BELLWETHER_DATA")
    results = measure(options.data, _say)
    plots = draw(results, options.docs / "evaluation")
    (options.docs / "evaluation.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    (options.docs / "evaluation.md").write_text(page(results), encoding="utf-8")
    sys.stderr.write(f"{options.docs / 'evaluation.md'}, evaluation.json and {len(plots)} plots\n")


def _say(what: str) -> None:
    sys.stderr.write(f"measuring {what}\n")


if __name__ == "__main__":
    main()
