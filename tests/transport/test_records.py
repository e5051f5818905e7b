import re
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import msgspec
import pytest

from shared.schemas.chat import ChatEvent
from shared.transport.errors import TooManyDeadLettersError
from shared.transport.records import DeadLetters, Reader, UnreadableError, letter_key
from tests.transport.raw import SENT_MS, raw

CANARY = "zyxcanary"
GOOD: dict[str, Any] = {
    "type": "bellwether.chat.posted.v1",
    "id": "slack:message:1",
    "source": "slack",
    "time": "2024-01-02T03:04:05Z",
    "data": {
        "sender": "mail:ann@x.io",
        "recipients": [f"mail:{CANARY}@x.io"],
        "channel_kind": "direct",
        "audience": 1,
        "text": f"hello {CANARY}",
    },
}
READER: Reader[ChatEvent] = Reader(msgspec.json.Decoder(ChatEvent), lambda event: event.time.timestamp())


def but(**changes: Any) -> bytes:
    return msgspec.json.encode({**GOOD, **changes})


def data(**changes: Any) -> bytes:
    return but(data={**GOOD["data"], **changes})


def without(name: str) -> bytes:
    return msgspec.json.encode({key: value for key, value in GOOD.items() if key != name})


POISON: list[tuple[str, bytes | None]] = [
    ("no_value", None),
    ("no_value", b""),
    ("not_json", CANARY.encode()),
    ("not_json", but()[:-1]),
    ("not_json", but() + b"}"),
    ("not_json", but().replace(b"hello", b"\xff\xfe")),
    ("not_json", but().replace(b"hello", b"\\ud800")),
    ("not_json", b'{"type":"bellwether.chat.posted.v1","x":' + b"[" * 100_000),
    ("unknown_type", but(type=f"bellwether.{CANARY}.v1")),
    ("unknown_type", but(type=7)),
    ("unknown_type", without("type")),
    ("unknown_version", but(specversion="2.0")),
    ("invalid", b"[]"),
    ("invalid", b"null"),
    ("invalid", without("data")),
    ("invalid", but(id=f"teams:{CANARY}")),
    ("invalid", but(revision=-1)),
    ("invalid", but(revision=2**60)),
    ("invalid", but(time=CANARY)),
    ("invalid", but(time="2024-01-02T03:04:05")),
    ("invalid", but(time="0001-01-01T00:00:00+14:00")),
    ("invalid", but(time="9999-12-31T23:59:59-14:00")),
    ("invalid", data(sender=CANARY)),
    ("invalid", data(sender="mail:a\0b")),
    ("invalid", data(recipients=["mail:a@x.io"] * 65)),
    ("invalid", data(markers={})),
    ("invalid", data(audience=CANARY)),
    ("from_the_future", but(time="2199-12-31T00:00:00Z")),
]


@pytest.mark.parametrize(("reason", "value"), POISON, ids=[f"{n}-{reason}" for n, (reason, _) in enumerate(POISON)])
def test_every_poison_has_its_reason_and_the_reason_has_no_content(reason: str, value: bytes | None) -> None:
    with pytest.raises(UnreadableError) as caught:
        READER.read(raw(value))
    assert str(caught.value) == reason
    assert re.fullmatch(r"[a-z_]+", str(caught.value))
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None, "the cause quotes the record"


@pytest.mark.parametrize("headers", [[("trace", None)], [("ok", b"1"), ("trace", b"\xff")]])
def test_headers_that_cannot_be_read_are_poison(headers: Sequence[tuple[str, bytes | None]]) -> None:
    with pytest.raises(UnreadableError, match=r"^bad_header$"):
        READER.read(raw(but(), headers=headers))


def test_what_is_not_poison_is_read() -> None:
    assert READER.read(raw(but(), headers=[("trace", b"1"), ("empty", b"")])).id == GOOD["id"]
    assert READER.read(raw(but(extra=CANARY))).id == GOOD["id"]
    # A backslash and "u0000" written out are not the character.
    assert READER.read(raw(data(text="\\u0000"))).id == GOOD["id"]


def test_an_event_may_be_a_day_ahead_of_its_record_and_no_more() -> None:
    sent = READER.read(raw(but())).time.timestamp()
    day = 24 * 3600
    READER.read(raw(but(), timestamp=int((sent - day) * 1000)))
    with pytest.raises(UnreadableError, match=r"^from_the_future$"):
        READER.read(raw(but(), timestamp=int((sent - day - 1) * 1000)))


def dead_letters(limit: float = 0.5) -> DeadLetters:
    return DeadLetters(stage="chat", topic_ids={"events.chat": "c/t"}, limit=limit)


def test_a_dead_letter_says_where_and_why_and_never_what() -> None:
    value = f"text of {CANARY}".encode()
    letter = dead_letters().letter(raw(value, offset=7, timestamp=SENT_MS), "not_json")
    assert letter.sha256 == sha256(value).hexdigest()
    assert (letter.topic, letter.partition, letter.offset, letter.topic_id) == ("events.chat", 0, 7, "c/t")
    assert (letter.reason, letter.stage) == ("not_json", "chat")
    assert CANARY.encode() not in msgspec.json.encode(letter)
    assert letter_key(letter) == b"events.chat:0:7"


def test_a_high_share_of_dead_letters_stops_the_service() -> None:
    letters = dead_letters()
    letters.check(seen=99, dead=99)  # too few to judge
    with pytest.raises(TooManyDeadLettersError, match="nothing was skipped"):
        letters.check(seen=1, dead=1)


def test_at_the_share_itself_the_service_goes_on() -> None:
    letters = dead_letters(0.1)
    letters.check(seen=1000, dead=100)
    with pytest.raises(TooManyDeadLettersError):
        letters.check(seen=1, dead=1)


def test_a_long_good_past_does_not_hide_a_bad_present() -> None:
    letters = dead_letters()
    for _ in range(1000):
        letters.check(seen=10_000, dead=0)
    with pytest.raises(TooManyDeadLettersError):
        letters.check(seen=30_000, dead=30_000)
