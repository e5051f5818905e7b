import json
from typing import Any

from shared.schemas.chat import Markers, MessagePosted
from shared.sources.reader import Options
from tests.unit.sources.reading import read


def line(**changes: Any) -> str:
    data = {"sender": "chat:U1", "recipients": ["chat:U2"], "channel_kind": "direct", "audience": 1}
    event = {
        "type": "bellwether.chat.posted.v1", "id": "demo:message:1", "source": "demo", "time": "2024-01-01T00:00:00Z",
        "data": data | {"text": "Could you look at it?"},
    }  # fmt: skip
    return json.dumps(event | changes)


def test_text_ends_here() -> None:
    for text_features, markers in (
        (False, Markers()),
        (True, Markers(basis="text", words=5, questions=1, requests=1, hedges=1, inquiry=1)),
    ):
        (event,) = read("events", line() + "\n\n", Options(text_features=text_features)).events
        assert isinstance(event, MessagePosted)
        assert event.data.text is None
        assert event.data.markers == markers


def test_bad_lines_are_named_without_their_content() -> None:
    found = read(
        "events",
        "\n".join(
            [line(), "{", line(type="secret"), line(source="Secret"), line(time="2024-01-01"), line(data={}), "[]"]
        ),
    )
    assert [number for number, _ in found.rejected] == [2, 3, 4, 5, 6, 7]
    assert "ecret" not in str(found.rejected)
    assert len(found.events) == 1
    assert found.rows == 7
