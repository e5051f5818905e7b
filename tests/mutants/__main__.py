"""`python -m tests.mutants`: breaks the code line by line, in a copy, and sees whether the tests notice.

Without options it tries the named sabotages. `--drawn N` tries N mutations drawn by `--seed` instead: the first time it
runs every test once to learn which lines each runs, which takes a while; it may be stopped and goes on where it was.
"""

import argparse
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.mutants.drawn import Drawn, Result, Trial, draw, uses_of_product
from tests.mutants.lines import collect
from tests.mutants.named import Tried, UnsoundError, check_sound, try_sabotages
from tests.mutants.page import page, table
from tests.mutants.sabotages import StaleSabotageError, sabotages
from tests.mutants.sandbox import Sandbox, inherit, sandbox
from tests.mutants.survivors import change_of, survivors

LEAST_SHARE: Final = 0.9
"""Of drawn mutations, that must be noticed."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", help="only sabotages with this in their name, aim or file")
    parser.add_argument("--drawn", type=int, default=0, metavar="N", help="try so many drawn mutations instead")
    parser.add_argument("--seed", type=int, default=1, help="of the draw")
    parser.add_argument("--page", type=Path, help="try both, and write what came of them to this file")
    options = parser.parse_args()
    # So that what was started ends with us.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    inherit()
    named: list[Tried] = []
    drawn: list[tuple[Drawn, Result]] = []
    with sandbox() as copy:
        if not options.drawn or options.page:
            named = _named(copy, options.only or [""])
        if options.drawn:
            drawn = _drawn(copy, options.drawn, options.seed)
    if options.page:
        options.page.write_text(page(named, drawn, seed=options.seed), encoding="utf-8")
    return 1 if any(each.survived for each in named) or not _enough(drawn) else 0


def _named(copy: Sandbox, only: Sequence[str]) -> list[Tried]:
    chosen = [
        each
        for each in sabotages()
        if any(wanted in text for wanted in only for text in (each.name, each.aims_at, each.file))
    ]
    if not chosen:
        raise SystemExit("no sabotage has that in its name, aim or file")
    began, found = time.monotonic(), list[Tried]()
    try:
        for tried in try_sabotages(copy, chosen):
            each = tried.sabotage
            found.append(tried)
            came_to = "noticed" if not tried.survived else "TIME UP" if tried.timed_out else "SURVIVED"
            _say(f"{came_to:9}{each.aims_at:24}{each.name}")
            for test in tried.missed:
                _say(f"{'':9}not by {test}\n{tried.said}")
        check_sound(copy, found)
    except (UnsoundError, StaleSabotageError) as error:
        raise SystemExit(str(error)) from None
    noticed = sum(not each.survived for each in found)
    _say(f"{noticed} of {len(found)} sabotages noticed, in {time.monotonic() - began:.0f} s")
    return found


def _drawn(copy: Sandbox, count: int, seed: int) -> list[tuple[Drawn, Result]]:
    began = time.monotonic()
    chosen = draw(seed=seed, count=count)
    trial = Trial(copy, collect(copy, _say), uses_of_product())
    found = list(trial.results(chosen, _say))
    _say("\n".join(["", *table(found), ""]))
    explained = {each.change for each in survivors()}
    for each, result in found:
        if not result.noticed:
            mutation = each.mutation
            file, within, old, new = change_of(mutation)
            known = "explained" if change_of(mutation) in explained else "NOT EXPLAINED"
            _say(f"{result.fate} ({known}), {result.tests} tests: {file}:{mutation.line} {within}\n  {old}\n  {new}")
    for test in trial.unsound([result for _, result in found]):
        raise SystemExit(f"{test} fails where nothing is wrong: what it noticed does not count")
    _say(f"in {time.monotonic() - began:.0f} s")
    return found


def _enough(drawn: Sequence[tuple[Drawn, Result]]) -> bool:
    """Whether enough were noticed, and what was not is explained."""
    explained = {each.change for each in survivors()}
    left = [each.mutation for each, result in drawn if not result.noticed]
    return len(left) <= (1 - LEAST_SHARE) * len(drawn) and all(change_of(each) in explained for each in left)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
