import json
import sqlite3
from pathlib import Path

import pytest

from services.cli.errors import UsageError
from shared.keyring import KeySettings, read_keyring
from tests.unit.cli.program import bellwether

PARTNER = "4711"
URL = "https://hr.example/bellwether"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A store with a partner and two alerts, one of them judged."""
    assert bellwether("db", "upgrade", "--data", tmp_path).exit_code == 0
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
    counted = bellwether("alerts", "count", "--data", data).stdout
    assert "open" in counted
    assert "helpful" in counted
    verdicts = bellwether("alerts", "verdicts", "--data", data).stdout
    assert [json.loads(line) for line in verdicts.splitlines()] == [
        {"probability": 0.25, "verdict": "helpful", "was_at_risk": True}
    ]
    assert "zyxcanary" not in counted + verdicts


def test_a_webhook_is_made_rotated_switched_and_removed_and_its_secret_never_shown(data: Path) -> None:
    secrets = data / "webhooks"
    unknown = bellwether("alerts", "add-webhook", "nobody", URL, "--data", data)
    assert isinstance(unknown.exception, UsageError)
    for url in ("http://hr.example/", "https://10.0.0.1/", "https://localhost/"):
        assert isinstance(bellwether("alerts", "add-webhook", PARTNER, url, "--data", data).exception, UsageError)
    assert not secrets.exists()
    made = bellwether("alerts", "add-webhook", PARTNER, URL, "--data", data)
    assert made.exit_code == 0, made.exception
    endpoint = made.stdout.strip()
    (first,) = (secrets / endpoint).read_text().split()
    shown = [made.stdout, made.stderr, bellwether("alerts", "webhooks", "--data", data).stdout]
    shown.append(bellwether("alerts", "rotate-webhook", endpoint, "--data", data).stdout)
    assert (secrets / endpoint).read_text().split()[1:] == [first]
    for word in ("disable", "disable", "enable", "enable"):
        assert bellwether("alerts", f"{word}-webhook", endpoint, "--data", data).exit_code == 0
        shown.append(bellwether("alerts", "webhooks", "--data", data).stdout)
    assert "disabled" in shown[-3]
    assert "enabled" in shown[-1]
    assert bellwether("alerts", "remove-webhook", endpoint, "--data", data).exit_code == 0
    assert not (secrets / endpoint).exists()
    for word in ("rotate", "disable", "enable", "remove"):
        again = bellwether("alerts", f"{word}-webhook", endpoint, "--data", data)
        assert isinstance(again.exception, UsageError)
    assert "whsec_" not in "".join(shown)
