"""`bellwether import` finds out what a file, a folder, an archive or a workbook holds, and says what it took it for."""

import json
import zipfile
from datetime import date
from pathlib import Path

import pytest

from services.cli.errors import UsageError
from services.cli.importing.plan import plan_imports
from shared.schemas.ticket import TicketStep
from shared.sources.reader import Accepted, Options
from shared.sources.registry import SOURCES, source_of
from shared.sources.source import Source
from tests.cases.workbooks import Cell, raw_workbook, workbook
from tests.unit.cli.program import bellwether
from tests.unit.sources.reading import read

STAFF: list[list[Cell]] = [
    ["Acme Inc.", None, None, None, None],
    ["Person Number", "Display Name", "Business Email", "Line Manager ID", "Hire Date"],
    [1001, "Ada\nNorth", "ada@x.test", 1002, date(2020, 3, 1)],
    [1002, "Bo West", "bo@x.test", None, date(2019, 1, 31)],
]
RIPPLING = "Employee number,Full name,Work email,Manager email\n1,A,a@x.test,b@x.test\n2,B,b@x.test,\n"
GITLAB = "Issue ID,Created At,Updated At,State,Assignee,Author\n7,2026-01-02,2026-01-03,opened,bo,ana\n"
TRACE = "sender_address,recipient_address,origin_timestamp\na@x.test,b@x.test,2026-01-02T10:00:00Z\n"
FRESHSERVICE = (
    "Ticket ID,Status,Priority,Requester Email,Agent,Created Time,Last Updated Time\n"
    "12,Resolved,High,bo@x.test,Ana Ruiz,2024-03-04 09:00:00,2024-03-05 10:00:00\n"
)
AZURE = (
    "ID,Work Item Type,Title,Assigned To,State,Created Date,Changed Date,Created By,Priority,Parent\n"
    "7,Bug,x,Ana Ruiz <ana@x.test>,Active,3/24/2024 9:00:00 AM,3/25/2024 9:00:00 AM,Bo <bo@x.test>,2,5\n"
)
ASANA = (
    "Task ID,Created At,Completed At,Last Modified,Name,Section/Column,Assignee,Assignee Email,Start Date,Due Date\n"
    "1,2024-03-04,2024-03-05,2024-03-05,x,Doing,Ana,ana@x.test,,2024-03-10\n"
)
LINEAR = (
    "ID,Team,Title,Status,Priority,Project,Creator,Assignee,Created,Updated,Parent issue\n"
    "S-1,Support,x,Done,High,P,bo@x.test,ana@x.test,2024-03-04T09:00:00.000Z,2024-03-05T09:00:00.000Z,S-0\n"
)
GITLAB_ISSUES = (
    "Title,Issue ID,State,Author Username,Assignee Username,Due Date,Created At (UTC),Updated At (UTC)\n"
    "x,12,Closed,bo,ana,,2024-03-04 09:00:00,2024-03-05 09:00:00\n"
)
WORKSPACE = (
    "Message ID,Start date,End date,Sender,Recipients,Subject\n"
    "<m1@x>,2024/03/04 09:00:00 CET,2024/03/04 09:00:01 CET,ana@x.test,bo@x.test,x\n"
)
GATEWAY = "Sent Date/Time,From (Envelope),To,Message ID\n2024-03-04T09:00:00+0000,ana@x.test,bo@x.test,<m1>\n"
FILES = {
    "freshservice.csv": (FRESHSERVICE, "tickets"),
    "azure.csv": (AZURE, "tickets"),
    "asana.csv": (ASANA, "tickets"),
    "linear.csv": (LINEAR, "tickets"),
    "issues.csv": (GITLAB_ISSUES, "tickets"),
    "workspace.csv": (WORKSPACE, "mail"),
    "gateway.csv": (GATEWAY, "mail"),
    "rippling.csv": (RIPPLING, "people"),
    "gitlab.csv": (GITLAB, "tickets"),
    "trace.csv": (TRACE, "mail"),
    "cal.ics": (source_of("ics").example, "calendar"),
    "slack.json": (source_of("slack").example, "chat"),
    "bellwether.ndjson": (source_of("events").example, "events"),
}  # fmt: skip


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.format)
def test_every_format_is_known_without_its_kind(source: Source, tmp_path: Path) -> None:
    (plan,) = plan_imports(None, [written(tmp_path / "export", source.example)], options=Options())
    assert (plan.kind, plan.files[0].source.format) == (source.kind, source.format)


