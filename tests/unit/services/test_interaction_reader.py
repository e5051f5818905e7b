from typing import Any

import msgspec
import pytest

from services.signals.intake.interaction_reader import InteractionReader
from shared.schemas.envelope import utc
from shared.schemas.interaction import AnyInteraction
from shared.transport.records import FUTURE_SECONDS, Reader, Record, UnreadableError
from tests.names import OPEN
from tests.transport.raw import SENT_MS, raw

ANN, BOB, CYD = "mail:ann@x.io", "mail:bob@x.io", "mail:cyd@x.io"
GOOD: dict[str, Any] = {
    "kind": "contact",
    "id": "chat:message:1",
    "entity": "chat:message:1",
    "at": "2024-01-02T03:04:05Z",
    "channel": "chat",
    "actor": ANN,
    "recipients": [BOB],
    "audience": 1,
    "thread": "t",
    "markers": {},
}
STRICT: Reader[AnyInteraction] = Reader(msgspec.json.Decoder(AnyInteraction), lambda value: value.at.timestamp())


def but(**changes: Any) -> bytes:
    return msgspec.json.encode({**GOOD, **changes})


BODIES: list[bytes | None] = [
    None,
    b"",
    b"{",
    b"\xff",
    b"[]",
    but(),
    but()[:-1],
    but(actor=CYD),
    but(actor="nobody"),
    but(actor=7),
    but(actor="nobody", v=2),
    but(v=2),
    but(kind="whisper"),
    but(recipients=[]),
    but(recipients=[BOB, CYD]),
    but(recipients=[BOB, "nobody"]),
    but(recipients="nobody"),
    but(in_reply_to=BOB),
    but(in_reply_to="nobody"),
    but(in_reply_to=None),
    but(audience=-1),
    but(entity="x"),
    but(thread=""),
    but(thread="a\0b"),
    but(thread='a"b'),
    but(revision=3, id="chat:message:1:3"),
    but(at="2024-01-02T03:04:05"),
    but(at="2024-01-02T05:04:05.999+02:00"),
    but(at="1980-01-01T00:00:00Z"),
    but(at="2190-01-01T00:00:00Z"),
    but(markers={"basis": "text", "words": 4, "questions": 1}),
    but(markers={"words": -1}),
    but(markers={"basis": "text", "hedges": 10**30}),
    msgspec.json.encode({"kind": "retracted", "id": "chat:message:1", "entity": "chat:message:1", "at": GOOD["at"]}),
]


def outcome(read: Any, record: Record) -> Any:
    try:
        found = read(record)
    except UnreadableError as error:
        return str(error)
    return found


@pytest.mark.parametrize("known", [(), (ANN, BOB)])
@pytest.mark.parametrize("body", BODIES, ids=lambda body: repr(body)[:90])
def test_it_reads_and_refuses_what_the_schema_does(body: bytes | None, known: tuple[str, ...]) -> None:
    record = raw(body)
    found, strict = outcome(InteractionReader(known, OPEN).read, record), outcome(STRICT.read, record)
    if isinstance(strict, str):
        assert found == strict
    else:
        assert msgspec.json.encode(found.value) == msgspec.json.encode(strict)
        assert (found.at, found.revision, found.body) == (int(strict.at.timestamp()), strict.revision, body)


@pytest.mark.parametrize("late", [-1, -0.001, 0, 0.001, 0.999, 1])
def test_the_future_begins_to_the_millisecond(late: float) -> None:
    body = but(at=utc(SENT_MS / 1000 + FUTURE_SECONDS + late))
    found = outcome(InteractionReader((ANN, BOB), OPEN).read, raw(body))
    assert (found == "from_the_future") == (late > 0)


def test_headers_are_looked_at() -> None:
    record = raw(but(), headers=[("x", None)])
    assert outcome(InteractionReader((ANN, BOB), OPEN).read, record) == "bad_header"


MET = {
    "kind": "meeting", "id": "ics:meeting:1", "entity": "ics:meeting:1", "at": GOOD["at"], "organiser": ANN,
    "attendees": [BOB], "start": "2024-01-02T03:00:00Z", "end": "2024-01-02T04:00:00Z",
}  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        but(at="1979-12-31T23:59:59Z"),
        but(at="0001-01-01T00:00:00+14:00"),
        *(but(markers={"basis": "text", count: 2**62}) for count in ("hedges", "reasons", "advocacy", "inquiry")),
        msgspec.json.encode({**MET, "start": "0001-01-01T00:00:00+14:00"}),
        msgspec.json.encode({**MET, "start": "9999-12-31T23:00:00Z", "end": "9999-12-31T23:59:59Z"}),
        msgspec.json.encode({**MET, "end": "2024-01-02T02:00:00Z"}),
    ],
    ids=lambda body: repr(body)[:90],
)
def test_what_would_stop_the_store_is_refused(body: bytes) -> None:
    assert outcome(InteractionReader((ANN, BOB), OPEN).read, raw(body)) == "invalid"
    assert outcome(InteractionReader((), OPEN).read, raw(body)) == "invalid"


def test_a_meeting_is_read() -> None:
    assert outcome(InteractionReader((), OPEN).read, raw(msgspec.json.encode(MET))) != "invalid"
