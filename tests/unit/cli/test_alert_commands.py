import json
import sqlite3
from pathlib import Path

import pytest

from services.cli.errors import UsageError
from shared.keyring import KeySettings, read_keyring
from tests.unit.cli.program import bellwether

PARTNER = "4711"
URL = "https://hr.example/bellwether"
PURPOSE = ("--purpose", "evaluation")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A store with a partner and two alerts, one of them judged."""
    assert bellwether("db", "upgrade", "--data", tmp_path).exit_code == 0
    references = ("--dpia", "1", "--agreement", "2")
    assert bellwether("mode", "set", "case", *references, "--data", tmp_path).exit_code == 0
    pseudonyms = read_keyring(KeySettings().below(tmp_path)).pseudonyms
    assert pseudonyms is not None
    with sqlite3.connect(tmp_path / "bellwether.db") as connection:
        partner = pseudonyms.person(PARTNER)
        connection.execute("INSERT INTO person (key, team, active) VALUES (?, 'hr', 1)", (partner,))
        for number, (state, verdict) in enumerate([("open", None), ("resolved", "helpful")]):
            connection.execute(
                "INSERT INTO alert (id, fingerprint, signal, first, second, third, first_week, raised_week, raised_at,"
                " value, confidence, threshold, action, model_version, latest_value, latest_week, state, handling,"
                " verdict) VALUES (?, 'f', 's', 'zyxcanary', 'b', 'c', 1, 1, 1, 0.25, 1, 0.1, '', '', 0.2, 1, ?,"
                " 'new', ?)",
                (f"alert_{number}", state, verdict),
            )
    connection.close()
    return tmp_path


def test_alerts_are_counted_and_verdicts_given_out_without_a_name(data: Path) -> None:
    counted = bellwether("alerts", "count", *PURPOSE, "--data", data).stdout
    assert "open" in counted
    assert "helpful" in counted
    verdicts = bellwether("alerts", "verdicts", *PURPOSE, "--data", data).stdout
    assert [json.loads(line) for line in verdicts.splitlines()] == [
        {"probability": 0.25, "verdict": "helpful", "was_at_risk": True}
    ]
    assert "zyxcanary" not in counted + verdicts


def test_webhooks_are_listed_and_removed_and_made_by_nobody_else(data: Path) -> None:
    """An operator sets up none for others, and sees of nobody's whether anything was sent."""
    for word in ("add-webhook", "rotate-webhook", "enable-webhook", "disable-webhook"):
        assert bellwether("alerts", word, PARTNER, URL, "--data", data).exit_code == 2
    partner = "p_of_somebody"
    with sqlite3.connect(data / "bellwether.db") as connection:
        for endpoint, person, events in (("wh_1", partner, ""), ("wh_2", "", "release.published")):
            connection.execute(
                "INSERT INTO webhook_endpoint (id, person, url, notify, events, generation, told, created_by,"
                " created_at, paused_until, delivered_at, failed_at, disabled_because) VALUES"
                " (?, ?, ?, '', ?, 0, 'zyxtold', 'local_tool', 1, 0, 86400, 172800, 'gone')",
                (endpoint, person, URL, events),
            )
    connection.close()
    shown = bellwether("alerts", "webhooks", "--data", data).stdout
    assert "wh_1" in shown
    assert "wh_2" in shown
    assert not [word for word in ("zyxtold", "1970", "gone", "86400") if word in shown]
    assert bellwether("alerts", "remove-webhook", "wh_1", "--data", data).exit_code == 0
    assert "wh_1" not in bellwether("alerts", "webhooks", "--data", data).stdout
    assert isinstance(bellwether("alerts", "remove-webhook", "wh_1", "--data", data).exception, UsageError)
