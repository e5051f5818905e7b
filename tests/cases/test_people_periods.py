"""Who is there, from when to when: status, hire and termination dates, open ends, rehires and leaves."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.schemas.directory import IdentityLinked, LineRecorded
from tests.cases.inputs import TODAY, case, lines_of, noticed, people, people_of, who
from tests.unit.sources.reading import Found

Span = tuple[datetime | None, datetime | None]


def day(year: int, month: int, number: int) -> datetime:
    return datetime(year, month, number, tzinfo=UTC)


def spans(found: Found, person: str) -> list[Span]:
    records = [each.data for each in found.events if isinstance(each, LineRecorded | IdentityLinked)]
    own = [each for each in records if each.person == person]
    return list(dict.fromkeys((each.valid_from, each.valid_to) for each in own))


def team_of(found: Found, person: str, at: datetime = TODAY) -> str | None:
    return who(found, at)[person].team


@pytest.mark.parametrize(
    "status", ["Terminated", "Inactive", "Terminated - Voluntary", "ausgeschieden", "Baja", "退職", "离职"]
)
def test_who_has_left_is_inactive(status: str) -> None:
    found = people(f"id,email,manager,Employment Status\n1,a@x.test,,Active\n2,b@x.test,1,{status}\n")
    assert people_of(found) == {"1": True, "2": False}
    assert not list(noticed(found))


@pytest.mark.parametrize("status", ["Full-Time", "aktiv", "Active (Full-Time)", "在籍", ""])
def test_who_is_there_is_active(status: str) -> None:
    found = people(f"id,email,Status\n1,a@x.test,{status}\n")
    assert people_of(found) == {"1": True}
    assert not list(noticed(found))


def test_leaves_and_unknown_words_are_said() -> None:
    found = people("id,email,Status\n1,a@x.test,Parental leave\n2,b@x.test,Moonwalking\n")
    assert people_of(found) == {"1": True, "2": True}
    assert [each.split(" ")[0:4] for each in noticed(found)] == [
        ["the", "person", "is", "on"],
        ["the", "status", "is", "a"],
    ]


def test_a_termination_date_ends_lines_and_accounts_after_the_last_day() -> None:
    found = people("id,email,manager,Termination Date\n1,a@x.test,,\n2,b@x.test,1,30.06.2024\n")
    assert people_of(found) == {"1": True, "2": False}
    assert spans(found, "2") == [(None, day(2024, 7, 1))]


@pytest.mark.parametrize(
    "header", ["Kündigung zum", "Austritt zum", "Austrittsdatum", "Vertragsende", "Datum uit dienst"]
)
def test_an_end_in_another_language_is_one(header: str) -> None:
    found = people(f"id,email,manager,{header}\n1,a@x.test,,\n2,b@x.test,1,30.06.2024\n")
    assert people_of(found) == {"1": True, "2": False}


def test_an_end_to_come_acts_on_its_day() -> None:
    found = people("id,email,manager,Status,Termination Date\n1,a@x.test,,,\n2,b@x.test,1,Terminated,2027-03-31\n")
    assert [who(found, at)["2"].active for at in (TODAY, day(2027, 3, 31), day(2027, 4, 1))] == [True, True, False]
    assert spans(found, "2") == [(None, day(2027, 4, 1))]


def test_a_start_to_come_acts_on_its_day() -> None:
    found = people("id,email,manager,Status,Hire Date\n1,a@x.test,,,2019-01-01\n2,b@x.test,1,Pre-hire,2027-01-04\n")
    assert spans(found, "1") == [(None, None)]
    assert spans(found, "2") == [(day(2027, 1, 4), None)]


def test_a_row_to_come_does_not_say_who_somebody_is_today() -> None:
    text = (
        "id,email,manager,Valid from,department\n1,a@x.test,,,A\n2,b@x.test,1,2020-01-01,A\n"
        "2,b@x.test,3,2027-01-01,B\n3,c@x.test,,,B\n"
    )
    found = people(text)
    assert team_of(found, "2") == "A"
    lines = [e.data for e in found.events if isinstance(e, LineRecorded) and e.data.person == "2"]
    assert [(each.manager, each.valid_from) for each in lines] == [("1", day(2020, 1, 1)), ("3", day(2027, 1, 1))]
    assert team_of(found, "2", day(2027, 2, 1)) == "B"


@pytest.mark.parametrize("end", ["31.12.9999", "00.00.0000", "01.01.1900", "31.12.2999", ""])
def test_open_ends(end: str) -> None:
    found = people(f"id;email;manager;Valid from;Valid to\n1;a@x.test;;01.01.1900;{end}\n")
    assert not found.rejected
    assert people_of(found) == {"1": True}
    assert spans(found, "1") == [(None, None)]


def test_the_last_day_of_a_period_counts_where_the_next_begins_a_day_later() -> None:
    found = people(
        "id,email,manager,Valid from,Valid to\n1,a@x.test,,2020-01-01,2023-12-31\n1,a@x.test,2,2024-01-01,\n"
        "2,b@x.test,,,\n"
    )
    assert spans(found, "1") == [(day(2020, 1, 1), day(2024, 1, 1)), (day(2024, 1, 1), None)]


def test_who_comes_back_is_there_again() -> None:
    found = people(
        "id,email,manager,Status,Hire Date,Termination Date\n1,a@x.test,,Active,2015-01-01,\n"
        "2,b@x.test,1,Terminated,2018-01-01,2020-06-30\n2,b@x.test,1,Active,2023-02-01,\n"
        "3,c@x.test,1,Active,2023-02-01,2020-06-30\n"
    )
    assert people_of(found) == {"1": True, "2": True, "3": True}
    assert spans(found, "2") == [(day(2018, 1, 1), day(2020, 7, 1)), (day(2023, 2, 1), None)]
    days = day(2020, 6, 30), day(2020, 7, 1), day(2023, 1, 31), day(2023, 2, 1)
    assert [who(found, at)["2"].active for at in days] == [True, False, False, True]
    assert spans(found, "3") == [(None, None)]


def test_dates_that_could_be_two_days_are_refused_until_the_order_is_said() -> None:
    text = "id,email,Termination Date\n1,a@x.test,3/4/2024\n2,b@x.test,5/6/2024\n"
    assert {reason for _, reason in people(text).rejected} == {
        "the date could be day/month or month/day; say which with --date-order"
    }
    assert spans(people(text, date_order="mdy"), "1") == [(None, day(2024, 3, 5))]
    # One date of the column that can only be read in one order decides for all.
    assert spans(people(text + "3,c@x.test,3/31/2024\n"), "1") == [(None, day(2024, 3, 5))]


@pytest.mark.parametrize(
    ("name", "active"),
    [
        ("status_terminated.csv", {"1": True, "2": False, "3": True}),
        ("sap_high_date.csv", {"1": True, "2": True}),
        ("exports/workday.csv", {"10001": True, "10002": True, "10003": True, "10004": False}),
    ],
)
def test_periods_of_cases(name: str, active: dict[str, bool], data_directory: Path) -> None:
    found = people(case(data_directory, name))
    assert not found.rejected
    assert people_of(found) == active
    assert lines_of(found)


def test_a_control_character_is_refused_here_and_not_downstream(data_directory: Path) -> None:
    found = people(case(data_directory, "nul_people.csv"))
    assert [reason for _, reason in found.rejected] == ["the team id holds a control character"]
