"""Files that ask for more work than they are long: each is answered with a reason, after a bounded number of steps."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from services.cli.errors import UsageError
from services.cli.importing import files
from services.cli.importing import plan as plans
from services.cli.importing.files import import_files
from services.cli.importing.plan import plan_import
from shared.schemas.calendar import MeetingCreated
from shared.schemas.registry import CanonicalEvent
from shared.sources import table
from shared.sources.calendar import ics_parse, ics_work
from shared.sources.chat import slack
from shared.sources.identities import chat_identity
from shared.sources.instants import instant
from shared.sources.reader import Options, Rejection, Skipped, UnusableError
from tests.unit.sources.reading import Found, read

# Unbounded, these run for hours or for ever.
pytestmark = pytest.mark.timeout(120)

TIMES = "DTSTART:20240304T090000Z\nDTEND:20240304T093000Z\n"
TOO_MUCH = "its repetitions take too long to work out"
WILD_ZONE = "a time zone of the calendar has rules that no time zone has"
MAIL_HEADER = b"from,to,date\n"


def meeting(body: str, uid: str = "a") -> str:
    return f"BEGIN:VEVENT\nUID:{uid}\nORGANIZER:mailto:a@x.example\nATTENDEE:mailto:b@x.example\n{body}END:VEVENT\n"


def instances(found: Found) -> list[MeetingCreated]:
    """Meetings, without what is told of their series as a whole."""
    return [each for each in found.events if isinstance(each, MeetingCreated)]


def calendar(*parts: str) -> Found:
    return read("ics", "BEGIN:VCALENDAR\n" + "".join(parts) + "END:VCALENDAR\n")


def reasons(found: Found) -> list[str]:
    return [reason for _, reason in found.rejected]


def zone(rule: str, extra: str = "") -> str:
    standard = f"BEGIN:STANDARD\nDTSTART:19701025T030000\n{rule}TZOFFSETFROM:+0300\nTZOFFSETTO:+0200\nEND:STANDARD\n"
    daylight = f"BEGIN:DAYLIGHT\nDTSTART:19700329T020000\n{rule}TZOFFSETFROM:+0200\nTZOFFSETTO:+0300\nEND:DAYLIGHT\n"
    return f"BEGIN:VTIMEZONE\nTZID:Ours\n{standard}{daylight}{extra}END:VTIMEZONE\n"


@pytest.mark.parametrize("frequency", ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])
def test_an_interval_of_nothing_is_refused(frequency: str) -> None:
    found = calendar(meeting(f"{TIMES}RRULE:FREQ={frequency};INTERVAL=0\n"), meeting(TIMES, uid="b"))
    assert reasons(found) == ["repeats at an interval of nothing"]
    assert len(found.events) == 1


@pytest.mark.parametrize("rule", [
    "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=WEEKLY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=999999999",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;BYHOUR=1,2,3,4;BYSETPOS=" + ",".join(map(str, range(1, 367))),
])  # fmt: skip
def test_a_rule_that_never_comes_true_is_given_up(rule: str) -> None:
    found = calendar(meeting(f"{TIMES}RRULE:{rule}\n"), meeting(TIMES, uid="b"))
    assert reasons(found) == [TOO_MUCH]
    assert len(found.events) == 1


def test_a_rule_from_the_year_one_is_given_up() -> None:
    assert reasons(calendar(meeting("DTSTART:00010101T090000Z\nRRULE:FREQ=DAILY\n"))) == [TOO_MUCH]


def test_a_rule_that_counts_to_a_thousand_million_is_cut_and_says_so() -> None:
    found = calendar(meeting(f"{TIMES}RRULE:FREQ=DAILY;COUNT=1000000000;BYHOUR={','.join(map(str, range(24)))}\n"))
    assert len(instances(found)) == Options().instances_max
    assert [reason for _, reason in found.skipped] == ["series cut after 1000 instances"]


def test_a_rule_with_endless_lists_is_refused() -> None:
    days = ",".join(["1"] * 100_000)
    assert reasons(calendar(meeting(f"{TIMES}RRULE:FREQ=YEARLY;BYSETPOS={days};BYDAY=MO\n"))) == [
        "its rule of repetition names too many days"
    ]


def test_a_daily_meeting_since_1980_is_expanded() -> None:
    found = calendar(meeting("DTSTART:19800101T090000Z\nDTSTAMP:20250101T090000Z\n"
                             "RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU\n"))  # fmt: skip
    assert not found.rejected
    assert len(instances(found)) == Options().instances_max


def test_many_costly_series_share_what_one_file_may_ask_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ics_work, "_FILE_STEPS_MAX", 500_000)
    never = f"{TIMES}RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30\n"
    found = reasons(calendar(*(meeting(never, uid=f"u{number}") for number in range(10))))
    assert found[0] == TOO_MUCH
    assert found[-1] == "the calendar asks for more repetitions than one file may"
    assert len(found) == 10


def test_changes_that_hold_from_then_on_are_not_all_gone_through_for_each_instance(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ics_work, "_SERIES_STEPS_MAX", 20_000)
    changes = [
        meeting(f"RECURRENCE-ID;RANGE=THISANDFUTURE:20240304T{n // 60:02}{n % 60:02}00Z\n{TIMES}") for n in range(1_400)
    ]
    assert set(reasons(calendar(meeting(f"{TIMES}RRULE:FREQ=DAILY\n"), *changes))) == {TOO_MUCH}


@pytest.mark.parametrize("rule", [
    "RRULE:FREQ=YEARLY;INTERVAL=0\n", "RRULE:FREQ=SECONDLY\n", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30\n",
    "EXRULE:FREQ=SECONDLY\n", "RRULE:FREQ=YEARLY;BYHOUR=0,1,2,3,4;BYMINUTE=0,1,2,3,4,5\n",
])  # fmt: skip
def test_a_time_zone_with_rules_of_no_time_zone_is_refused(rule: str) -> None:
    event = meeting("DTSTART;TZID=Ours:20240304T090000\nDTEND;TZID=Ours:20240304T093000\nRRULE:FREQ=DAILY;COUNT=3\n")
    assert reasons(calendar(zone(rule), event)) == [WILD_ZONE]
    assert len(instances(calendar(zone("RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\n"), event))) == 3


def test_a_time_zone_of_thousands_of_parts_is_refused() -> None:
    part = "BEGIN:STANDARD\nDTSTART:19701025T030000\nTZOFFSETFROM:+0300\nTZOFFSETTO:+0200\nEND:STANDARD\n"
    assert reasons(calendar(zone("", part * 500), meeting(TIMES))) == [WILD_ZONE]


def test_components_within_components_are_refused_and_their_neighbours_kept() -> None:
    nested = meeting(TIMES + "BEGIN:VALARM\n" * 5_000 + "END:VALARM\n" * 5_000, uid="deep")
    found = calendar(nested, meeting(TIMES))
    assert reasons(found) == ["nested deeper than 10"]
    assert len(found.events) == 1
    assert reasons(read("ics", "BEGIN:VCALENDAR\n" + "BEGIN:VEVENT\n" * 20_000)) == ["nested deeper than 10"]


def test_a_broken_calendar_is_not_read_again_as_often_as_it_has_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ics_parse, "_AGAIN_BYTES", 20_000)
    zones = "".join(zone("RRULE:FREQ=YEARLY\n").replace("Ours", f"Z{number}") for number in range(20))
    found = reasons(calendar(zones, "BEGIN:VTODO\nno content line\nEND:VTODO\n" * 100))
    assert found[0] == "unreadable VTODO"
    assert found[-1] == "the calendar is broken, and too large to find out where"
    assert len(found) == 100


def test_calendars_and_chats_that_would_fill_the_memory_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ics_parse, "_BYTES_MAX", 1 << 20)
    monkeypatch.setattr(slack, "_BYTES_MAX", 1 << 20)

    def endless(line: bytes) -> Iterator[bytes]:
        while True:
            yield line

    assert reasons(read("ics", endless(b"X-A:1\r\n"))) == ["larger than 1 MB"]
    assert reasons(read("slack", endless(b"[\n"))) == ["larger than 1 MB, and not one object a line"]


@pytest.mark.parametrize("row", [b'x",":\n', b'a,"b\n', b'"""\n'])
def test_stray_quotes_do_not_make_a_table_be_read_for_each_of_its_lines(
    row: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "_LINES_AGAIN_MAX", 10_000)
    taken = 0

    def counted() -> Iterator[bytes]:
        nonlocal taken
        for _ in range(50_000):
            taken += 1
            yield row

    given = read("mail-csv", iter([MAIL_HEADER, *counted()]))
    assert given.rows == taken
    assert not given.events


