"""Who is in a meeting, in the ways in which calendars write it."""

from pathlib import Path

import pytest

from shared.schemas.calendar import Attendee
from shared.sources.calendar.addresses import address_identity, is_machine
from tests.cases.calendar_inputs import calendar, case, ics, meetings, the_meeting, told, vevent

ANA, BO, CY = "mail:ana@x.test", "mail:bo@x.test", "mail:cy@x.test"


def invited(who: str, *, owner: str = "") -> tuple[str, list[str]]:
    """Organiser and attendees."""
    meeting = the_meeting(calendar(vevent(who=who)), owner=owner)
    return meeting.organiser, [each.identity for each in meeting.attendees]


@pytest.mark.parametrize(
    "written",
    [
        "mailto:bo@x.test", "MAILTO:Bo@X.test", "bo@x.test", "mailto:bo%40x.test", "SMTP:bo@x.test",
        "mailto:bo@x.test?subject=x", "'bo@x.test'", "<bo@x.test>", " Bo: mailto:bo@x.test",
    ],
)  # fmt: skip
def test_an_address_is_the_same_however_it_is_written(written: str) -> None:
    assert address_identity(written) == BO


def test_somebody_known_by_an_x500_name_alone_is_somebody() -> None:
    name = "/o=acme/ou=exchange/cn=recipients/cn=ana"
    for written in (
        "/O=ACME/OU=Exchange/CN=Recipients/CN=Ana", "EX:/o=acme/ou=exchange/cn=recipients/cn=ana",
        "IMCEAEX-_O=ACME_OU=EXCHANGE_CN=RECIPIENTS_CN=ANA@acme.test",
        "mailto:IMCEAEX-_O=ACME_OU=Exchange_CN=Recipients_CN=+41na@acme.test",
    ):  # fmt: skip
        assert address_identity(written) == f"mail:{name}"
    who = "ORGANIZER;CN=Ana:/o=acme/ou=exchange/cn=recipients/cn=ana\nATTENDEE:mailto:bo@x.test\n"
    assert invited(who) == (f"mail:{name}", [BO])


@pytest.mark.parametrize("written", ["urn:uuid:1", "invalid:nomail", "", "mailto:", "/principals/users/bo", "bo"])
def test_what_is_no_address_is_nobody(written: str) -> None:
    assert address_identity(written) == ""


def test_an_address_beside_one_that_is_none_counts() -> None:
    assert invited("ORGANIZER:mailto:ana@x.test\nATTENDEE;EMAIL=Bo@x.test:urn:uuid:1\n") == (ANA, [BO])


@pytest.mark.parametrize("name", ["SENT-BY", "DELEGATED-FROM", "DIR", "MEMBER"])
def test_an_address_in_a_parameter_need_not_be_quoted(name: str) -> None:
    who = f"ORGANIZER:mailto:ana@x.test\nATTENDEE;CN=Bo;{name}=mailto:cy@x.test:mailto:bo@x.test\n"
    assert invited(who) == (ANA, [BO])


def test_a_name_with_a_comma_or_a_colon_need_not_be_quoted() -> None:
    for name in ("Okafor, Bo", "Dr: Bo"):
        assert invited(f"ORGANIZER:mailto:ana@x.test\nATTENDEE;CN={name}:mailto:bo@x.test\n") == (ANA, [BO])


def test_an_organiser_who_declined_does_not_come() -> None:
    who = "ORGANIZER:mailto:ana@x.test\nATTENDEE;PARTSTAT=DECLINED:mailto:ana@x.test\nATTENDEE:mailto:bo@x.test\n"
    assert the_meeting(calendar(vevent(who=who))).organiser_response == "declined"
    (meeting,) = told(calendar(vevent(who=who)))
    assert (meeting.organiser, meeting.attendees, meeting.declined) == (ANA, (BO,), (ANA,))


def test_who_sends_an_invitation_for_somebody_does_not_organise_it() -> None:
    who = 'ORGANIZER;SENT-BY="mailto:cy@x.test":mailto:ana@x.test\nATTENDEE:mailto:bo@x.test\n'
    assert invited(who) == (ANA, [BO])


def test_for_a_shared_calendar_somebody_organises() -> None:
    shared = "ORGANIZER{}:mailto:c_12@group.calendar.google.com\n"
    both = "ATTENDEE:mailto:bo@x.test\nATTENDEE;PARTSTAT=ACCEPTED:mailto:ana@x.test\n"
    assert invited(shared.format(';SENT-BY="mailto:cy@x.test"') + both) == (CY, [BO, ANA])
    assert invited(shared.format("") + both) == (ANA, [BO])
    assert invited(shared.format("") + both, owner="cy@x.test") == (CY, [BO, ANA])
    assert invited(shared.format("") + both, owner="c_12@group.calendar.google.com") == (ANA, [BO])
    chaired = "ATTENDEE;ROLE=CHAIR:mailto:bo@x.test\nATTENDEE;PARTSTAT=ACCEPTED:mailto:ana@x.test\n"
    assert invited(shared.format("") + chaired) == (BO, [ANA])