@pytest.mark.parametrize("name", FILES)
def test_files_of_other_vendors_are_known_without_their_kind(name: str, tmp_path: Path) -> None:
    text, kind = FILES[name]
    (plan,) = plan_imports(None, [written(tmp_path / name, text)], options=Options())
    assert plan.kind == kind
    (file,) = plan.files
    lines = text.encode().splitlines(keepends=True)
    assert any(isinstance(item, Accepted) for item in file.source.read(lines, file.options))


def test_people_of_tables_of_tickets_are_known_by_address() -> None:
    found = read("ticket-log-csv", AZURE)
    step = found.events[0].data
    assert isinstance(step, TicketStep)
    assert (step.ticket, step.assignee, step.reporter, step.parent) == ("7", "mail:ana@x.test", "mail:bo@x.test", "5")


def test_a_folder_of_all_kinds_is_imported_people_first(tmp_path: Path) -> None:
    several = ("rippling.csv", "gitlab.csv", "trace.csv", "cal.ics", "slack.json", "bellwether.ndjson")
    for name in several:
        text, _ = FILES[name]
        written(tmp_path / "all" / name, text)
    written(tmp_path / "all" / "notes.txt", "Exported on a Monday.\n")
    result = bellwether("import", tmp_path / "all", "--data", tmp_path / "data", "--report", tmp_path / "r.json")
    assert result.exit_code == 0, result.exception
    kinds = [line.split()[2].rstrip(";") for line in result.stderr.splitlines() if line.startswith("taken for")]
    assert kinds == ["people", "mail", "calendar", "tickets", "chat", "events"]
    reports = {path.stem: json.loads(path.read_bytes()) for path in tmp_path.glob("r-*.json")}
    assert len(reports) == 6
    assert [each["reason"][:25] for each in reports["r-people"]["rejected"]] == ["it is in no known format "]


def test_a_file_of_no_kind_is_refused(tmp_path: Path) -> None:
    result = bellwether("import", written(tmp_path / "a.txt", "Exported on a Monday.\n"), "--data", tmp_path / "data")
    assert isinstance(result.exception, UsageError)
    assert "it is in no known format (" in str(result.exception)
    assert not (tmp_path / "data").exists()


def test_what_is_neither_a_kind_nor_a_file_is_named(tmp_path: Path) -> None:
    result = bellwether("import", "peeple", written(tmp_path / "a.csv", "id\n1\n"), "--data", tmp_path / "data")
    assert isinstance(result.exception, UsageError)
    assert "peeple: there is no such file or folder, and no such kind of data (people, mail" in str(result.exception)


def test_a_workbook_is_read_as_a_table(tmp_path: Path) -> None:
    """Under a title, with numbers and days as a spreadsheet has them; a hidden sheet is not looked at."""
    book = workbook(
        tmp_path / "staff.xlsx", {"Staff": STAFF, "Old": [["id", "mail"], ["9", "x@x.test"]]}, hidden=["Old"]
    )
    result = bellwether("import", book, "--data", tmp_path / "data", "--report", tmp_path / "r.json", "--dry-run")
    assert result.exit_code == 0, result.exception
    report = json.loads((tmp_path / "r.json").read_bytes())
    assert report["files"][0]["file"] == f"{book}/sheet 1.csv"
    assert (report["rows"]["read"], report["directory"]["people"], report["directory"]["with_manager"]) == (2, 2, 1)
    assert '"person": "1001"' in result.stdout
    assert '"name": "Ada North"' in result.stdout


