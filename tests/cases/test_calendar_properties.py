"""Calendars made up by Hypothesis: instances as another program has them, any order, and any bytes."""

from datetime import UTC, datetime, timedelta

import msgspec
import recurring_ical_events
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar
from icalendar.timezone import tzp

from shared.sources.reader import Accepted, Options, Rejection
from shared.sources.registry import source_of
from tests.cases.calendar_inputs import calendar, meetings, message, told, vevent
from tests.unit.sources.reading import read

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland", "UTC")
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
START = datetime(2025, 1, 6)  # noqa: DTZ001 - a time on the wall
HORIZON = datetime(2026, 1, 1, tzinfo=UTC)


@st.composite
def rules(draw: st.DrawFn) -> str:
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    parts = [f"FREQ={frequency}", f"INTERVAL={draw(st.integers(1, 4))}"]
    if frequency == "WEEKLY":
        days = draw(st.lists(st.sampled_from(DAYS), max_size=3, unique=True))
        parts += [f"BYDAY={','.join(days)}"] if days else []
    elif frequency == "MONTHLY":
        parts += draw(st.sampled_from([[], ["BYDAY=1MO"], ["BYDAY=-1FR"], ["BYMONTHDAY=31"], ["BYMONTHDAY=-1"]]))
    end = draw(st.sampled_from(["", "COUNT", "UNTIL"]))
    if end == "COUNT":
        parts.append(f"COUNT={draw(st.integers(1, 20))}")
    elif end == "UNTIL":
        parts.append(f"UNTIL={START + timedelta(days=draw(st.integers(1, 300))):%Y%m%dT120000Z}")
    return ";".join(parts)


@st.composite
def series(draw: st.DrawFn) -> str:
    """A series with instances that were taken out and moved. Its hours exist on every day."""
    zone, hour = draw(st.sampled_from(ZONES)), draw(st.integers(4, 22))
    start = START + timedelta(days=draw(st.integers(0, 80)), hours=hour)
    minutes = draw(st.integers(5, 90))
    rule = draw(rules())

    def at(moment: datetime) -> str:
        return f";TZID={zone}:{moment:%Y%m%dT%H%M%S}"

    out = [start + timedelta(days=each) for each in draw(st.lists(st.integers(1, 60), max_size=3))]
    moved = [start + timedelta(days=each) for each in draw(st.lists(st.integers(1, 60), max_size=2, unique=True))]
    master = vevent(
        f"RRULE:{rule}\n" + "".join(f"EXDATE{at(each)}\n" for each in out),
        times=f"DTSTART{at(start)}\nDURATION:PT{minutes}M\n",
    )
    others = [
        vevent(
            f"RECURRENCE-ID{at(each)}\nSEQUENCE:1\n", times=f"DTSTART{at(each + timedelta(hours=1))}\nDURATION:PT20M\n"
        )
        for each in moved
    ]
    return calendar(master, *others)


@settings(max_examples=40, deadline=None)  # the machine may be busy
@given(series())
def test_instances_are_those_of_another_program(text: str) -> None:
    ours = {(each.start, each.end) for each in meetings(read("ics", text, Options(horizon=HORIZON)))}
    tzp.use_default()
    events = recurring_ical_events.of(Calendar.from_ical(text)).between(datetime(2024, 1, 1, tzinfo=UTC), HORIZON)
    theirs = {(each["DTSTART"].dt.astimezone(UTC), each["DTEND"].dt.astimezone(UTC)) for each in events}
    assert ours == {each for each in theirs if each[0] < HORIZON}


TUESDAYS = "DTSTART:20250107T090000Z\nDURATION:PT30M\n"
PARTS = st.tuples(
    st.sampled_from(["REQUEST", "CANCEL", "REPLY", "ADD", "PUBLISH", "COUNTER"]),
    st.integers(0, 2),
    st.sampled_from(["", "RRULE:FREQ=WEEKLY;COUNT=6\n", "RECURRENCE-ID:20250121T090000Z\n", "STATUS:CANCELLED\n"]),
    st.sampled_from([TUESDAYS, TUESDAYS.replace("0107", "0108"), TUESDAYS.replace("0107", "0121")]),
    st.sampled_from(["20250101", "20250115", "20250301"]),
    st.sampled_from(["ACCEPTED", "DECLINED", "NEEDS-ACTION"]),
    st.sampled_from(["", "ana@x.test", "bo@x.test"]),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(PARTS, min_size=1, max_size=3))
def test_what_is_told_adds_up_in_any_order(parts: list[tuple[str, int, str, str, str, str, str]]) -> None:
    """`told` reads them in every order, each of them twice, and compares."""
    files: list[str | bytes | tuple[str | bytes, str]] = []
    for method, sequence, text, times, day, answer, owner in parts:
        who = f"ORGANIZER:mailto:ana@x.test\nATTENDEE;PARTSTAT={answer}:mailto:bo@x.test\nATTENDEE:mailto:cy@x.test\n"
        one = message(method, f"SEQUENCE:{sequence}\n{text}", who=who, times=times, stamp=f"DTSTAMP:{day}T000000Z\n")
        files.append((one, owner) if owner else one)
    told(*files)


