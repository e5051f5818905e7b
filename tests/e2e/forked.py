"""The program in processes of its own that are forked from one that has imported it.

Importing everything takes a process a second or two; a fork takes hardly anything. In all else these are processes as
any: each has an environment, a directory and signals of its own, and is gone when pytest is.
"""

import ctypes
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

_CONTEXT: Final = multiprocessing.get_context("forkserver")
_PR_SET_PDEATHSIG: Final = 1


class Forked:
    """A running process, with what subprocess.Popen has for it."""

    def __init__(
        self, arguments: Sequence[str], *, env: Mapping[str, str], stdout: Path, stderr: Path, cwd: Path | None = None
    ) -> None:
        """Start `bellwether` with these arguments. What it says goes to new files, which may be the same."""
        _CONTEXT.set_forkserver_preload(["tests.e2e.preloaded"])
        for path in (stdout, stderr):
            path.write_bytes(b"")
        given = (tuple(arguments), dict(env), str(stdout), str(stderr), str(cwd or Path.cwd()))
        self._process: Final = _CONTEXT.Process(target=_become, args=given)
        self._process.start()
        assert self._process.pid is not None
        self.pid: Final = self._process.pid

    def poll(self) -> int | None:
        """The exit code, or None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end. Raises subprocess.TimeoutExpired."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("bellwether", timeout or 0.0)
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Send a signal, if it still runs."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)


def run_forked(
    arguments: Sequence[str], *, env: Mapping[str, str], timeout: float, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `bellwether` to its end, as subprocess.run would with its output captured. Raises TimeoutExpired."""
    with tempfile.TemporaryDirectory() as directory:
        stdout, stderr = Path(directory) / "stdout", Path(directory) / "stderr"
        process = Forked(arguments, env=env, stdout=stdout, stderr=stderr, cwd=cwd)
        try:
            code = process.wait(timeout)
        finally:
            process.kill()
        said, complained = (path.read_text(encoding="utf-8") for path in (stdout, stderr))
        return subprocess.CompletedProcess(arguments, code, said, complained)


def die_with_parent() -> None:
    """Let this process be killed when the one that started it is gone. Does nothing but on Linux."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))


def _become(arguments: Sequence[str], environment: Mapping[str, str], stdout: str, stderr: str, directory: str) -> None:
    from services.cli.entry import main

    die_with_parent()
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    for path, number in ((stdout, 1), (stderr, 2)):
        opened = os.open(path, os.O_WRONLY | os.O_APPEND)
        os.dup2(opened, number)
        os.close(opened)
    os.chdir(directory)
    sys.argv = ["bellwether", *arguments]
    main()
