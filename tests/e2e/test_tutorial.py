"""What the tutorial does with one's own data, run as it stands: each command works and says what is shown."""

import re
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.e2e.system import COMMAND_LIMIT_SECONDS, PROGRAM, clean_environment, up

pytestmark = [pytest.mark.broker, pytest.mark.slow]

PAGE = Path(__file__).parents[2] / "docs" / "tutorial.md"
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# What differs from run to run: seconds of an import, and the instant of an erasure.
VOLATILE = [(re.compile(r"[\d.]+ │$", re.MULTILINE), "N │"), (re.compile(r'"erased_at": \d+'), '"erased_at": N')]


def plain(output: str) -> str:
    """Output without what differs from run to run and without trailing blanks."""
    output = "\n".join(line.rstrip() for line in output.strip().splitlines())
    for pattern, instead in VOLATILE:
        output = pattern.sub(instead, output)
    return re.sub(r" +N │", " N │", output)


def test_own_data_comes_in_is_scored_replayed_and_erased_as_the_tutorial_says(tmp_path: Path) -> None:
    page = PAGE.read_text(encoding="utf-8")
    blocks: list[tuple[str, str]] = BLOCK.findall(page[page.index("## Your own data") :])
    environment = clean_environment({"COLUMNS": "100", "PATH": f"{Path(PROGRAM).parent}:/usr/bin:/bin"})
    answer, compared = "", 0
    with ExitStack() as running:
        for language, content in blocks:
            if language == "console" and "bellwether up" in content:
                assert content == "bellwether up --bare --data own/store\n"
                system = running.enter_context(up(tmp_path / "own" / "store", new=True))
                environment |= system.environment  # it was started under keys of the tests
            elif language == "console":
                done = subprocess.run(
                    ["bash", "-euc", content], cwd=tmp_path, env=environment, stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT, text=True, check=False, timeout=COMMAND_LIMIT_SECONDS,
                )  # fmt: skip
                answer = done.stdout
                assert done.returncode == 0, answer
            else:
                assert plain(content) in plain(answer)
                compared += 1
    assert compared >= 5
    assert b"ada@example.com" not in (tmp_path / "own" / "store" / "bellwether.db").read_bytes()
