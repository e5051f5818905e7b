"""Real Apache Kafka, one node in KRaft mode, for tests and for trying things out.

By hand: python -m tests.broker.kafka --port 9092 [--data DIR]
"""

import argparse
import asyncio
import base64
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from shared.transport.embedded import (
    LOOPBACK,
    answering_cluster,
    ended,
    free_port,
    stop_process,
    tied_to_parent,
)

POM = Path(__file__).with_name("pom.xml")
JAVA_OLDEST = 17  # Kafka 4 runs on nothing older
RESOLVE_LIMIT_SECONDS = 240  # 43 MB of jars; stays below the time limit of a test
FORMAT_LIMIT_SECONDS = 60
START_LIMIT_SECONDS = 120  # takes about 3 s on two idle cores
STOP_LIMIT_SECONDS = 20
# Their hashes fall on each of the three partitions that hold the groups' state, so all three have been loaded.
GROUPS_ON_EVERY_PARTITION = ("a", "b", "c")

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers={host}:{controller_port}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller_port}
advertised.listeners=PLAINTEXT://{host}:{port}
log.dirs={log_directory}
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
default.replication.factor=1
offsets.topic.num.partitions=3
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=3
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=3
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
# The default of 128 MiB is a quarter of this process's memory.
log.cleaner.dedupe.buffer.size=16777216
"""


class KafkaUnavailableError(RuntimeError):
    """Apache Kafka cannot run on this machine; the message says why."""


@dataclass(frozen=True, slots=True)
class ApacheKafka:
    bootstrap: str
    cluster_id: str
    _process: subprocess.Popen[bytes] = field(repr=False)

    @property
    def pid(self) -> int:
        return self._process.pid

    async def wait(self) -> int:
        return await ended(self._process)


@asynccontextmanager
async def apache_kafka(directory: Path, *, port: int | None = None) -> AsyncIterator[ApacheKafka]:
    """Run Kafka with its data, properties and log in `directory`, until the body is left.

    A directory used before goes on where it stopped: same cluster, topics, records and offsets.
    Groups can be joined when the body begins. Enter from the main thread, see `embedded_broker`.
    """
    java = _java()
    libraries = await asyncio.to_thread(_libraries)
    address = f"{LOOPBACK}:{port or free_port()}"
    properties = _write_properties(directory, address)
    cluster_id = await asyncio.to_thread(_format_once, java, libraries, properties)
    process = _spawn(java, libraries, properties)
    try:
        if not await _answered(process, address=address, cluster_id=cluster_id):
            raise RuntimeError(f"Apache Kafka did not start on {address}. {_last_words(directory)}")
        yield ApacheKafka(address, cluster_id, process)
    finally:
        await stop_process(process, limit_seconds=STOP_LIMIT_SECONDS)


def kafka_unavailable_reason() -> str | None:
    """Why Apache Kafka cannot run here, or None. Fetches the jars, the first time."""
    try:
        _java()
        _libraries()
    except KafkaUnavailableError as error:
        return str(error)
    return None


def _java() -> str:
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=f"{home}/bin") if home else shutil.which("java")
    if java is None:
        raise KafkaUnavailableError(f"Apache Kafka needs Java {JAVA_OLDEST} or newer; there is no java.")
    shown = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    version = re.search(r'version "(\d+)', shown.stderr + shown.stdout)
    if version is None or int(version[1]) < JAVA_OLDEST:
        found = version[1] if version else "unknown"
        raise KafkaUnavailableError(f"Apache Kafka needs Java {JAVA_OLDEST} or newer; {java} is {found}.")
    return java


def _libraries() -> Path:
    """The directory with Kafka's jars; filled by Maven once per version, whole or not at all."""
    version = re.search(r"<kafka\.version>(.+)</kafka\.version>", POM.read_text())
    assert version is not None
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "bellwether"
    libraries = caches / f"kafka-{version[1]}"
    if libraries.is_dir():
        return libraries
    maven = shutil.which("mvn")
    if maven is None:
        raise KafkaUnavailableError("Apache Kafka's jars are fetched by Maven; there is no mvn.")
    caches.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=caches) as directory:
        jars = Path(directory) / "jars"
        _resolve(maven, jars)
        try:
            jars.rename(libraries)
        except OSError:
            if not libraries.is_dir():  # else another run was faster
                raise
    return libraries


