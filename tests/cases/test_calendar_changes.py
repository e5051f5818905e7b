"""Calendars that change: messages of iTIP, and exports that tell of the same meetings again."""

from pathlib import Path

import pytest

from shared.schemas.calendar import MeetingAnswered
from tests.cases.calendar_inputs import (
    PEOPLE,
    calendar,
    cancelled,
    case,
    held,
    ics,
    message,
    told,
    vevent,
)

ANA, BO, CY = "mail:ana@x.test", "mail:bo@x.test", "mail:cy@x.test"
THREE = "ORGANIZER:mailto:ana@x.test\nATTENDEE:mailto:bo@x.test\nATTENDEE:mailto:cy@x.test\n"
REQUEST = message("REQUEST", who=THREE)
MOVED = "DTSTART:20250711T090000Z\nDTEND:20250711T093000Z\n"
LATER = "DTSTAMP:20250602T000000Z\n"
TUESDAYS = "DTSTART:20250107T090000Z\nDURATION:PT30M\n"
WEDNESDAYS = "DTSTART:20250108T100000Z\nDURATION:PT30M\n"
NEW_YEAR = "DTSTAMP:20250101T000000Z\n"
MARCH = "DTSTAMP:20250305T000000Z\n"
TWELVE = "RRULE:FREQ=WEEKLY;COUNT=12\n"
FIRST = calendar(vevent(TWELVE, times=TUESDAYS, stamp=NEW_YEAR))


def answer(word: str, *, who: str = "bo", organiser: str = "", stamp: str = LATER, text: str = "") -> str:
    return message("REPLY", text, who=f"{organiser}ATTENDEE;PARTSTAT={word}:mailto:{who}@x.test\n", stamp=stamp)


@pytest.mark.parametrize("organiser", ["", "ORGANIZER:mailto:ana@x.test\n"], ids=["as Outlook writes it", "whole"])
def test_a_reply_changes_one_answer_and_nothing_else(organiser: str) -> None:
    (before,) = told(REQUEST)
    (after,) = told(REQUEST, answer("DECLINED", organiser=organiser))
    assert (before.attendees, before.declined) == ((BO, CY), ())
    assert (after.attendees, after.declined) == ((CY,), (BO,))
    assert (after.start, after.end, after.organiser, after.cancelled) == (before.start, before.end, ANA, False)
    assert told(REQUEST, answer("ACCEPTED", organiser=organiser)) == [before]


def test_a_reply_is_kept_until_its_meeting_is_known() -> None:
    found = ics(answer("DECLINED"))
    assert [type(event) for event in found.events] == [MeetingAnswered]
    assert told(answer("DECLINED")) == []


def test_the_last_of_several_replies_counts() -> None:
    again = "DTSTAMP:20250603T000000Z\n"
    (meeting,) = told(REQUEST, answer("DECLINED"), answer("ACCEPTED", stamp=again))
    assert meeting.declined == ()
    (meeting,) = told(REQUEST, answer("ACCEPTED"), answer("DECLINED", stamp=again))
    assert meeting.declined == (BO,)


def test_a_reply_of_somebody_who_was_not_invited_changes_nothing() -> None:
    assert told(REQUEST, answer("DECLINED", who="di")) == told(REQUEST)


def test_a_reply_to_an_earlier_state_does_not_hold_for_a_later_one() -> None:
    moved = message("REQUEST", "SEQUENCE:1\n", who=THREE, times=MOVED, stamp="DTSTAMP:20250604T000000Z\n")
    (meeting,) = told(REQUEST, answer("DECLINED"), moved)
    assert (held([meeting]), meeting.declined) == (["0711T0900"], ())


@pytest.mark.parametrize("method", ["COUNTER", "DECLINECOUNTER", "REFRESH"])
def test_proposals_and_questions_move_nothing(method: str) -> None:
    other = message(method, "SEQUENCE:5\n", times=MOVED, stamp=LATER)
    assert told(REQUEST, other) == told(REQUEST)
    found = ics(other)
    assert (len(found.skipped), found.events, found.rejected) == (1, [], [])


def test_a_request_moves_and_a_publication_tells() -> None:
    moved = message("REQUEST", "SEQUENCE:1\n", who=THREE, times=MOVED, stamp=LATER)
    assert held(told(REQUEST, moved)) == ["0711T0900"]
    assert held(told(message("PUBLISH", who=THREE))) == ["0710T0900"]


def test_an_addition_adds_instances_and_leaves_the_others() -> None:
    added = message("ADD", "SEQUENCE:1\n", times="DTSTART:20250109T090000Z\nDURATION:PT30M\n", stamp=LATER)
    short = calendar(vevent("RRULE:FREQ=WEEKLY;COUNT=2\n", times=TUESDAYS, stamp=NEW_YEAR))
    assert held(told(short, added)) == ["0107T0900", "0109T0900", "0114T0900"]


