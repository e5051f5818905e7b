"""What stands around a package for whoever uses it: version, licence, type markers, changelog, commit hooks."""

import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PROGRAMS = Path(sys.executable).parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PACKAGES = ("services", "shared", "dashboards")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_version_is_the_same_everywhere() -> None:
    newest = re.search(r"^## (\S+) \(", read("CHANGELOG.md"), re.MULTILINE)
    assert newest is not None
    assert newest[1] == PROJECT["version"] == version("bellwether")
    images = re.findall(r"^\s*image: bellwether:(\S+)$", read("docker-compose.yml"), re.MULTILINE)
    assert set(images) == {PROJECT["version"]}


def test_changelog_goes_back_from_version_to_version() -> None:
    versions = re.findall(
        r"^## (\d+)\.(\d+)\.(\d+) \((?:\d{4}-\d\d-\d\d|not released yet)\)$", read("CHANGELOG.md"), re.MULTILINE
    )
    numbers = [tuple(map(int, found)) for found in versions]
    assert len(numbers) == read("CHANGELOG.md").count("\n## ")
    assert numbers == sorted(numbers, reverse=True)
    assert "not released yet" not in read("CHANGELOG.md").split("\n## ", 2)[2], "only the newest may be open"


def test_licence_is_declared_and_its_text_is_there() -> None:
    assert PROJECT["license"] == "Apache-2.0"
    text = read("LICENSE")
    assert text.lstrip().startswith("Apache License")
    assert "END OF TERMS AND CONDITIONS" in text


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Names of the files in the wheel that the image is built from."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [str(PROGRAMS / "uv"), "build", "--offline", "--wheel", "--quiet", "--out-dir", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=120)
    (built,) = folder.glob("*.whl")
    return set(zipfile.ZipFile(built).namelist())


def test_wheel_says_that_it_is_typed_and_carries_the_licence(wheel: set[str]) -> None:
    assert {f"{package}/py.typed" for package in PACKAGES} <= wheel
    assert f"bellwether-{PROJECT['version']}.dist-info/licenses/LICENSE" in wheel


def test_wheel_holds_every_module_and_no_tests(wheel: set[str]) -> None:
    modules = {str(path.relative_to(ROOT)) for package in PACKAGES for path in (ROOT / package).rglob("*.py")}
    assert {name for name in wheel if name.endswith(".py")} == modules


def test_commit_hooks_are_the_project_s_own_and_run_what_make_check_runs() -> None:
    subprocess.run([PROGRAMS / "pre-commit", "validate-config"], cwd=ROOT, check=True, timeout=60)
    config = yaml.safe_load(read(".pre-commit-config.yaml"))
    assert {source["repo"] for source in config["repos"]} == {"local"}, "nothing is fetched from another repository"
    hooks = [hook for source in config["repos"] for hook in source["hooks"]]
    before_push = [hook["entry"] for hook in hooks if "pre-push" in hook["stages"]]
    assert before_push == ["make check"]
    (checked,) = re.findall(r"^check:.*\n((?:\t.*\n)+)", read("Makefile"), re.MULTILINE)
    with_commits = [hook["entry"].removesuffix(" --force-exclude") for hook in hooks if "pre-commit" in hook["stages"]]
    assert with_commits
    for command in with_commits:
        assert command.replace(".venv/bin", "$(BIN)") in checked
