"""What holds for every source: it is registered, it survives any bytes, and no content gets through it."""

import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.sources import KINDS, SOURCES, Accepted, Options, Rejection, Source
from tests.unit.sources.reading import read

CANARY = "PlantedCanary"
EVENT = {
    "type": "bellwether.chat.posted.v1", "id": "demo:message:1", "source": "demo", "time": "2024-01-01T00:00:00Z",
    "data": {
        "sender": "chat:U1", "recipients": [], "channel_kind": "direct", "audience": 1, "text": f"Could you {CANARY}?",
    },
}  # fmt: skip
SLACK = {"user": "U1", "ts": "1700000000.000100", "text": f"Could you {CANARY}? `{CANARY}`", "topic": CANARY}
GOOD = {
    "people": f"id,manager,email,job title\n1,2,a@x.org,{CANARY}\n2,,b@x.org,{CANARY}\n",
    "mail": f"sender,recipient,time,subject,body\na@x.org,b@x.org,2024-01-01,{CANARY},{CANARY}\n",
    "calendar": (
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART:20240304T090000Z\nDTEND:20240304T093000Z\n"
        f"SUMMARY:{CANARY}\nDESCRIPTION:{CANARY}\nLOCATION:{CANARY}\nCOMMENT:{CANARY}\nCATEGORIES:{CANARY}\n"
        f"X-NOTE:{CANARY}\n"
        f"ORGANIZER;CN={CANARY}:mailto:a@x.org\nATTENDEE;CN={CANARY}:mailto:b@x.org\nRRULE:FREQ=WEEKLY;COUNT=3\n"
        f"BEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT5M\nDESCRIPTION:{CANARY}\nEND:VALARM\nEND:VEVENT\nEND:VCALENDAR\n"
    ),
    "tickets": (
        f"ticket,time,status,assignee,title,comment\nT,2024-01-01,new,a,{CANARY},{CANARY}\n"
        f"T,2024-01-02,{CANARY},b,x,y\n"
    ),
    "chat": json.dumps(
        [SLACK, {**SLACK, "ts": "1700000001.000100", "attachments": [{"text": CANARY}], "files": [CANARY]}]
    ),
    "events": json.dumps(EVENT) + "\n",
}
BAD = {
    "people": f"id,manager,valid_from\n1,2,{CANARY}\n",
    "mail": f"sender,recipient,time\na,b,{CANARY}\n",
    "calendar": (
        f"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:{CANARY}\nDTSTART:{CANARY}\nEND:VEVENT\n"
        f"BEGIN:{CANARY}\nEND:{CANARY}\nEND:VCALENDAR\n"
    ),
    "tickets": f"ticket,time\nT,{CANARY}\n",
    "chat": json.dumps([{**SLACK, "ts": CANARY}, {**SLACK, "user": {CANARY: CANARY}}]),
    "events": f"{json.dumps({**EVENT, 'type': CANARY})}\n{json.dumps({**EVENT, 'source': CANARY})}\n{CANARY}\n",
}
every_source = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)


def test_there_is_one_source_for_each_kind_of_import() -> None:
    assert [source.kind for source in SOURCES] == list(KINDS)
    assert len({source.name for source in SOURCES}) == len(SOURCES)


@every_source
def test_what_is_good_is_accepted_and_carries_no_content(source: Source) -> None:
    for text_features in (False, True):
        found = read(source.kind, GOOD[source.kind], Options(text_features=text_features))
        assert found.events
        assert not found.rejected
        assert CANARY.lower().encode() not in found.encoded.lower()


@every_source
def test_what_is_bad_is_rejected_with_its_line_and_without_its_content(source: Source) -> None:
    found = read(source.kind, BAD[source.kind])
    assert found.rejected
    assert not found.events
    assert all(line >= 1 and reason for line, reason in found.rejected)
    assert CANARY.lower() not in str(found.rejected + found.skipped).lower()


@every_source
def test_the_source_of_its_events_can_be_named(source: Source) -> None:
    if source.kind != "events":  # those say themselves where they come from
        found = read(source.kind, GOOD[source.kind], Options(source="elsewhere"))
        assert {event.source for event in found.events} == {"elsewhere"}


@every_source
def test_reading_twice_gives_the_same(source: Source) -> None:
    assert read(source.kind, GOOD[source.kind]) == read(source.kind, GOOD[source.kind])


@every_source
@settings(max_examples=60)
@given(data=st.data())
def test_any_bytes_are_read_or_named(source: Source, data: st.DataObject) -> None:
    good = GOOD[source.kind].encode()
    junk = data.draw(
        st.binary(max_size=60) | st.text(max_size=30).map(lambda text: text.encode(errors="surrogatepass"))
    )
    start = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(start, len(good)))
    mangled = data.draw(st.sampled_from([junk, good[:start] + junk + good[end:], good + junk]))
    for item in source.read(mangled.splitlines(keepends=True), Options(text_features=True)):
        assert item.rows >= 0
        if isinstance(item, Accepted):
            msgspec.json.encode(item.event)
        elif isinstance(item, Rejection):
            assert item.line >= 1