@pytest.mark.parametrize("status", ["STATUS:CANCELLED\n", ""], ids=["with STATUS", "by METHOD alone"])
def test_calling_off_one_meeting_calls_it_off(status: str) -> None:
    with_people = message("CANCEL", f"SEQUENCE:1\n{status}", stamp=LATER)
    without = message("CANCEL", f"SEQUENCE:1\n{status}", who="ORGANIZER:mailto:ana@x.test\n", stamp=LATER)
    for cancel in (with_people, without):
        (meeting,) = told(REQUEST, cancel)
        assert (meeting.cancelled, meeting.changed_by, meeting.attendees[:1]) == (True, ANA, (BO,))


@pytest.mark.parametrize(
    ("rule", "who", "times"),
    [
        (TWELVE, PEOPLE, TUESDAYS),
        ("", PEOPLE, TUESDAYS),
        ("", "ORGANIZER:mailto:ana@x.test\n", TUESDAYS),
        ("", "ORGANIZER:mailto:ana@x.test\n", ""),
    ],
    ids=["whole", "without its rule", "without people", "by its UID alone"],
)
def test_calling_off_a_series_ends_what_lies_ahead_and_leaves_what_was_held(rule: str, who: str, times: str) -> None:
    cancel = message("CANCEL", f"SEQUENCE:1\nSTATUS:CANCELLED\n{rule}", who=who, times=times, stamp=MARCH)
    found = told(FIRST, cancel)
    assert told(FIRST, cancel.replace("STATUS:CANCELLED\n", "")) == found
    assert held(found) == held(told(FIRST))[:9]
    assert cancelled(found) == ["0311T0900", "0318T0900", "0325T0900"]
    assert {each.changed_by for each in found if each.cancelled} == {ANA}


def test_calling_off_one_instance_leaves_the_others() -> None:
    cancel = message(
        "CANCEL", "SEQUENCE:1\nSTATUS:CANCELLED\nRECURRENCE-ID:20250318T090000Z\n",
        who="", times="DTSTART:20250318T090000Z\n", stamp=MARCH,
    )  # fmt: skip
    found = told(FIRST, cancel)
    assert (len(held(found)), cancelled(found)) == (11, ["0318T0900"])


def test_a_series_that_was_called_off_can_be_taken_up_again() -> None:
    cancel = message("CANCEL", "SEQUENCE:1\n", who="", times="", stamp=MARCH)
    again = calendar(vevent(f"SEQUENCE:2\n{TWELVE}", times=TUESDAYS, stamp="DTSTAMP:20250306T000000Z\n"))
    assert len(held(told(FIRST, cancel, again))) == 12


def test_a_series_that_was_moved_leaves_what_was_held() -> None:
    moved = calendar(vevent(f"SEQUENCE:1\n{TWELVE}", times=WEDNESDAYS, stamp=MARCH))
    assert held(told(FIRST, moved)) == [
        "0107T0900", "0114T0900", "0121T0900", "0128T0900", "0204T0900", "0211T0900", "0218T0900", "0225T0900",
        "0304T0900", "0305T1000", "0312T1000", "0319T1000", "0326T1000",
    ]  # fmt: skip
    assert len(held(told(moved))) == 12


def test_a_series_that_was_moved_twice() -> None:
    moved = calendar(vevent(f"SEQUENCE:1\n{TWELVE}", times=WEDNESDAYS, stamp="DTSTAMP:20250201T000000Z\n"))
    back = calendar(vevent(f"SEQUENCE:2\n{TWELVE}", times=TUESDAYS, stamp=MARCH))
    assert held(told(FIRST, moved, back)) == [
        "0107T0900", "0114T0900", "0121T0900", "0128T0900", "0205T1000", "0212T1000", "0219T1000", "0226T1000",
        "0311T0900", "0318T0900", "0325T0900",
    ]  # fmt: skip


def test_an_exclusion_that_came_later_takes_the_instance_out() -> None:
    without = calendar(
        vevent(f"SEQUENCE:1\n{TWELVE}EXDATE:20250218T090000Z,20250318T090000Z\n", times=TUESDAYS, stamp=MARCH)
    )
    found = held(told(FIRST, without))
    assert len(found) == 10
    assert {"0218T0900", "0318T0900"}.isdisjoint(found)


def test_a_series_that_was_shortened_has_its_end() -> None:
    short = calendar(vevent("SEQUENCE:1\nRRULE:FREQ=WEEKLY;UNTIL=20250212T000000Z\n", times=TUESDAYS, stamp=MARCH))
    assert held(told(FIRST, short))[-1] == "0211T0900"
    assert len(held(told(FIRST, short))) == 6


def test_an_instance_that_was_moved_stays_one() -> None:
    moved = calendar(
        vevent(TWELVE, times=TUESDAYS, stamp=NEW_YEAR),
        vevent("SEQUENCE:1\nRECURRENCE-ID:20250311T090000Z\n", times="DTSTART:20250313T090000Z\n", stamp=MARCH),
    )
    found = held(told(FIRST, moved))
    assert (len(found), "0311T0900" in found, "0313T0900" in found) == (12, False, True)


