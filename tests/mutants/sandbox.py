"""A copy of the tree in which code can be broken and tested. The tree itself is never touched."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any, Final, NoReturn

import pytest

REPOSITORY: Final = Path(__file__).parents[2]
_PYTEST: Final = (
    "-p", "tests.mutants.recorder", "-p", "no:cacheprovider", "--quiet", "--no-header", "--tb=line", "--timeout=600",
    "--hypothesis-seed=1",
    # Of plugins that are inherited: nothing in them is to be rewritten.
    "-W", "ignore::pytest.PytestAssertRewriteWarning",
)  # fmt: skip
# Imported once and inherited by every run: they take longer than most tests.
_INHERITED: Final = (
    "aiokafka", "alembic", "asyncpg", "cryptography.fernet", "fastapi", "faststream.kafka", "httpx", "hypothesis",
    "joserfc.jwt", "msgspec", "prometheus_client", "pydantic_settings", "pytest_asyncio", "rich.table", "sqlmodel",
    "schemathesis.pytest.plugin", "typer", "uvicorn", "xdist.plugin",
)  # fmt: skip
_OURS: Final = frozenset({"dashboards", "services", "shared", "tests"})
# Arguments may be long here, but not endless; more tests than these are given by file.
_MOST_CHARACTERS: Final = 1_000_000
_TAIL_LINES: Final = 12
_POLL_SECONDS: Final = 0.02


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of running tests. `status` is pytest's, None when the time was up."""

    outcomes: Mapping[str, str]  # by test
    seconds: Mapping[str, float]
    lines: Mapping[str, Mapping[str, Sequence[int]]]  # by test, and by file what its fixtures ran
    status: int | None
    said: str

    @property
    def failed(self) -> tuple[str, ...]:
        """Tests that failed."""
        return tuple(test for test, outcome in self.outcomes.items() if outcome == "failed")


class Sandbox:
    """The copy. Made by `sandbox`."""

    def __init__(self, root: Path) -> None:
        self.root: Final = root
        self._environment: Final = {
            **os.environ,
            # Programs that tests start must find the copy before the tree that is installed.
            "PYTHONPATH": str(root),
            "BELLWETHER_DATA": os.environ.get("BELLWETHER_DATA") or str(REPOSITORY.parent / "shared" / "data"),
        }

    @contextmanager
    def broken(self, file: str, text: str) -> Iterator[None]:
        """The copy with this text in place of a file's."""
        path = self.root / file
        sound = path.read_text(encoding="utf-8")
        try:
            self._write(path, text)
            yield
        finally:
            self._write(path, sound)

    def run(
        self,
        tests: Sequence[str],
        *,
        seconds: float,
        fail_fast: bool = False,
        lines_of: Sequence[str] = (),
        marked: str = "",
    ) -> Ran:
        """Run tests, or those marked so, for so long at most. Whatever they started ends with them."""
        outcomes, said = self.root / ".outcomes.jsonl", self.root / ".said.txt"
        outcomes.unlink(missing_ok=True)
        given = list(tests)
        if sum(map(len, given)) > _MOST_CHARACTERS:
            given = list(dict.fromkeys(test.partition("::")[0] for test in given))
        arguments = [*_PYTEST, f"--outcomes={outcomes}", *(f"--lines-of={each}" for each in lines_of)]
        arguments += ["--exitfirst"] if fail_fast else []
        arguments += ["-m", marked] if marked else []
        process = os.fork()
        if not process:
            self._pytest([*arguments, *given], said)
        try:
            status = _waited_for(process, seconds)
        finally:
            _end(process)
        return _ran(outcomes, status, "\n".join(said.read_text(encoding="utf-8").splitlines()[-_TAIL_LINES:]))

    def _pytest(self, arguments: list[str], said: Path) -> NoReturn:
        """Become a run of pytest in the copy. Ours is imported anew from there; libraries are there already."""
        status = int(pytest.ExitCode.INTERNAL_ERROR)
        try:
            os.setsid()
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            with said.open("w", encoding="utf-8") as output:
                os.dup2(output.fileno(), 1)
                os.dup2(output.fileno(), 2)
            os.chdir(self.root)
            os.environ |= self._environment
            sys.path[:] = [str(self.root), *(each for each in sys.path if each not in {"", str(REPOSITORY)})]
            for name in [each for each in sys.modules if each.partition(".")[0] in _OURS]:
                del sys.modules[name]
            status = int(pytest.main(arguments))
            sys.stdout.flush()
        except BaseException:  # noqa: BLE001 - this process ends here, whatever it was
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)

    def _write(self, path: Path, text: str) -> None:
        path.write_text(text, encoding="utf-8")
        # Its time and size may well be those of the text before.
        Path(cache_from_source(str(path))).unlink(missing_ok=True)


@contextmanager
def sandbox() -> Iterator[Sandbox]:
    """A copy of everything that is in version control or could be; gone afterwards."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=REPOSITORY, check=True,
        capture_output=True, text=True,
    )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="mutants-") as made:
        root = Path(made) / REPOSITORY.name
        for name in filter(None, listed.stdout.split("\0")):
            source = REPOSITORY / name
            if source.is_file():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, root / name)
        yield Sandbox(root)


def inherit() -> None:
    """Import what runs inherit. To be called before the first."""
    for name in _INHERITED:
        with suppress(ImportError):  # tests that need it are skipped
            import_module(name)


def _waited_for(process: int, seconds: float) -> int | None:
    """The status of a process; None when it goes on for longer."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        done, status = os.waitpid(process, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(_POLL_SECONDS)
    return None


def _end(process: int) -> None:
    """End a process and all that are left of its group."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process, signal.SIGKILL)
    with suppress(ChildProcessError):
        os.waitpid(process, 0)


def _ran(outcomes: Path, status: int | None, said: str) -> Ran:
    written = outcomes.read_text(encoding="utf-8").splitlines() if outcomes.exists() else []
    rows: list[dict[str, Any]] = [json.loads(line) for line in written]
    over = [row for row in rows if "outcome" in row]
    return Ran(
        outcomes={row["test"]: row["outcome"] for row in over},
        seconds={row["test"]: row["seconds"] for row in over},
        lines={row["test"]: row["lines"] for row in rows if "lines" in row},
        status=status,
        said=said,
    )
