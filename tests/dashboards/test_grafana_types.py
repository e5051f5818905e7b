"""The generated dashboards against Grafana's own TypeScript types, which come from npm."""

import json
import re
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest

from dashboards.build import GENERATED

HERE = Path(__file__).with_name("grafana")
FILES = ("package.json", "package-lock.json", "tsconfig.json", "plain.ts")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A TypeScript project with the types in it."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    directory = tmp_path_factory.mktemp("grafana")
    for name in FILES:
        shutil.copy(HERE / name, directory)
    command = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    answer = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False, timeout=240)
    if answer.returncode != 0 and re.search(r"ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|E40[134]", answer.stderr):
        pytest.skip("npm's registry does not answer")
    assert answer.returncode == 0, answer.stderr
    return directory


def compiled(project: Path, texts: dict[str, str]) -> str:
    """What the compiler says about dashboards."""
    lines = ['import type { Dashboard } from "./plain";']
    lines += [f"export const {name}: Dashboard = {text.strip()};" for name, text in texts.items()]
    (project / "generated.ts").write_text("\n".join(lines), encoding="utf-8")
    command = [str(project / "node_modules" / ".bin" / "tsc"), "--project", str(project)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=240).stdout


def test_dashboards_are_of_grafanas_types(project: Path) -> None:
    texts = {path.stem: path.read_text(encoding="utf-8") for path in GENERATED.glob("*.json")}
    assert compiled(project, texts) == ""


def test_a_field_that_grafana_does_not_know_is_found(project: Path) -> None:
    text = (GENERATED / "overview.json").read_text(encoding="utf-8")
    dashboard = json.loads(text)
    stat = next(panel for panel in dashboard["panels"] if panel["type"] == "stat")
    stat["options"]["colorMode"] = "rainbow"
    assert "rainbow" in compiled(project, {"overview": json.dumps(dashboard)})
    dashboard = json.loads(text)
    dashboard["panels"][1]["hight"] = 3
    assert "hight" in compiled(project, {"overview": json.dumps(dashboard)})


def test_the_lock_names_no_address() -> None:
    lock = json.loads((HERE / "package-lock.json").read_text(encoding="utf-8"))
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]
    assert all(package.get("integrity") for name, package in lock["packages"].items() if name)


def test_the_types_are_of_the_release_that_the_dashboards_are_written_for() -> None:
    types = json.loads((HERE / "package.json").read_text(encoding="utf-8"))["devDependencies"]["@grafana/schema"]
    written_for = version("grafana-foundation-sdk").split("!")[-1]
    assert types.split(".")[:2] == written_for.split(".")[:2]
