"""The embedded broker: a Kafka-protocol broker that pip installs, run as a child process.

It is for one machine and for trying things out: it keeps everything in memory, so a restart begins with no
topics, no records and no committed offsets. Each start therefore has a cluster id of its own, which is how the
store tells one start of the broker from the next.

It speaks the Kafka protocol with these differences, which clients have to allow for:

* no idempotent producer (InitProducerId fails);
* ListOffsets "latest" is too low after batches of several records; the highwater mark of a fetch is right;
* fetching the committed offsets of a group by the admin client ends the connection;
* a new group gets its partitions only after half of `session_timeout_ms` (5 s with aiokafka's default).
"""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from shared.transport.broker_program import EmbeddedBrokerError, broker_program

LOOPBACK = "127.0.0.1"

# A start takes about 0.1 s. A machine busy with its own start-up gets two orders of magnitude more.
START_LIMIT_SECONDS = 15.0
# Nothing is written at the end, so a broker that ignores TERM for this long is stuck.
STOP_LIMIT_SECONDS = 3.0
# Between finding a free port and binding it another program may take it; three in a row is no accident.
PORT_ATTEMPTS = 3
ONE_ANSWER_SECONDS = 2.0
START_POLL_SECONDS = 0.02
DEATH_POLL_SECONDS = 0.2
OUTPUT_TAIL_BYTES = 4096

# Options that the program takes from the environment and that may be set there for somebody else.
_FOREIGN_OPTIONS = frozenset({"OTEL_EXPORTER_OTLP_ENDPOINT", "SCHEMA_REGISTRY", "SCHEMA_REGISTRY_CACHE_EXPIRY"})

# Asks Linux for a signal when the parent ends (PR_SET_PDEATHSIG = 1) and becomes the real program, under the same
# process id. The parent may have ended before the request: then the new parent shows, and there is nothing to run.
_TIE = (
    "import ctypes, os, sys\n"
    "ctypes.CDLL(None).prctl(1, int(sys.argv[1]))\n"
    "if os.getppid() != int(sys.argv[2]): sys.exit('the parent process ended')\n"
    "os.execv(sys.argv[3], sys.argv[3:])\n"
)


class _PortTakenError(EmbeddedBrokerError):
    """Another program listens on the port."""


@dataclass(frozen=True, slots=True)
class EmbeddedBroker:
    """A running embedded broker, from `embedded_broker`."""

    bootstrap: str
    """Address for clients, as host:port."""
    cluster_id: str
    """Fresh for every start: a new id means that the broker remembers nothing of what was sent before."""
    _process: subprocess.Popen[bytes] = field(repr=False)

    @property
    def pid(self) -> int:
        """The broker's process id."""
        return self._process.pid

    async def wait(self) -> int:
        """Wait until the broker has ended, for whatever reason, and return its exit code.

        Notices within 0.2 s. Any return before the context is left means that the broker was lost: the code does
        not tell, as the program ends with 0 after some failures. Negative codes are signals.
        """
        return await ended(self._process)


@asynccontextmanager
async def embedded_broker(*, port: int | None = None, log_path: Path | None = None) -> AsyncIterator[EmbeddedBroker]:
    """Start the embedded broker on the loopback interface and take it down on leaving.

    It answers metadata requests before the body runs. It is in a process group of its own, so Ctrl-C in a
    terminal reaches only the caller, who can drain before leaving. On Linux it is killed when the calling thread
    ends, even by SIGKILL of the whole process; so enter from the main thread. Elsewhere a caller that is killed
    leaves the broker behind.

    Args:
        port: The port to listen on; by default a free one.
        log_path: Where the broker's output goes, replacing what is there; by default an unnamed temporary file. A
            program that cannot be run where it is installed is copied beside it.

    Raises:
        EmbeddedBrokerError: The program is missing or does not start, the given port is taken, or nothing
            answered within 15 s.
    """
    directory = log_path.parent if log_path is not None else None
    with broker_program(directory) as binary, _output_file(log_path) as output_fd:
        broker = await _start(binary, port=port, output_fd=output_fd)
        try:
            yield broker
        finally:
            await stop_process(broker._process, limit_seconds=STOP_LIMIT_SECONDS)  # noqa: SLF001 - same module


def free_port() -> int:
    """Return a TCP port of the loopback interface that nothing listens on at this moment.

    Another program may take it before the caller does; be ready for a bind that fails.
    """
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def tied_to_parent(command: Sequence[str], *, sent: signal.Signals = signal.SIGKILL) -> list[str]:
    """Return a command line that runs `command` and sends it `sent` when the calling thread's process is gone.

    Works by a short-lived Python program that asks the kernel and then becomes `command` (same process id).
    That costs about 30 ms, and unlike code between fork and exec it is safe in a process with threads.
    On systems other than Linux, `command` is returned as it is.

    Args:
        command: Absolute path of the program, and its arguments.
        sent: The signal to end it with.
    """
    if sys.platform != "linux" or not sys.executable:
        return list(command)
    return [sys.executable, "-I", "-S", "-c", _TIE, str(int(sent)), str(os.getpid()), *command]


