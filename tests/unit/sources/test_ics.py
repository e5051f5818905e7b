from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.schemas.calendar import Attendee, Meeting, MeetingCancelled, MeetingCreated, MeetingUpdated
from shared.schemas.registry import CanonicalEvent
from shared.sources.reader import Options
from tests.unit.sources.reading import read

WHO = "ORGANIZER:mailto:Ana@x.org\nATTENDEE;PARTSTAT=ACCEPTED:mailto:bo@x.org\n"


def calendar(*components: str, head: str = "") -> str:
    return f"BEGIN:VCALENDAR\nVERSION:2.0\n{head}{''.join(components)}END:VCALENDAR\n"


def meeting(text: str, uid: str = "m1", who: str = WHO) -> str:
    return f"BEGIN:VEVENT\nUID:{uid}\n{who}{text}END:VEVENT\n"


def starts(events: list[CanonicalEvent]) -> list[str]:
    return [f"{event.data.start:%m%dT%H%M}" for event in events if isinstance(event.data, Meeting)]


def meetings(events: list[CanonicalEvent]) -> list[CanonicalEvent]:
    """Without what is told of series as a whole."""
    return [event for event in events if isinstance(event.data, Meeting)]


def test_a_single_meeting() -> None:
    found = read(
        "ics",
        calendar(meeting("DTSTART:20240304T090000Z\nDURATION:PT30M\nDTSTAMP:20240301T080000Z\nCLASS:PRIVATE\n")),
    )
    (event,) = found.events
    assert isinstance(event, MeetingCreated)
    assert event.data.organiser == "mail:ana@x.org"
    assert event.data.attendees == (Attendee(identity="mail:bo@x.org", response="accepted"),)
    assert event.data.end - event.data.start == timedelta(minutes=30)
    assert event.data.private
    assert event.data.series is None
    assert event.time == datetime(2024, 3, 1, 8, tzinfo=UTC)
    assert event.entity == "calendar:meeting:m1"
    assert found.rows == 1


def test_a_stamp_after_the_start_does_not_push_the_log_forward() -> None:
    text = calendar(meeting("DTSTART:20240304T090000Z\nDTEND:20240304T093000Z\nDTSTAMP:20250101T000000Z\n"))
    (event,) = read("ics", text).events
    assert event.time == datetime(2024, 3, 4, 9, tzinfo=UTC)


def test_a_series_with_exceptions_in_its_time_zone() -> None:
    rule = "DTSTART;TZID=Europe/Berlin:20240318T090000\nDTEND;TZID=Europe/Berlin:20240318T093000\n"
    text = calendar(
        meeting(
            rule + "RRULE:FREQ=WEEKLY;COUNT=5\nEXDATE;TZID=Europe/Berlin:20240325T090000\nDTSTAMP:20240301T080000Z\n"
        ),
        meeting(
            "RECURRENCE-ID;TZID=Europe/Berlin:20240401T090000\nDTSTART;TZID=Europe/Berlin:20240402T100000\n"
            "DTEND;TZID=Europe/Berlin:20240402T103000\nSEQUENCE:2\nDTSTAMP:20240328T080000Z\n"
        ),
        meeting(
            "RECURRENCE-ID;TZID=Europe/Berlin:20240408T090000\nDTSTART;TZID=Europe/Berlin:20240408T090000\n"
            "DTEND;TZID=Europe/Berlin:20240408T093000\nSTATUS:CANCELLED\nSEQUENCE:2\nDTSTAMP:20240328T080000Z\n"
        ),
    )
    found = read("ics", text)
    # Summer time starts on 31 March: nine o'clock is 08:00 UTC before and 07:00 UTC after.
    assert starts(found.events) == ["0318T0800", "0402T0800", "0408T0700", "0415T0700"]
    first, moved, cancelled, last = meetings(found.events)
    assert isinstance(moved, MeetingUpdated)
    assert moved.data.original_start == datetime(2024, 4, 1, 7, tzinfo=UTC)
    assert moved.entity == "calendar:meeting:m1@20240401T070000Z"
    assert isinstance(cancelled, MeetingCancelled)
    assert cancelled.data.changed_by == "mail:ana@x.org"
    assert moved.revision > first.revision
    assert last.entity == "calendar:meeting:m1@20240415T070000Z"
    assert found.rows == 3