def test_an_instance_with_a_lower_sequence_than_its_series_still_changes() -> None:
    first = calendar(vevent(f"SEQUENCE:3\n{TWELVE}", times=TUESDAYS, stamp=NEW_YEAR))
    later = calendar(
        vevent(f"SEQUENCE:3\n{TWELVE}", times=TUESDAYS, stamp=NEW_YEAR),
        vevent(
            "SEQUENCE:1\nSTATUS:CANCELLED\nRECURRENCE-ID:20250311T090000Z\n",
            times="DTSTART:20250311T090000Z\n", stamp=MARCH,
        ),
    )  # fmt: skip
    assert cancelled(told(first, later)) == ["0311T0900"]


def test_what_changed_under_the_same_sequence_is_taken_by_its_stamps() -> None:
    for name in ("DTSTAMP", "LAST-MODIFIED"):
        moved = calendar(vevent(who=THREE, times=MOVED, stamp=f"{name}:20250603T000000Z\n"))
        assert held(told(REQUEST, moved)) == ["0711T0900"]


def test_what_changed_under_the_same_stamps_counts_in_whatever_order_it_comes() -> None:
    knows = calendar(vevent(who=THREE.replace("ATTENDEE:mailto:bo", "ATTENDEE;PARTSTAT=DECLINED:mailto:bo")))
    (meeting,) = told(calendar(vevent(who=THREE)), knows)
    assert meeting.declined == (BO,)


def test_an_instance_told_of_alone_holds_before_its_series_under_the_same_stamps() -> None:
    moved = "DTSTART:20250123T090000Z\nDURATION:PT30M\n"
    alone = calendar(vevent("RECURRENCE-ID:20250121T090000Z\n", times=moved, stamp=NEW_YEAR))
    found = told(FIRST, alone)
    assert "0123T0900" in held(found)
    assert "0121T0900" not in held(found)


def test_two_versions_in_one_file_are_one_meeting() -> None:
    found = ics(calendar(vevent(who=THREE), vevent("SEQUENCE:1\n", who=THREE, times=MOVED)))
    assert [reason for _, reason in found.skipped] == ["an earlier version of it is in the file as well"]
    assert held(told(calendar(vevent("SEQUENCE:1\n", who=THREE, times=MOVED), vevent(who=THREE)))) == ["0711T0900"]


def copied(bo: str = "", cy: str = "") -> str:
    """The meeting with answers."""
    who = f"ORGANIZER:mailto:ana@x.test\nATTENDEE{bo}:mailto:bo@x.test\nATTENDEE{cy}:mailto:cy@x.test\n"
    return calendar(vevent(who=who))


YES, NO = ";PARTSTAT=ACCEPTED", ";PARTSTAT=DECLINED"


def test_the_organisers_copy_knows_who_declined_and_other_copies_do_not() -> None:
    (meeting,) = told((copied(bo=NO, cy=YES), "ana@x.test"), (copied(cy=YES), "cy@x.test"))
    assert (meeting.attendees, meeting.declined) == ((CY,), (BO,))


def test_everybody_knows_their_own_answer_best() -> None:
    (meeting,) = told((copied(), "ana@x.test"), (copied(bo=NO), "bo@x.test"), (copied(cy=YES), "cy@x.test"))
    assert (meeting.attendees, meeting.declined) == ((CY,), (BO,))
    (meeting,) = told((copied(bo=YES), "bo@x.test"), (copied(bo=NO, cy=YES), "cy@x.test"))
    assert meeting.declined == ()


def test_copies_that_hide_the_others_are_one_meeting_of_all() -> None:
    alone = "ORGANIZER:mailto:ana@x.test\nATTENDEE:mailto:{}@x.test\n"
    files = [(calendar(vevent(who=alone.format(each))), f"{each}@x.test") for each in ("bo", "cy")]
    (meeting,) = told(*files)
    assert meeting.attendees == (BO, CY)


def test_a_copy_that_missed_a_move_does_not_move_it_back() -> None:
    moved = calendar(vevent("SEQUENCE:1\n", who=THREE, times=MOVED, stamp=LATER))
    (meeting,) = told((calendar(vevent(who=THREE)), "bo@x.test"), (moved, "ana@x.test"))
    assert held([meeting]) == ["0711T0900"]


def test_what_somebody_keeps_private_counts_for_nobody() -> None:
    assert (
        told((copied(), "ana@x.test"), (copied().replace("END:VEVENT", "CLASS:PRIVATE\nEND:VEVENT"), "bo@x.test")) == []
    )


def test_shared_case_of_a_series_that_ended(data_directory: Path) -> None:
    first, second = (case(data_directory, f"ended_series_{name}.ics") for name in ("1_first_export", "2_cancelled"))
    found = [each for each in told(first, second) if "mail:se@x.test" in each.attendees]
    assert (len(held(found)), len(cancelled(found))) == (9, 3)


def test_shared_cases_of_replies(data_directory: Path) -> None:
    request = case(data_directory, "reply_1_request.ics")
    assert told(request, case(data_directory, "reply_2_reply.ics")) == told(request)
    first = case(data_directory, "notetaker_and_reply_1.ics")
    reply = case(data_directory, "notetaker_and_reply_2_METHOD_REPLY_without_organizer.ics")
    assert told(first, reply) == told(first)
