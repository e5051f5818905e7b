import asyncio
import json
import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import insert

from services.cli.connection import connect, store
from services.cli.errors import NotSettledError, UsageError
from services.cli.up.demo import partner_of
from services.simulator.world import events
from shared import topics
from shared.domain.facts.digests import digest
from shared.ingest.routing import route_of
from shared.schemas.registry import SCHEMAS, event_decoder
from shared.storage.engine.bulk import table_of
from shared.storage.tables.directory import PersonRow
from tests.unit.cli.program import SMALL, bellwether

PEOPLE = "id,name,reportsTo\n1,Ana,\n2,Ben,1\n,Nobody,1\n3,Cem,2\n"
MESSAGE = {
    "id": "test:message:1", "source": "test", "type": "bellwether.chat.posted.v1", "time": "2026-03-02T09:00:00Z",
    "data": {
        "sender": "chat:a", "recipients": ["chat:b"], "channel_kind": "direct", "audience": 1,
        "text": "Could you look at the purple report?",
    },
}  # fmt: skip


def accepted(data: Path) -> list[tuple[bytes, str, bytes, bytes]]:
    with sqlite3.connect(data / "bellwether.db") as connection:
        rows = connection.execute("SELECT event, topic, key, value FROM accepted ORDER BY id").fetchall()
    connection.close()
    return rows


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_json_schema(name: str) -> None:
    shown = json.loads(bellwether("schema", name).stdout)
    import jsonschema  # takes two seconds

    jsonschema.Draft202012Validator.check_schema(shown)
    assert shown["title"] == f"bellwether {name}"


def test_without_a_name_every_schema_is_shown() -> None:
    assert set(json.loads(bellwether("schema").stdout)) == set(SCHEMAS)


def test_simulate_writes_the_same_events_to_a_file_and_to_standard_output(tmp_path: Path) -> None:
    options = ("--people", "40", "--weeks", "4", "--story", "null", "--ends-at", "2026-03-05T14:30:00Z")
    out, truth = tmp_path / "company" / "events.ndjson", tmp_path / "truth.json"
    assert bellwether("simulate", "--out", out, "--truth", truth, *options).exit_code == 0
    shown = bellwether("simulate", "--out", "-", *options)
    assert shown.stdout_bytes == out.read_bytes()
    decode = event_decoder().decode
    assert all(decode(line).id for line in out.read_bytes().splitlines())
    assert json.loads(truth.read_text())["stories"] == []


def test_simulate_writes_a_company_of_a_kind_and_the_truth_about_it(tmp_path: Path) -> None:
    options = ("--kind", "bad_to_all", "--people", "60", "--weeks", "14", "--ends-at", "2026-03-05T14:30:00Z")
    out, truth = tmp_path / "events.ndjson", tmp_path / "truth.json"
    assert bellwether("simulate", "--out", out, "--truth", truth, *options).exit_code == 0
    decode = event_decoder().decode
    assert all(decode(line).id for line in out.read_bytes().splitlines())
    told = json.loads(truth.read_text())
    assert (told["kind"], told["people"], told["weeks"]) == ("bad_to_all", 60, 14)
    assert told["chains"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--kind", "unknown"), "unknown kind 'unknown'; known are plain"),
        (("--kind", "plain", "--story", "null"), "--kind or --story, not both"),
        (("--kind", "plain", "--people", "3"), "people of a kind must be"),
    ],
)
def test_a_company_of_a_kind_that_cannot_be_made_is_refused(options: tuple[str, ...], told: str) -> None:
    refused = bellwether("simulate", *options)
    assert told in str(refused.exception)


