"""The system as real processes: in one (`bellwether up`), or spread over a broker and a store that tests name."""

import contextlib
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from shared.transport.embedded import LOOPBACK
from tests.e2e.forked import Forked, run_forked
from tests.names import key_files

PROGRAM = str(Path(sys.executable).with_name("bellwether"))
# Seconds on two busy cores; a dozen Python processes that start together take about ten.
START_LIMIT_SECONDS = 60
STOP_LIMIT_SECONDS = 20
COMMAND_LIMIT_SECONDS = 240
POLL_SECONDS = 0.02
# The embedded broker lets a new group wait half of the session timeout.
PACE = {"BELLWETHER_BATCH_TIMEOUT_MS": "20", "BELLWETHER_SESSION_TIMEOUT_MS": "6000"}
CASE_MODE = ("mode", "set", "case", "--dpia", "an assessment", "--agreement", "an agreement")
STATELESS = ("calendar", "tickets", "chat")


@dataclass(slots=True)
class Running:
    """A process of ours that answers on a port, and what it says."""

    process: subprocess.Popen[bytes] | Forked
    port: int
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def wait_until_ready(self) -> None:
        """Wait for /readyz; fails with the process's last words."""
        wait_until(self._answers, what=f"{self.log.name} to be ready", seconds=START_LIMIT_SECONDS, told=self.said)

    def kill(self) -> None:
        """SIGKILL, and reap."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM, then SIGKILL when that does not help; returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.process.wait(STOP_LIMIT_SECONDS)
        self.kill()
        raise AssertionError(f"{self.log.name} did not end within {STOP_LIMIT_SECONDS} s: {self.said()}")

    def said(self) -> str:
        return self.log.read_text(errors="replace")[-3000:]

    def _answers(self) -> bool:
        assert self.process.poll() is None, f"{self.log.name} ended: {self.said()}"
        try:
            with urllib.request.urlopen(f"http://{LOOPBACK}:{self.port}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


@dataclass(slots=True)
class System:
    """How commands reach a running system; `services` are its processes by name."""

    options: tuple[str, ...]
    store_options: tuple[str, ...]
    environment: Mapping[str, str]
    directory: Path
    services: dict[str, list[Running]] = field(default_factory=dict)

    def run(self, *arguments: str | Path) -> str:
        """Run a command that talks to the system; returns its output."""
        try:
            return run([*map(str, arguments), *self.options], self.environment)
        finally:
            for service in (each for replicas in self.services.values() for each in replicas):
                assert service.process.poll() is None, f"{service.log.name} ended: {service.said()}"

    def start_import(self, *arguments: str | Path) -> Forked:
        """Begin an import without waiting for its end."""
        log = self.directory / "import.log"
        command = ["import", *map(str, arguments), *self.options]
        return Forked(command, env=clean_environment(self.environment), stdout=log, stderr=log)

    def export(self) -> tuple[bytes, bytes, bytes]:
        """Readings, facts and alerts, as exported."""
        found = []
        for what in ("readings", "facts", "alerts"):
            path = self.directory / f"{what}.ndjson"
            asked = ["export", what, "--purpose", "evaluation", "--out", str(path)]
            run([*asked, *self.store_options], self.environment)
            found.append(path.read_bytes())
        return found[0], found[1], found[2]


@contextmanager
def up(data: Path, *, environment: Mapping[str, str] | None = None, new: bool = False) -> Iterator[System]:
    """`bellwether up --bare` on a directory, ready; stopped at the end unless the body did.

    In case mode, unless it is to be as `new`.
    """
    data.mkdir(parents=True, exist_ok=True)
    settings = {**PACE, **key_files(data / "test-keys"), **(environment or {})}
    port = service_port()
    one = _start(["up", "--bare", "--data", str(data), "--port", str(port)], port, data / "up.log", settings)
    options = ("--data", str(data))
    try:
        one.wait_until_ready()
        if not new:
            run([*CASE_MODE, *options], settings)
        yield System(options, options, settings, data, {"up": [one]})
    finally:
        one.stop()


@contextmanager
def distributed(
    *,
    bootstrap: str,
    database_url: str,
    prefix: str,
    directory: Path,
    partitions: int = 1,
    replicas: int = 1,
    gateway: bool = False,
    environment: Mapping[str, str] | None = None,
) -> Iterator[System]:
    """Topics, store and every service in `replicas` processes of its own, all ready; stopped at the end by pid.

    The `gateway` is only wanted where somebody writes to inbox topics.
    """
    directory.mkdir(parents=True, exist_ok=True)
    settings = {
        **PACE,
        **key_files(directory / "test-keys"),
        "BELLWETHER_BROKER": bootstrap,
        "BELLWETHER_DATABASE": database_url,
        "BELLWETHER_TOPIC_PREFIX": prefix,
        "BELLWETHER_PARTITIONS": str(partitions),
        **(environment or {}),
    }
    audit = directory / "test-keys" / "audit.key"
    audit.write_text("61" * 32)
    settings["BELLWETHER_AUDIT_KEY_FILE"] = str(audit)
    run(["topics"], settings)
    run(["db", "upgrade"], settings)
    operator = directory / "operator.key"
    operator.write_text(run(["keys", "create", "--role", "operator", "--name", "tests"], settings).split()[0])
    settings["BELLWETHER_OPERATOR_KEY_FILE"] = str(operator)
    run([*CASE_MODE, "--data", str(directory)], settings)
    system = System(("--data", str(directory)), (), settings, directory)
    with ExitStack() as stack:
        for name in (*(("gateway",) if gateway else ()), *STATELESS, "signals"):
            for _ in range(replicas):
                stack.callback(add_service(system, name).stop)
        for each in system.services.values():
            for service in each:
                service.wait_until_ready()
        yield system


def service_port() -> int:
    """A free port below those that the system gives to outgoing connections: a dozen processes make many while
    they start, and one of them would now and then take a port that was free a moment ago.
    """
    while True:
        port = random.SystemRandom().randrange(15_000, 30_000)
        with socket.socket() as tried, contextlib.suppress(OSError):
            tried.bind((LOOPBACK, port))
            return port


def add_service(system: System, name: str) -> Running:
    """Start one more replica of a service; whoever starts it stops it."""
    port = service_port()
    replicas = system.services.setdefault(name, [])
    log = system.directory / f"{name}-{len(replicas)}.log"
    replicas.append(_start(["run", name, "--port", str(port)], port, log, system.environment))
    return replicas[-1]


def run(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """Run the program to its end; fails with what it said."""
    done = run_forked(arguments, env=clean_environment(environment), timeout=COMMAND_LIMIT_SECONDS)
    assert done.returncode == 0, f"{arguments[0]} ended with {done.returncode}: {done.stdout}{done.stderr}"
    return done.stdout


def clean_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Our environment with these settings of the product and no others."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BELLWETHER_")}
    return {**inherited, "COLUMNS": "160", **settings}


def wait_until(
    happened: Callable[[], bool], *, what: str, seconds: float, told: Callable[[], str] | None = None
) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}. {told() if told else ''}"
        time.sleep(POLL_SECONDS)


def rows(store: Path, table: str) -> int:
    """Rows of a table of an SQLite store that others write to."""
    with contextlib.closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=10)) as connection:
        count: int = connection.execute(f"select count(*) from {table}").fetchone()[0]  # noqa: S608 - names of ours
        return count


def children(pid: int) -> list[int]:
    """Processes that this one has started and not reaped."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            text = stat.read_text()
            if int(text.rpartition(")")[2].split()[1]) == pid:
                found.append(int(stat.parent.name))
    return found


def _start(arguments: Sequence[str], port: int, log: Path, settings: Mapping[str, str]) -> Running:
    return Running(Forked(arguments, env=clean_environment(settings), stdout=log, stderr=log), port, log)