def test_a_good_row_behind_a_stray_quote_is_still_read() -> None:
    found = read("mail-csv", MAIL_HEADER + b'a@x.example,"b,2024-01-01\n' + b"a@x.example,b@x.example,2024-01-01\n" * 9)
    assert len(found.rejected) == 1
    assert len(found.events) == 1  # nine rows of one message


def test_a_table_of_a_million_columns_is_refused() -> None:
    found = read("mail-csv", MAIL_HEADER.strip() + b",a" * 1_000_000 + b"\n" + b"x\n" * 3)
    assert reasons(found) == ["more than 1000 columns"]
    assert found.rows == 3


def test_recipients_nested_without_end_are_refused() -> None:
    found = read("mail-csv", MAIL_HEADER + b"a@x.example,<" + b"(" * 60_000 + b",2024-01-01\n")
    assert reasons(found) == ["the mail address is too long or has a line break"]


def test_a_giant_cell_is_refused() -> None:
    found = read("mail-csv", MAIL_HEADER + b"a@x.example,b@x.example," + b"1" * 3_000_000 + b"\n")
    assert reasons(found) == ["unreadable row"]


def test_long_texts_in_the_place_of_a_time_are_not_remembered() -> None:
    with pytest.raises(UnusableError, match="unreadable time"):
        instant("2024-01-01" + " " * 100_000)


