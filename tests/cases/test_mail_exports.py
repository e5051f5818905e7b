"""Mail as tables, message traces, mbox files and single messages write it."""

from pathlib import Path
from typing import Any

import pytest

from shared.schemas.chat import MessagePosted
from shared.sources.reader import Options
from tests.cases.inputs import case
from tests.unit.sources.reading import Found, read


def messages(found: Found) -> list[tuple[str, tuple[str, ...]]]:
    """Sender and recipients."""
    posted = [event for event in found.events if isinstance(event, MessagePosted)]
    return [(each.data.sender, each.data.recipients) for each in posted]


def table(recipients: str, **options: Any) -> Found:
    cell = recipients.replace('"', '""')
    return read("mail-csv", f'From,To,Date\nbo@x.test,"{cell}",2024-01-31T10:00:00Z\n', Options(**options))


@pytest.mark.parametrize(
    "cell",
    [
        "Doe, Jane <jane@x.test>; Roe, Rick <rick@x.test>", '"Doe, Jane" <jane@x.test>, "Roe, Rick" <rick@x.test>',
        "Doe, Jane <JANE@x.test>, Roe, Rick <rick@x.test>", "SMTP:jane@x.test;smtp:rick@x.test",
        "Team: jane@x.test, Rick <rick@x.test>;", "jane@x.test | rick@x.test", "'jane@x.test'; 'rick@x.test'",
        "Jane Doe [mailto:jane@x.test]; Rick [SMTP:rick@x.test]", "jane@x.test (Doe, Jane), rick@x.test (Rick)",
        '"jane@old.test" <jane@x.test>; rick@x.test', "jane@x.test\nrick@x.test", "mailto:jane@x.test, rick@x.test,",
    ],
)  # fmt: skip
def test_recipients_as_programs_write_them(cell: str) -> None:
    for domain in ("", "x.test"):
        assert messages(table(cell, mail_domain=domain)) == [
            ("mail:bo@x.test", ("mail:jane@x.test", "mail:rick@x.test"))
        ]


@pytest.mark.parametrize("cell", ["undisclosed-recipients:;", "Undisclosed recipients", "Everybody:;"])
def test_recipients_that_are_not_disclosed_are_nobody(cell: str) -> None:
    found = table(cell)
    assert found.rejected == [(2, "there is no recipient")]


def test_an_address_of_a_directory_is_refused_with_what_to_do() -> None:
    cell = "/o=ExchangeLabs/ou=Exchange Administrative Group/cn=Recipients/cn=0123-Jane"
    for written in (cell, f"X500:{cell}", f"EX:{cell}"):
        assert table(written).rejected == [(2, "an address is that of a directory (X.500); export the SMTP addresses")]


def test_copies_and_blind_copies_are_recipients() -> None:
    found = read("mail-csv", "from,to,cc,bcc,date\na@x.test,b@x.test,c@x.test,d@x.test,2024-01-31\n")
    assert messages(found) == [("mail:a@x.test", ("mail:b@x.test", "mail:c@x.test", "mail:d@x.test"))]


def test_a_message_with_a_time_per_recipient_is_one() -> None:
    rows = [f"<1@x>,a@x.test,{name}@x.test,2024-01-31T10:00:0{second}Z\n" for second, name in enumerate("bcd")]
    head = "Message ID,Sender,Recipient address,Event date\n"
    found, again = read("mail-csv", head + "".join(rows)), read("mail-csv", head + "".join(reversed(rows)))
    assert messages(found) == [("mail:a@x.test", ("mail:b@x.test", "mail:c@x.test", "mail:d@x.test"))]
    assert found.rows == 3
    assert found.events == again.events
    assert f"{found.events[0].time:%H:%M:%S}" == "10:00:00"


def test_a_message_id_that_comes_again_much_later_is_another_message() -> None:
    found = read(
        "mail-csv", "id,message id,from,to,date\n1,m,a@x.test,b@x.test,2024-01-01\n2,m,a@x.test,b@x.test,2024-02-01\n"
    )
    assert len(messages(found)) == 2


