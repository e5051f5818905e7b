"""Mutations drawn by seed from the code that guards people, each run against the tests that run its lines."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Literal

import msgspec

from tests.mutants.lines import CACHE, PACKAGES, Lines, digests
from tests.mutants.operators import Mutation, mutations
from tests.mutants.sandbox import REPOSITORY, Sandbox
from tests.mutants.uses import Uses

AREAS: Final[Mapping[str, tuple[str, ...]]] = {
    "access": (
        "services/api/auth/*.py", "services/api/endpoint.py", "services/api/endpoints.py", "services/api/routes/*.py",
        "services/api/middleware/*.py", "shared/storage/access/*.py", "shared/domain/privacy/*.py",
    ),
    "release": (
        "shared/domain/release/*.py", "shared/storage/releases/*.py", "services/signals/release/*.py",
        "shared/telemetry/rounding.py", "shared/telemetry/cohorts.py", "shared/telemetry/exposition.py",
        "shared/telemetry/scrape_access.py",
    ),
    "erasure": (
        "shared/storage/privacy/*.py", "shared/storage/facts/exclusion.py", "services/signals/upkeep/*.py",
        "services/signals/intake/anonymise.py", "services/signals/intake/erased_filter.py",
    ),
    "alerting": (
        "shared/domain/alerts/*.py", "shared/storage/alerts/*.py", "services/signals/alerts/*.py",
        "services/signals/scoring/raise_alerts.py", "shared/transport/webhook*.py",
    ),
    "transactions": (
        "shared/storage/log/*.py", "shared/storage/engine/*.py", "shared/transport/consumer.py",
        "shared/transport/records.py", "shared/transport/stage.py", "services/signals/intake/apply.py",
        "services/signals/intake/processor.py",
    ),
    "signals": (
        "shared/domain/signals/*.py", "shared/domain/facts/*.py", "shared/domain/evidence/*.py",
        "shared/domain/organisation/*.py", "shared/domain/escalation/*.py",
    ),
}  # fmt: skip
"""What is drawn from, the same number from each."""

# Of one mutation: its tests by their own time, and how long a run may take beyond that on a busy machine.
_MOST_SECONDS: Final = 240.0
_SLOWER: Final = 6.0
_STARTS_SECONDS: Final = 120.0
_RESULTS: Final = CACHE / "drawn.jsonl"
_FAILED: Final = 1  # pytest's status when a test failed

Fate = Literal["killed", "crashed", "hung", "survived", "not run"]
"""`crashed` when tests could not even be imported, `hung` when they did not end, `not run` when none runs the line."""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a mutation. It holds as long as the digests do, of the code and of the test that noticed."""

    key: str
    fate: Fate
    test: str = ""  # that noticed
    made_of: dict[str, str] = {}
    tests: int = 0
    left_out: int = 0  # tests for which there was no time

    @property
    def noticed(self) -> bool:
        """Whether the tests are good enough for it."""
        return self.fate in {"killed", "crashed", "hung"}


@dataclass(frozen=True, slots=True)
class Drawn:
    """A mutation and where it was drawn from."""

    area: str
    mutation: Mutation


def draw(*, seed: int, count: int) -> list[Drawn]:
    """As many mutations, from every area the same number. Equal seeds draw the same where the code is the same."""
    found: list[Drawn] = []
    for place, (area, patterns) in enumerate(AREAS.items()):
        files = sorted({path for pattern in patterns for path in REPOSITORY.glob(pattern)})
        all_of_area = [
            each
            for path in files
            for each in mutations(str(path.relative_to(REPOSITORY)), path.read_text(encoding="utf-8"))
        ]
        share = count // len(AREAS) + (place < count % len(AREAS))
        all_of_area.sort(key=lambda each: sha256(f"{seed} {each.key}".encode()).digest())
        found += [Drawn(area, each) for each in all_of_area[:share]]
    return found


