"""`bellwether import` says which format it took a file for, and refuses to guess."""

from pathlib import Path

import msgspec
import pytest

from services.cli.errors import UsageError
from services.cli.importing.plan import plan_import
from shared.sources.reader import Options
from shared.sources.registry import SOURCES, source_of
from tests.unit.cli.program import bellwether

MAIL = source_of("mail-csv").example
SLACK = source_of("slack").example


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding=encoding)
    return path


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.format)
def test_the_format_is_recognised_and_said(source: object, tmp_path: Path) -> None:
    for each in SOURCES:
        if each is source:
            file = written(tmp_path / "export", each.example)
            result = bellwether("import", each.kind, file, "--data", tmp_path / "data")
            assert result.exit_code == 0, result.exception
            assert f"1 file taken for {each.format}: " in result.stderr


def test_a_file_in_no_format_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    good, bad = written(tmp_path / "a.csv", MAIL), written(tmp_path / "b.csv", "colour;size\nred;3\n")
    result = bellwether("import", "mail", good, bad, "--data", tmp_path / "data")
    assert isinstance(result.exception, UsageError)
    said = str(result.exception)
    assert str(bad) in said
    assert "no column found for sender, recipient, time" in said
    assert "--format: mail-csv" in said
    assert not (tmp_path / "data" / "bellwether.db").exists()


def test_an_empty_file_is_named(tmp_path: Path) -> None:
    result = bellwether("import", "mail", written(tmp_path / "a.csv", "\n"), "--data", tmp_path / "data")
    assert isinstance(result.exception, UsageError)
    assert "a.csv: it is empty" in str(result.exception)


@pytest.mark.parametrize(("name", "problem"), [("slack", "a format of chat"), ("outlook", "no such format")])
def test_a_format_of_another_kind_is_refused(name: str, problem: str, tmp_path: Path) -> None:
    file = written(tmp_path / "a.csv", MAIL)
    result = bellwether("import", "mail", file, "--format", name, "--data", tmp_path / "data")
    assert isinstance(result.exception, UsageError)
    assert problem in str(result.exception)
    assert "mail-csv" in str(result.exception)


def test_a_named_format_is_not_looked_for(tmp_path: Path) -> None:
    file = written(tmp_path / "a.csv", "colour;size\nred;3\n")
    plan = plan_import("mail", [file], options=Options(), format_name="mail-csv")
    assert [each.source.format for each in plan.files] == ["mail-csv"]


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        '{"channel": {"id": "C1"}, "messages": []}',
        'half a line", "ts": "17\n{"type": "event_callback", "event": {"event_ts": "1709542800.000100"}}\n',
    ],
)
def test_what_slack_writes_is_taken_for_slack(text: str, tmp_path: Path) -> None:
    file = written(tmp_path / "export.json", text)
    assert [each.source.format for each in plan_import("chat", [file], options=Options()).files] == ["slack"]


@pytest.mark.parametrize(
    "text",
    [
        '{"tickets": [{"id": 35436, "created_at": "2026-03-03T09:12:00Z"}]}',
        '{"value": [{"id": "1616964509832", "messageType": "message"}]}',
        'PK\0\0[{"user": "U1", "ts": "1709542800.000100"}]',
    ],
)
def test_json_of_other_vendors_and_archives_are_not(text: str, tmp_path: Path) -> None:
    file = written(tmp_path / "export.json", text)
    with pytest.raises(UsageError, match="no known format of chat"):
        plan_import("chat", [file], options=Options())


def test_a_column_map_counts_when_a_table_is_recognised(tmp_path: Path) -> None:
    file = written(tmp_path / "a.csv", "who;whom;when\na@x.org;b@x.org;2024-01-01\n")
    options = Options(columns={"sender": "who", "recipient": "whom", "time": "when"})
    assert [each.source.format for each in plan_import("mail", [file], options=options).files] == ["mail-csv"]


def test_a_table_in_utf_16_is_recognised(tmp_path: Path) -> None:
    file = written(tmp_path / "a.csv", MAIL, "utf-16")
    assert [each.source.format for each in plan_import("mail", [file], options=Options()).files] == ["mail-csv"]


def test_a_stray_file_in_a_folder_is_rejected_and_the_rest_goes_on(tmp_path: Path) -> None:
    written(tmp_path / "mail" / "read me.txt", "Exported on a Monday.\n")
    written(tmp_path / "mail" / "2024.csv", MAIL)
    result = bellwether(
        "import", "mail", tmp_path / "mail", "--data", tmp_path / "data", "--rejects", tmp_path / "bad.ndjson"
    )
    assert result.exit_code == 0, result.exception
    (row,) = [msgspec.json.decode(line) for line in (tmp_path / "bad.ndjson").read_bytes().splitlines()]
    # Names of files may be those of people: the screen alone tells them.
    assert row["file"].endswith("mail/(file 1).txt")
    assert "read me.txt" in result.stdout
    assert row["reason"].startswith("it is in no known format of mail")


def test_a_file_out_of_a_chat_export_is_read_with_what_the_export_says(tmp_path: Path) -> None:
    written(tmp_path / "channels.json", '[{"id": "C1", "name": "general", "members": ["U1", "U2", "U3"]}]')
    day = written(tmp_path / "general" / "2024-03-04.json", SLACK)
    alone, folder, whole = (plan_import("chat", [path], options=Options()) for path in (day, day.parent, tmp_path))
    assert [each.options for each in alone.files] == [each.options for each in whole.files]
    assert [each.options for each in folder.files] == [each.options for each in whole.files]
    assert whole.files[0].options.channel == "C1"
    assert list(whole.lines()) == ["1 file taken for slack: the folder has channels.json"]


def test_an_option_that_changes_nothing_is_said(tmp_path: Path) -> None:
    file = written(tmp_path / "a.csv", MAIL)
    result = bellwether("import", "mail", file, "--owner", "ana@example.com", "--data", tmp_path / "data")
    assert result.exit_code == 0, result.exception
    assert "--owner changes nothing here" in result.stderr
