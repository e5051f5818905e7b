import csv
import random
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from shared.schemas.chat import Markers, MessagePosted
from shared.schemas.registry import CanonicalEvent
from shared.sources.reader import Options
from tests.unit.sources.reading import read


def message(event: CanonicalEvent) -> MessagePosted:
    assert isinstance(event, MessagePosted)
    return event


def test_rows_of_one_sender_and_time_are_one_message() -> None:
    found = read(
        "mail-csv",
        "Sender;Recipient;EventDate\n1;2;2010-01-02 17:40:10\n9;1;2010-01-03 00:00:00\n1;3;2010-01-02 17:40:10\n",
    )
    first, second = map(message, found.events)
    assert first.data.sender == "mail:1"
    assert first.data.recipients == ("mail:2", "mail:3")
    assert first.data.audience == 2
    assert first.data.channel_kind == "mail"
    assert first.data.markers == Markers()
    assert first.time == datetime(2010, 1, 2, 17, 40, 10, tzinfo=UTC)
    assert second.data.sender == "mail:9"
    assert found.rows == 3


def test_recipients_in_one_cell_with_names_and_copies() -> None:
    found = read(
        "mail-csv",
        "From,To,Cc,Date\n"
        '"Berg, Ana <Ana@X.org>","""Dahl, Bo"" <bo@x.org>, cy@x.org",di@x.org;ana@x.org,'
        '"Mon, 04 Jan 2010 10:00:00 +0100"\n',
    )
    (event,) = map(message, found.events)
    assert event.data.sender == "mail:ana@x.org"
    assert event.data.recipients == ("mail:bo@x.org", "mail:cy@x.org", "mail:di@x.org")
    assert event.time == datetime(2010, 1, 4, 9, tzinfo=UTC)


def test_message_ids_tell_messages_apart_and_name_the_author_answered() -> None:
    table = (
        "sender,recipient,time,message_id,in_reply_to\n"
        "a@x.org,b@x.org,2024-03-01T09:00:00Z,m1,\n"
        "a@x.org,c@x.org,2024-03-01T09:00:00Z,m2,\n"
        "b@x.org,a@x.org,2024-03-01T10:00:00Z,m3,m1\n"
    )
    events = [message(event) for event in read("mail-csv", table).events]
    assert [event.data.recipients for event in events] == [("mail:b@x.org",), ("mail:c@x.org",), ("mail:a@x.org",)]
    assert [event.data.in_reply_to for event in events] == [None, None, "mail:a@x.org"]


def test_order_and_repetition_of_rows_change_nothing() -> None:
    head = b"sender,recipient,time\n"
    rows = [f"{s},{r},2024-01-0{d} 08:00:00\n".encode() for s in "abc" for r in "bcd" for d in (1, 2)]
    straight = sorted(read("mail-csv", [head, *rows]).events, key=lambda event: event.id)
    random.Random(3).shuffle(rows)
    again = read("mail-csv", [head, *rows, *rows[:5]])
    assert sorted(again.events, key=lambda event: event.id) == straight
    assert again.rows == len(rows) + 5


def test_a_mail_to_oneself_is_skipped() -> None:
    found = read("mail-csv", "sender,recipient,time\na,a,2024-01-01\na,a,2024-01-02\na,b,2024-01-02\n")
    assert found.skipped == [(2, "sent to nobody but the sender")]
    assert [message(event).data.recipients for event in found.events] == [("mail:b",)]
    assert found.rows == 3


def test_a_broadcast_has_an_audience_and_no_addressees() -> None:
    recipients = ";".join(f"p{n}@x.org" for n in range(65))
    (event,) = map(message, read("mail-csv", f"sender,recipients,time\na@x.org,{recipients},2024-01-01\n").events)
    assert event.data.recipients == ()
    assert event.data.audience == 65


def test_zone_domain_and_date_order_are_options() -> None:
    options = Options(zone=ZoneInfo("Europe/Berlin"), mail_domain="X.org", date_order="mdy")
    (event,) = map(message, read("mail-csv", "sender,recipient,time\nA,b@y.org,7/4/2024 3:00 PM\n", options).events)
    assert event.data.sender == "mail:a@x.org"
    assert event.data.recipients == ("mail:b@y.org",)
    assert event.time == datetime(2024, 7, 4, 13, tzinfo=UTC)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",b,2024-01-01", "the mail address is empty"),
        ("a,,2024-01-01", "there is no recipient"),
        ("a,b,soon", "unreadable time"),
        ("a,b,1812-01-01", "time is out of range"),
        ("a,b", "2 cells, but the header has 3"),
        (f"{'a' * 256},b,2024-01-01", "the mail address is too long or has a line break"),
    ],
)
def test_bad_rows_are_named(row: str, reason: str) -> None:
    found = read("mail-csv", f"sender,recipient,time\n{row}\nx,y,2024-01-01\n")
    assert found.rejected == [(2, reason)]
    assert len(found.events) == 1
    assert found.rows == 2


def test_real_mail_is_accounted_for_to_the_row(data_directory: Path) -> None:
    path = data_directory / "manufacturing_email" / "communication.csv"
    groups: dict[tuple[str, str], set[str]] = defaultdict(set)
    count = 0
    with path.open(newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            groups[row["Sender"], row["EventDate"]].add(row["Recipient"])
            count += 1
    found = read("mail-csv", path.read_bytes())
    assert count == found.rows == 55_702
    assert not found.rejected
    reached = {key: others - {key[0]} for key, others in groups.items() if others - {key[0]}}
    assert len(found.events) == len(reached)
    assert sum(message(event).data.audience for event in found.events) == sum(map(len, reached.values()))
    assert len({event.id for event in found.events}) == len(found.events)
