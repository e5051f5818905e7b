"""Every file of the repository that is made from code: pages of the documentation, dashboards and alert rules."""

from pathlib import Path
from typing import Final

from dashboards import build as dashboards
from services.cli.reports import configuration_page, format_page, marker_page, metric_page, privacy_pack, signal_page
from services.signals.settings import SignalsSettings
from shared.domain.evidence.suggested_actions import ACTIONS
from shared.domain.signals import SIGNALS
from shared.settings import EdgeSettings

_DASHBOARDS: Final = Path("dashboards") / "generated"
_MARKERS: Final = Path("docs") / "markers.md"


def generated(root: Path) -> dict[Path, str]:
    """The text of every file by its path in the repository at `root`. Equal code gives equal bytes.

    Measured figures and what is written by hand around a table come from the files at `root`. Raises ValueError for a
    signal that suggests an unknown action.
    """
    _check_actions()
    figures = signal_page.figures(root / "docs" / "evaluation.json")
    pages = {
        "signals.md": signal_page.page(figures),
        "privacy.md": privacy_pack.pack(_default_configuration()),
        "configuration.md": configuration_page.page(),
        "formats.md": format_page.page(),
        "metrics.md": metric_page.page(),
    }
    return {
        **{Path("docs") / name: text for name, text in pages.items()},
        _MARKERS: marker_page.with_table((root / _MARKERS).read_text(encoding="utf-8")),
        **{_DASHBOARDS / name: text for name, text in dashboards.build_all().items()},
    }


def write(root: Path) -> list[str]:
    """Write what is out of date, remove what is made from nothing any more, and say what was done, a line each."""
    made = generated(root)
    done = []
    for path, text in made.items():
        if _current(root / path) != text:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
            done.append(f"wrote {path}")
    for path in _left_over(root, made):
        (root / path).unlink()
        done.append(f"removed {path}")
    return done


def differences(root: Path) -> list[str]:
    """What `write` would change, a line each; empty when every file is up to date."""
    made = generated(root)
    stale = [f"{path} is out of date" for path, text in made.items() if _current(root / path) != text]
    return stale + [f"{path} is made from nothing any more" for path in _left_over(root, made)]


def _check_actions() -> None:
    unknown = [f"{signal.name} suggests {signal.action!r}" for signal in SIGNALS if signal.action not in ACTIONS]
    if unknown:
        raise ValueError(
            f"{'; '.join(unknown)}: add that key to ACTIONS in shared/domain/evidence/suggested_actions.py, or use one "
            f"of {', '.join(ACTIONS)}"
        )


def _left_over(root: Path, made: dict[Path, str]) -> list[Path]:
    found = (path.relative_to(root) for path in sorted((root / _DASHBOARDS).rglob("*.*")) if path.is_file())
    return [path for path in found if path not in made]


def _current(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _default_configuration() -> privacy_pack.Configuration:
    """Settings as they are when nothing is set, whatever the environment of whoever generates says."""
    return privacy_pack.Configuration(
        edge=EdgeSettings.model_construct(),
        signals=SignalsSettings.model_construct(),
    )
