"""Turns dashboards and alert rules into the files that Grafana and Prometheus read."""

import json
from pathlib import Path
from typing import Final

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from dashboards import alert_files, collaboration, escalation, leaders, overview, pipeline, privacy, relationships
from dashboards.page import API

GENERATED: Final = Path(__file__).with_name("generated")
DASHBOARDS: Final = {
    "overview": overview.build,
    "relationships": relationships.build,
    "escalation": escalation.build,
    "leaders": leaders.build,
    "collaboration": collaboration.build,
    "pipeline": pipeline.build,
    "privacy": privacy.build,
}


def build_all(api: str = API) -> dict[str, str]:
    """Text of every file by its path below `generated`, with links to where the API and the console are.

    Equal code gives equal bytes: nothing is dated.
    """
    boards = {
        f"{name}.json": json.dumps(build(), cls=JSONEncoder, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        for name, build in DASHBOARDS.items()
    }
    return {name: text.replace(API, api) for name, text in (boards | alert_files.files()).items()}


def write(directory: Path = GENERATED, *, api: str = API) -> list[Path]:
    """Write every file, remove those that are no longer built, and return what was written."""
    built = build_all(api)
    for stale in _found(directory):
        if stale not in built:
            (directory / stale).unlink()
    for name, text in built.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return [directory / name for name in built]


def differences(directory: Path = GENERATED, *, api: str = API) -> list[str]:
    """What `write` would change, one line each; empty when the files are up to date."""
    built = build_all(api)
    found = {name: (directory / name).read_text(encoding="utf-8") for name in _found(directory)}
    missing = [f"{name} is missing" for name in built if name not in found]
    stale = [f"{name} belongs to nothing" for name in sorted(found) if name not in built]
    changed = [f"{name} is out of date" for name in built if name in found and found[name] != built[name]]
    return missing + stale + changed


def _found(directory: Path) -> list[str]:
    return [path.relative_to(directory).as_posix() for path in directory.rglob("*.*") if path.is_file()]
