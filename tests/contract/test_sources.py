"""What holds for every source: it is recognised, it survives any bytes, and no content gets through it."""

import json
import sys
from dataclasses import fields, replace
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.sources.kinds import KINDS
from shared.sources.reader import Accepted, Options, Rejection
from shared.sources.recognition import Certainty, Sample
from shared.sources.registry import SOURCES, UnrecognisedError, recognise, source_of, sources_of, with_unique_formats
from shared.sources.source import FREE_TEXT, Source
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
    "people-csv": f"id,manager,email,job title\n1,2,a@x.org,{CANARY}\n2,,b@x.org,{CANARY}\n",
    "mail-csv": f"sender,recipient,time,subject,body\na@x.org,b@x.org,2024-01-01,{CANARY},{CANARY}\n",
    "ics": (
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART:20240304T090000Z\nDTEND:20240304T093000Z\n"
        f"SUMMARY:{CANARY}\nDESCRIPTION:{CANARY}\nLOCATION:{CANARY}\nCOMMENT:{CANARY}\nCATEGORIES:{CANARY}\n"
        f"X-NOTE:{CANARY}\n"
        f"ORGANIZER;CN={CANARY}:mailto:a@x.org\nATTENDEE;CN={CANARY}:mailto:b@x.org\nRRULE:FREQ=WEEKLY;COUNT=3\n"
        f"BEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT5M\nDESCRIPTION:{CANARY}\nEND:VALARM\nEND:VEVENT\nEND:VCALENDAR\n"
    ),
    "ticket-log-csv": (
        f"ticket,time,status,assignee,title,comment\nT,2024-01-01,new,a,{CANARY},{CANARY}\n"
        f"T,2024-01-02,{CANARY},b,x,y\n"
    ),
    "slack": json.dumps(
        [SLACK, {**SLACK, "ts": "1700000001.000100", "attachments": [{"text": CANARY}], "files": [CANARY]}]
    ),
    "events": json.dumps(EVENT) + "\n",
}
BAD = {
    "people-csv": f"id,manager,valid_from\n1,2,{CANARY}\n",
    "mail-csv": f"sender,recipient,time\na,b,{CANARY}\n",
    "ics": (
        f"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:{CANARY}\nDTSTART:{CANARY}\nEND:VEVENT\n"
        f"BEGIN:{CANARY}\nEND:{CANARY}\nEND:VCALENDAR\n"
    ),
    "ticket-log-csv": f"ticket,time\nT,{CANARY}\n",
    "slack": json.dumps([{**SLACK, "ts": CANARY}, {**SLACK, "user": {CANARY: CANARY}}]),
    "events": f"{json.dumps({**EVENT, 'type': CANARY})}\n{json.dumps({**EVENT, 'source': CANARY})}\n{CANARY}\n",
}
# Bytes in no format at all, beside those of BAD that are made for one.
NOISE = f"{CANARY} {CANARY}\n\0{CANARY}\n"
every_source = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.format)


def inputs(source: Source) -> list[str]:
    """Files that a source reads: its own example and, for those that come with the product, a richer one."""
    return [source.example, *(text for format_name, text in GOOD.items() if format_name == source.format)]


def test_every_kind_of_import_has_a_source() -> None:
    assert {source.kind for source in SOURCES} == set(KINDS)


def test_two_sources_cannot_have_the_same_format() -> None:
    twin = replace(source_of("mail-csv"), format="slack")
    with pytest.raises(ValueError, match="slack"):
        with_unique_formats(*SOURCES, twin)


def test_two_sources_of_a_kind_stand_beside_each_other() -> None:
    other = replace(source_of("slack"), format="other-chat")
    assert other in sources_of("chat", [*SOURCES, other])
    assert source_of("slack") in sources_of("chat", [*SOURCES, other])


@every_source
def test_a_source_says_what_it_is(source: Source) -> None:
    assert source.description.strip() == source.description != ""
    assert not source.description.endswith(".")
    assert "\n" not in source.description
    assert source.example.endswith("\n")