@pytest.mark.parametrize(("format_name", "data"), [
    ("slack", b"[" * 1_000_000), ("slack", b'[{"a":' * 1_000_000), ("events", b'{"a":' * 1_000_000),
    ("slack", b'[{"type":"message","message":' + b'{"message":' * 100_000),
])  # fmt: skip
def test_json_within_json_is_refused(format_name: str, data: bytes) -> None:
    assert len(read(format_name, data).rejected) == 1


def test_the_members_of_a_channel_are_gone_through_once_and_not_for_each_message(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = 0

    def counted(native: str) -> str:
        nonlocal seen
        seen += 1
        return chat_identity(native)

    monkeypatch.setattr("shared.sources.chat.slack.chat_identity", counted)
    members = ",".join(f'"U{number}"' for number in range(2_000))
    messages = ",".join(f'{{"type":"message","user":"U1","ts":"{1709542800 + n}.0001"}}' for n in range(200))
    channel = f'{{"id":"C1","kind":"mpim","members":[{members}]}}'
    found = read("slack", f'{{"channel":{channel},"messages":[{messages}]}}')
    assert len(found.events) == 200
    assert seen == 2_000


def test_an_endless_channel_id_is_refused() -> None:
    message = '{"type":"message","user":"U1","ts":"1709542800.0001"}'
    found = read("slack", f'{{"channel":{{"id":"{"C" * 1_000}"}},"messages":[{message}]}}')
    assert reasons(found) == ["the channel id is too long"]


def test_lists_of_channels_are_bounded_and_may_be_nested_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "general").mkdir()
    (tmp_path / "general" / "2024-03-04.json").write_text("[]")
    (tmp_path / "channels.json").write_text('[{"id":"C1","topic":' + "[" * 1_000_000)
    assert len(plan_import("chat", [tmp_path], options=Options()).files) == 1
    monkeypatch.setattr(plans, "_DESCRIBING_BYTES_MAX", 1_000)
    with pytest.raises(UsageError, match="larger than"):
        plan_import("chat", [tmp_path], options=Options())


async def test_a_line_without_end_ends_its_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_LINE_BYTES_MAX", 10_000)
    event = (
        b'{"type":"bellwether.chat.posted.v1","id":"demo:message:1","source":"demo","time":"2024-03-04T09:00:00Z",'
        b'"data":{"sender":"chat:U1","recipients":["chat:U2"],"channel_kind":"direct","audience":1,"text":"x"}}\n'
    )
    (tmp_path / "a.ndjson").write_bytes(event + b" " * 50_000 + event)
    (tmp_path / "b.ndjson").write_bytes(event)
    sent: list[CanonicalEvent] = []

    async def send(events: Sequence[CanonicalEvent]) -> int:
        sent.extend(events)
        return len(events)

    plan = plan_import("events", [tmp_path / "a.ndjson", tmp_path / "b.ndjson"], options=Options())
    summary = await import_files(plan, send=send)
    assert len(sent) == 2
    assert summary.rejected == 1
    assert "not read on from here" in next(iter(summary.rejected_by_reason))


def test_reasons_hold_nothing_of_the_file() -> None:
    found = calendar(meeting(f"{TIMES}RRULE:FREQ=DAILY;INTERVAL=0\nSUMMARY:secret\n", uid="secret"))
    assert all("secret" not in item.reason for item in found.items if isinstance(item, Rejection | Skipped))