def test_a_day_of_a_workbook_is_a_day(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [["id", "start date", "active"], [1, date(2027, 3, 1), True], [2, date(2020, 3, 1), False]]
    book = workbook(tmp_path / "a.xlsx", {"S": rows})
    text = "id,start date,active\n1,2027-03-01,true\n2,2020-03-01,false\n"
    table = written(tmp_path / "a.csv", text)
    said = [
        bellwether("import", "people", file, "--data", tmp_path / "data", "--dry-run").stdout.split("\n", 5)[5]
        for file in (book, table)
    ]
    assert said[0].replace("sheet 1.csv", "a.csv") == said[1]


def test_sheets_that_are_no_table_are_named_and_the_others_read(tmp_path: Path) -> None:
    book = workbook(tmp_path / "a.xlsx", {"Notes": [["Exported on a Monday."]], "Staff": STAFF})
    result = bellwether("import", "people", book, "--data", tmp_path / "data", "--report", tmp_path / "r.json")
    assert result.exit_code == 0, result.exception
    report = json.loads((tmp_path / "r.json").read_bytes())
    assert report["rows"]["accepted"] == 2
    (reason,) = report["rejected"]
    assert reason["places"] == [[f"{book}/sheet 1.csv", 1]]


def test_a_workbook_in_a_folder_and_in_an_archive_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    book = workbook(folder / "staff.XLSX", {"Staff": STAFF})
    archive = tmp_path / "export.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.write(book, "people/staff.xlsx")
        packed.writestr("people/mail.csv", source_of("mail-csv").example)
    for what, kinds in ((folder, {"people"}), (archive, {"people", "mail"})):
        result = bellwether("import", what, "--data", tmp_path / "data", "--dry-run", "--report", tmp_path / "r.json")
        assert result.exit_code == 0, result.exception
        taken = {line.split()[2].rstrip(";") for line in result.stderr.splitlines() if line.startswith("taken for")}
        assert taken == kinds
    assert json.loads((tmp_path / "r-people.json").read_bytes())["files"][0]["file"].startswith(str(archive))


CORNERS = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'


@pytest.mark.parametrize("what", ["two corners", "cut off", "no sheet", "bytes"])
def test_a_workbook_that_cannot_be_read_is_refused_and_ends_nothing(what: str, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    if what == "two corners":  # a table of 17 billion cells
        raw_workbook(path, {"S": CORNERS})
    elif what == "no sheet":
        raw_workbook(path, {"S": ""})
    elif what == "cut off":
        path.write_bytes(workbook(path, {"S": STAFF}).read_bytes()[:600])
    else:
        path.write_bytes(b"PK\x03\x04" + bytes(range(256)) * 20)
    result = bellwether("import", "people", path, "--data", tmp_path / "data")
    assert isinstance(result.exception, UsageError)
    assert str(path) in str(result.exception)


KINDS_OF_EXPORTS = {
    "jira.csv": "tickets", "jira.json": "tickets", "zendesk.json": "tickets", "github.json": "tickets",
    "servicenow.csv": "tickets", "teams.json": "chat", "mail.mbox": "mail", "exchange-trace.csv": "mail",
    "slack-export.zip": "chat", "slack": "chat", "bamboohr.csv": "people", "workday.csv": "people",
    "personio.csv": "people", "outlook-cal.csv": "calendar", "google.ics": "calendar",
    "outlook.ics": "calendar", "mail.csv": "mail",
}  # fmt: skip


@pytest.mark.parametrize("name", KINDS_OF_EXPORTS)
def test_shared_exports_are_known_without_their_kind(name: str, tmp_path: Path, data_directory: Path) -> None:
    path = data_directory.parent / "cases" / "exports" / name
    if not path.exists():
        pytest.skip(f"{name} is not here")
    result = bellwether("import", path, "--data", tmp_path / "data", "--dry-run")
    assert result.exit_code == 0, result.exception
    assert f"taken for {KINDS_OF_EXPORTS[name]};" in result.stderr


def test_each_shared_case_is_imported_or_refused_with_a_reason(tmp_path: Path, data_directory: Path) -> None:
    """Nothing is passed over in silence: what is not taken has a reason."""
    folder = data_directory.parent / "cases"
    files = [path for path in sorted(folder.glob("*")) if path.suffix in {".csv", ".ics", ".ndjson"}]
    if not files:
        pytest.skip("the cases are not here")
    for file in files:
        report = tmp_path / f"{file.stem}.json"
        result = bellwether("import", file, "--data", tmp_path / "data", "--dry-run", "--report", report)
        if result.exit_code and not report.exists():
            assert isinstance(result.exception, UsageError), (file, result.exception)
            assert "--map" in str(result.exception) or "Name the format" in str(result.exception)
            continue
        found = json.loads(report.read_bytes())
        rows = found["rows"]
        assert rows["read"] == rows["accepted"] + rows["skipped"] + rows["rejected"], file
        told = sum(each["rows"] for each in [*found["skipped"], *found["rejected"]])
        assert told == rows["skipped"] + rows["rejected"], file
        assert all(each["places"] for each in [*found["skipped"], *found["rejected"], *found["noticed"]]), file
