"""Rules of the code base that neither the linter nor the type checker knows."""

import ast
import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("services", "shared", "dashboards")
LONGEST_FILE_LINES = 400
# Alembic runs these by path, each inside a migration.
RUN_BY_ALEMBIC = ROOT / "shared" / "storage" / "migrations"

SOURCES = sorted(
    path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if not path.is_relative_to(RUN_BY_ALEMBIC)
)
TESTS = sorted((ROOT / "tests").rglob("*.py"))
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in SOURCES
    if path.name != "__main__.py"
)

# Run in a process of its own: imports every module, records what that did to the world, and which of the objects
# that only `build(settings)` may make were made all the same.
PROBE = """
import gc, importlib, json, sys

WATCHED = ("socket.bind", "socket.connect", "subprocess.Popen", "os.system", "sqlite3.connect", "os.mkdir")
seen, module = [], ""

def hook(event, args):
    if event in WATCHED or (event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+")):
        seen.append(f"{module}: {event} {args[0]!r}")

sys.addaudithook(hook)
for module in sys.argv[1:]:
    importlib.import_module(module)

made_late = {
    "Engine", "AsyncEngine", "KafkaBroker", "AIOKafkaConsumer", "AIOKafkaProducer", "FastAPI", "Starlette",
    "BaseSettings",
}
objects = {
    f"{type(thing).__module__}.{type(thing).__qualname__}"
    for thing in gc.get_objects()
    if made_late & {base.__name__ for base in type(thing).__mro__}
}
from prometheus_client import REGISTRY
metrics = [family.name for family in REGISTRY.collect() if family.name.startswith("bellwether")]
json.dump({"effects": seen, "objects": sorted(objects), "metrics": metrics}, sys.stdout)
"""


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_are_ours_and_not_namesakes_from_elsewhere(package: str) -> None:
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin == str(ROOT / package / "__init__.py")


def test_every_folder_with_code_is_a_package() -> None:
    bare = {path.parent for path in SOURCES if not (path.parent / "__init__.py").is_file()}
    assert not bare


def test_importing_makes_nothing_and_warns_of_nothing() -> None:
    answer = subprocess.run(
        [sys.executable, "-B", "-W", "error", "-c", PROBE, *MODULES],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout) == {"effects": [], "objects": [], "metrics": []}


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=lambda path: str(path.relative_to(ROOT)))
def test_files_stay_readable_in_one_sitting(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < LONGEST_FILE_LINES


def dialects(path: Path) -> tuple[set[str], set[str]]:
    """Names of the functions of a module that take a plain connection, and of those that take an asynchronous one."""
    plain, asynchronous = set(), set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            taken = {ast.unparse(each.annotation) for each in node.args.args if each.annotation is not None}
            if "Connection" in taken:
                plain.add(node.name)
            if "AsyncConnection" in taken:
                asynchronous.add(node.name)
    return plain, asynchronous


def test_a_module_of_the_store_speaks_one_dialect() -> None:
    """The rule is in the docstring of `shared.storage`."""
    store = ROOT / "shared" / "storage"
    rooms = [path for path in SOURCES if path.is_relative_to(store) and not path.is_relative_to(store / "engine")]
    spoken = {path.relative_to(store).as_posix(): dialects(path) for path in rooms}
    assert any(plain for plain, _ in spoken.values())
    assert any(asynchronous for _, asynchronous in spoken.values())
    both = {name for name, (plain, asynchronous) in spoken.items() if plain and asynchronous}
    assert both == {"directory/register.py"}
    named = [{name for name in names if not name.startswith("_")} for names in spoken["directory/register.py"]]
    assert named[0] == {"find", "beginning_with"}
    assert not named[0] & named[1]


def test_files_are_named_for_what_is_in_them() -> None:
    says_nothing = {"utils", "util", "hel" + "per", "hel" + "pers", "manager", "common", "misc", "base"}
    assert not [path for path in [*SOURCES, *TESTS] if path.stem in says_nothing]


def test_text_names_no_machine_and_leaves_nothing_open() -> None:
    # Put together from pieces, so that this file does not find itself.
    forbidden = "|".join(
        ("/wo" + "rk/", "/ro" + "ot/", r"\bTO" + r"DO\b", r"\bFIX" + r"ME\b", r"\bhel" + r"per", "LL" + "M")
    )
    texts = [
        *SOURCES,
        *TESTS,
        *(ROOT / ".ci").iterdir(),
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / name for name in ("Makefile", "Dockerfile", "docker-compose.yml", "pyproject.toml")),
        ROOT / ".pre-commit-config.yaml",
    ]
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in texts
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(forbidden, line)
    ]
    assert not found
