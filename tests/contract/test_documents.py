"""What the pages say about links, commands, targets, settings, files and ports, against what there is."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Literal, get_args, get_origin

import pytest
import typer
import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token
from typer.core import TyperArgument, TyperCommand, TyperGroup

from services.cli.app import build
from tests.contract.settings import ENVIRONMENT

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LONGEST_README_LINES = 150
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.MULTILINE))
# What is named in backticks or shown as an example and lies in the tree begins with one of these.
_ROOMS = ("services/", "shared/", "dashboards/", "tests/", "docs/", "deploy/", ".ci/")
# Read by the tests and by nothing else, so no settings class has it.
_OF_THE_TESTS = {"BELLWETHER_DATA"}

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


@cache
def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


@cache
def tokens(page: Path) -> tuple[Token, ...]:
    """Every token of a page, those inside paragraphs, headings and cells included, in order."""
    found: list[Token] = []
    for token in MarkdownIt("commonmark").enable("table").parse(text(page)):
        found.append(token)
        found.extend(token.children or ())
    return tuple(found)


def code(page: Path) -> Iterator[str]:
    """What stands in backticks, and each line of the blocks that show a terminal."""
    for token in tokens(page):
        if token.type == "code_inline":
            yield token.content
        elif token.type == "fence" and token.info.strip() in {"console", "bash", "sh"}:
            yield from token.content.replace("\\\n", " ").splitlines()


# --- links


@cache
def anchors(page: Path) -> frozenset[str]:
    """The fragments that headings of a page can be linked by, as GitHub makes them."""
    titles = [
        token.content for previous, token in zip(tokens(page), tokens(page)[1:], strict=False)
        if previous.type == "heading_open"
    ]  # fmt: skip
    return frozenset(re.sub(r"[^\w\- ]", "", title.replace("`", "").lower()).replace(" ", "-") for title in titles)


def targets(page: Path) -> Iterator[str]:
    for token in tokens(page):
        address = token.attrGet("href") or token.attrGet("src")
        if address is not None and not re.match(r"[a-z]+:", str(address)):
            yield str(address)


@each_page
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in targets(page):
        path, _, fragment = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), target
        assert there.is_relative_to(ROOT), target
        if fragment:
            assert fragment in anchors(there), target


def test_every_page_of_the_documentation_can_be_reached_from_the_readme() -> None:
    waiting, seen = [ROOT / "README.md"], set[Path]()
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        waiting += [(page.parent / target.partition("#")[0]).resolve() for target in targets(page) if target[0] != "#"]
    assert seen == set(PAGES)


# --- README.md


def test_readme_is_short_and_opens_with_the_two_commands() -> None:
    lines = text(ROOT / "README.md").splitlines()
    assert len(lines) <= LONGEST_README_LINES
    first_screen = "\n".join(lines[:25])
    assert "make run" in first_screen
    assert "make test" in first_screen


def test_readme_shows_the_console_and_a_dashboard() -> None:
    shown = [token.attrGet("src") for token in tokens(ROOT / "README.md") if token.type == "image"]
    assert shown == ["docs/previews/console.png", "docs/previews/overview.png"]


# --- settings, targets, files and ports


@each_page
def test_settings_that_a_page_names_exist(page: Path) -> None:
    named = set(re.findall(r"BELLWETHER_[A-Z][A-Z_]*[A-Z]\b(?!\*)", text(page)))
    assert named <= ENVIRONMENT | _OF_THE_TESTS


def test_every_setting_is_on_the_page_of_settings() -> None:
    listed = re.findall(r"^\| `(BELLWETHER_[A-Z_]+)` \|", text(ROOT / "docs" / "configuration.md"), re.MULTILINE)
    assert set(listed) == ENVIRONMENT


@each_page
def test_targets_of_make_that_a_page_names_exist(page: Path) -> None:
    named = {name for line in code(page) for name in re.findall(r"\bmake ([a-z][a-z-]*)", line.split("#")[0])}
    assert named <= TARGETS


def test_every_target_of_make_is_on_the_page_of_commands() -> None:
    listed = {found for line in code(ROOT / "docs" / "commands.md") for found in re.findall(r"\bmake ([a-z-]+)", line)}
    assert listed == TARGETS - {"help"}


@each_page
def test_files_that_a_page_names_exist(page: Path) -> None:
    for name in code(page):
        path = name.partition("::")[0]
        if path.startswith(_ROOMS) and re.fullmatch(r"[\w./*-]+", path):
            to_be_written = any(f"Write the {what}** `{path}`" in text(page) for what in ("file", "migration"))
            assert list(ROOT.glob(path)) or to_be_written, name


@each_page
def test_tests_that_a_page_names_exist(page: Path) -> None:
    for name in code(page):
        if found := re.fullmatch(r"(tests/[\w/]+\.py)::(test_\w+)", name):
            assert f"def {found[2]}(" in (ROOT / found[1]).read_text(encoding="utf-8"), name


@each_page
def test_ports_that_a_page_names_are_those_of_the_deployment_or_of_up(page: Path) -> None:
    services = yaml.safe_load(text(ROOT / "docker-compose.yml"))["services"].values()
    published = {int(port.split(":")[1]) for service in services for port in service.get("ports", ())}
    up = command(["up"])
    assert up is not None
    chosen = {parameter.default for parameter in up.params if parameter.name in {"port", "prometheus_port"}}
    kafka = {9092}  # where `make kafka` listens, and the default of BELLWETHER_BROKER
    named = set(map(int, re.findall(r"(?:127\.0\.0\.1|localhost):(\d+)", text(page))))
    assert named <= published | chosen | kafka


def test_every_room_is_on_the_page_of_the_architecture() -> None:
    code_in = {path.parent for package in ("services", "shared") for path in (ROOT / package).rglob("*.py")}
    rooms = {str(folder.relative_to(ROOT)) for folder in code_in}
    rooms |= {"services/api/console", "dashboards", "dashboards/generated", "dashboards/provisioning", "docs", ".ci"}
    rooms |= {f"tests/{path.name}" for path in (ROOT / "tests").iterdir() if any(path.rglob("*.py")) and path.is_dir()}
    listed = re.findall(r"^\| `([\w./]+)/` \|", text(ROOT / "ARCHITECTURE.md"), re.MULTILINE)
    assert sorted(listed) == sorted(rooms)


def test_every_invariant_is_held_by_a_test_or_says_that_it_is_not() -> None:
    rows = re.findall(r"^\| (\d+) \| \*\*.+?\*\*.* \| (.+) \|$", text(ROOT / "ARCHITECTURE.md"), re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, 16))
    assert all("`tests/" in held or held == "no test yet" for _, held in rows)


# --- commands

PROGRAM = typer.main.get_command(build())


def program() -> TyperGroup:
    assert isinstance(PROGRAM, TyperGroup)
    return PROGRAM


@cache
def context() -> typer.Context:
    return typer.Context(program(), info_name="bellwether")


def command(words: list[str]) -> TyperCommand | TyperGroup | None:
    """The command that these words name, or the group where the first of them is in capitals and so stands for any."""
    found: TyperCommand | TyperGroup | None = program()
    for word in words:
        if not isinstance(found, TyperGroup) or word.isupper():
            break
        inner = found.get_command(context(), word)
        assert inner is None or isinstance(inner, TyperCommand | TyperGroup)
        found = inner
    return found


@dataclass(frozen=True, slots=True)
class Call:
    """A use of the program in a page."""

    words: list[str]
    options: list[str]


def calls(page: Path) -> Iterator[Call]:
    """Every use of `bellwether` in code of a page."""
    for line in code(page):
        plain = re.split(r"\s[|>]\s|&&|;| &$", line.partition(" #")[0].removeprefix("$ "))
        for part in plain:
            parts = shlex.split(part.replace("...", ""))
            program = next((i for i, word in enumerate(parts) if word.rpartition("/")[2] == "bellwether"), None)
            if program is None or any("=" not in word and word != "nice" for word in parts[:program]):
                continue
            rest = parts[program + 1 :]
            yield Call(
                words=[word for word in rest if not word.startswith("-")],
                options=[word.partition("=")[0] for word in rest if word.startswith("--")],
            )


def choices(annotation: object) -> set[str]:
    """The words that an argument of this type may be; none where it may be anything."""
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return {str(member.value) for member in annotation}
    return set(map(str, get_args(annotation))) if get_origin(annotation) == Literal else set()


@each_page
def test_commands_that_a_page_shows_exist_with_their_options(page: Path) -> None:
    for call in calls(page):
        found = command(call.words)
        assert found is not None, call
        offered = {name for parameter in found.params for name in parameter.opts} | {"--help"}
        assert set(call.options) <= offered, call


@each_page
def test_choices_that_a_page_makes_are_offered(page: Path) -> None:
    """Where an argument is one of a few words, the page uses one of them or a word in capitals."""
    for call in calls(page):
        found = command(call.words)
        if found is None or isinstance(found, TyperGroup):
            continue
        arguments = [parameter for parameter in found.params if isinstance(parameter, TyperArgument)]
        depth = 2 if isinstance(command(call.words[:1]), TyperGroup) else 1
        for parameter, word in zip(arguments, call.words[depth:], strict=False):
            offered = choices(parameter.type_descriptor.annotation)
            assert not offered or word.isupper() or word in offered, call


def test_every_command_is_on_the_page_of_commands() -> None:
    listed = re.findall(r"^\| `bellwether ([a-z-]+)", text(ROOT / "docs" / "commands.md"), re.MULTILINE)
    assert set(listed) == set(program().list_commands(context()))
