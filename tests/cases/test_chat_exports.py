"""Chat exports: who is a bot, whose an account is, and exports as archives."""

import json
import zipfile
from pathlib import Path

import pytest

from services.cli.importing.archives import unpacked
from services.cli.importing.plan import plan_import
from shared.domain.privacy.pseudonym import Pseudonyms
from shared.ingest.pseudonymise import pseudonymise
from shared.schemas.calendar import MeetingCreated
from shared.schemas.chat import MessagePosted, MessageReacted
from shared.schemas.directory import ScheduleRecorded
from shared.schemas.registry import CanonicalEvent
from shared.sources.places import place_under, places_of
from shared.sources.reader import Accepted, Item, Options, Rejection, Skipped
from tests.cases.inputs import case
from tests.unit.cli.program import bellwether
from tests.unit.sources.reading import read

USERS = [
    {"id": "U1", "profile": {"email": "Ana@x.test"}, "tz": "America/Los_Angeles", "updated": 1700000000},
    {"id": "U2", "profile": {"email": "bo@x.test"}, "deleted": True},
    {"id": "U3", "is_stranger": True, "profile": {"email": "guest@other.test"}},
    {"id": "U4", "profile": {}, "tz": "Europe/Nowhere"},
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
    about_messages = [each for each in reasons if "an account" not in each]
    assert sorted(about_messages) == ["written by a bot", "written by a bot", "written to a bot"]
    reactions = [each.data.sender for each in events(export) if isinstance(each, MessageReacted)]
    assert reactions == ["mail:bo@x.test"]
    assert not any("UBOT" in str(each.data) or "bot@x.test" in str(each.data) for each in events(export))


def test_profiles_say_in_which_time_zone_somebody_works(export: Path) -> None:
    found = [each for each in events(export) if isinstance(each, ScheduleRecorded)]
    assert [(each.data.identity, each.data.time_zone, each.revision) for each in found] == [
        ("mail:ana@x.test", "America/Los_Angeles", 1_700_000_000)
    ]
    assert [each.reason for each in items(export) if isinstance(each, Rejection)] == ["a time zone that there is not"]


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
    with unpacked([archive]) as found:
        (folder,) = found.paths
        assert events(folder) == events(export)
    assert not folder.exists()
    result = bellwether("import", "chat", archive, "--data", tmp_path / "data")
    assert result.exit_code == 0, result.exception
    assert "4 files taken for slack" in result.stderr


def test_a_broken_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04 and nothing else")
    result = bellwether("import", "chat", tmp_path / "a.zip", "--data", tmp_path / "data")
    assert "the archive cannot be unpacked" in str(result.exception)


def test_names_in_an_archive_do_not_lead_out_of_it(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("../../outside.json", "[]")
        archive.writestr("/etc/outside.json", "[]")
    with unpacked([tmp_path / "a.zip"]) as found:
        (folder,) = found.paths
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
    with unpacked([cases / "exports" / "slack-export.zip"]) as found:
        (folder,) = found.paths
        assert len(posted(folder)) >= 1


def told(text: str | bytes) -> list[tuple[str, tuple[str, ...], str, str | None]]:
    """Sender, recipients, kind of channel and who is answered."""
    posts = [each for each in read("chat-json", text).events if isinstance(each, MessagePosted)]
    return [(each.data.sender, each.data.recipients, each.data.channel_kind, each.data.in_reply_to) for each in posts]


def teams(native: str, user: str | None, **more: object) -> dict[str, object]:
    sender = {"user": {"id": user}} if user else {"application": {"id": "app"}}
    return {"id": native, "createdDateTime": f"2026-03-03T10:0{native}:00Z", "from": sender, "body": {}} | more


def test_teams_tells_chats_from_channels_and_people_from_apps() -> None:
    channel = {"channelIdentity": {"teamId": "t", "channelId": "19:c@thread.tacv2"}}
    direct = {"chatId": "19:a_b@unq.gbl.spaces"}
    found = read("chat-json", json.dumps({"value": [
        teams("1", "a", **direct), teams("2", "b", **direct), teams("3", None, **direct),
        teams("4", "a", messageType="systemEventMessage", **direct),
        teams("5", "a", deletedDateTime="2026-03-04", **direct),
        teams("6", "a", mentions=[{"mentioned": {"user": {"id": "b"}}}], **channel),
        teams("7", "b", replyToId="6", **channel),
    ]}))  # fmt: skip
    posts = [each.data for each in found.events if isinstance(each, MessagePosted)]
    assert [(each.sender, each.recipients, each.channel_kind, each.in_reply_to) for each in posts] == [
        ("chat:a", ("chat:b",), "direct", None),
        ("chat:b", ("chat:a",), "direct", None),
        ("chat:a", ("chat:b",), "public_channel", None),
        ("chat:b", (), "public_channel", "chat:a"),
    ]
    assert posts[2].thread == posts[3].thread
    assert [reason for _, reason in found.skipped] == [
        "written by a bot", "a notice about the chat", "a deleted message",
    ]  # fmt: skip
    assert found.rows == 7


def test_mattermost_with_its_users_replies_and_direct_messages() -> None:
    lines = [
        {"type": "version", "version": 1},
        {"type": "user", "user": {"username": "ana", "email": "ana@x.test"}},
        {"type": "post", "post": {
            "team": "t", "channel": "c", "user": "ana", "message": "@bo.lie look, @here", "create_at": 1772532000000,
            "replies": [{"user": "bo.lie", "message": "yes", "create_at": 1772532060000}],
        }},
        {"type": "post", "post": {
            "team": "t", "channel": "c", "user": "ana", "message": "", "type": "system_join_channel",
            "create_at": 1772532000000,
        }},
        {"type": "direct_post", "direct_post": {
            "channel_members": ["ana", "cy"], "user": "cy", "message": "hi", "create_at": 1772532000000,
        }},
    ]  # fmt: skip
    assert told("\n".join(map(json.dumps, lines))) == [
        ("mail:ana@x.test", ("chat:bo.lie",), "public_channel", None),
        ("chat:bo.lie", (), "public_channel", "mail:ana@x.test"),
        ("chat:cy", ("mail:ana@x.test",), "direct", None),
    ]


def test_google_chat_of_takeout() -> None:
    messages = [
        {"creator": {"name": "Ana", "email": "ana@x.test", "user_type": "Human"}, "message_id": "s/t/1",
         "topic_id": "t", "created_date": "Tuesday, March 3, 2026 at 10:00:00\u202fAM UTC", "text": "hi"},
        {"creator": {"name": "App", "user_type": "Bot"}, "message_id": "s/t/2",
         "created_date": "Tuesday, March 3, 2026 at 10:00:00\u202fAM UTC"},
    ]  # fmt: skip
    found = read("chat-json", json.dumps({"messages": messages}))
    (event,) = found.events
    assert f"{event.time:%Y-%m-%d %H:%M}" == "2026-03-03 10:00"
    assert [reason for _, reason in found.skipped] == ["written by a bot"]


def test_teams_of_the_cases(data_directory: Path) -> None:
    assert told(case(data_directory, "exports/teams.json")) == [("chat:8ea0e38b", (), "direct", None)]


def test_a_type_that_is_no_word_is_refused() -> None:
    found = read("chat-json", '[{"id": "1", "type": ["post"]}]')
    assert [reason for _, reason in found.rejected] == ["a message of no known chat"]


def huddle(*people: str, begins: int = 1_709_542_800, lasts: int = 1_500, by: str = "U1") -> dict[str, object]:
    ends = begins + lasts if lasts else 0
    room = {"id": "R1", "created_by": by, "date_start": begins, "date_end": ends, "participant_history": list(people)}
    return said("USLACKBOT", 7, "A huddle happened", subtype="huddle_thread", room=room)


def test_a_huddle_is_a_meeting_of_those_who_were_in_it(export: Path) -> None:
    messages = [huddle("U2", "U1", "UBOT"), huddle("U1"), huddle("U1", "U2", lasts=0), huddle("U4", "U2", by="UBOT")]
    (export / "D2" / "2024-03-05.json").write_text(json.dumps(messages[:3]), encoding="utf-8")
    (export / "general" / "2024-03-05.json").write_text(json.dumps(messages[3:]), encoding="utf-8")
    found = [each.data for each in events(export) if isinstance(each, MeetingCreated)]
    assert [(each.organiser, [one.identity for one in each.attendees], each.channel) for each in found] == [
        ("mail:ana@x.test", ["mail:bo@x.test"], "D2"),
        ("chat:U4", ["mail:bo@x.test"], "C1"),
    ]
    assert {(each.end - each.start).seconds for each in found} == {1_500}
    reasons = [each.reason for each in items(export) if isinstance(each, Skipped) and "huddle" in each.reason]
    assert reasons == ["a huddle of one person, or one that goes on"] * 2


def test_a_huddle_in_an_excluded_channel_is_left_out(export: Path) -> None:
    (export / "general" / "2024-03-05.json").write_text(json.dumps([huddle("U1", "U2")]), encoding="utf-8")
    (meeting,) = (each for each in events(export) if isinstance(each, MeetingCreated))
    names = Pseudonyms(bytes(32))
    assert "channel:C1" in set(places_of(meeting))
    assert place_under("channel:C1", names) in set(places_of(pseudonymise(meeting, names)[0]))
