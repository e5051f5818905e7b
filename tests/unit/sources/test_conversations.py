import json
from collections.abc import Sequence

import pytest

from shared.schemas.chat import Markers, MessagePosted
from shared.sources.conversations import Conversations
from shared.sources.reader import Channel, Options
from tests.unit.sources.reading import read

ASK = "Should we move the release to Thursday because the tests are red?"
REPLY = "Moving the release to Thursday is fine by me. Which tests are red?"
DAY = 86_400
DIRECT = Channel(kind="direct", members=("U1", "U2"))


def message(ts: int, user: str, text: str, *, thread: int | None = None) -> dict[str, str]:
    named = {"type": "message", "user": user, "ts": f"{ts}.000100", "text": text}
    return named if thread is None else named | {"thread_ts": f"{thread}.000100"}


def markers(messages: Sequence[dict[str, str]], channel: Channel | None = None) -> list[Markers]:
    options = Options(channel="C1", channels={"C1": channel} if channel else {}, text_features=True)
    found = [event for event in read("slack", json.dumps(messages), options).events if isinstance(event, MessagePosted)]
    return [event.data.markers or Markers() for event in found]


T = 1_700_000_000


@pytest.mark.parametrize("channel", [None, DIRECT])
def test_a_reply_in_a_thread_is_compared_with_what_it_answers(channel: Channel | None) -> None:
    first, second = markers([message(T, "U1", ASK), message(T + 60, "U2", REPLY, thread=T)], channel)
    assert (first.uptake, first.follow_ups) == (None, None)
    assert second.uptake is not None
    assert second.uptake > 0
    assert second.follow_ups == 1


def test_outside_threads_two_people_answer_each_other() -> None:
    _, second = markers([message(T, "U1", ASK), message(T + 60, "U2", REPLY)], DIRECT)
    assert second.uptake is not None


def test_in_a_channel_nobody_is_answered_without_a_thread() -> None:
    _, second = markers([message(T, "U1", ASK), message(T + 60, "U2", REPLY)])
    assert second.uptake is None


@pytest.mark.parametrize(
    "messages",
    [
        pytest.param([message(T, "U1", ASK), message(T + 4 * DAY, "U2", REPLY)], id="too late"),
        pytest.param([message(T, "U1", ASK), message(T - 60, "U2", REPLY)], id="before it"),
        pytest.param([message(T, "U2", ASK), message(T + 60, "U2", REPLY)], id="to oneself"),
        pytest.param([message(T, "U1", ASK), message(T + 1, "U1", "ok"), message(T + 60, "U2", REPLY)], id="to less"),
        pytest.param(
            [message(T, "U1", "Machen wir das am Donnerstag oder nicht?"), message(T + 60, "U2", REPLY)], id="de"
        ),
    ],
)
def test_otherwise_there_is_no_uptake_rather_than_a_wrong_one(messages: list[dict[str, str]]) -> None:
    assert markers(messages, DIRECT)[-1].uptake is None


def test_canonical_events_are_compared_the_same_way() -> None:
    def line(number: int, sender: str, recipient: str, text: str) -> str:
        data = {"sender": sender, "recipients": [recipient], "channel_kind": "mail", "audience": 1, "text": text}
        time = f"2024-01-0{number}T09:00:00Z"
        event = {"type": "bellwether.chat.posted.v1", "source": "demo", "time": time, "data": data}
        return json.dumps(event | {"id": f"demo:message:{number}"})

    lines = [line(1, "mail:a@x.io", "mail:b@x.io", ASK), line(2, "mail:b@x.io", "mail:a@x.io", REPLY)]
    for text_features in (True, False):
        found = read("events", "\n".join(lines), Options(text_features=text_features)).events[-1]
        assert isinstance(found, MessagePosted)
        assert found.data.text is None
        assert found.data.markers is not None
        assert (found.data.markers.uptake is not None) == text_features


def test_memory_is_bounded_and_holds_no_text() -> None:
    conversations = Conversations(text_features=True)
    for number in range(20_100):
        conversations.markers("we talk about the plan", at=T, sender="chat:U1", answered=None, place=str(number))
    assert len(conversations._latest) == 20_000
    assert "talk about" not in repr(list(conversations._latest.values())[:50])
