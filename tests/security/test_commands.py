"""Every command that tells of people, or administers, is run by an operator, whom the audit names with their user."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import typer

from services.cli.app import build
from services.cli.errors import UsageError
from services.cli.operator_account import system_user
from tests.unit.cli.program import bellwether

# They tell of nobody in the store and change nothing about access to it. `import` tells of the file that it is given.
OF_NOBODY: Final = {
    "up", "run", "topics", "import", "simulate", "schema", "signal-page", "privacy", "generate", "db upgrade",
    "db roles", "dashboards build", "dashboards check", "register check-key", "mode show", "audit verify",
    "audit roots",
}  # fmt: skip
PURPOSE: Final = ("--purpose", "evaluation")
ACCOUNT: Final = "mail:a@x.io"
GIVEN: Final[dict[str, tuple[str, ...]]] = {
    "signals": PURPOSE, "access": ("4711",), "erase": ("4711", "--yes"),
    "keys create": ("--role", "auditor", "--name", "a"), "keys revoke": ("local_1",), "model use": ("2",),
    "names confirm": ("--all",), "names withdraw": ("t_1",),
    **{f"identities {act}": (ACCOUNT,) for act in ("accept", "reject", "unlink", "restore")},
    "identities link": (ACCOUNT, "4711"), "identities ignore": (ACCOUNT, "--as", "bot"),
    "exclude add": (ACCOUNT,), "exclude remove": (ACCOUNT,), "mode set": ("aggregate",),
    "cases open": ("--partner", "4711", "--person", "4712", "--purpose", "relationship-support"),
    "cases approve": ("case_1",), "cases close": ("case_1",), "delegates add": ("1", "2"),
    "alerts count": PURPOSE, "alerts verdicts": PURPOSE, "alerts remove-webhook": ("wh_1",),
}  # fmt: skip
EXPORTS: Final = [("export", what, *PURPOSE) for what in ("readings", "facts", "alerts", "aggregates")]
CANARY: Final = "zyxcanary"


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    for name, inner in getattr(command, "commands", {}).items():
        yield from leaves(inner, (*path, name))
    if not hasattr(command, "commands"):
        yield " ".join(path)


def commands() -> list[tuple[str, ...]]:
    named = set(leaves(typer.main.get_command(build())))
    assert named >= OF_NOBODY
    return [(*each.split(), *GIVEN.get(each, ())) for each in sorted(named - OF_NOBODY - {"export"})] + EXPORTS


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A store in case mode in which every list has something to tell of, with a name that must not be told."""
    assert bellwether("db", "upgrade", "--data", tmp_path).exit_code == 0
    references = ("--dpia", "1", "--agreement", "2")
    assert bellwether("mode", "set", "case", *references, "--data", tmp_path).exit_code == 0
    with sqlite3.connect(tmp_path / "bellwether.db") as store:
        store.execute("INSERT INTO person (key, active) VALUES (?, 1)", (CANARY,))
        store.execute("INSERT INTO delegation (principal, delegate, recorded_at) VALUES (?, 'b', 1)", (CANARY,))
        store.execute(
            "INSERT INTO access_case (id, partner, purpose, subject_kind, subject, people, reason, opened_by,"
            " opened_at, expires_at, break_glass)"
            " VALUES ('case_1', ?, 'relationship-support', 'person', 'b', 1, '', 'x', 1, 2, 0)",
            (CANARY,),
        )
        store.execute(
            "INSERT INTO webhook_endpoint (id, person, url, notify, events, generation, told, created_by, created_at,"
            " paused_until) VALUES ('wh_1', ?, 'https://x', '', '', 0, '', 'x', 1, 0)",
            (CANARY,),
        )
        store.execute(
            "INSERT INTO alert (id, fingerprint, signal, first, second, third, first_week, raised_week, raised_at,"
            " value, confidence, threshold, action, model_version, latest_value, latest_week, state, handling, verdict)"
            " VALUES ('a', 'f', 's', ?, 'b', 'c', 1, 1, 1, 0.25, 1, 0.1, '', '', 0.2, 1, 'resolved', 'new', 'helpful')",
            (CANARY,),
        )
    store.close()
    return tmp_path


def written(data: Path) -> list[tuple[str, str, str]]:
    with sqlite3.connect(data / "bellwether.db") as store:
        return store.execute("SELECT key_id, operation, purpose FROM audit_entry ORDER BY sequence").fetchall()


def test_without_an_operator_no_command_tells_or_does_anything(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = data / "nobody.key"
    file.write_text(f"bw_local_{'0' * 12}_{'0' * 64}", encoding="ascii")
    monkeypatch.setenv("BELLWETHER_OPERATOR_KEY_FILE", str(file))
    before, wrong = written(data), []
    for command in commands():
        refused = bellwether(*command, "--data", data)
        of_key = isinstance(refused.exception, UsageError) and "the key of an operator" in str(refused.exception)
        if not of_key or refused.stdout:
            wrong.append((command, refused.exception, refused.output))
    assert wrong == []
    assert written(data) == before


TELLING: Final = (
    "keys list", "cases list", "delegates list", "alerts webhooks", "audit list", "doctor data", "model show",
    "replay", "export aggregates", "alerts count --purpose evaluation", "alerts verdicts --purpose evaluation",
)  # fmt: skip


@pytest.mark.parametrize("line", TELLING)
def test_what_tells_of_people_is_written_down_with_account_and_user(data: Path, line: str) -> None:
    before = written(data)
    told = bellwether(*line.split(), "--data", data)
    assert told.exception is None or line == "replay", told.exception
    ((who, operation, _),) = written(data)[len(before) :]
    assert line.startswith(operation)
    assert who.startswith("local_")
    assert who.endswith(f" ({system_user()})")


@pytest.mark.parametrize("what", ["count", "verdicts"])
def test_of_alerts_nothing_is_told_without_case_mode_and_a_purpose(data: Path, what: str) -> None:
    with sqlite3.connect(data / "bellwether.db") as store:
        assert isinstance(bellwether("alerts", what, "--data", data).exception, UsageError)
        assert bellwether("alerts", what, *PURPOSE, "--data", data).exit_code == 0
        found = store.execute("SELECT operation, purpose FROM audit WHERE subject = ?", (CANARY,)).fetchall()
        assert (f"alerts {what}", "evaluation") in found
        store.execute("UPDATE deployment_mode SET mode = 'aggregate'")
    store.close()
    refused = bellwether("alerts", what, *PURPOSE, "--data", data)
    assert isinstance(refused.exception, UsageError)
    assert refused.stdout == ""
    assert written(data)[-1][1:] == (f"alerts {what} case-mode-off", "refused")
