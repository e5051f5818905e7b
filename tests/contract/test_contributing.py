"""The worked examples of CONTRIBUTING.md, followed in a copy of the tree as a newcomer would."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.tree_copy import ROOT, TreeCopy, copy_tree

GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
FILES = re.findall(r"\*\*1\. Write the file\*\* `([^`]+)`:\n\n```python\n(.*?)```", GUIDE, re.DOTALL)
GENERATE = """
from pathlib import Path
from services.cli.reports.generated_files import write
print("\\n".join(write(Path())))
"""


def section(title: str) -> str:
    """The text under a heading."""
    return GUIDE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def insert(tree: TreeCopy, name: str, anchor: str, line: str, *, after: bool = False) -> None:
    """A line before or after the only line of a file that holds an anchor."""
    (found,) = [each for each in tree.read(name).splitlines() if anchor in each]
    tree.edit(name, f"{found}\n", f"{found}\n{line}\n" if after else f"{line}\n{found}\n")


def follow(tree: TreeCopy) -> None:
    """Write the files, and name each where its section says."""
    for path, content in FILES:
        tree.add(path, content)
    signals, sources, endpoints = (
        "shared/domain/signals/__init__.py", "shared/sources/registry.py", "services/api/endpoints.py",
    )  # fmt: skip
    assert f"`{signals}`" in section("Add a signal")
    quiet_weeks = "from shared.domain.signals.quiet_weeks import QUIET_WEEKS"
    insert(tree, signals, "from shared.domain.signals.signal import", quiet_weeks)
    insert(tree, signals, "SIGNALS: Final[tuple[Signal, ...]] = (", "    QUIET_WEEKS,", after=True)
    assert f"`{sources}`" in section("Add a source")
    insert(tree, sources, "from shared.sources.chat import", "from shared.sources.chat import chat_csv")
    insert(tree, sources, "= with_unique_formats(", "    chat_csv.SOURCE,", after=True)
    assert f"`{endpoints}`" in section("Add an endpoint")
    insert(tree, endpoints, "from services.api.routes import (", "    markers,", after=True)
    insert(tree, endpoints, "ROUTERS: Final = (", "    markers,", after=True)
    allowed = tree.root / "tests" / "api" / "test_access.py"
    before = allowed.read_text(encoding="utf-8")
    allowed.write_text(before.replace('"listSignals"', '"listMarkers", "listSignals"'), encoding="utf-8")
    (migration,) = re.findall(
        r"\*\*2\. Write the migration\*\* `[^`]+`[^:]*:\n\n```python\n(.*?)```", section("Add a table"), re.DOTALL
    )
    versions = "shared/storage/migrations/versions"
    newest = max(path.name[:4] for path in (ROOT / versions).glob("[0-9]*.py"))
    number = f"{int(newest) + 1:04}"
    numbered = re.sub(r'(?m)^revision = ".*"$', f'revision = "{number}"', migration)
    numbered = re.sub(r'(?m)^down_revision = ".*"$', f'down_revision = "{newest}"', numbered)
    tree.add(f"{versions}/{number}_mentoring.py", numbered)
    named = '"confirmed_name", "delegation",'
    tree.edit("tests/contract/test_grants.py", named, f'"mentoring", {named}')
    (declared,) = re.findall(r"```python\n(.*?)```", section("Add a metric"), re.DOTALL)
    tree.edit("shared/telemetry/names.py", "API_REQUESTS: Final", f"{declared}API_REQUESTS: Final")


@pytest.mark.slow
def test_the_examples_can_be_followed_as_they_stand(tmp_path: Path) -> None:
    assert len(FILES) == 4
    tree = copy_tree(tmp_path)
    follow(tree)
    ruff = Path(sys.executable).with_name("ruff")
    for command in ("check", "format --check"):
        files = [path for path, _ in FILES]
        done = subprocess.run(
            [str(ruff), *command.split(), "--no-cache", *files], cwd=tree.root, check=False, capture_output=True
        )
        assert done.returncode == 0, done.stdout
    written = tree.python(GENERATE).splitlines()
    for page, expected in (
        ("docs/signals.md", "\n## Quiet weeks\n"),
        ("docs/formats.md", "\n## chat-csv\n"),
        (
            "docs/privacy.md",
            "| `mentoring` | Somebody was offered mentoring. | `person` | as `cases` | as `mentorings` |",
        ),
        ("docs/metrics.md", "| `bellwether_kettles` |"),
        ("dashboards/generated/relationships.json", 'signal=\\"quiet_weeks\\"'),
        ("docs/privacy.md", "| `listMarkers` |"),
    ):
        assert f"wrote {page}" in written
        assert expected in (tree.root / page).read_text(encoding="utf-8")
    tree.pytest(
        "tests/contract/test_signals.py", "tests/contract/test_sources.py", "tests/api/test_access.py",
        "tests/contract/test_data_inventory.py", "tests/contract/test_grants.py", "tests/storage/test_schema.py", "-k",
        "quiet_weeks or chat-csv or registry or every_signal or sum_to_the_score or every_role_may_do or shown_to_them"
        " or migrations_make or the_api_reads",
    )  # fmt: skip
