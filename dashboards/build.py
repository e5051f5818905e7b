"""Turns the dashboards into the JSON files that Grafana is provisioned with."""

import json
from pathlib import Path
from typing import Final

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from dashboards import overview, pipeline

GENERATED: Final = Path(__file__).with_name("generated")
DASHBOARDS: Final = {"overview": overview.build, "pipeline": pipeline.build}


def build_all() -> dict[str, str]:
    """JSON of every dashboard by name. Equal code gives equal bytes: keys are sorted and nothing is dated."""
    return {
        name: json.dumps(build(), cls=JSONEncoder, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        for name, build in DASHBOARDS.items()
    }


def write(directory: Path = GENERATED) -> list[Path]:
    """Write one file per dashboard, remove the files of dashboards that are gone, and return what was written."""
    directory.mkdir(parents=True, exist_ok=True)
    built = build_all()
    for stale in directory.glob("*.json"):
        if stale.stem not in built:
            stale.unlink()
    for name, text in built.items():
        (directory / f"{name}.json").write_text(text, encoding="utf-8")
    return [directory / f"{name}.json" for name in built]


def differences(directory: Path = GENERATED) -> list[str]:
    """What `write` would change, one line each; empty when the files are up to date."""
    built = build_all()
    found = {path.stem: path.read_text(encoding="utf-8") for path in directory.glob("*.json")}
    missing = [f"{name}.json is missing" for name in built if name not in found]
    stale = [f"{name}.json belongs to no dashboard" for name in sorted(found) if name not in built]
    changed = [f"{name}.json is out of date" for name in built if name in found and found[name] != built[name]]
    return missing + stale + changed
