import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from services.cli.up.up import Options
from tests.e2e.forked import run_forked
from tests.unit.cli.program import bellwether

COMMANDS = ("import", "simulate", "schema", "dashboards", "export", "signals", "replay", "keys")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    assert bellwether(command, "--help").exit_code == 0
    assert command in bellwether("--help").stdout


@pytest.mark.parametrize(
    ("arguments", "environment", "code", "words"),
    [
        (["schema", "nonsense"], {}, 2, "no schema 'nonsense'"),
        (["export", "aggregates", "--data", "nowhere"], {}, 2, "there is no store at nowhere/bellwether.db"),
        (["export", "aggregates", "--database", "nonsense"], {}, 2, "the database is not a URL"),
        (["export", "aggregates", "--database", "mysql://x/y"], {}, 2, "unsupported database driver"),
        (["keys", "list"], {"BELLWETHER_PORT": "-1"}, 2, "BELLWETHER_PORT: "),
        (["keys", "list", "--database", "postgresql+asyncpg://127.0.0.1:1/x"], {}, 3, "the store does not answer"),
        (["topics", "--broker", "a:b:c"], {}, 2, "BELLWETHER_BROKER: "),
        (["dashboards", "check", "--api", "bellwether.example.com"], {}, 2, "--api bellwether.example.com"),
        (["simulate", "--people", "3"], {}, 2, "people must be 40 to 400"),
        (["simulate", "--ends-at", "soon"], {}, 2, "--ends-at soon"),
        (["keys", "create", "--role", "leader", "--name", "x", "--person", "nobody"], {}, 2, "the holder"),
    ],
)
def test_errors_are_told_in_one_line(
    arguments: list[str], environment: dict[str, str], code: int, words: str, tmp_path: Path
) -> None:
    answer = run_forked(arguments, env=environment, timeout=60, cwd=tmp_path)
    assert answer.returncode == code, answer.stderr
    (line,) = answer.stderr.splitlines()
    assert line.startswith("bellwether: ")
    assert words in line


def test_a_process_that_scores_imports_no_command_when_it_runs_the_script_again() -> None:
    begun = "import sys, services.cli.entry; print(sorted(sys.modules.keys() & {'typer', 'fastapi', 'sqlalchemy'}))"
    answer = subprocess.run([sys.executable, "-c", begun], capture_output=True, text=True, check=True)
    assert answer.stdout == "[]\n"
    scripts = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "scripts"
    ]
    assert scripts == {"bellwether": "services.cli.entry:main"}


def test_a_service_logs_nothing_of_its_framework_but_errors() -> None:
    late = (
        "from services.cli.logs import set_up_logging; set_up_logging('INFO')\n"
        "from shared.transport.subscription import _framework_log as log\n"
        "log.warning('a rebalance'); log.error('a failure')"
    )
    answer = subprocess.run([sys.executable, "-c", late], capture_output=True, text=True, check=True)
    assert "a failure" in answer.stderr
    assert "a rebalance" not in answer.stderr


def test_dashboards_check_tells_what_is_out_of_date() -> None:
    pytest.importorskip("grafana_foundation_sdk", reason="the extra `dashboards` is not installed")
    from dashboards.build import differences

    expected = differences()
    result = bellwether("dashboards", "check")
    assert result.exit_code == (1 if expected else 0)
    assert all(line in result.stderr for line in expected)


def test_up_listens_where_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    async def noted(options: Options) -> None:
        asked.append(options.port)

    monkeypatch.setattr("services.cli.up.up.run_up", noted)
    monkeypatch.setenv("BELLWETHER_PORT", "8123")
    assert bellwether("up", "--bare").exit_code == 0
    assert bellwether("up", "--bare", "--port", "8124").exit_code == 0
    assert asked == [8123, 8124]
