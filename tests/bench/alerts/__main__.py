"""`python -m tests.bench.alerts [--kinds NAME,...] [--seeds N,...] [--mode text|metadata]`: how well alerts do.

Runs companies of kinds through the rule that ships, prints every gate with pass or fail, and writes
docs/alert-quality.md from all that is known of this code. What came of a company is kept in .cache/bench-alerts under
a digest of the code, so a run that was stopped goes on where it was. `--kept` measures nothing more and takes what is
there; `--code` takes what another state of the code left. `--rule states` measures the rule that raises alerts from
states, which does not ship yet: it prints the gates and writes no page.
"""

import argparse
import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from services.simulator.kinds.kind import KIND_BY_NAME, SEEDS
from tests.bench.alerts.gates import gates, mail_gates
from tests.bench.alerts.page import page
from tests.bench.alerts.real_mail import real_mail
from tests.bench.alerts.worlds import (
    CACHE,
    MODES,
    REPOSITORY,
    RULES,
    RuleName,
    WorldResult,
    cached,
    code_digest,
    result,
)

PAGE: Final = REPOSITORY / "docs" / "alert-quality.md"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kinds", default="", help="names, by commas; all of them by default")
    parser.add_argument("--seeds", default="", help="numbers, by commas; all six by default")
    parser.add_argument("--mode", default="", choices=("", *MODES), help="texts or metadata alone; both by default")
    parser.add_argument("--rule", default="shipped", choices=RULES, help="the rule that ships, or the one from states")
    parser.add_argument("--kept", action="store_true", help="only what is kept already")
    parser.add_argument("--code", default=code_digest(), help="digest of the code whose kept results are meant")
    parser.add_argument("--out", type=Path, default=PAGE, help="where to write")
    options = parser.parse_args()
    kinds = options.kinds.split(",") if options.kinds else list(KIND_BY_NAME)
    seeds = [int(seed) for seed in options.seeds.split(",")] if options.seeds else list(SEEDS)
    unknown = sorted(set(kinds) - KIND_BY_NAME.keys())
    if unknown:
        parser.error(f"unknown kinds {', '.join(unknown)}; known are {', '.join(KIND_BY_NAME)}")
    if options.code != code_digest() and not (CACHE / options.code).is_dir():
        parser.error(f"nothing is kept of code {options.code}")
    only_kept = options.kept or options.code != code_digest()
    chosen = list(_worlds(kinds, seeds, options.mode, code=options.code, only_kept=only_kept, rule=options.rule))
    if not chosen:
        parser.error("there is no result to judge")
    if options.rule != "shipped":
        for gate in gates(chosen):
            sys.stdout.write(f"{gate.line}\n")
        return
    data = Path(os.environ.get("BELLWETHER_DATA") or REPOSITORY.parent / "shared" / "data")
    mail = real_mail(data, code=options.code, only_kept=only_kept or options.mode == "text")
    for gate in [*gates(chosen), *mail_gates(mail)]:
        sys.stdout.write(f"{gate.line}\n")
    # The page tells of everything that is known of this code, whatever was asked for this time.
    known = list(_worlds(list(KIND_BY_NAME), list(SEEDS), "", code=options.code, only_kept=True))
    options.out.write_text(page(known, gates(known), mail, code=options.code), encoding="utf-8")
    sys.stderr.write(f"{options.out}\n")


def _worlds(
    kinds: list[str], seeds: list[int], mode: str, *, code: str, only_kept: bool, rule: RuleName = "shipped"
) -> Iterator[WorldResult]:
    """Seed by seed, so that what is stopped has seen something of every kind."""
    gc.disable()  # a company is a million small objects without circles; collecting them takes a tenth of the time
    for seed in seeds:
        for kind in kinds:
            for each in MODES:
                known = cached(kind, seed, each, code=code, rule=rule)
                if mode not in ("", each) or (only_kept and not known.exists()):
                    continue
                new = not known.exists()
                world = result(kind, seed, each, code=code, rule=rule)
                if new:
                    sys.stderr.write(f"{kind} {seed} {each}: {world.cpu_seconds} CPU-s, {len(world.raised)} alerts\n")
                    gc.collect()
                yield world


if __name__ == "__main__":
    main()
