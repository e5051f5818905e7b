"""Chat exports: who is a bot, whose an account is, and exports as archives."""

import json
import zipfile
from pathlib import Path

import pytest

from services.cli.importing.archives import unpacked
from services.cli.importing.plan import plan_import
from shared.schemas.chat import MessagePosted, MessageReacted
from shared.schemas.registry import CanonicalEvent
from shared.sources.reader import Accepted, Item, Options, Skipped
from tests.unit.cli.program import bellwether

USERS = [
    {"id": "U1", "profile": {"email": "Ana@x.test"}},
    {"id": "U2", "profile": {"email": "bo@x.test"}, "deleted": True},
    {"id": "U3", "is_stranger": True, "profile": {"email": "guest@other.test"}},
    {"id": "U4", "profile": {}},
    {"id": "UBOT", "is_bot": True, "profile": {"email": "bot@x.test"}},
    {"id": "UAPP", "profile": {"api_app_id": "A1"}},
]
CHANNELS = [{"id": "C1", "name": "general", "members": ["U1", "U2", "U3", "UBOT"]}]
DIRECT = [{"id": "D1", "members": ["U1", "UBOT"]}, {"id": "D2", "members": ["U1", "U2"]}]


def said(user: str, second: int, text: str = "", **more: object) -> dict[str, object]:
    return {"type": "message", "user": user, "ts": f"17095428{second:02}.000100", "text": text, **more}


GENERAL = [
    said("UBOT", 0, "<@U1> reminder"),
    said("U1", 1, "<@U2> <@UBOT> <@U3>", reactions=[{"name": "+1", "users": ["U2", "UBOT"]}]),
    said("U2", 2, "yes", thread_ts="1709542800.000100", parent_user_id="UBOT"),
    said("USLACKBOT", 3, "This message was deleted.", subtype="tombstone"),
    said("U4", 4, "<@UAPP>"),
]


@pytest.fixture
def export(tmp_path: Path) -> Path:
    folder = tmp_path / "export"
    files: dict[str, object] = {
        "users.json": USERS, "channels.json": CHANNELS, "dms.json": DIRECT, "general/2024-03-04.json": GENERAL,
        "D1/2024-03-04.json": [said("U1", 5, "remind me")], "D2/2024-03-04.json": [said("U1", 6, "hi")],
    }  # fmt: skip
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(json.dumps(content), encoding="utf-8")
    return folder


def items(*paths: Path) -> list[Item]:
    found: list[Item] = []
    for file in plan_import("chat", paths, options=Options()).files:
        lines = file.path.read_bytes().splitlines(keepends=True)
        found += file.source.read(lines, file.options)
    return found


def events(*paths: Path) -> list[CanonicalEvent]:
    return [each.event for each in items(*paths) if isinstance(each, Accepted)]


def posted(*paths: Path) -> list[tuple[str, tuple[str, ...]]]:
    return [(each.data.sender, each.data.recipients) for each in events(*paths) if isinstance(each, MessagePosted)]


def test_accounts_are_their_owners_and_bots_are_nobody(export: Path) -> None:
    assert posted(export) == [
        ("mail:ana@x.test", ("mail:bo@x.test",)),  # the direct message; that to the bot is left out
        ("mail:ana@x.test", ("mail:bo@x.test", "chat:U3")),
        ("mail:bo@x.test", ()),
        ("chat:U4", ()),
    ]
    reasons = [each.reason for each in items(export) if isinstance(each, Skipped)]
    assert sorted(reasons) == ["written by a bot", "written by a bot", "written to a bot"]
    reactions = [each.data.sender for each in events(export) if isinstance(each, MessageReacted)]
    assert reactions == ["mail:bo@x.test"]
    assert not any("UBOT" in str(each.data) or "bot@x.test" in str(each.data) for each in events(export))


def test_who_answers_a_bot_answers_nobody(export: Path) -> None:
    answers = [each.data.in_reply_to for each in events(export) if isinstance(each, MessagePosted)]
    assert answers == [None] * 4


def test_bots_are_no_audience(export: Path) -> None:
    audiences = {each.data.sender: each.data.audience for each in events(export) if isinstance(each, MessagePosted)}
    assert audiences["mail:bo@x.test"] == 2


def test_users_that_cannot_be_read_change_nothing(export: Path) -> None:
    (export / "users.json").write_text('{"id": 1}', encoding="utf-8")
    assert ("chat:U1", ("chat:U2",)) in posted(export)


@pytest.mark.parametrize("inner", ["", "Acme export/"])
def test_an_archive_is_read_as_its_folder(export: Path, tmp_path: Path, inner: str) -> None:
    archive = tmp_path / "export.zip"
    with zipfile.ZipFile(archive, "w") as written:
        for file in sorted(export.rglob("*.json")):
            written.write(file, inner + file.relative_to(export).as_posix())
    with unpacked([archive]) as (folder,):
        assert events(folder) == events(export)
    assert not folder.exists()
    result = bellwether("import", "chat", archive, "--data", tmp_path / "data")
    assert result.exit_code == 0, result.exception
    assert "3 files taken for slack" in result.stderr


def test_a_broken_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04 and nothing else")
    result = bellwether("import", "chat", tmp_path / "a.zip", "--data", tmp_path / "data")
    assert "the archive cannot be unpacked" in str(result.exception)


def test_names_in_an_archive_do_not_lead_out_of_it(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("../../outside.json", "[]")
        archive.writestr("/etc/outside.json", "[]")
    with unpacked([tmp_path / "a.zip"]) as (folder,):
        assert not (folder.parent.parent / "outside.json").exists()
        assert all(folder in each.parents for each in folder.rglob("*"))


def test_slack_of_the_cases(data_directory: Path) -> None:
    cases = data_directory.parent / "cases"
    if not (cases / "slack_bot").is_dir():
        pytest.skip("the cases are not here")
    assert not events(cases / "slack_bot")
    assert posted(cases / "exports" / "slack") == [
        ("mail:bob.oneil@acme.example", ("mail:carla.sanchez@acme.example",)),
        ("mail:bob.oneil@acme.example", ("mail:carla.sanchez@acme.example",)),
        ("mail:carla.sanchez@acme.example", ()),
    ]
    with unpacked([cases / "exports" / "slack-export.zip"]) as (folder,):
        assert len(posted(folder)) >= 1
