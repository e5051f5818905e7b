import csv
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.schemas.directory import IdentityLinked, LineRecorded, PersonRecorded, TeamRecorded
from shared.sources.reader import Options
from tests.unit.sources.reading import Found, read


def lines_of(found: Found) -> dict[str, str | None]:
    return {event.data.person: event.data.manager for event in found.events if isinstance(event, LineRecorded)}


def identities_of(found: Found) -> set[tuple[str, str]]:
    return {(event.data.person, event.data.identity) for event in found.events if isinstance(event, IdentityLinked)}


def people_of(found: Found) -> set[str]:
    return {event.data.person for event in found.events if isinstance(event, PersonRecorded)}


def test_the_id_is_the_identity_when_there_is_no_other() -> None:
    found = read("people-csv", "ID,ReportsToID\nA1,B2\nB2,B2\n")
    assert lines_of(found) == {"A1": "B2", "B2": None}
    assert identities_of(found) == {
        ("A1", "mail:a1"), ("A1", "chat:A1"), ("A1", "ticket:a1"),
        ("B2", "mail:b2"), ("B2", "chat:B2"), ("B2", "ticket:b2"),
    }  # fmt: skip
    assert found.rows == 2


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_headers_are_found_whatever_their_spelling(delimiter: str) -> None:
    rows = [
        ["Employee-ID", "Full Name", "E-Mail", "Line Manager ID", "Department", "Slack ID"],
        ["7", "Ana Berg", " Ana@Example.COM ", "8", "Ops", "U7"],
        ["8", "Bo Dahl", "bo@example.com", "", "Ops", ""],
    ]
    found = read("people-csv", "\ufeff" + "".join(delimiter.join(row) + "\r\n" for row in rows))
    assert lines_of(found) == {"7": "8", "8": None}
    assert identities_of(found) == {("7", "mail:ana@example.com"), ("7", "chat:U7"), ("8", "mail:bo@example.com")}
    assert [event.data.team for event in found.events if isinstance(event, TeamRecorded)] == ["Ops"]
    assert {e.data.name for e in found.events if isinstance(e, PersonRecorded)} == {"Ana Berg", "Bo Dahl"}


def test_a_column_map_overrules_what_is_found() -> None:
    options = Options(columns={"person": "code", "manager": "boss of"})
    assert lines_of(read("people-csv", "id,code,Boss Of,manager\n1,a,b,x\n2,b,,x\n", options)) == {"a": "b", "b": None}


def test_an_unreadable_table_is_one_rejection_with_all_its_rows() -> None:
    found = read("people-csv", "colour,size\nred,3\nblue,4\n")
    assert found.rejected == [(1, "no column found for person or mail")]
    assert found.rows == 2
    assert read("people-csv", "id,x\n1,2\n", Options(columns={"manager": "boss"})).rejected == [
        (1, "the column given for manager is not in the header")
    ]


def test_a_manager_without_a_row_is_a_person_too_and_one_revision_lower() -> None:
    found = read("people-csv", "id,manager\n1,99\n", Options(revision=5))
    assert people_of(found) == {"1", "99"}
    assert lines_of(found) == {"1": "99"}
    revisions = {e.data.person: e.revision for e in found.events if isinstance(e, PersonRecorded)}
    assert revisions == {"1": 5, "99": 4}
    assert ("99", "mail:99") in identities_of(found)
    assert found.rows == 1


def test_a_manager_may_be_given_by_mail() -> None:
    found = read("people-csv", "id,email,manager_email\n1,a@x.org,B@x.org\n2,b@x.org,\n")
    assert lines_of(found) == {"1": "2", "2": None}


def test_people_without_an_id_column_are_known_by_mail() -> None:
    found = read("people-csv", "email,manager\nA@x.org,b@x.org\nb@x.org,\n")
    assert lines_of(found) == {"a@x.org": "b@x.org", "b@x.org": None}


def test_validity_makes_lines_that_coexist() -> None:
    found = read(
        "people-csv",
        "id,manager,valid_from,valid_to,team\n1,2,2024-01-01,2024-07-01,old\n1,3,01/07/2024,,new\n2,,,,\n3,,,,\n",
        Options(date_order="dmy"),
    )
    lines = [event for event in found.events if isinstance(event, LineRecorded) and event.data.person == "1"]
    assert [(event.data.manager, event.data.valid_from, event.data.valid_to) for event in lines] == [
        ("2", datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 7, 1, tzinfo=UTC)),
        ("3", datetime(2024, 7, 1, tzinfo=UTC), None),
    ]
    assert len({event.entity for event in lines}) == 2
    records = [e.data for e in found.events if isinstance(e, PersonRecorded) and e.data.person == "1"]
    assert [(each.team, each.valid_from) for each in records] == [
        ("old", None),
        ("new", datetime(2024, 7, 1, tzinfo=UTC)),
    ]
    assert found.rows == 4


def test_bad_rows_are_named_and_the_rest_goes_on() -> None:
    found = read(
        "people-csv",
        "id,manager,email,valid_from,valid_to\n"
        ",1,x@x.org,,\n"
        "1,,a@x.org,,\n"
        "2,1,b@x.org,yesterday,\n"
        "3,1,c@x.org,2024-02-01,2024-01-01\n"
        "4,1,d@x.org\n"
        "5,1,a@x.org,,\n"
        f"{'6' * 201},1,,,\n",
    )
    assert dict(found.rejected) == {
        2: "the person id is empty",
        4: "unreadable time",
        5: "valid_to is before valid_from",
        6: "3 cells, but the header has 5",
        7: "an account of this row already belongs to a person further up",
        8: "the person id is longer than 200 characters",
    }
    assert people_of(found) == {"1", "5"}
    assert found.rows == 7


def test_a_stray_quote_costs_its_own_row_only() -> None:
    found = read("people-csv", 'id,manager\n1,"2\n2,3\n3,\n"4",3\n')
    assert [line for line, _ in found.rejected] == [2]
    assert people_of(found) == {"2", "3", "4"}
    assert found.rows == 4


def test_directory_records_never_move_the_watermark() -> None:
    found = read("people-csv", "id,manager,valid_from\n1,2,2150-01-01\n", Options(revision=3))
    assert {event.time for event in found.events} == {datetime(1980, 1, 1, tzinfo=UTC)}


def test_real_reporting_tree(data_directory: Path) -> None:
    path = data_directory / "manufacturing_email" / "reportsto.csv"
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    found = read("people-csv", path.read_bytes())
    lines = lines_of(found)
    assert found.rows == len(rows) == 154
    assert not found.rejected
    assert {person for person, manager in lines.items() if manager is None} == {"86"}
    assert sum(manager is not None for manager in lines.values()) == 153
    assert lines == {row["ID"]: row["ReportsToID"] if row["ReportsToID"] != row["ID"] else None for row in rows}
    head, *body = path.read_bytes().splitlines(keepends=True)
    random.Random(7).shuffle(body)
    assert {e.id: e for e in read("people-csv", [head, *body]).events} == {e.id: e for e in found.events}