def _resolve(maven: str, jars: Path) -> None:
    command = [maven, "-q", "-B", "-f", str(POM), "dependency:copy-dependencies", f"-DoutputDirectory={jars}"]
    try:
        subprocess.run(command, capture_output=True, text=True, check=True, timeout=RESOLVE_LIMIT_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise KafkaUnavailableError(
            f"Maven did not fetch Apache Kafka's jars within {RESOLVE_LIMIT_SECONDS} s."
        ) from error
    except subprocess.CalledProcessError as error:
        first = next(iter(error.stdout.strip().splitlines()), "no output")
        raise KafkaUnavailableError(f"Maven could not fetch Apache Kafka's jars: {first}") from error


def _write_properties(directory: Path, address: str) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "server.properties"
    host, _, port = address.rpartition(":")
    text = PROPERTIES.format(
        host=host, port=port, controller_port=free_port(), log_directory=(directory / "data").absolute()
    )
    path.write_text(text)
    return path


def _java_command(java: str, libraries: Path, *arguments: str) -> list[str]:
    # The second compiler would still be at work when a test is over: without it a start costs two thirds.
    fast = ("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
    return [java, *fast, "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", f"{libraries}/*", *arguments]


def _format_once(java: str, libraries: Path, properties: Path) -> str:
    """Give an unused directory a cluster id of its own; return the directory's id."""
    identity = properties.parent / "data" / "meta.properties"
    if not identity.exists():
        fresh = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        # "=" keeps an id that begins with a dash from being read as an option.
        arguments = ("format", f"--cluster-id={fresh}", f"--config={properties}", "--standalone")
        done = subprocess.run(
            _java_command(java, libraries, "kafka.tools.StorageTool", *arguments),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=FORMAT_LIMIT_SECONDS,
        )
        if done.returncode:
            raise RuntimeError(f"Apache Kafka's storage could not be formatted: {done.stdout}")
    written = re.search(r"^cluster\.id=(.+)$", identity.read_text(), re.MULTILINE)
    assert written is not None
    return written[1]


def _last_words(directory: Path) -> str:
    return (directory / "kafka.log").read_text(errors="replace")[-2000:]


def _spawn(java: str, libraries: Path, properties: Path) -> subprocess.Popen[bytes]:
    command = _java_command(java, libraries, "kafka.Kafka", str(properties))
    with (properties.parent / "kafka.log").open("wb") as log:
        return subprocess.Popen(
            tied_to_parent(command),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            process_group=0,
        )


async def _answered(process: subprocess.Popen[bytes], *, address: str, cluster_id: str) -> bool:
    """Wait for metadata of this very cluster and for the coordinators of groups."""
    deadline = time.monotonic() + START_LIMIT_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if await answering_cluster(address) == cluster_id and await _groups_answer(address):
            return True
        await asyncio.sleep(0.1)
    return False


async def _groups_answer(address: str) -> bool:
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    try:
        async with asyncio.timeout(5):
            await admin.start()
            for group in GROUPS_ON_EVERY_PARTITION:
                await admin.list_consumer_group_offsets(group)
    except (OSError, KafkaError):
        return False
    finally:
        await admin.close()
    return True


async def _run(port: int, directory: Path) -> int:
    """Run until SIGINT or SIGTERM; Kafka's own end is a failure."""
    task = asyncio.current_task()
    assert task is not None
    for sent in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sent, task.cancel)
    try:
        async with apache_kafka(directory, port=port) as kafka:
            sys.stdout.write(f"{kafka.bootstrap}\n")
            sys.stdout.flush()
            code = await kafka.wait()
            sys.stderr.write(f"Apache Kafka ended with code {code}; see {directory / 'kafka.log'}\n")
            return 1
    except asyncio.CancelledError:
        return 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Run Apache Kafka until Ctrl-C; prints its address.")
    parser.add_argument("--port", type=int, default=9092)
    parser.add_argument("--data", type=Path, help="keep the data here; by default it goes with the process")
    arguments = parser.parse_args()
    try:
        if arguments.data is not None:
            return asyncio.run(_run(arguments.port, arguments.data))
        with tempfile.TemporaryDirectory(prefix="bellwether-kafka-") as directory:
            return asyncio.run(_run(arguments.port, Path(directory)))
    except RuntimeError as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
