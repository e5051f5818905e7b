"""What is made from code is up to date, and the command that makes it mends what is not."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import Field
from pydantic_settings import BaseSettings

from services.cli.errors import DifferentError, UsageError
from services.cli.reports.configuration_page import UndescribedSettingError, section, type_of
from services.cli.reports.generated_files import differences, generated, write
from shared.domain.signals import SIGNALS
from shared.sources.registry import SOURCES
from shared.telemetry.names import METRICS
from tests.unit.cli.program import bellwether

ROOT = Path(__file__).parents[2]


def copied(directory: Path) -> Path:
    """What the generator reads and writes."""
    shutil.copytree(ROOT / "docs", directory / "docs", ignore=shutil.ignore_patterns("previews"))
    shutil.copytree(ROOT / "dashboards" / "generated", directory / "dashboards" / "generated")
    return directory


def test_everything_that_is_made_from_code_is_up_to_date() -> None:
    assert differences(ROOT) == [], "run `make generate`"


def test_nothing_generated_depends_on_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    before = generated(ROOT)
    monkeypatch.setenv("BELLWETHER_FACT_DAYS", "300")
    monkeypatch.setenv("BELLWETHER_K", "9")
    monkeypatch.setenv("BELLWETHER_TEXT_SOURCES", '["slack"]')
    assert generated(ROOT) == before


def test_what_is_stale_is_named_with_the_command_that_mends_it(tmp_path: Path) -> None:
    repository = copied(tmp_path)
    page, missing, left_over = (
        repository / "docs" / "configuration.md",
        repository / "dashboards" / "generated" / "overview.json",
        repository / "dashboards" / "generated" / "gone.json",
    )
    kept = page.read_text(encoding="utf-8")
    page.write_text(kept.replace("whole number", "number"), encoding="utf-8")
    missing.unlink()
    left_over.write_text("{}", encoding="utf-8")
    caught = bellwether("generate", "--check", "--repository", repository).exception
    assert isinstance(caught, DifferentError)
    assert "make generate" in str(caught)
    for path in (page, missing, left_over):
        assert path.name in str(caught)
    assert bellwether("generate", "--repository", repository).exit_code == 0
    assert page.read_text(encoding="utf-8") == kept
    assert (missing.exists(), left_over.exists()) == (True, False)
    assert differences(repository) == write(repository) == []


def test_the_table_of_markers_is_mended_and_the_rest_of_its_page_is_left_alone(tmp_path: Path) -> None:
    page = copied(tmp_path) / "docs" / "markers.md"
    kept = page.read_text(encoding="utf-8")
    page.write_text(kept.replace("| `questions` |", "| `exclamations` |") + "By hand.\n", encoding="utf-8")
    assert write(tmp_path) == ["wrote docs/markers.md"]
    assert page.read_text(encoding="utf-8") == kept + "By hand.\n"


def test_elsewhere_nothing_is_written(tmp_path: Path) -> None:
    assert isinstance(bellwether("generate", "--repository", tmp_path).exception, UsageError)
    assert list(tmp_path.iterdir()) == []


def test_pages_tell_of_every_format_and_metric() -> None:
    formats, metrics = ((ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8") for name in ("formats", "metrics"))
    assert [each.format for each in SOURCES if f"\n## {each.format}\n" not in formats] == []
    assert [each.name for each in METRICS if f"`{each.name}" not in metrics] == []


def test_a_setting_without_a_description_is_refused() -> None:
    class Settings(BaseSettings):
        """Settings of something."""

        told: Annotated[int, Field(ge=1, description="Something.")] = 3
        untold: int = 4

    with pytest.raises(UndescribedSettingError, match="untold"):
        section("Something", Settings)


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (Annotated[int, Field(ge=1, le=2000)], "whole number, 1 to 2,000"),
        (Annotated[float, Field(gt=0, le=1)], "number, more than 0, at most 1"),
        (int | None, "whole number"),
        (Path | None, "path"),
        (frozenset[str], "list of text"),
        (dict[str, int], "object"),
        (bool, "true or false"),
    ],
)
def test_types_are_said_in_words(annotation: object, words: str) -> None:
    class Settings(BaseSettings):
        some: annotation  # type: ignore[valid-type]

    assert type_of(Settings.model_fields["some"]) == words


def test_an_unknown_action_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    unknown = replace(SIGNALS[0], action="sing")
    monkeypatch.setattr("services.cli.reports.generated_files.SIGNALS", (unknown, *SIGNALS[1:]))
    caught = bellwether("generate", "--check", "--repository", ROOT).exception
    assert isinstance(caught, ValueError), "which the program shows without a traceback"
    assert f"{unknown.name} suggests 'sing'" in str(caught)
    assert "suggested_actions.py" in str(caught)
