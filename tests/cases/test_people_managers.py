"""Whom the manager columns of an HR file mean."""

from pathlib import Path

import pytest

from tests.cases.inputs import accounts_of, case, lines_of, noticed, people, people_of


@pytest.mark.parametrize(
    "manager",
    [
        "7",
        "Ida@x.test",
        "Ida Holm",
        "Holm, Ida",
        "holm, ida",
        " Ida  Holm ",
        "Ida Holm (7)",
        "Ida Holm (On Leave)",
        "7.0",
    ],
)
def test_a_manager_is_an_id_an_address_or_a_name(manager: str) -> None:
    found = people(f'Employee ID;Name;Email;Manager\n7;Ida Holm;ida@x.test;\n8;Ole Lie;ole@x.test;"{manager}"\n')
    assert lines_of(found) == {"7": None, "8": "7"}
    assert set(people_of(found)) == {"7", "8"}


def test_names_of_people_may_have_the_family_name_first() -> None:
    found = people('Employee ID,Worker,Email,Manager\n7,"Holm, Ida",i@x.test,\n8,"Lie, Ole",o@x.test,Ida Holm\n')
    assert lines_of(found) == {"7": None, "8": "7"}


def test_first_and_last_names_in_two_columns_are_a_name() -> None:
    found = people("ID,Vorname,Nachname,E-Mail,Vorgesetzter\n7,Ida,Holm,i@x.test,\n8,Ole,Lie,o@x.test,Ida Holm\n")
    assert lines_of(found) == {"7": None, "8": "7"}


def test_a_name_of_two_people_is_nobody_and_said() -> None:
    found = people(
        "Employee ID,Name,Email,Manager\n7,Ida Holm,a@x.test,\n8,Ida Holm,b@x.test,\n9,Ole Lie,c@x.test,Ida Holm\n"
    )
    assert "9" not in lines_of(found)
    assert set(people_of(found)) == {"7", "8", "9"}
    assert "two people have the manager's name; give the manager by id or mail address" in set(noticed(found))


def test_a_name_of_two_people_is_told_apart_by_the_second_column() -> None:
    found = people(
        "Employee ID,Name,Email,Manager,Manager Email\n"
        "7,Ida Holm,a@x.test,,\n8,Ida Holm,b@x.test,,\n9,Ole Lie,c@x.test,Ida Holm,b@x.test\n"
    )
    assert lines_of(found)["9"] == "8"


def test_columns_that_differ_are_said_and_the_surest_counts() -> None:
    found = people(
        "Employee ID,Name,Email,Manager ID,Manager Name\n7,Ida Holm,a@x.test,,\n8,Ada Berg,b@x.test,,\n"
        "9,Ole Lie,c@x.test,8,Ida Holm\n"
    )
    assert lines_of(found)["9"] == "8"
    assert "the columns of the manager name different people; the first was taken" in set(noticed(found))


def test_a_name_in_no_row_makes_nobody_up() -> None:
    found = people("Employee ID,Name,Email,Manager\n7,Ida Holm,a@x.test,Eva Boss\n")
    assert set(people_of(found)) == {"7"}
    assert lines_of(found) == {}
    assert "the manager is in no row" in set(noticed(found))


@pytest.mark.parametrize(
    "nobody", ["N/A", "None", "-", "—", "Vacant", "TBD", "keine", "Sin asignar", "なし", "#N/A", "00000000", "(none)"]
)
def test_placeholders_are_nobody(nobody: str) -> None:
    found = people(f"Employee ID,Name,Email,Manager\n7,Ida Holm,ida@x.test,{nobody}\n")
    assert lines_of(found) == {"7": None}
    assert set(people_of(found)) == {"7"}


def test_whose_id_is_a_placeholder_is_somebody() -> None:
    assert lines_of(people("id,email,manager\nNA,n@x.test,\n8,o@x.test,NA\n")) == {"NA": None, "8": "NA"}


def test_lost_leading_zeros_are_found_and_said() -> None:
    found = people("Employee ID,Email,Manager ID\n00071,i@x.test,\n00082,o@x.test,71\n")
    assert lines_of(found) == {"00071": None, "00082": "00071"}
    assert "the manager's id has lost its leading zeros; the person with them was taken" in set(noticed(found))


def test_an_id_that_a_spreadsheet_rounded_is_refused() -> None:
    found = people("Employee ID,Email\n1.23457E+11,i@x.test\n")
    assert found.rejected == [(2, "the person id was rounded by a spreadsheet; export it as text")]


def test_a_second_id_finds_the_manager() -> None:
    found = people("id,displayName,employeeId,mail,manager\ng-1,Ida,E1,i@x.test,\ng-2,Ole,E2,o@x.test,E1\n")
    assert lines_of(found) == {"g-1": None, "g-2": "g-1"}


def test_a_circle_is_said() -> None:
    found = people("id,email,manager\na,a@x.test,b\nb,b@x.test,c\nc,c@x.test,a\nd,d@x.test,a\n")
    said = [item for item in noticed(found) if "reports to themselves" in item]
    assert len(said) == 3


def test_second_managers_and_deputies_are_said() -> None:
    found = people("id,email,manager,Dotted Line Manager,Deputy\n1,a@x.test,,,\n2,b@x.test,1,3,4\n3,c@x.test,,,\n")
    assert lines_of(found) == {"1": None, "2": "1", "3": None}
    said = set(noticed(found))
    assert any("second (dotted-line) manager" in each for each in said)
    assert any("deputy" in each for each in said)


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("manager_by_name.csv", {"1": None, "2": "1", "3": "2"}),
        ("manager_and_manager_email.csv", {"1": None, "2": "1"}),
        ("headers_cyrillic_people.csv", {"1": None, "2": "1"}),
        ("workday_headers.csv", {"1001": None, "1002": "1001"}),
        ("exports/bamboohr.csv", {"1": None, "2": "1", "3": "2"}),
        ("exports/personio.csv", {"1": None, "2": "1"}),
        ("exports/workday.csv", {"10001": None, "10002": "10001", "10003": "10002", "10004": "10002"}),
    ],
)
def test_managers_of_cases(name: str, lines: dict[str, str | None], data_directory: Path) -> None:
    found = people(case(data_directory, name))
    assert not found.rejected
    assert lines_of(found) == lines
    assert set(people_of(found)) == set(lines)
    assert all(account.startswith("mail:") and "@" in account for account in accounts_of(found))


def test_a_circle_of_the_cases_is_said(data_directory: Path) -> None:
    assert any("reports to themselves" in each for each in noticed(people(case(data_directory, "cycle.csv"))))


@pytest.mark.parametrize(
    ("name", "called"),
    [("Ana Ruiz", "Ruiz Ana"), ("山田 太郎", "山田太郎"), ("Nguyen Van An", "An Van Nguyen"), ("王伟", "王 伟")],
)
def test_a_name_is_known_with_the_surname_first_and_without_its_space(name: str, called: str) -> None:
    found = people(f"id,name,email,manager\n1,{name},a@x.test,\n2,Bo Li,b@x.test,{called}\n")
    assert lines_of(found) == {"1": None, "2": "1"}


def test_two_names_of_the_same_words_are_nobodys() -> None:
    found = people("id,name,email,manager\n1,Li Bo,a@x.test,\n2,Bo Li,b@x.test,\n3,C D,c@x.test,Bo Li\n")
    assert lines_of(found)["3"] == "2"
    found = people("id,name,email,manager\n1,Van Li Bo,a@x.test,\n2,Bo Van Li,b@x.test,\n3,C D,c@x.test,Li Bo Van\n")
    assert "3" not in lines_of(found)