def test_what_was_not_delivered_and_what_machines_send_is_left_out() -> None:
    found = read(
        "mail-csv",
        "Received,SenderAddress,RecipientAddress,Status,MessageId,Auto-Submitted,Precedence,List-Id\n"
        "2024-01-31T10:00:00Z,a@x.test,b@x.test,Delivered,1,,,\n2024-01-31T10:00:00Z,a@x.test,c@x.test,Failed,2,,,\n"
        "2024-01-31T10:00:00Z,no-reply@x.test,b@x.test,Delivered,3,,,\n"
        "2024-01-31T10:00:00Z,a@x.test,b@x.test,Delivered,4,auto-replied,,\n"
        "2024-01-31T10:00:00Z,a@x.test,b@x.test,Delivered,5,no,bulk,\n"
        "2024-01-31T10:00:00Z,a@x.test,b@x.test,Delivered,6,no,,<l.x.test>\n",
    )
    assert messages(found) == [("mail:a@x.test", ("mail:b@x.test",))]
    assert [reason for _, reason in found.skipped] == ["not delivered", *["sent by a machine or to a list"] * 4]
    assert found.rows == 6


@pytest.mark.parametrize(
    "header",
    [
        "From: (Name);From: (Address);To: (Address);Sent On", "Von: (Name);Von: (Adresse);An: (Adresse);Gesendet",
        "x;Expéditeur;Destinataires;Date d'envoi", "x;Remitente;Destinatario;Fecha", "x;差出人;宛先;送信日時",
        "x;发件人;收件人;日期",
    ],
)  # fmt: skip
def test_columns_of_languages(header: str) -> None:
    found = read("mail-csv", f"{header}\nBo;bo@x.test;ana@x.test;31.01.2024 10:00\n")
    assert messages(found) == [("mail:bo@x.test", ("mail:ana@x.test",))]


def eml(*headers: str, body: str = "Can you look?") -> str:
    return "\n".join(["Date: Tue, 3 Mar 2026 10:00:00 +0100", "Message-ID: <a@x.test>", *headers]) + f"\n\n{body}\n"


def test_headers_of_a_message() -> None:
    found = read("mbox", eml(
        "From: =?utf-8?q?J=C3=BCrgen?= <JO@x.test>",
        'To: "Roe, Rick" <rick@x.test>,\n\tTeam: ana@x.test, Eva <eva@x.test>;',
        "Cc: cy@x.test", "Bcc: di@x.test", "Subject: Secret",
    ))  # fmt: skip
    recipients = tuple(f"mail:{name}@x.test" for name in ("ana", "cy", "di", "eva", "rick"))
    assert messages(found) == [("mail:jo@x.test", recipients)]
    assert f"{found.events[0].time:%Y-%m-%d %H:%M}" == "2026-03-03 09:00"
    assert b"Secret" not in found.encoded


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-replied", "Auto-Submitted: auto-generated; x=y", "Precedence: bulk",
        "List-Id: <l.x.test>",
        "List-Unsubscribe: <mailto:out@x.test>", "X-Auto-Response-Suppress: All", "Content-Type: multipart/report",
    ],
)  # fmt: skip
def test_automatic_mail_is_left_out(header: str) -> None:
    found = read("mbox", eml("From: a@x.test", "To: b@x.test", header))
    assert found.skipped == [(1, "sent by a machine or to a list")]


def test_a_person_s_mail_with_auto_submitted_no_counts() -> None:
    assert messages(read("mbox", eml("From: a@x.test", "To: b@x.test", "Auto-Submitted: no")))


def test_calendar_notices_are_left_out() -> None:
    body = "--b\nContent-Type: text/plain\n\nHi\n--b\nContent-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\n"
    for text in (
        eml("From: a@x.test", "To: b@x.test", "Content-Type: multipart/alternative; boundary=b", body=body),
        eml("From: a@x.test", "To: b@x.test", "Content-Class: urn:content-classes:calendarmessage"),
    ):
        assert [reason for _, reason in read("mbox", text).skipped] == [
            "an invitation or an answer to one: the calendar tells of it"
        ]