def test_nobody_real_comes_into_a_demo_not_even_when_its_keys_are_swept(tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text(PEOPLE)
    connection = connect(data=tmp_path / "data")
    connection.data.mkdir()

    async def become_a_demo() -> None:
        async with store(connection) as database, database.write() as writing:
            partner = {"key": partner_of(connection), "team": None, "active": True}
            await writing.execute(insert(table_of(PersonRow)).values(partner))

    asyncio.run(become_a_demo())
    refused = bellwether("import", "people", people, "--data", connection.data)
    assert isinstance(refused.exception, UsageError)
    assert "simulated company" in str(refused.exception)
    assert accepted(connection.data) == []


def test_an_import_is_accepted_into_the_store(tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text(PEOPLE)
    result = bellwether("import", "people", people, "--data", tmp_path / "data", "--map", "manager=reportsTo")
    assert result.exit_code == 0, result.stderr
    rows = accepted(tmp_path / "data")
    decode = event_decoder().decode
    assert {topic for _, topic, _, _ in rows} == {topics.DIRECTORY.name}
    for event_id, _, key, value in rows:
        event = decode(value)
        assert event_id == digest(event.id)
        assert key == event.entity.encode()
    rejected = (tmp_path / "data" / "rejected-people.ndjson").read_bytes().splitlines()
    told = [msgspec.json.decode(line) for line in rejected]
    # A row that was rejected, and the notice about the header, which costs no row.
    assert [(each["line"], each["rows"]) for each in told] == [(4, 1), (1, 0)]
    assert "rejected" in result.stdout


def test_text_is_never_written_to_the_store(tmp_path: Path) -> None:
    file = tmp_path / "events.ndjson"
    file.write_text(json.dumps(MESSAGE) + "\n")
    assert bellwether("import", "events", file, "--data", tmp_path / "off").exit_code == 0
    assert bellwether("import", "events", file, "--text-features", "--data", tmp_path / "on").exit_code == 0
    off, on = (markers(tmp_path / name) for name in ("off", "on"))
    assert "words" not in off
    assert on["words"] == 7


def markers(data: Path) -> dict[str, Any]:
    ((_, topic, _, value),) = accepted(data)
    assert topic == topics.EVENTS_CHAT.name
    assert b"purple" not in value
    found: dict[str, Any] = msgspec.json.decode(value)["data"]["markers"]
    return found


def test_nothing_that_could_be_read_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "events.ndjson"
    file.write_text("nonsense\n")
    arguments = ("import", "events", file, "--data", tmp_path, "--rejects", tmp_path / "bad.ndjson")
    result = bellwether(*arguments, "--format", "events")
    assert isinstance(result.exception, UsageError)
    assert (tmp_path / "bad.ndjson").read_bytes().count(b"\n") == 1


def test_waiting_ends_with_an_error_when_nothing_processes(tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text(PEOPLE)
    result = bellwether("import", "people", people, "--data", tmp_path, "--wait", "--timeout", "0.1")
    assert isinstance(result.exception, NotSettledError)
    assert result.exception.exit_code == 8
    assert "bellwether up" in str(result.exception)


@pytest.mark.parametrize("pair", ["x", "x=", "=x"])
def test_a_column_map_needs_both_sides(pair: str, tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text(PEOPLE)
    result = bellwether("import", "people", people, "--data", tmp_path, "--map", pair)
    assert isinstance(result.exception, UsageError)


def test_options_come_before_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = connect(data=tmp_path)
    assert plain.embedded
    assert plain.database_url.database == str(tmp_path / "bellwether.db")
    monkeypatch.setenv("BELLWETHER_BROKER", "there:1")
    monkeypatch.setenv("BELLWETHER_DATABASE", "postgresql+asyncpg://ana:secret@db/x")
    named = connect(data=tmp_path)
    assert not named.embedded
    assert named.settings().broker == "there:1"
    assert named.settings().database_url().password == "secret"
    assert connect(broker="here:2", data=tmp_path).broker == "here:2"


def test_every_family_has_its_topic() -> None:
    names = {route_of(event).topic.name for event in events(SMALL)}
    assert names == {"events.calendar", "events.ticket", "events.chat", "directory"}
