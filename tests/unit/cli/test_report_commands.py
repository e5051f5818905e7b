import json
import random
import sqlite3
from pathlib import Path

import pytest

from services.cli.errors import DifferentError, NotSettledError, UsageError
from services.cli.reports.top_table import reasons, top_table
from shared.domain.evidence.reading import SHAPES, Factor, SubjectKind
from shared.domain.signals import signal_names
from shared.storage.readings.top_risks import TopRisk
from tests.unit.cli.program import bellwether, chat_and_directory, fill


@pytest.fixture(scope="module")
def settled_store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A scored store that the tests of this module only read."""
    url = f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('settled') / 'bellwether.db'}"
    fill(url, chat_and_directory(), scored=True)
    return url


def export(what: str, url: str) -> bytes:
    result = bellwether("export", what, "--purpose", "evaluation", "--database", url)
    assert result.exit_code == 0, result.exception
    return result.stdout_bytes


def test_facts_are_equal_for_equal_content(
    database_url: str, settled_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shuffled = chat_and_directory()
    random.Random(1).shuffle(shuffled)
    fill(database_url, [*shuffled, *shuffled[:500]], scored=False)
    expected = export("facts", settled_store)
    made = bellwether("keys", "create", "--role", "operator", "--name", "tests", "--database", database_url)
    key = tmp_path / "tests.key"
    key.write_text(made.stdout.split()[0])
    monkeypatch.setenv("BELLWETHER_OPERATOR_KEY_FILE", str(key))
    assert export("facts", database_url) == expected


def test_facts_are_sorted_and_name_people_by_identity(settled_store: str) -> None:
    rows = [json.loads(line) for line in export("facts", settled_store).splitlines()]
    keys = [(row["sender"].encode(), row["recipient"].encode(), row["day"], row["channel"]) for row in rows]
    by_day = [key[:3] for key in keys]
    assert by_day == sorted(by_day)
    assert len(set(keys)) == len(keys) > 100
    assert all(row["sender"].startswith(("mail:", "chat:")) for row in rows)
    assert all(value for row in rows for value in row.values())
    assert all(len(row) > 4 for row in rows)


def test_readings_are_sorted_and_complete(settled_store: str) -> None:
    rows = [json.loads(line) for line in export("readings", settled_store).splitlines()]
    keys = [(row["signal"].encode(), row["subject"].encode(), row["as_of"]) for row in rows]
    assert keys == sorted(keys)
    # Mail and chat alone: nothing is known of tickets or recurring meetings.
    assert {row["subject"].split(":")[0] for row in rows} == {"pair", "chain", "leader", "team", "organisation"}
    assert {row["subject"].count("|") for row in rows if row["subject"].startswith("chain:")} == {2}
    assert all(row["as_of"].endswith("Z") and row["factors"] and row["action"] for row in rows)


def test_an_export_goes_to_a_file(settled_store: str, tmp_path: Path) -> None:
    out = tmp_path / "facts.ndjson"
    told = bellwether("export", "facts", "--out", out, "--purpose", "evaluation", "--database", settled_store)
    assert told.exit_code == 0
    assert out.read_bytes() == export("facts", settled_store)
    assert out.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("signal", ["escalation_risk_14d", "relationship_health"])
def test_signals_shows_the_worst_first(settled_store: str, signal: str) -> None:
    asked = ("signals", "--signal", signal, "--top", "3", "--database", settled_store)
    result = bellwether(*asked, "--purpose", "relationship-support")
    assert result.exit_code == 0, result.exception
    assert "because" in result.stdout


SHOWN: dict[SubjectKind, tuple[tuple[str, ...], str, str]] = {
    "pair": (("Ann", "Bob"), "who", "Ann and Bob"),
    "chain": (("Ann", "Bob", "Cyd"), "person > leader > above", "Ann > Bob > Cyd"),
    "ticket": (("NET-7",), "ticket", "NET-7"),
    "leader": (("Ann",), "leader", "Ann"),
    "series": (("Ann", "4711"), "host: meeting series", "Ann: series 4711"),
    "team": (("North",), "team", "North"),
    "organisation": (("organisation",), "organisation", "the whole organisation"),
}


@pytest.mark.parametrize("kind", SHAPES)
def test_every_kind_of_subject_is_called_what_it_is_and_has_its_reasons(kind: SubjectKind) -> None:
    parts, head, title = SHOWN[kind]
    signals = signal_names(kind)
    assert signals
    for signal in signals:
        told = TopRisk(parts, (), 12.0, 0.5, "high", (Factor("contact_days", 3.0),), "keep_going")
        table = top_table(signal, [told])
        shown = [[str(cell) for cell in column.cells] for column in table.columns]
        assert table.columns[0].header == head
        assert [shown[0], shown[1], shown[3]] == [[title], ["12"], ["contact days 3"]]


def test_a_name_moves_no_cursor_of_a_terminal() -> None:
    called = ("Ann\x1b[2J\x1b]0;root\x07", "Bob\r\u202e", "Cyd\n")
    told = TopRisk(called, (), 0.2, 0.5, "high", (), "keep_going")
    (shown, *_) = top_table("escalation_risk_14d", [told]).columns[0].cells
    assert str(shown).isprintable()


def test_reasons_are_what_made_it_worse() -> None:
    base, good, bad, worst = (
        Factor(name, 1.0, 0, added) for name, added in (("base", -4.0), ("good", -0.5), ("bad", 0.2), ("worst", 1.5))
    )
    assert reasons("escalation_risk_14d", [base, good, bad, worst]) == ["worst 1 (+1.5)", "bad 1 (+0.2)"]
    assert reasons("relationship_health", [good, bad]) == ["good 1 (-0.5)"]
    assert reasons("cadence", [Factor("contact_days", 3.0)]) == ["contact days 3"]


def test_signals_names_what_there_is(settled_store: str) -> None:
    result = bellwether("signals", "--signal", "mood", "--database", settled_store)
    assert isinstance(result.exception, UsageError)
    assert "escalation_risk_14d" in str(result.exception)


def test_replay_gives_the_same_store(settled_store: str) -> None:
    result = bellwether("replay", "--database", settled_store)
    assert result.exit_code == 0, result.exception
    assert result.stdout.startswith("equal: ")


def test_replay_waits_for_nobody(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(database_url, chat_and_directory()[-200:], scored=False)
    key = tmp_path / "operator.key"
    made = bellwether("keys", "create", "--role", "operator", "--name", "a", "--database", database_url)
    key.write_text(made.stdout.split()[0], encoding="ascii")
    monkeypatch.setenv("BELLWETHER_OPERATOR_KEY_FILE", str(key))
    assert isinstance(bellwether("replay", "--database", database_url).exception, NotSettledError)


def test_replay_finds_a_reading_that_was_tampered_with(sqlite_url: str, tmp_path: Path) -> None:
    fill(sqlite_url, chat_and_directory(), scored=True)
    with sqlite3.connect(tmp_path / "bellwether.db") as connection:
        connection.execute("UPDATE reading SET value = value + 1 WHERE signal = 'cadence'")
    connection.close()
    where = ("--database", sqlite_url, "--data", tmp_path)
    quiet = bellwether("replay", *where)
    assert quiet.stdout == "readings differ\n", "nobody said what they look at named people for"
    result = bellwether("replay", "--purpose", "evaluation", *where)
    assert isinstance(result.exception, DifferentError)
    assert result.exception.exit_code == 9
    assert result.stdout.splitlines()[0].startswith('- {"signal":"cadence"')
    with sqlite3.connect(tmp_path / "bellwether.db") as connection:
        told = connection.execute("SELECT operation, purpose, count(*) FROM audit").fetchall()
        people = connection.execute("SELECT count(*) FROM person").fetchone()
    connection.close()
    assert told == [("replay", "evaluation", *people)]


def test_replay_compares_alerts_while_no_week_has_been_swept(sqlite_url: str, tmp_path: Path) -> None:
    fill(sqlite_url, chat_and_directory(), scored=True)
    made_up = (
        "INSERT INTO alert (id, fingerprint, signal, first, second, third, first_week, raised_week, raised_at, value,"
        " confidence, threshold, action, model_version, latest_value, latest_week, state, handling)"
        " VALUES ('a', 'f', 's', 'a', 'b', 'c', 1, 1, 1, 0.5, 1, 0.1, '', '', 0.5, 1, 'open', 'new')"
    )
    old = "UPDATE reading SET as_of = 1, week = 0 WHERE rowid = (SELECT min(rowid) FROM reading WHERE week < 9999)"
    with sqlite3.connect(tmp_path / "bellwether.db") as connection:
        connection.execute(made_up)
    shown = ("replay", "--purpose", "evaluation", "--database", sqlite_url, "--data", tmp_path)
    result = bellwether(*shown)
    assert isinstance(result.exception, DifferentError)
    assert result.stdout.startswith(
        '- {"signal":"s","subject":"chain:a|b|c","first_week":"1970-W02","raised_week":"1970-W02"'
    )
    with sqlite3.connect(tmp_path / "bellwether.db") as connection:
        connection.execute(old)
    connection.close()
    told = bellwether(*shown).stdout
    assert '"signal":"s"' not in told
