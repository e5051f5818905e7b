"""A real PostgreSQL server of our own, for tests."""

import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from shared.transport.embedded import LOOPBACK, free_port, tied_to_parent

OLDEST = 15
USER = "bellwether"
START_LIMIT_SECONDS = 30
STOP_LIMIT_SECONDS = 20
# A server takes some 400 MB: its log, its own databases, and what the tests of the moment put in.
MEMORY, MEMORY_BYTES = Path("/dev/shm"), 2 * 1024**3  # noqa: S108 - a directory of our own below it


class PostgresUnavailableError(RuntimeError):
    """PostgreSQL cannot run on this machine; the message says why."""


@dataclass(slots=True)
class PostgresCluster:
    """A server that trusts everybody on the loopback interface. Stays at its address over a restart."""

    directory: Path
    port: int
    fsync: bool
    _programs: Path
    _as_user: str | None
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def url(self) -> str:
        """For SQLAlchemy: the maintenance database, which holds nothing of a test."""
        return self._url("postgres")

    def create_database(self, name: str, *, template: str = "template1") -> str:
        """Create a database, empty or a copy of one that nobody is connected to; its URL for SQLAlchemy."""
        self._client("createdb", "--strategy=file_copy", "--template", template, name)
        return self._url(name)

    def drop_database(self, name: str) -> None:
        """Drop a database, ending the connections to it."""
        self._client("dropdb", "--force", name)

    def start(self) -> None:
        """Start, and recover if the last stop was not a clean one. Connections are accepted on return."""
        assert self._process is None
        program = [str(self._programs / "postgres"), "-D", str(self.directory / "data")]
        # SIGQUIT, as the server then ends its own child processes too.
        if self._as_user is None:
            command = tied_to_parent(program, sent=signal.SIGQUIT)
        else:
            # A request to die with the parent is lost with a change of user: here one program does both, in order.
            command = [*_becoming(self._as_user), "--pdeathsig=SIGQUIT", *program]
        log_path = self.directory / "postgres.log"
        with log_path.open("ab") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, process_group=0
            )
        deadline = time.monotonic() + START_LIMIT_SECONDS
        while self._process.poll() is None and time.monotonic() < deadline:
            if self._accepts():
                return
            time.sleep(0.02)
        self.stop_immediately()
        raise RuntimeError(f"PostgreSQL did not start: {log_path.read_text(errors='replace')[-2000:]}")

    def stop_immediately(self) -> None:
        """Stop like a crash: connections break, nothing is flushed, the next start recovers from the log."""
        self._stop(signal.SIGQUIT)

    def stop(self) -> None:
        """Stop cleanly, ending the connections."""
        self._stop(signal.SIGINT)

    def _stop(self, sent: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(sent)
        try:
            self._process.wait(STOP_LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _accepts(self) -> bool:
        command = [str(self._programs / "pg_isready"), "-q", "-h", LOOPBACK, "-p", str(self.port)]
        return subprocess.run(command, check=False).returncode == 0

    def _client(self, program: str, *arguments: str) -> None:
        connection = ("-h", LOOPBACK, "-p", str(self.port), "-U", USER)
        _run([str(self._programs / program), *connection, *arguments])

    def _url(self, database: str) -> str:
        return f"postgresql+asyncpg://{USER}@{LOOPBACK}:{self.port}/{database}"


@contextmanager
def postgres_cluster(directory: Path | None = None, *, fsync: bool = True) -> Iterator[PostgresCluster]:
    """Run a fresh server until the body is left.

    Args:
        directory: Empty or missing, and kept afterwards. If this process is root, every directory above has to be
            open to other users. By default a temporary one that goes with the server, in memory if nothing has to
            reach a disk: a database is some hundred files, which take a disk ten times as long to make.
        fsync: Whether commits reach the disk. Off, it is faster and still survives a crash of the server alone.
    """
    programs, as_user = _found()
    if directory is None:
        # Not pytest's: those are closed to other users, and too deep for the path of a socket.
        with tempfile.TemporaryDirectory(prefix="bellwether-pg-", dir=None if fsync else _memory()) as temporary:
            with postgres_cluster(Path(temporary), fsync=fsync) as cluster:
                yield cluster
            return
    directory.mkdir(exist_ok=True)
    if as_user is not None:
        user = pwd.getpwnam(as_user)
        os.chown(directory, user.pw_uid, user.pw_gid)
        directory.chmod(0o700)
    cluster = PostgresCluster(directory, free_port(), fsync, programs, as_user)
    _initialise(cluster)
    cluster.start()
    try:
        yield cluster
    finally:
        cluster.stop()


def _memory() -> str | None:
    """A directory in memory with room for a server, if there is one."""
    try:
        return str(MEMORY) if shutil.disk_usage(MEMORY).free >= MEMORY_BYTES else None
    except OSError:
        return None


def postgres_unavailable_reason() -> str | None:
    """Why PostgreSQL cannot run here, or None."""
    try:
        _found()
    except PostgresUnavailableError as error:
        return str(error)
    return None


def _initialise(cluster: PostgresCluster) -> None:
    data = cluster.directory / "data"
    become = [] if cluster._as_user is None else _becoming(cluster._as_user)
    # Customers' servers sort text by language, SQLite by bytes. Sorting by language here shows what depends on it.
    locale = ("--encoding=UTF8", "--locale=C", "--locale-provider=icu", "--icu-locale=en-US")
    _run(
        [
            *(*become, str(cluster._programs / "initdb"), f"--pgdata={data}", f"--username={USER}"),
            *("--auth=trust", "--no-sync", *locale),
        ],
    )
    settings = {
        "listen_addresses": LOOPBACK,
        "port": cluster.port,
        "unix_socket_directories": cluster.directory,
        "max_connections": 60,
        "fsync": "on" if cluster.fsync else "off",
        "timezone": "UTC",
        # Databases come and go within seconds.
        "autovacuum": "off",
        "max_wal_size": "256MB",
    }
    with (data / "postgresql.conf").open("a") as file:
        file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())


def _found() -> tuple[Path, str | None]:
    """The directory of the server's programs, and the user to run them as if this process is root."""
    programs = _programs()
    if programs is None:
        raise PostgresUnavailableError(f"PostgreSQL {OLDEST} or newer is not installed (initdb, postgres).")
    if os.geteuid() != 0:
        return programs, None
    if shutil.which("setpriv") is None:
        raise PostgresUnavailableError("PostgreSQL does not run as root, and there is no setpriv to leave root with.")
    users = {entry.pw_name for entry in pwd.getpwall()}
    as_user = next((name for name in ("postgres", "nobody") if name in users), None)
    if as_user is None:
        raise PostgresUnavailableError("PostgreSQL does not run as root, and no user postgres or nobody exists.")
    return programs, as_user


def _programs() -> Path | None:
    """The newest of what lies on PATH and where Debian puts the versions side by side."""
    on_path = shutil.which("initdb")
    places = [Path(on_path).resolve().parent] if on_path else []
    places += Path("/usr/lib/postgresql").glob("*/bin")
    versions = {place: _version(place) for place in places if (place / "initdb").exists()}
    usable = [place for place, version in versions.items() if version >= OLDEST]
    return max(usable, key=versions.__getitem__, default=None)


def _version(programs: Path) -> int:
    if not (programs / "postgres").exists():
        return 0
    shown = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, check=False)
    version = re.search(r"(\d+)", shown.stdout)
    return int(version[1]) if version else 0


def _becoming(user: str) -> list[str]:
    entry = pwd.getpwnam(user)
    return ["setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups"]


def _run(command: list[str]) -> None:
    # From the root directory, as another user may not enter the one this process is in.
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, cwd="/")
    if done.returncode:
        raise RuntimeError(f"{Path(command[0]).name} failed: {done.stdout.strip()}")