def test_this_and_future_moves_the_rest_and_keeps_where_it_came_from() -> None:
    text = calendar(
        meeting("DTSTART:20240304T090000Z\nDTEND:20240304T093000Z\nRRULE:FREQ=WEEKLY;COUNT=4\n"),
        meeting(
            "RECURRENCE-ID;RANGE=THISANDFUTURE:20240318T090000Z\nDTSTART:20240318T110000Z\n"
            "DTEND:20240318T113000Z\nSEQUENCE:1\n"
        ),
    )
    found = read("ics", text)
    assert starts(found.events) == ["0304T0900", "0311T0900", "0318T1100", "0325T1100"]
    assert [event.entity[-17:] for event in meetings(found.events)] == [
        "@20240304T090000Z", "@20240311T090000Z", "@20240318T090000Z", "@20240325T090000Z",
    ]  # fmt: skip


def test_a_later_export_of_a_moved_meeting_is_a_higher_revision_of_the_same() -> None:
    def event(start: str, more: str) -> CanonicalEvent:
        text = calendar(meeting(f"DTSTART:{start}\nDTEND:{start[:11]}5900Z\n{more}"))
        (found,) = read("ics", text).events
        return found

    before = event("20240304T090000Z", "SEQUENCE:0\nLAST-MODIFIED:20240301T080000Z\n")
    again = event("20240304T090000Z", "SEQUENCE:0\nLAST-MODIFIED:20240302T080000Z\n")
    moved = event("20240305T090000Z", "SEQUENCE:1\nLAST-MODIFIED:20240301T080000Z\n")
    assert before.entity == again.entity == moved.entity
    assert before.revision < again.revision < moved.revision < 2**53


def test_series_are_bounded() -> None:
    endless = calendar(meeting("DTSTART:20240304T090000Z\nDTEND:20240304T093000Z\nRRULE:FREQ=DAILY\n"))
    assert len(meetings(read("ics", endless).events)) == 366
    assert len(meetings(read("ics", endless, Options(horizon_days=9)).events)) == 9
    assert len(meetings(read("ics", endless, Options(horizon=datetime(2024, 3, 6, tzinfo=UTC))).events)) == 2
    cut = read("ics", endless, Options(instances_max=10))
    assert len(meetings(cut.events)) == 10
    assert cut.skipped == [(3, "series cut after 10 instances")]
    assert cut.rows == 1
    for rule in ("FREQ=SECONDLY", "FREQ=HOURLY", "FREQ=DAILY;BYMINUTE=" + ",".join(map(str, range(60)))):
        hostile = read("ics", calendar(meeting(f"DTSTART:20240304T090000Z\nRRULE:{rule}\n")))
        assert [reason for _, reason in hostile.rejected] == ["repeats more often than every day"]


def test_what_is_no_meeting_is_skipped_and_what_is_broken_named() -> None:
    text = calendar(
        "BEGIN:VTODO\nUID:t\nSUMMARY:x\nEND:VTODO\n",
        meeting("DTSTART;VALUE=DATE:20240304\n", uid="day"),
        meeting("DTSTART:yesterday\n", uid="bad"),
        meeting("SUMMARY:no start\n", uid="none"),
        meeting("DTSTART:20240304T090000Z\nDTEND:20240304T093000Z\n", uid="good"),
        meeting("DTSTART:20240304T090000Z\n", uid="nobody", who=""),
    )
    found = read("ics", text)
    assert [reason for _, reason in found.skipped] == [
        "VTODO is not a meeting", "an all-day entry", "names nobody, and the owner of the calendar was not given",
    ]  # fmt: skip
    assert [line for line, _ in found.rejected] == [13, 19]
    assert len(found.events) == 1
    assert found.rows == 6


def test_one_unparsable_component_does_not_spoil_the_file() -> None:
    text = calendar(
        meeting("DTSTART:20240304T090000Z\nDTEND:20240304T093000Z\n", uid="one"),
        "BEGIN:VTODO\nthis is no content line\nEND:VTODO\n",
        meeting("DTSTART:20240305T090000Z\nDTEND:20240305T093000Z\n", uid="two"),
    )
    found = read("ics", text)
    assert starts(found.events) == ["0304T0900", "0305T0900"]
    assert found.rejected == [(10, "unreadable VTODO")]


def test_rooms_and_copies_are_no_attendees_and_an_owner_stands_in_for_the_organiser() -> None:
    who = (
        "ATTENDEE;CUTYPE=ROOM:mailto:room@x.org\nATTENDEE;ROLE=NON-PARTICIPANT:mailto:cc@x.org\n"
        "ATTENDEE;ROLE=OPT-PARTICIPANT;PARTSTAT=DECLINED:MAILTO:Bo@x.org\nATTENDEE:urn:uuid:1\n"
        "ATTENDEE;EMAIL=cy@x.org:urn:uuid:2\n"
    )
    text = calendar(meeting("DTSTART:20240304T090000Z\nDTEND:20240304T093000Z\n", who=who))
    (event,) = read("ics", text, Options(owner="Di@x.org")).events
    assert isinstance(event, MeetingCreated)
    assert event.data.organiser == "mail:di@x.org"
    assert event.data.attendees == (
        Attendee(identity="mail:bo@x.org", response="declined", optional=True),
        Attendee(identity="mail:cy@x.org"),
    )
    (unowned,) = read("ics", text).events
    assert isinstance(unowned, MeetingCreated)
    assert unowned.data.organiser == "mail:bo@x.org"