@every_source
def test_an_example_is_recognised_by_its_own_source_alone(source: Source) -> None:
    for text in inputs(source):
        found = recognise(source.kind, Sample(text.encode(), "export"))
        assert found.source is source
        assert found.because
        assert CANARY not in found.because


@every_source
def test_noise_is_recognised_by_nobody(source: Source) -> None:
    assert source.recognise(Sample(NOISE.encode(), "export")).certainty == Certainty.NO
    with pytest.raises(UnrecognisedError, match=source.format) as caught:
        recognise(source.kind, Sample(NOISE.encode(), "export"))
    assert CANARY not in str(caught.value)


def test_what_two_sources_are_equally_sure_of_is_ambiguous() -> None:
    twin = replace(source_of("slack"), format="other-chat")
    with pytest.raises(UnrecognisedError, match="slack or other-chat"):
        recognise("chat", Sample(GOOD["slack"].encode()), [*SOURCES, twin])


def test_the_more_certain_source_wins() -> None:
    unsure = replace(source_of("ics"), format="other", kind="chat")
    sample = Sample(GOOD["slack"].encode(), "calendar.ics")
    assert recognise("chat", sample, [*SOURCES, unsure]).source is source_of("slack")


@every_source
def test_what_is_good_is_accepted_and_carries_no_content(source: Source) -> None:
    for text in inputs(source):
        for text_features in (False, True):
            found = read(source.format, text, Options(text_features=text_features))
            assert found.events
            assert not found.rejected
            assert CANARY.lower().encode() not in found.encoded.lower()
            assert FREE_TEXT.lower().encode() not in found.encoded.lower()


@every_source
def test_what_is_bad_is_rejected_with_its_line_and_without_its_content(source: Source) -> None:
    for text in {NOISE, BAD.get(source.format, NOISE)}:
        found = read(source.format, text)
        assert found.rejected
        assert not found.events
        assert all(line >= 1 and reason for line, reason in found.rejected)
        assert CANARY.lower() not in str(found.rejected + found.skipped).lower()


@every_source
def test_the_source_of_its_events_can_be_named(source: Source) -> None:
    if "source" in source.takes:  # others, such as canonical events, say themselves where they come from
        for text in inputs(source):
            found = read(source.format, text, Options(source="elsewhere"))
            assert {event.source for event in found.events} == {"elsewhere"}


@every_source
def test_a_source_takes_the_options_that_it_looks_at(source: Source) -> None:
    looked_at: set[str] = set()

    class Watched(Options):
        def __getattribute__(self, name: str) -> Any:
            # A copy with `replace` goes through all of them, and checks some.
            copied = sys._getframe(1).f_code.co_name in {"replace", "__post_init__"}
            if name in {field.name for field in fields(Options)} and not copied:
                looked_at.add(name)
            return super().__getattribute__(name)

    watched = Watched()
    looked_at.clear()  # of what the constructor checks
    for text in inputs(source):
        assert list(source.read(text.encode().splitlines(keepends=True), watched))
    assert looked_at <= source.takes


@every_source
def test_reading_twice_gives_the_same(source: Source) -> None:
    for text in inputs(source):
        assert read(source.format, text) == read(source.format, text)


@every_source
@settings(max_examples=60, deadline=None)  # the machine may be busy
@given(data=st.data())
def test_any_bytes_are_read_or_named(source: Source, data: st.DataObject) -> None:
    good = data.draw(st.sampled_from(inputs(source))).encode()
    junk = data.draw(
        st.binary(max_size=60) | st.text(max_size=30).map(lambda text: text.encode(errors="surrogatepass"))
    )
    start = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(start, len(good)))
    mangled = data.draw(st.sampled_from([junk, good[:start] + junk + good[end:], good + junk]))
    match = source.recognise(Sample(mangled, data.draw(st.text(max_size=8))))
    assert match.because
    for item in source.read(mangled.splitlines(keepends=True), Options(text_features=True)):
        assert item.rows >= 0
        if isinstance(item, Accepted):
            msgspec.json.encode(item.event)
        elif isinstance(item, Rejection):
            assert item.line >= 1
