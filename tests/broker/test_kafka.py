import asyncio
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.transport.embedded import free_port
from tests.broker.kafka import apache_kafka, kafka_unavailable_reason
from tests.broker.processes import closed_within, gone_within

pytestmark = [pytest.mark.broker, pytest.mark.apache, pytest.mark.usefixtures("apache_kafka_runs")]


async def test_a_restart_on_the_same_directory_keeps_records_and_offsets(tmp_path: Path) -> None:
    port = free_port()
    async with apache_kafka(tmp_path, port=port) as kafka:
        first = kafka
        admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
        await admin.start()
        await admin.create_topics([NewTopic("letters", num_partitions=1, replication_factor=1)])
        await admin.close()
        async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, enable_idempotence=True) as producer:
            await producer.send_and_wait("letters", b"one")
            await producer.send_and_wait("letters", b"two")
        assert await read_one_and_commit(kafka.bootstrap) == b"one"
    assert gone_within(first.pid, seconds=0)
    async with apache_kafka(tmp_path, port=port) as kafka:
        assert (kafka.bootstrap, kafka.cluster_id) == (first.bootstrap, first.cluster_id)
        assert await read_one_and_commit(kafka.bootstrap) == b"two"


async def read_one_and_commit(bootstrap: str) -> bytes | None:
    consumer = AIOKafkaConsumer(
        "letters",
        bootstrap_servers=bootstrap,
        group_id="readers",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_poll_records=1,
    )
    async with consumer:
        record = await asyncio.wait_for(consumer.getone(), timeout=20)
        await consumer.commit()
    value: bytes | None = record.value
    return value


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 0), (signal.SIGKILL, -signal.SIGKILL)])
def test_it_runs_by_hand_and_goes_with_its_parent(sent: signal.Signals, code: int, tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "tests.broker.kafka", "--port", str(port), "--data", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stdout.readline().strip() == f"127.0.0.1:{port}"
        running.send_signal(sent)
        assert running.wait(20) == code
    assert closed_within(port, seconds=5)


def test_the_reason_names_what_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    java = shutil.which("java")
    assert java is not None
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(programs))
    assert kafka_unavailable_reason() == "Apache Kafka needs Java 17 or newer; there is no java."
    old = program(programs / "java", "echo 'openjdk version \"1.8.0_402\"' >&2")
    assert kafka_unavailable_reason() == f"Apache Kafka needs Java 17 or newer; {old} is 1."
    program(programs / "java", f'exec {java} "$@"')
    assert kafka_unavailable_reason() == "Apache Kafka's jars are fetched by Maven; there is no mvn."
    program(programs / "mvn", "echo '[ERROR] no network'; exit 1")
    assert kafka_unavailable_reason() == "Maven could not fetch Apache Kafka's jars: [ERROR] no network"
    assert list((tmp_path / "cache" / "bellwether").iterdir()) == []


def program(path: Path, script: str) -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path
