"""Which tests run which lines: collected once, kept in `.cache`, and collected again where something changed."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Final

import msgspec

from tests.mutants.sandbox import REPOSITORY, Ran, Sandbox

CACHE: Final = REPOSITORY / ".cache" / "mutants"
PACKAGES: Final = ("services", "shared", "dashboards")
# Tests of whole systems take minutes and notice what others notice first. So does PostgreSQL, of what SQLite does too.
_FOLDERS: Final = (
    "unit",
    "contract",
    "release",
    "storage",
    "api",
    "transport",
    "audit",
    "security/test_tokens.py",
    "security/test_scrape.py",
)
# Of one file of tests.
_SECONDS: Final = 1_800.0


class FileOfTests(msgspec.Struct, frozen=True):
    """What is known of the tests of a file: seconds each takes, and a bit for every line that each runs, by file.

    `made_of` are the digests of everything they ran, and of the tests themselves.
    """

    made_of: dict[str, str]
    seconds: dict[str, float]
    lines: dict[str, dict[str, str]]

    def up_to_date(self, digests: Mapping[str, str]) -> bool:
        """Whether nothing that these tests ran has changed."""
        return all(digests.get(name) == digest for name, digest in self.made_of.items())


class Lines:
    """Finds tests by the lines they run."""

    def __init__(self, files: Mapping[str, FileOfTests]) -> None:
        self._seconds: Final = {test: took for each in files.values() for test, took in each.seconds.items()}
        self._lines: Final = {
            test: {name: int(bits, 16) for name, bits in lines.items()}
            for each in files.values()
            for test, lines in _shared(each)
        }
        self._sizes: Final = {
            test: sum(bits.bit_count() for bits in lines.values()) for test, lines in self._lines.items()
        }

    def running(self, wanted: Mapping[str, Iterable[int]]) -> list[str]:
        """Tests that run any of these lines, those that run the least of everything first, but file by file."""
        bits = {file: sum(1 << line for line in set(lines)) for file, lines in wanted.items()}
        found = [
            test for test, lines in self._lines.items() if any(lines.get(file, 0) & some for file, some in bits.items())
        ]
        least: dict[str, int] = {}
        for test in found:
            file = test.partition("::")[0]
            least[file] = min(self._sizes[test], least.get(file, self._sizes[test]))

        def order(test: str) -> tuple[int, str, int]:
            file = test.partition("::")[0]
            return least[file], file, self._sizes[test]

        return sorted(found, key=order)

    def seconds(self, test: str) -> float:
        """How long a test took when its lines were collected."""
        return self._seconds[test]


def digests(names: Iterable[str]) -> dict[str, str]:
    """SHA-256 of files of the repository."""
    return {name: sha256((REPOSITORY / name).read_bytes()).hexdigest() for name in names}


def collect(sandbox: Sandbox, say: Callable[[str], None]) -> Lines:
    """What is kept, and what changed since, run again. A file of tests that fails is told of and left out."""
    kept = CACHE / "lines.json"
    known: dict[str, FileOfTests] = {}
    if kept.exists():
        known = msgspec.json.decode(kept.read_bytes(), type=dict[str, FileOfTests])
    now = digests(_python_files())
    found: dict[str, FileOfTests] = {}
    for name in _files_of_tests():
        before = known.get(name)
        if before is None or not before.up_to_date(now):
            ran = sandbox.run([name], seconds=_SECONDS, lines_of=PACKAGES, marked="not postgres")
            if not ran.outcomes:  # the lines of a server's own are run by tests of a server alone
                ran = sandbox.run([name], seconds=_SECONDS, lines_of=PACKAGES)
            say(f"lines of {name}: {len(ran.outcomes)} tests, {len(ran.failed)} failed")
            before = _known(name, ran, now)
            known[name] = before
            CACHE.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(msgspec.json.encode(known))
        found[name] = before
    return Lines(found)


def _known(name: str, ran: Ran, now: Mapping[str, str]) -> FileOfTests:
    passed = {test for test, outcome in ran.outcomes.items() if outcome == "passed"}
    sources = {name, *(file for lines in ran.lines.values() for file in lines)}
    return FileOfTests(
        made_of={each: now[each] for each in sorted(sources)},
        seconds={test: ran.seconds[test] for test in passed},
        lines={
            test: {file: f"{sum(1 << line for line in numbers):x}" for file, numbers in lines.items()}
            for test, lines in ran.lines.items()
            if test in passed or test == name
        },
    )


def _shared(each: FileOfTests) -> Iterator[tuple[str, dict[str, str]]]:
    """Lines of every test, with those of the fixtures of its file."""
    for test in each.seconds:
        own, fixtures = each.lines.get(test, {}), each.lines.get(test.partition("::")[0], {})
        yield (
            test,
            {file: f"{int(own.get(file, '0'), 16) | int(fixtures.get(file, '0'), 16):x}" for file in {*own, *fixtures}},
        )


def _files_of_tests() -> list[str]:
    tests = REPOSITORY / "tests"
    found = [
        path
        for folder in _FOLDERS
        for path in ([tests / folder] if folder.endswith(".py") else (tests / folder).rglob("test_*.py"))
    ]
    return sorted(str(path.relative_to(REPOSITORY)) for path in found)


def _python_files() -> list[str]:
    folders = [REPOSITORY / name for name in (*PACKAGES, "tests")]
    return sorted(str(path.relative_to(REPOSITORY)) for folder in folders for path in folder.rglob("*.py"))
