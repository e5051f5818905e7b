import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from shared.schemas.chat import Markers, MessageDeleted, MessageEdited, MessagePosted, MessageReacted
from shared.schemas.registry import CanonicalEvent
from shared.sources.reader import Channel, Options
from tests.unit.sources.reading import read

ROOT = {
    "type": "message", "user": "U1", "ts": "1700000000.000100", "thread_ts": "1700000000.000100",
    "text": "Could you <@U2|bo> look?",
}  # fmt: skip


def posted(event: CanonicalEvent) -> MessagePosted | MessageEdited:
    assert isinstance(event, MessagePosted | MessageEdited)
    return event


def payload(**event: Any) -> str:
    return json.dumps({"type": "event_callback", "event_id": "E", "event": {"type": "message"} | event})


def test_an_export_file() -> None:
    reply = {"type": "message", "user": "U2", "ts": "1700000100.000200", "thread_ts": ROOT["ts"], "text": "Yes"}
    found = read("slack", json.dumps([ROOT, reply], indent=1), Options(channel="C1"))
    first, second = map(posted, found.events)
    assert first.entity == "chat:message:C1:1700000000.000100"
    assert first.time == datetime(2023, 11, 14, 22, 13, 20, 100, tzinfo=UTC)
    assert first.data.recipients == ("chat:U2",)
    assert first.data.thread == second.data.thread == "C1:1700000000.000100"
    assert first.data.in_reply_to is None
    assert second.data.in_reply_to == "chat:U1"
    assert second.data.recipients == ()
    assert first.data.markers == Markers()
    assert found.rows == 2


def test_markers_only_when_the_source_may_look_at_texts() -> None:
    (event,) = read("slack", json.dumps([ROOT]), Options(text_features=True)).events
    assert posted(event).data.markers == Markers(basis="text", words=3, questions=1, requests=1, hedges=1, inquiry=1)
    assert posted(event).data.text is None


def test_everybody_in_a_direct_message_is_addressed() -> None:
    options = Options(channel="D1", channels={"D1": Channel(kind="direct", members=("U1", "U9"))})
    (event,) = read("slack", json.dumps([ROOT]), options).events
    assert posted(event).data.recipients == ("chat:U9",)
    assert (posted(event).data.channel_kind, posted(event).data.audience) == ("direct", 1)


def test_a_channel_described_beside_its_messages() -> None:
    document = {"channel": {"id": "G1", "kind": "group", "members": ["U1", "U2", "U3"]}, "messages": [ROOT, {"ts": 4}]}
    found = read("slack", json.dumps(document))
    assert posted(found.events[0]).data.recipients == ("chat:U2", "chat:U3")
    assert [line for line, _ in found.rejected] == [2]
    assert found.rows == 2


def test_reactions_of_an_export_are_one_a_person_without_the_emoji() -> None:
    reactions = [{"name": "secret_emoji", "users": ["U2", "U1"], "count": 2}, {"name": "tada", "users": ["U2", "U3"]}]
    found = read("slack", json.dumps([{**ROOT, "reactions": reactions}]), Options(channel="C1"))
    reacted = [event for event in found.events if isinstance(event, MessageReacted)]
    assert [event.data.sender for event in reacted] == ["chat:U2", "chat:U3"]
    assert {event.data.author for event in reacted} == {"chat:U1"}
    assert b"secret_emoji" not in found.encoded
    assert found.rows == 1


def test_payloads_one_a_line() -> None:
    edited = {"user": "U1", "ts": "1700000050.000000"}
    lines = [
        payload(channel="C1", channel_type="group", user="U1", ts="1700000000.000100", text="hi"),
        payload(
            channel="C1", channel_type="group", subtype="message_changed", ts="1700000050.000300",
            message={"user": "U1", "ts": "1700000000.000100", "text": "hello", "edited": edited},
        ),
        payload(
            channel="C1", channel_type="group", subtype="message_deleted", deleted_ts="1700000000.000100",
            event_ts="1700000060.000000", ts="1700000060.000000",
            previous_message={"user": "U1", "ts": "1700000000.000100", "text": "hello"},
        ),
        payload(
            type="reaction_added", user="U2", item_user="U1", reaction="x", event_ts="1700000070.000000",
            item={"type": "message", "channel": "C1", "ts": "1700000000.000100"},
        ),
        payload(channel="C1", bot_id="B1", user="U5", ts="1700000001.000000"),
        payload(channel="C1", subtype="channel_join", user="U5", ts="1700000001.000000"),
        payload(type="app_mention", user="U1", ts="1700000000.000100"),
        payload(type="team_join", user={"id": "U7"}),
        json.dumps({"type": "url_verification", "challenge": "x"}),
        "{broken",
        payload(channel="C1", user="U1", ts="yesterday"),
        payload(channel="C1", ts="1700000000.000100"),
    ]  # fmt: skip
    found = read("slack", "\n".join(lines))
    assert [type(event) for event in found.events] == [MessagePosted, MessageEdited, MessageDeleted, MessageReacted]
    first, changed, gone, _ = found.events
    assert first.entity == changed.entity == gone.entity
    assert 0 == first.revision < changed.revision < gone.revision
    assert changed.time == first.time
    assert posted(first).data.channel_kind == "private_channel"
    assert [line for line, _ in found.skipped] == [5, 6, 7, 8, 9]
    assert found.rejected == [
        (10, "not a JSON object"),
        (11, "unreadable time stamp ts"),
        (12, "the chat account is empty"),
    ]
    assert found.rows == 12


@pytest.mark.parametrize("data", ["[{]", "[1, 2", "nonsense", "[[]]", '{"messages": 3}', "[" * 5_000, '{"a":' * 5_000])
def test_what_is_no_chat_is_named(data: str) -> None:
    found = read("slack", data)
    assert found.rejected
    assert not found.events


def test_every_shape_of_the_events_api_is_read(data_directory: Path) -> None:
    files = sorted((data_directory / "payloads" / "slack_events").glob("*.json"))
    assert len(files) == 96
    for path in files:
        data = path.read_bytes()
        found = read("slack", data)
        assert len(found.items) == found.rows == 1, path.name
        # The values are blanked, so what is about a message cannot be used, and the rest is skipped.
        message = json.loads(data).get("event", {}).get("type") in {"message", "reaction_added"}
        assert bool(found.skipped) or message, path.name
