"""Imports on a named broker: what is published, and what is said when it cannot be."""

import asyncio
import time
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer

from shared.schemas.registry import event_decoder
from shared.settings import ServiceSettings
from shared.transport.errors import BrokerUnavailableError, TopicsMissingError
from shared.transport.topics import create_topics
from tests.e2e.system import rows
from tests.unit.cli.program import bellwether

PEOPLE = "id,reportsTo\n1,\n2,1\n3,2\n"


@pytest.fixture
def people(tmp_path: Path) -> Path:
    file = tmp_path / "people.csv"
    file.write_text(PEOPLE)
    return file


def test_an_import_is_published(
    embedded_bootstrap: str, topic_prefix: str, people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BELLWETHER_TOPIC_PREFIX", topic_prefix)
    settings = ServiceSettings(broker=embedded_bootstrap)
    asyncio.run(create_topics(settings))
    data = tmp_path / "data"
    result = bellwether("import", "people", people, "--broker", embedded_bootstrap, "--data", data)
    assert result.exit_code == 0, result.exception
    assert rows(data / "bellwether.db", "accepted") == 0
    assert rows(data / "bellwether.db", "register") >= 6  # a person and an identity each
    records = asyncio.run(published(settings))
    events = [event_decoder().decode(value) for _, value in records]
    assert len(events) >= 9  # a person, an identity and a line each
    assert not [value for _, value in records if b"@" in value]
    assert [key for key, _ in records] == [event.entity.encode() for event in events]


async def published(settings: ServiceSettings) -> list[tuple[bytes, bytes]]:
    consumer = AIOKafkaConsumer(
        settings.topic("directory"), bootstrap_servers=settings.broker, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        found = await consumer.getmany(timeout_ms=5_000)
    finally:
        await consumer.stop()
    return [(record.key, record.value) for records in found.values() for record in records]


def test_missing_topics_are_named(
    embedded_bootstrap: str, topic_prefix: str, people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BELLWETHER_TOPIC_PREFIX", topic_prefix)
    result = bellwether("import", "people", people, "--broker", embedded_bootstrap, "--data", tmp_path)
    assert isinstance(result.exception, TopicsMissingError)
    assert f"{topic_prefix}directory" in str(result.exception)


def test_a_broker_that_is_not_there_is_tried_for_as_long_as_set_and_named(
    people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BELLWETHER_CONNECT_SECONDS", "0.6")
    began = time.monotonic()
    result = bellwether("import", "people", people, "--broker", "127.0.0.1:1", "--data", tmp_path)
    assert isinstance(result.exception, BrokerUnavailableError)
    assert "127.0.0.1:1" in str(result.exception)
    assert 0.6 <= time.monotonic() - began < 10
