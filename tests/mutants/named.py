"""Tries the named sabotages: each must make every test fail that is named with it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tests.mutants.sabotages import Sabotage
from tests.mutants.sandbox import Ran, Sandbox

# Of one sabotage: some of its tests start a broker or a server.
_SECONDS: Final = 300.0
_UNBROKEN_SECONDS: Final = 1_800.0
_COLLECTED: Final = (0, 1)  # statuses of pytest that mean that the tests ran


class UnsoundError(Exception):
    """Tests that noticed something fail where nothing is broken: nothing can be learnt from them."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a sabotage. `missed` are tests that should have noticed and did not; `failed` are those that did.

    A test is named with all its parameters in `missed`, and with the first that failed in `failed`.
    """

    sabotage: Sabotage
    missed: tuple[str, ...]
    failed: tuple[str, ...]
    said: str
    timed_out: bool = False  # of what is missed then nobody knows whether it would have noticed

    @property
    def survived(self) -> bool:
        """Whether it got past a test that is named with it."""
        return bool(self.missed)


def check_sound(sandbox: Sandbox, tried: Iterable[Tried]) -> None:
    """Run what noticed, with nothing broken. Raises UnsoundError for what fails or does not run there."""
    tests = list(dict.fromkeys(test for each in tried for test in each.failed))
    if tests:
        ran = sandbox.run(tests, seconds=_UNBROKEN_SECONDS)
        bad = [f"{test}: {_outcome(ran, test)}" for test in tests if _outcome(ran, test) != "passed"]
        if bad or ran.status != 0:
            raise UnsoundError("\n".join([*bad, ran.said]))


def try_sabotages(sandbox: Sandbox, sabotages: Sequence[Sabotage]) -> Iterator[Tried]:
    """Break the copy in one way after the other. Raises StaleSabotageError."""
    for each in sabotages:
        sound = (sandbox.root / each.file).read_text(encoding="utf-8")
        with sandbox.broken(each.file, each.applied(sound)):
            # One test has noticed as soon as it fails for any of its parameters.
            ran = sandbox.run(each.noticed_by, seconds=_SECONDS, fail_fast=len(each.noticed_by) == 1)
        if ran.status in _COLLECTED or ran.status is None:
            missed = tuple(test for test in each.noticed_by if _outcome(ran, test) != "failed")
        else:  # code that cannot be imported is noticed by anybody: that is no sabotage
            missed = each.noticed_by
        yield Tried(each, missed, ran.failed, ran.said, timed_out=ran.status is None)


def _outcome(ran: Ran, test: str) -> str:
    """What became of a test over all its parameters: the worst counts, and one that only skipped did not run."""
    found = {outcome for name, outcome in ran.outcomes.items() if name == test or name.startswith(f"{test}[")}
    return next((each for each in ("failed", "passed", "skipped") if each in found), "not found")
