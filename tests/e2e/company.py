"""A small simulated company as a file of canonical events, for runs that are compared with each other."""

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from services.simulator.scenario import Scenario
from services.simulator.world import events
from shared.schemas.registry import CanonicalEvent
from tests.e2e.system import up
from tests.unit.cli.program import SMALL

SCENARIO: Scenario = replace(SMALL, stories=("overload", "ping_pong", "reorganisation"))


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """What one run in order, in one process on SQLite, came to: readings, facts and alerts as exported."""

    lines: tuple[bytes, ...]
    export: tuple[bytes, bytes, bytes]


def company_events() -> list[CanonicalEvent]:
    """As sources know them. Every system of these tests has the same pseudonym key, and so the same names for them."""
    return list(events(SCENARIO))


def shuffled(lines: Sequence[bytes]) -> list[bytes]:
    return random.Random(11).sample(lines, len(lines))


def with_duplicates(lines: Sequence[bytes], *, share: float) -> list[bytes]:
    """Some lines twice, the second time anywhere."""
    chance = random.Random(12)
    mixed = [*lines]
    for line in chance.sample(lines, round(len(lines) * share)):
        mixed.insert(chance.randrange(len(mixed) + 1), line)
    return mixed


def digests(export: tuple[bytes, bytes, bytes]) -> tuple[str, str, str]:
    """What to compare exports by: a difference of megabytes takes pytest minutes to show."""
    readings, facts, alerts = (hashlib.sha256(each).hexdigest() for each in export)
    return readings, facts, alerts


def write(path: Path, lines: Sequence[bytes]) -> Path:
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


def undisturbed_run(lines: Sequence[bytes], directory: Path) -> Undisturbed:
    """Run these events in order."""
    with up(directory / "undisturbed") as system:
        system.run("import", "events", write(directory / "events.ndjson", lines), "--wait")
        return Undisturbed(tuple(lines), system.export())