def uses_of_product() -> Uses:
    """Names of the whole product."""
    files = sorted(path for name in PACKAGES for path in (REPOSITORY / name).rglob("*.py"))
    return Uses({str(path.relative_to(REPOSITORY)): path.read_text(encoding="utf-8") for path in files})


class Trial:
    """Tries mutations in a sandbox, and remembers what came of them."""

    def __init__(self, sandbox: Sandbox, lines: Lines, uses: Uses) -> None:
        self._sandbox: Final = sandbox
        self._lines: Final = lines
        self._uses: Final = uses
        self._known: Final = {each.key: each for each in _remembered()}

    def results(self, drawn: Sequence[Drawn], say: Callable[[str], None]) -> Iterator[tuple[Drawn, Result]]:
        """What comes of each. Those that were noticed before, by a test that has not changed, are not run again."""
        for each in drawn:
            known = self._known.get(each.mutation.key)
            if known is None or not known.noticed or digests(known.made_of) != known.made_of:
                known = self._tried(each.mutation)
                self._remember(known)
                say(f"{known.fate:9}{each.area:13}{each.mutation.file}:{each.mutation.line}")
            yield each, known

    def unsound(self, results: Sequence[Result]) -> list[str]:
        """Tests that noticed something and fail where nothing is wrong."""
        tests = sorted({each.test for each in results if each.fate == "killed"})
        return list(self._sandbox.run(tests, seconds=_limit(map(self._lines.seconds, tests))).failed) if tests else []

    def tests_of(self, mutation: Mutation) -> list[str]:
        """Tests that run what the mutation changes."""
        wanted: dict[str, set[int]] = {mutation.file: set(mutation.lines)}
        if mutation.binds:
            for file, lines in self._uses.of(mutation.file, mutation.binds).items():
                wanted.setdefault(file, set()).update(lines)
        found = self._lines.running(wanted)
        return found or self._lines.running({mutation.file: self._uses.functions(mutation.file)})

    def _tried(self, mutation: Mutation) -> Result:
        covering = self.tests_of(mutation)
        chosen: list[str] = []
        took = 0.0
        for test in covering:
            if took + self._lines.seconds(test) <= _MOST_SECONDS:
                chosen.append(test)
                took += self._lines.seconds(test)
        if not chosen:
            return Result(key=mutation.key, fate="not run", left_out=len(covering))
        sound = (self._sandbox.root / mutation.file).read_text(encoding="utf-8")
        with self._sandbox.broken(mutation.file, mutation.applied(sound)):
            for part in _in_parts(chosen):
                limit = _limit(map(self._lines.seconds, part))
                ran = self._sandbox.run(part, seconds=limit, fail_fast=True)
                if ran.status != 0:
                    break
        fate: Fate = "survived"
        if ran.status is None:
            fate = "hung"
        elif ran.status:
            fate = "killed" if ran.status == _FAILED and ran.failed else "crashed"
        test = ran.failed[0] if fate == "killed" else ""
        files = [mutation.file, *([test.partition("::")[0]] if test else [])]
        return Result(
            key=mutation.key, fate=fate, test=test, made_of=digests(files), tests=len(chosen),
            left_out=len(covering) - len(chosen),
        )  # fmt: skip

    def _remember(self, result: Result) -> None:
        CACHE.mkdir(parents=True, exist_ok=True)
        with _RESULTS.open("ab") as file:
            file.write(msgspec.json.encode(result) + b"\n")


def _in_parts(tests: Sequence[str]) -> list[list[str]]:
    """Tests of the file that is likeliest to notice, and the rest: to import many files takes longer than tests do."""
    first = [test for test in tests if test.partition("::")[0] == tests[0].partition("::")[0]]
    rest = [test for test in tests if test not in set(first)]
    return [first, rest] if rest else [first]


def _limit(seconds: Iterable[float]) -> float:
    return sum(seconds) * _SLOWER + _STARTS_SECONDS


def _remembered() -> list[Result]:
    lines = _RESULTS.read_bytes().splitlines() if _RESULTS.exists() else []
    return [msgspec.json.decode(line, type=Result) for line in lines]