def test_floating_times_are_in_the_given_zone_and_a_cancelling_calendar_cancels() -> None:
    text = calendar(meeting("DTSTART:20240304T090000\nDTEND:20240304T093000\n"), head="METHOD:CANCEL\n")
    (event,) = read("ics", text, Options(zone=ZoneInfo("Europe/Berlin"))).events
    assert isinstance(event, MeetingCancelled)
    assert event.data.start == datetime(2024, 3, 4, 8, tzinfo=UTC)


def test_a_time_zone_of_one_file_is_not_known_to_the_next() -> None:
    zone = (
        "BEGIN:VTIMEZONE\nTZID:Ours\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0300\nTZOFFSETTO:+0300\n"
        "END:STANDARD\nEND:VTIMEZONE\n"
    )
    event = meeting("DTSTART;TZID=Ours:20240304T090000\nDTEND;TZID=Ours:20240304T093000\n")
    assert starts(read("ics", calendar(zone, event)).events) == ["0304T0600"]
    assert starts(read("ics", calendar(event)).events) != ["0304T0600"]


def test_a_meeting_without_uid_has_the_same_id_each_time() -> None:
    text = calendar(f"BEGIN:VEVENT\n{WHO}DTSTART:20240304T090000Z\nDTEND:20240304T093000Z\nEND:VEVENT\n")
    assert read("ics", text).events == read("ics", text).events
    assert len(read("ics", text).events) == 1


@settings(deadline=None)  # the machine may be busy
@given(st.lists(st.sampled_from([
    "BEGIN:VCALENDAR", "END:VCALENDAR", "BEGIN:VEVENT", "END:VEVENT", "BEGIN:VTIMEZONE", "END:VTIMEZONE",
    "UID:a", "UID:b",
    "DTSTART:20240304T090000Z", "DTSTART;VALUE=DATE:20240304", "DTSTART:20240304T090000", "DTEND:20240101T000000Z",
    "DTSTART;TZID=Nowhere:20240304T090000", "DTSTART:99991231T235959Z", "DTSTART:00010101T000000Z", "DURATION:-P900Y",
    "DURATION:P99999999D", "RRULE:FREQ=DAILY;COUNT=3", "RRULE:FREQ=MONTHLY;BYMONTHDAY=31", "RRULE:X",
    "RDATE:20240305T090000Z",
    "RECURRENCE-ID:20240304T090000Z", "RECURRENCE-ID;RANGE=THISANDFUTURE:20240304T090000Z", "EXDATE:20240304T090000Z",
    "EXDATE;VALUE=DATE:20240304", "SEQUENCE:x", "SEQUENCE:99999999999999999999", "SEQUENCE:-4", "STATUS:CANCELLED",
    "DTSTAMP:20240101T000000Z", "LAST-MODIFIED:00010101T000000", "ORGANIZER:mailto:a@x.org", "ATTENDEE:mailto:",
    "ATTENDEE:b@x.org",
    "TZID:Nowhere", " folded", "X", "METHOD:CANCEL", "X-WR-TIMEZONE:Mars", "CLASS:PRIVATE", "ATTENDEE;EMAIL=,x:urn:a",
]), max_size=24))  # fmt: skip
def test_any_order_of_properties_is_read_or_named(lines: list[str]) -> None:
    read("ics", "\r\n".join(["BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:a", "DTSTART:20240304T090000Z", *lines]))


def test_every_real_calendar_is_imported_or_named(data_directory: Path) -> None:
    files = sorted((data_directory / "calendars").rglob("*.ics"))
    outcomes: Counter[str] = Counter()
    events = 0
    for path in files:
        data = path.read_bytes()
        found = read("ics", data, Options(owner="owner@example.com"))
        # Counted by hand: each VEVENT is in an event, skipped or rejected, and so is whatever else lies beside it.
        assert found.items, path.name
        assert found.rows >= sum(line.strip().upper() == b"BEGIN:VEVENT" for line in data.splitlines()), path.name
        events += len(meetings(found.events))
        outcomes["events" if found.events else "rejected" if found.rejected else "skipped"] += 1
    assert (len(files), events, dict(outcomes)) == (306, 12_323, {"events": 150, "skipped": 96, "rejected": 60})