def test_messages_of_an_mbox_are_told_apart_and_know_what_they_answer() -> None:
    first = "From bo@x.test Tue Mar  3 10:00:00 2026\n" + eml("From: bo@x.test", "To: ana@x.test")
    second = "\nFrom ana@x.test Tue Mar  3 11:00:00 2026\n" + eml("From: ana@x.test", "To: bo@x.test").replace(
        "<a@x.test>", "<b@x.test>\nIn-Reply-To: <a@x.test>"
    )
    third = "\nFrom MAILER-DAEMON Tue Mar  3 11:00:00 2026\n" + eml("From: postmaster@x.test", "To: bo@x.test")
    found = read("mbox", first + "\n>From here on it is text\n" + second + third)
    events = [event for event in found.events if isinstance(event, MessagePosted)]
    assert [(event.data.sender, event.data.in_reply_to, event.data.thread) for event in events] == [
        ("mail:bo@x.test", None, "<a@x.test>"),
        ("mail:ana@x.test", "mail:bo@x.test", "<a@x.test>"),
    ]
    assert found.rows == 3


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        (("To: b@x.test",), "there is no sender"),
        (("From: a@x.test", "To: b@x.test", "Date: soon"), ""),
    ],
)
def test_a_message_without_what_it_needs_is_rejected(headers: tuple[str, ...], reason: str) -> None:
    found = read("mbox", eml(*headers)) if reason else read("mbox", "\n".join(headers) + "\n\n")
    assert [line for line, _ in found.rejected] == [1]
    assert not found.events


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("outlook_recipients.csv", [("bo@x.test", {"jane@x.test", "rick@x.test"})]),
        ("mail_log_per_recipient.csv", [("bo@x.test", {"jane@x.test", "rick@x.test", "cy@x.test"})]),
        ("exports/exchange-trace.csv", [("bob.oneil@acme.example", {"carla.sanchez@acme.example"})]),
        ("exports/mail.mbox", [
            ("bob.oneil@acme.example", {"carla.sanchez@acme.example"}),
            ("carla.sanchez@acme.example", {"bob.oneil@acme.example"}),
        ]),
    ],
)  # fmt: skip
def test_mail_of_cases(name: str, found: list[tuple[str, set[str]]], data_directory: Path) -> None:
    said = read("mbox" if name.endswith("mbox") else "mail-csv", case(data_directory, name))
    assert not said.rejected
    assert [(sender, set(recipients)) for sender, recipients in messages(said)] == [
        (f"mail:{sender}", {f"mail:{each}" for each in recipients}) for sender, recipients in found
    ]


@pytest.mark.parametrize("part", ["@", "a", " ", "<", "(", "a@", "'", ":a", "<a "])
def test_a_long_cell_takes_no_time(part: str) -> None:
    found = table(f"x{part * 40_000}y")
    assert found.rows == 1


@pytest.mark.parametrize(
    ("cell", "reached"),
    [
        ("c@x.test##Receive, Deliver", ("mail:c@x.test",)),
        ("c@x.test##Receive, Deliver;d@x.test##Receive, Fail", ("mail:c@x.test",)),
        ("c@x.test##Receive, Send, d@x.test##Receive, Deliver", ("mail:c@x.test", "mail:d@x.test")),
        ("c@x.test##FilteredAsSpam;d@x.test##Resolved", ("mail:d@x.test",)),
        ("Doe, Jane <c@x.test>##Receive, Deliver; d@x.test", ("mail:c@x.test", "mail:d@x.test")),
    ],
)
def test_a_trace_with_a_status_for_each_recipient_tells_whom_it_reached(cell: str, reached: tuple[str, ...]) -> None:
    head = "origin_timestamp_utc,sender_address,recipient_status,message_id\n"
    found = read("mail-csv", f'{head}2024-01-31T10:00:00Z,a@x.test,"{cell}",1\n')
    assert messages(found) == [("mail:a@x.test", reached)]


def test_a_trace_of_a_message_that_reached_nobody_is_left_out() -> None:
    head = "origin_timestamp_utc,sender_address,recipient_status,message_id\n"
    found = read("mail-csv", f'{head}2024-01-31T10:00:00Z,a@x.test,"c@x.test##Receive, Fail",1\n')
    assert [reason for _, reason in found.skipped] == ["not delivered"]


@pytest.mark.parametrize("cell", ["##Receive, Fail", "a##b##c@x.test##Fail"])
def test_a_status_without_a_recipient_is_refused(cell: str) -> None:
    found = read("mail-csv", f'date,from,recipient status\n2024-01-31T10:00:00Z,a@x.test,"{cell}"\n')
    assert found.rejected == [(2, "a status stands without a recipient before it")]
    assert not found.events
