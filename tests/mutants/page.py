"""docs/mutants.md: what the tests noticed, and what they did not and why."""

import os
import platform
from collections import Counter
from collections.abc import Sequence
from typing import Final

from tests.mutants.drawn import AREAS, Drawn, Result
from tests.mutants.named import Tried
from tests.mutants.sabotages import GUARDS, INVARIANTS
from tests.mutants.survivors import change_of, survivors

_FATES: Final = ("killed", "crashed", "hung", "survived", "not run")
_HEAD: Final = """# Do the tests notice?

Written by `make mutants ARGS='--drawn {count} --seed {seed} --page docs/mutants.md'`: lines of the product are made
worse, one at a time and in a copy, and the tests are run. What they do not notice, they do not protect.

## Named sabotages

Lines that hold an invariant or a guard, with the tests that must notice: `tests/mutants/sabotages.toml`. Every test
that is named must fail. `make mutants` tries them; `make test` checks that every one still fits the code.

| aimed at | sabotages | noticed |
|---|---:|---:|
"""
_DRAWN: Final = """
## Drawn mutations

{count} drawn with seed {seed}, the same number from each area, by `tests/mutants/operators.py`: comparisons and their
limits, `and` and `or`, arithmetic, numbers, conditions, arguments of `where`, deleted calls and errors, lost results.
Each ran against the tests that run its lines, those of a few lines first, until one failed. Tests of whole systems
(end to end, dashboards, console) took no part. *Crashed*: tests could not be imported; *hung*: they did not end in six
times their usual time; *not run*: no test runs the line. On {machine}.

| area | drawn | killed | crashed | hung | survived | not run | noticed |
|---|---:|---:|---:|---:|---:|---:|---:|
"""
_SURVIVORS: Final = """
## What survived, and why

| where | instead of | stands | why nothing notices |
|---|---|---|---|
"""
_TOOL: Final = """
## Why a tool of our own

mutmut 3 changes function bodies only: of `services/api/operations.py` and the table of roles, which decide who may do
what, it makes next to nothing. cosmic-ray changes annotations as well (a quarter of what it makes of
`services/api/access.py`), runs one command for every mutation, and works in the tree itself. Neither draws by seed, and
neither picks tests by line. On `ast` all of that is a few hundred lines.
"""
_LONGEST: Final = 90


def page(named: Sequence[Tried], drawn: Sequence[tuple[Drawn, Result]], *, seed: int) -> str:
    """The whole page."""
    lines = [_HEAD.format(count=len(drawn), seed=seed).rstrip("\n")]
    aims = Counter(each.sabotage.aims_at for each in named)
    missed = Counter(each.sabotage.aims_at for each in named if each.survived)
    lines += [f"| {aim} | {aims[aim]} | {aims[aim] - missed[aim]} |" for aim in (*INVARIANTS, *GUARDS)]
    lines += [f"| all | {aims.total()} | {aims.total() - missed.total()} |"]
    lines += [_DRAWN.format(count=len(drawn), seed=seed, machine=machine()).rstrip("\n"), *table(drawn)]
    reasons = {each.change: each.reason for each in survivors()}
    lines += [_SURVIVORS.rstrip("\n")]
    for each, result in drawn:
        if not result.noticed:
            mutation = each.mutation
            reason = reasons.get(change_of(mutation), "not explained")
            where = f"`{mutation.file}` {mutation.within}"
            lines.append(f"| {where} | {_code(mutation.old)} | {_code(mutation.new)} | {reason} |")
    return "\n".join(lines) + "\n" + _TOOL


def table(drawn: Sequence[tuple[Drawn, Result]]) -> list[str]:
    """Rows of figures by area, and of all."""
    fates = {area: Counter(result.fate for each, result in drawn if each.area == area) for area in AREAS}
    fates["all"] = Counter(result.fate for _, result in drawn)
    rows = []
    for area, counts in fates.items():
        noticed = counts.total() - counts["survived"] - counts["not run"]
        share = f"{100 * noticed / counts.total():.1f} %" if counts else ""
        figures = " | ".join(str(counts[fate]) for fate in _FATES)
        rows.append(f"| {area} | {counts.total()} | {figures} | {share} |")
    return rows


def machine() -> str:
    """What the figures were measured on."""
    return f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def _code(text: str) -> str:
    line = " ".join(text.split()).replace("|", "\\|")
    return f"`{line if len(line) <= _LONGEST else line[:_LONGEST] + ' ...'}`"
