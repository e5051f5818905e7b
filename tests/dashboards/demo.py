"""The demo under a real Prometheus, for tests and previews: `bellwether up --demo --prometheus` as a process."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from shared.domain.privacy.named_things import ThingKind
from shared.domain.privacy.pseudonym import Pseudonyms
from shared.transport.embedded import free_port, tied_to_parent

PROGRAM = Path(sys.executable).with_name("bellwether")
# A scrape every five seconds: rates over a minute need four of them.
WARM_SCRAPES = 4
STORE_FILE = "bellwether.db"
LIMIT_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Demo:
    """Addresses of a running demo."""

    prometheus: str
    api: str
    console: str
    """What it has printed so far."""
    store: Path
    """Its SQLite file."""

    def team(self, name: str) -> str:
        """The key of a team or department that the simulator names so."""
        key = bytes.fromhex((self.store.parent / "keys" / "pseudonym.key").read_text(encoding="ascii").strip())
        return Pseudonyms(key).named(ThingKind.TEAM, name)

    def metrics(self) -> str:
        """Everything that Prometheus is shown, as text."""
        token = (self.store.parent / "keys" / "metrics.token").read_text(encoding="ascii").strip()
        return httpx.get(f"{self.api}/metrics", headers={"Authorization": f"Bearer {token}"}, timeout=30).text


def installed() -> bool:
    """Whether Prometheus is on the path."""
    return all(shutil.which(name) for name in ("prometheus", "promtool"))


@contextmanager
def demo(settings: Mapping[str, str] | None = None, *, ports: tuple[int, int] | None = None) -> Iterator[Demo]:
    """Start it, wait until Prometheus has seen it a few times, and take it down on leaving.

    `ports` are those of the API and of Prometheus; without, any that are free.
    """
    port, watched = ports or (free_port(), free_port())
    with tempfile.TemporaryDirectory() as directory:
        log = Path(directory) / "console.txt"
        command = [
            str(PROGRAM),
            "up",
            "--demo",
            "--prometheus",
            f"--port={port}",
            f"--prometheus-port={watched}",
            f"--data={directory}/data",
        ]
        # Other tests on the same machine must not look like a stall.
        environment = {**os.environ, "BELLWETHER_STALL_SECONDS": "600", "COLUMNS": "110", **(settings or {})}
        with log.open("wb") as out:
            # Tied, as nothing of a demo may outlive a test run that is killed.
            process = subprocess.Popen(
                tied_to_parent(command), stdout=out, stderr=out, env=environment, start_new_session=True
            )
        try:
            running = Demo(
                f"http://127.0.0.1:{watched}", f"http://127.0.0.1:{port}", "", Path(directory) / "data" / STORE_FILE
            )
            _wait_until_watched(process, log, running)
            yield replace(running, console=log.read_text(encoding="utf-8"))
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_watched(process: subprocess.Popen[bytes], log: Path, running: Demo) -> None:
    # What followed the alerts is told last, once half a year is released.
    query = (
        f'count_over_time(up{{job="bellwether"}}[10m]) >= {WARM_SCRAPES} '
        "and on () (count(bellwether_cohort_info) > 1) and on () count(bellwether_alerts_followed)"
    )
    end = time.monotonic() + LIMIT_SECONDS
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text(encoding="utf-8")
        try:
            answer = httpx.get(f"{running.prometheus}/api/v1/query", params={"query": query}, timeout=10)
            if answer.status_code == httpx.codes.OK and json.loads(answer.content)["data"]["result"]:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.5)
    raise AssertionError(f"Prometheus has not seen the demo in time:\n{log.read_text(encoding='utf-8')}")