PIECES = (
    b"BEGIN:VCALENDAR\n",
    b"END:VCALENDAR\n",
    b"BEGIN:VEVENT\n",
    b"END:VEVENT\n",
    b"METHOD:CANCEL\n",
    b"METHOD:REPLY\n",
    b"METHOD:ADD\n",
    b"METHOD:COUNTER\n",
    b"X-WR-TIMEZONE:Mars\n",
    b"X-WR-TIMEZONE:Europe/Berlin\n",
    b"UID:a\n",
    b"UID:b\n",
    b"DTSTART:20250107T090000Z\n",
    b"DTSTART;TZID=tzone://Microsoft/Utc:20250107T090000\n",
    b"DTSTART:20250107T090000\n",
    b"DTSTART;TZID=(UTC+01:00) Amsterdam, Berlin:20250330T023000\n",
    b"DTSTART;VALUE=DATE:20250107\n",
    b"DTEND:19990101T0\n",
    b"RRULE:FREQ=WEEKLY;COUNT=3\n",
    b"RRULE:FREQ=DAILY;UNTIL=20250301\n",
    b"EXDATE;VALUE=DATE:20250114\n",
    b"RDATE:20250109T090000Z\n",
    b"RECURRENCE-ID;VALUE=DATE:20250114\n",
    b"RECURRENCE-ID;RANGE=THISANDFUTURE:20250114T090000Z\n",
    b"SEQUENCE:9999999999\n",
    b"STATUS:CANCELLED\n",
    b"CLASS:PRIVATE\n",
    b"DTSTAMP:20250101T000000Z\n",
    b"LAST-MODIFIED:99991231T235959Z\n",
    b"ORGANIZER:mailto:a@x.org\n",
    b"ORGANIZER:/o=a/cn=b\n",
    b"ATTENDEE;SENT-BY=mailto:c@x:mailto:b@x\n",
    b"ATTENDEE;MEMBER=mailto:l@x;CN=a, b:MAILTO:%62@x\n",
    b"ATTENDEE;PARTSTAT=DECLINED:mailto:a@x.org\n",
    b"ATTENDEE:IMCEAEX-_O=A+zz@x\n",
    b"CATEGORIES:Holiday\n",
    b"X-MICROSOFT-CDO-BUSYSTATUS:OOF\n",
    b" folded\n",
    b"\xff\xfe\x00:\n",
    b":;\n",
)
HEADER = b"Start Date,Start Time,End Date,End Time,Required Attendees,Meeting Organizer\n"


def read_or_named(format_name: str, data: bytes, owner: str) -> None:
    for item in source_of(format_name).read(data.splitlines(keepends=True), Options(owner=owner)):
        assert item.rows >= 0
        if isinstance(item, Accepted):
            msgspec.json.encode(item.event)
        elif isinstance(item, Rejection):
            assert item.line >= 1
            assert item.reason


def _fuzz(examples: int) -> None:
    """Every input is accepted or rejected with a reason."""

    @settings(max_examples=examples, deadline=None)
    @given(
        st.lists(st.sampled_from(PIECES) | st.binary(max_size=20), max_size=20), st.sampled_from(["", "a@x.org", "x"])
    )
    def calendars(pieces: list[bytes], owner: str) -> None:
        read_or_named("ics", b"".join(pieces), owner)
        read_or_named("ics", b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\n" + b"".join(pieces), owner)

    @settings(max_examples=examples, deadline=None)
    @given(
        st.lists(st.sampled_from([b"3/24/2026", b"9:00 AM", b"a;b", b",", b'"', b"\n", b"x@y"]) | st.binary(max_size=8))
    )
    def tables(pieces: list[bytes]) -> None:
        read_or_named("outlook-calendar-csv", HEADER + b"".join(pieces), "")

    calendars()
    tables()


def test_any_bytes_are_read_or_named(*, deep: bool) -> None:
    _fuzz(100_000 if deep else 150)


def test_a_cancelled_series_without_a_start_is_refused() -> None:
    rule = "DURATION:PT30M\nRRULE:FREQ=WEEKLY;COUNT=12\nATTENDEE:mailto:se@x.test\nORGANIZER:mailto:le@x.test\n"
    event = f"BEGIN:VEVENT\nUID:1\nDTSTAMP:20250305T000000Z\n{rule}STATUS:CANCELLED\nEND:VEVENT\n"
    found = read("ics", f"BEGIN:VCALENDAR\nMETHOD:CANCEL\n{event}END:VCALENDAR\n")
    assert [reason for _, reason in found.rejected] == ["it does not say when it starts"]
