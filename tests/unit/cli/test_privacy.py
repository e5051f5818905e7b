from pathlib import Path

import pytest

from services.api.endpoints import ENDPOINTS
from services.cli.errors import DifferentError
from shared.domain.signals import SIGNALS
from shared.domain.text.markers import MARKERS
from shared.topics import TOPICS
from tests.unit.cli.program import bellwether

DEFAULTS = Path(__file__).parents[3] / "docs" / "privacy.md"


def test_the_pack_tells_of_everything_there_is(tmp_path: Path) -> None:
    text = DEFAULTS.read_text(encoding="utf-8")
    for each in (*(signal.title for signal in SIGNALS), *(f"`{marker.name}`" for marker in MARKERS)):
        assert f"| {each} |" in text
    for endpoint in ENDPOINTS:
        assert f"| `{endpoint.id}` |" in text
    rows = {line.split("|")[1].strip(): line for line in text.splitlines() if line.startswith("| `")}
    for topic in TOPICS:
        assert len(rows[f"`{topic.name}`"].split("|")[2].strip()) > 5, f"nobody says what {topic.name} holds"


def test_the_pack_is_of_the_running_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert bellwether("privacy", "--check", DEFAULTS).exit_code == 0
    monkeypatch.setenv("BELLWETHER_FACT_DAYS", "300")
    monkeypatch.setenv("BELLWETHER_TEXT_SOURCES", '["slack"]')
    shown = bellwether("privacy").stdout
    for line in ("| 300 |", "slack"):
        assert line in shown
    assert isinstance(bellwether("privacy", "--check", DEFAULTS).exception, DifferentError)
    out = tmp_path / "pack.md"
    bellwether("privacy", "--out", out)
    assert out.read_text(encoding="utf-8") == shown
