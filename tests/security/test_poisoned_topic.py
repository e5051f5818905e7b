"""Whoever can write to one topic stops what reads it, and nothing else."""

import asyncio
import json
import re
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from shared import topics
from tests.e2e.system import System, up, wait_until

pytestmark = pytest.mark.slow

GARBAGE = 400
PEOPLE = "id,name,email,manager\nada,Ada,ada@x.example,\nben,Ben,ben@x.example,ada\n"


def test_garbage_on_one_topic_leaves_the_api_and_the_other_services_running(tmp_path: Path) -> None:
    with up(tmp_path / "data") as system:
        (one,) = system.services["up"]
        wait_until(lambda: bool(address(system)), what="the address of the broker", seconds=60, told=one.said)
        asyncio.run(send_garbage(address(system)))
        wait_until(lambda: "stopped: chat" in readiness(one.port), what="the stop", seconds=60, told=one.said)
        assert f"{GARBAGE} of the last {GARBAGE} records cannot be read" in readiness(one.port)
        assert one.process.poll() is None
        assert get(one.port, "/healthz")[0] == 200
        assert get(one.port, "/openapi.json")[0] == 200
        assert get(one.port, "/v1/me")[0] in {401, 404}  # answered, and not to a stranger
        metrics = get(one.port, "/metrics")[1]
        assert 'bellwether_stopped_consumers{service="chat"} 1.0' in metrics
        assert 'bellwether_stopped_consumers{service="signals"} 0.0' in metrics
        assert "stopped: chat" in one.said()
        # What the other services do goes on: people come in and reach the store.
        people = tmp_path / "people.csv"
        people.write_text(PEOPLE)
        told = system.run("import", "people", people)
        assert "2" in told


def address(system: System) -> str:
    found = re.search(r"kafka +(127\.0\.0\.1:\d+)", system.services["up"][0].said())
    return found[1] if found else ""


async def send_garbage(bootstrap: str) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        for _ in range(GARBAGE):
            await producer.send(topics.EVENTS_CHAT.name, b"garbage", partition=0)
        await producer.flush()


def readiness(port: int) -> str:
    return " ".join(json.loads(get(port, "/readyz")[1])["reasons"])


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