@pytest.mark.parametrize(
    "line",
    [
        "ATTENDEE;CUTYPE=ROOM:mailto:room@x.test", "ATTENDEE;CUTYPE=RESOURCE:mailto:beamer@x.test",
        "ATTENDEE:mailto:x_1@resource.calendar.google.com", "ATTENDEE:mailto:fred@fireflies.test",
        "ATTENDEE:mailto:notetaker@x.test", "ATTENDEE:mailto:ai-note-taker+1@x.test",
        "ATTENDEE;CN=Acme Notetaker:mailto:bot7@x.test", "ATTENDEE:mailto:assistant@gong.io",
        "ATTENDEE:mailto:no-reply@x.test", "ATTENDEE:mailto:otterpilot@otter.ai",
        "ATTENDEE;ROLE=NON-PARTICIPANT:mailto:cc@x.test",
    ],
)  # fmt: skip
def test_a_talk_of_two_stays_one_beside_rooms_and_programs(line: str) -> None:
    assert invited(f"ORGANIZER:mailto:ana@x.test\nATTENDEE:mailto:bo@x.test\n{line}\n") == (ANA, [BO])


def test_people_are_not_taken_for_programs() -> None:
    for address in (
        "fred@x.test",
        "jo@fireflies.ai",
        "ana.reader@x.test",
        "note@x.test",
        "meetings@x.test",
        "otter@x.test",
    ):
        assert not is_machine(f"mail:{address}", called="Fred Reader")


def test_whoever_sends_somebody_else_does_not_come() -> None:
    who = (
        'ORGANIZER:mailto:ana@x.test\nATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO="mailto:cy@x.test":mailto:bo@x.test\n'
        'ATTENDEE;PARTSTAT=ACCEPTED;DELEGATED-FROM="mailto:bo@x.test":mailto:cy@x.test\n'
    )
    meeting = the_meeting(calendar(vevent(who=who)))
    assert meeting.attendees == (
        Attendee(identity=BO, response="declined"), Attendee(identity=CY, response="accepted"),
    )  # fmt: skip
    alone = who.partition("ATTENDEE;PARTSTAT=ACCEPTED")[0]
    assert [each.identity for each in the_meeting(calendar(vevent(who=alone))).attendees] == [BO, CY]


def test_a_list_whose_members_are_invited_is_nobody_beside_them_and_can_be_excluded() -> None:
    who = (
        "ORGANIZER:mailto:ana@x.test\nATTENDEE;CUTYPE=GROUP:mailto:team@x.test\n"
        'ATTENDEE;MEMBER="mailto:team@x.test":mailto:bo@x.test\n'
    )
    meeting = the_meeting(calendar(vevent(who=who)))
    assert [each.identity for each in meeting.attendees] == [BO]
    assert meeting.also_invited == ("mail:team@x.test",)


def test_a_list_alone_makes_no_talk_of_two() -> None:
    who = "ORGANIZER:mailto:ana@x.test\nATTENDEE;CUTYPE=GROUP:mailto:team@x.test\nATTENDEE:mailto:bo@x.test\n"
    assert len(the_meeting(calendar(vevent(who=who))).attendees) == 2


def test_somebody_written_twice_is_invited_once_and_their_answer_counts() -> None:
    who = "ORGANIZER:mailto:ana@x.test\nATTENDEE:mailto:bo@x.test\nATTENDEE;PARTSTAT=DECLINED:mailto:BO@x.test\n"
    assert the_meeting(calendar(vevent(who=who))).attendees == (Attendee(identity=BO, response="declined"),)


def test_an_instance_that_names_nobody_has_the_people_of_its_series() -> None:
    text = calendar(
        vevent("RRULE:FREQ=WEEKLY;COUNT=2\n", times="DTSTART:20250701T090000Z\nDTEND:20250701T093000Z\n"),
        vevent(
            "RECURRENCE-ID:20250708T090000Z\nSTATUS:CANCELLED\nSEQUENCE:1\n", who="", times="DTSTART:20250708T090000Z\n"
        ),
    )
    found = ics(text)
    assert [(each.organiser, len(each.attendees)) for each in meetings(found)] == [(ANA, 1), (ANA, 1)]
    assert [meeting.cancelled for meeting in told(text)] == [False, True]
    assert not found.rejected
    assert not found.skipped


@pytest.mark.parametrize(
    ("name", "organiser", "others", "declined"),
    [
        ("organiser_declined.ics", ANA, (BO,), (ANA,)),
        ("sent_by_unquoted.ics", ANA, (BO,), ()),
    ],
)
def test_shared_cases(
    data_directory: Path, name: str, organiser: str, others: tuple[str, ...], declined: tuple[str, ...]
) -> None:
    (meeting,) = told(case(data_directory, name))
    assert (meeting.organiser, meeting.attendees, meeting.declined) == (organiser, others, declined)


def test_shared_case_of_a_notetaker(data_directory: Path) -> None:
    found = told(case(data_directory, "notetaker_and_reply_1.ics"))
    talks = [each for each in found if "mail:nt@x.test" in each.attendees]
    assert [each.attendees for each in talks] == [("mail:nt@x.test",)] * 8


def test_shared_case_of_a_cancelled_instance(data_directory: Path) -> None:
    found = told(case(data_directory, "minimal_cancelled_override.ics"))
    assert [(each.cancelled, each.organiser, each.attendees) for each in found] == [
        (False, ANA, (BO,)), (True, ANA, (BO,)),
    ]  # fmt: skip
