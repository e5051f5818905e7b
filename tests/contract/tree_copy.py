"""A temporary copy of the source tree, for tests that add something to it and look whether the rest takes notice."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_COPIED = ("services", "shared", "dashboards", "tests", "docs", "pyproject.toml")
_BELLWETHER = "from services.cli.entry import main; main()"


@dataclass(frozen=True, slots=True)
class TreeCopy:
    """The copy. Programs that run in it import the copy's packages."""

    root: Path

    def add(self, name: str, text: str) -> None:
        """Add a file that is not there yet."""
        path = self.root / name
        assert not path.exists()
        path.write_text(text, encoding="utf-8")

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace a text that a file holds exactly once."""
        path = self.root / name
        before = path.read_text(encoding="utf-8")
        assert before.count(old) == 1, f"{name} holds {old!r} {before.count(old)} times"
        path.write_text(before.replace(old, new), encoding="utf-8")

    def read(self, name: str) -> str:
        """The text of a file."""
        return (self.root / name).read_text(encoding="utf-8")

    def python(self, code: str) -> str:
        """What a piece of code prints that imports from the copy. Fails with what it complains about."""
        return self._run(sys.executable, "-c", code).stdout

    def bellwether(self, *arguments: str) -> str:
        """What a command of the copy prints, and then what it says beside. Fails with what it complains about."""
        answer = self._run(sys.executable, "-c", _BELLWETHER, *arguments)
        return answer.stdout + answer.stderr

    def pytest(self, *arguments: str) -> str:
        """Run tests of the copy. Fails with their report."""
        return self._run(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments).stdout

    def _run(self, *command: str) -> subprocess.CompletedProcess[str]:
        # Not the settings of whoever runs the tests.
        ours = ("BELLWETHER_", "PYTEST_")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        answer = subprocess.run(
            command, cwd=self.root, env=environment, capture_output=True, text=True, check=False, timeout=280
        )
        assert answer.returncode == 0, answer.stdout + answer.stderr
        return answer


def copy_tree(directory: Path) -> TreeCopy:
    """Copy what the tests of a change to the code need.

    Compiled files come along: they hold there too, and to compile everything again takes each process seconds.
    """
    for name in _COPIED:
        source, target = ROOT / name, directory / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("node_modules", "previews"))
        else:
            shutil.copy(source, target)
    return TreeCopy(directory)
