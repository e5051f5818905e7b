import sqlite3
from pathlib import Path

import pytest

from services.cli.errors import UsageError
from tests.unit.cli.program import bellwether


def judge(data: Path, verdicts: list[str], *, value: float, model: str = "3") -> None:
    """Alerts as the rule of a model raised them, and what people said of them."""
    with sqlite3.connect(data / "bellwether.db") as connection:
        (before,) = connection.execute("SELECT count(*) FROM alert").fetchone()
        for number, verdict in enumerate(verdicts, before):
            connection.execute(
                "INSERT INTO alert (id, fingerprint, signal, first, second, third, first_week, raised_week, raised_at,"
                " value, confidence, threshold, action, model_version, latest_value, latest_week, state, handling,"
                " verdict) VALUES (?, 'f', 'escalation_risk_14d', 'zyxcanary', 'b', 'c', 1, 1, 1, ?, 1, 0.1, '', ?,"
                " 0.2, 1, 'resolved', 'resolved', ?)",
                (f"alert_{number}", value + number / 1_000, model, verdict),
            )
    connection.close()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    assert bellwether("db", "upgrade", "--data", tmp_path).exit_code == 0
    return tmp_path


def test_verdicts_make_a_model_that_is_used_only_when_somebody_says_so(data: Path) -> None:
    judge(data, ["helpful"] * 8 + ["already-handled"] * 4, value=0.2)
    judge(data, ["not-a-concern"] * 2 + ["planned-skip-level"], value=0.2)
    made = bellwether("model", "recalibrate", "--version", "judged", "--data", data)
    assert made.exit_code == 0, made.exception
    assert "zyxcanary" not in made.stdout + made.stderr
    assert "model use judged" in made.stderr
    listed = [line.split() for line in bellwether("model", "show", "--data", data).stdout.splitlines()]
    used = {line[1] for line in listed if "yes" in line}
    assert {line[1] for line in listed if len(line) > 1} >= {"3", "judged"}
    assert used == {"3"}
    # Four in five were at risk where one in five was promised.
    assert "recalibration" in bellwether("model", "show", "judged", "--data", data).stdout
    assert bellwether("model", "use", "judged", "--data", data).exit_code == 0
    again = bellwether("model", "recalibrate", "--version", "judged-again", "--data", data)
    assert isinstance(again.exception, UsageError), "the verdicts were on alerts of another model"


def test_too_few_verdicts_and_a_version_that_exists_are_told(data: Path) -> None:
    judge(data, ["helpful"] * 9 + ["not-a-concern"] * 9, value=0.2)
    judge(data, ["helpful"] * 9, value=0.2, model="other")
    judge(data, ["planned-skip-level"] * 9, value=0.2)  # arranged: no label, neither way
    few = bellwether("model", "recalibrate", "--data", data)
    assert isinstance(few.exception, UsageError)
    assert "of 18 verdicts" in str(few.exception)
    judge(data, ["helpful"], value=0.2)
    assert bellwether("model", "recalibrate", "--version", "judged", "--data", data).exit_code == 0
    twice = bellwether("model", "recalibrate", "--version", "judged", "--data", data)
    assert isinstance(twice.exception, UsageError)
