import contextlib
import json
import sqlite3
from io import StringIO
from pathlib import Path

import pytest

from services.cli.errors import NotOverwrittenError, UsageError
from services.cli.operator_account import system_user
from services.cli.purposes import purpose_of
from shared.ingest.pseudonymise import pseudonymise
from shared.keyring import KEYS_DIRECTORY, KeySettings, read_keyring
from shared.schemas.directory import PersonRecorded
from tests.unit.cli.program import bellwether, chat_and_directory, fill


@pytest.fixture
def filled(sqlite_url: str, tmp_path: Path) -> tuple[str, Path, str]:
    """A scored store under the keys of a data directory, and the HR system's id of somebody in it."""
    pseudonyms = read_keyring(KeySettings().below(tmp_path)).pseudonyms
    assert pseudonyms is not None
    events = chat_and_directory()
    person = next(event.data.person for event in events if isinstance(event, PersonRecorded))
    fill(sqlite_url, [pseudonymise(event, pseudonyms)[0] for event in events], scored=True)
    return sqlite_url, tmp_path, person


def test_access_shows_everything_with_its_explanation_and_erase_leaves_nothing(filled: tuple[str, Path, str]) -> None:
    url, data, person = filled
    out = data / "report.json"
    where = ("--database", url, "--data", data)
    assert bellwether("access", person, "--out", out, *where).exit_code == 0
    assert out.stat().st_mode & 0o077 == 0
    report = json.loads(out.read_text())
    pseudonym = report["person"]["pseudonym"]
    assert len(report["accounts"]) == 3
    exported = bellwether("export", "readings", "--purpose", "evaluation", *where).stdout.splitlines()
    about = [json.loads(line)["subject"] for line in exported if pseudonym in line]
    assert 0 < len(report["readings"]) <= len(about)
    # Somebody may go over their head: that is about somebody else.
    above = [each for each in about if each.startswith("chain:") and not each.startswith(f"chain:{pseudonym}|")]
    assert above
    for each in report["readings"]:
        assert len(each["about"]) < 3 or each["about"][0] == pseudonym
        assert each["because"]
        assert each["means"]
        assert each["does_not_mean"]
        assert pseudonym in each["about"]
    assert report["messages"]
    assert report["counters"]
    assert report["text_counters"]
    verified = bellwether("audit", "verify", *where).stdout
    assert verified.startswith("sound: 2 entries"), verified  # the report, and the export
    assert looks(url, pseudonym) == [
        (operator(url), "access", "data-subject-request"),
        (operator(url), "export readings", "evaluation"),
    ]

    assert bellwether("erase", person, *where).exit_code == 1  # nobody said yes
    erased = bellwether("erase", person, "--yes", *where)
    assert erased.exit_code == 0, erased.exception
    proof = json.loads(erased.stdout)
    assert proof["remaining"] == {}
    assert proof["removed"]["reading"] == len(about)
    assert proof["overwritten"] is True
    assert isinstance(bellwether("access", person, *where).exception, UsageError)


def test_files_that_still_hold_an_erased_person_are_told_of(
    filled: tuple[str, Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.storage.privacy.erasure_check._BUSY_SECONDS", 0.1)
    url, data, person = filled
    with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite+aiosqlite:///"))) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM person").fetchone()
        told = bellwether("erase", person, "--yes", "--database", url, "--data", data)
    assert isinstance(told.exception, NotOverwrittenError)
    assert json.loads(told.stdout)["remaining"] == {}


def operator(url: str) -> str:
    """How the audit calls whoever ran the commands: the account that was made for the store, and this user."""
    with sqlite3.connect(url.removeprefix("sqlite+aiosqlite:///")) as store:
        ((account,),) = store.execute("select id from api_key where role = 'operator'").fetchall()
    return f"{account} ({system_user()})"


def looks(url: str, person: str) -> list[tuple[str, str, str]]:
    """What a person finds of who looked at them, in order."""
    with sqlite3.connect(url.removeprefix("sqlite+aiosqlite:///")) as store:
        asked = "select key_id, operation, purpose from audit where subject = ? order by id"
        return store.execute(asked, (person,)).fetchall()


def test_without_the_keys_of_the_audit_nothing_is_told(filled: tuple[str, Path, str]) -> None:
    url, data, person = filled
    assert bellwether("access", person, "--database", url, "--data", data).exit_code == 0
    (data / KEYS_DIRECTORY / "audit.key").write_text("ab" * 32)
    why = ("--purpose", "evaluation")
    exports = [("export", what, *why) for what in ("readings", "facts", "alerts", "aggregates")]
    people = [*exports, ("signals", *why), ("cases", "list"), ("alerts", "count", *why)]
    for command in (("access", person), *people):
        refused = bellwether(*command, "--database", url, "--data", data)
        assert isinstance(refused.exception, UsageError)
        assert refused.stdout == ""


def test_named_people_are_shown_to_a_stated_purpose_and_everybody_shown_finds_it(
    filled: tuple[str, Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    url, data, _ = filled
    where = ("--database", url, "--data", data)
    for command in (("signals",), *(("export", what) for what in ("readings", "facts", "alerts"))):
        refused = bellwether(*command, *where)
        assert isinstance(refused.exception, UsageError)
        assert "--purpose" in str(refused.exception)
        assert refused.stdout == ""
        assert bellwether(*command, "--purpose", "curiosity", *where).exit_code == 2
    assert entries(url) == []
    asked = ("signals", "--signal", "relationship_health", "--top", "2")
    shown = bellwether(*asked, "--purpose", "relationship-support", *where)
    assert "because" in shown.stdout
    new = entries(url)
    assert {each[1:] for each in new} == {(operator(url), "signals", "relationship-support")}
    assert len({each[0] for each in new}) in {3, 4}, "those of two pairs and nobody else"
    # The register of this store is empty, so people are shown by pseudonym.
    assert all(person in shown.stdout for person, *_ in new)
    assert bellwether("audit", "verify", *where).stdout.startswith("sound: 1 entries")
    # A group has no one to find it, and is named itself.
    assert isinstance(bellwether("signals", "--signal", "factions", *where).exception, UsageError)
    shown = bellwether("signals", "--signal", "factions", "--purpose", "evaluation", *where)
    assert "whole organisation" in shown.stdout
    assert entries(url)[len(new) :] == [("organisation:organisation", operator(url), "signals", "evaluation")]


@pytest.mark.parametrize(("answer", "purpose"), [("evaluation\n", "evaluation"), ("curiosity\n", None)])
def test_on_a_terminal_the_purpose_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, answer: str, purpose: str | None
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    if purpose is None:
        with pytest.raises(UsageError, match="no purpose"):
            purpose_of(None)
    else:
        assert purpose_of(None) == purpose


class Terminal(StringIO):
    """Somebody at a terminal."""

    def isatty(self) -> bool:
        return True


def entries(url: str) -> list[tuple[str, str, str, str]]:
    with sqlite3.connect(url.removeprefix("sqlite+aiosqlite:///")) as store:
        return store.execute("select subject, key_id, operation, purpose from audit order by id").fetchall()


def test_nobody_is_nobody(filled: tuple[str, Path, str]) -> None:
    url, data, _ = filled
    for command in (("access", "4711"), ("erase", "4711", "--yes")):
        assert isinstance(bellwether(*command, "--database", url, "--data", data).exception, UsageError)