async def answering_cluster(bootstrap: str) -> str | None:
    """Return the cluster id that the broker at `bootstrap` answers a metadata request with.

    None if nothing there speaks the Kafka protocol within 2 s; a closed port returns at once and without a log
    line.
    """
    host, _, port = bootstrap.rpartition(":")
    try:
        async with asyncio.timeout(ONE_ANSWER_SECONDS):
            _, writer = await asyncio.open_connection(host, int(port))
            writer.close()
            await writer.wait_closed()
            admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
            try:
                await admin.start()
                cluster_id: str | None = (await admin.describe_cluster())["cluster_id"]
                return cluster_id
            finally:
                await admin.close()
    except (OSError, OverflowError, KafkaError):  # overflow: no port has such a number
        return None


async def ended(process: subprocess.Popen[bytes]) -> int:
    """Wait until `process` has ended and return its exit code; negative codes are signals. Notices within 0.2 s."""
    while True:
        code = process.poll()
        if code is not None:
            return code
        await asyncio.sleep(DEATH_POLL_SECONDS)


async def stop_process(process: subprocess.Popen[bytes], *, limit_seconds: float) -> None:
    """End `process` by TERM, then by KILL after `limit_seconds`; also when this wait is cancelled.

    The process is gone and reaped on return. One that has already ended is no error.
    """
    deadline = time.monotonic() + limit_seconds
    try:
        process.terminate()
        while process.poll() is None:
            if time.monotonic() > deadline:
                break
            await asyncio.sleep(START_POLL_SECONDS)
    finally:
        process.kill()
        process.wait()


async def _start(binary: str, *, port: int | None, output_fd: int) -> EmbeddedBroker:
    if port is not None:
        return await _start_on(port, binary=binary, output_fd=output_fd)
    for _ in range(PORT_ATTEMPTS - 1):
        with contextlib.suppress(_PortTakenError):
            return await _start_on(free_port(), binary=binary, output_fd=output_fd)
    return await _start_on(free_port(), binary=binary, output_fd=output_fd)


async def _start_on(port: int, *, binary: str, output_fd: int) -> EmbeddedBroker:
    address = f"{LOOPBACK}:{port}"
    cluster_id = f"bellwether-{uuid.uuid4().hex}"
    output_starts = os.fstat(output_fd).st_size
    process = _spawn(binary, address=address, cluster_id=cluster_id, output_fd=output_fd)
    answered = False
    try:
        answered = await _answered(process, address=address, cluster_id=cluster_id)
    finally:
        if not answered:
            await stop_process(process, limit_seconds=STOP_LIMIT_SECONDS)
    if answered:
        return EmbeddedBroker(address, cluster_id, process)
    output = _tail(output_fd, output_starts)
    if "AddrInUse" in output:
        raise _PortTakenError(f"The embedded broker cannot listen on {address}: the port is taken.")
    raise EmbeddedBrokerError(
        f"The embedded broker ({binary}) did not start on {address}. It said: {output or 'nothing'}"
    )


async def _answered(process: subprocess.Popen[bytes], *, address: str, cluster_id: str) -> bool:
    """Wait for the answer; False when the process has ended or the time is over.

    The cluster id is compared because another broker may own the port that this one failed to bind.
    """
    deadline = time.monotonic() + START_LIMIT_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if await answering_cluster(address) == cluster_id:
            return True
        await asyncio.sleep(START_POLL_SECONDS)
    return False


def _spawn(binary: str, *, address: str, cluster_id: str, output_fd: int) -> subprocess.Popen[bytes]:
    command = [
        *(binary, "broker"),
        *("--cluster-id", cluster_id),
        *("--listener-url", f"tcp://{address}"),
        *("--advertised-listener-url", f"tcp://{address}"),
        *("--storage-engine", "memory://tansu/"),
    ]
    environment = {name: value for name, value in os.environ.items() if name not in _FOREIGN_OPTIONS}
    environment |= {"NO_COLOR": "1", "RUST_BACKTRACE": "0", "RUST_LOG": "error"}
    return subprocess.Popen(  # noqa: S603 - no shell, our own arguments
        tied_to_parent(command),
        stdin=subprocess.DEVNULL,
        stdout=output_fd,
        stderr=subprocess.STDOUT,
        process_group=0,
        cwd="/",  # the program would read options from a .env file of the caller's directory
        env=environment,
    )


@contextmanager
def _output_file(path: Path | None) -> Iterator[int]:
    with tempfile.TemporaryFile() if path is None else path.open("w+b") as file:
        yield file.fileno()


def _tail(fd: int, start: int) -> str:
    # pread, because the child's writes share the position of this open file.
    size = os.fstat(fd).st_size
    return os.pread(fd, OUTPUT_TAIL_BYTES, max(start, size - OUTPUT_TAIL_BYTES)).decode(errors="replace").strip()
