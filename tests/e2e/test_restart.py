"""`bellwether up` on the same data goes on where it stopped, and leaves nothing behind."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.broker.processes import gone_within
from tests.e2e.company import Undisturbed, digests, write
from tests.e2e.system import Running, children, rows, service_port, up, wait_until
from tests.unit.cli.program import bellwether

pytestmark = [pytest.mark.broker, pytest.mark.slow]

# Small batches, so that there is a middle.
SMALL_BATCHES = {"BELLWETHER_BATCH_RECORDS": "50"}


def test_a_killed_system_goes_on_where_it_stopped(undisturbed: Undisturbed, tmp_path: Path) -> None:
    data = tmp_path / "data"
    store = data / "bellwether.db"
    half = len(undisturbed.lines) // 2
    with up(data, environment=SMALL_BATCHES) as system:
        system.run("import", "events", write(tmp_path / "first.ndjson", undisturbed.lines[:half]))
        wait_until(lambda: rows(store, "applied") > 0, what="the first events", seconds=30)
        system.services["up"][0].kill()
        waiting = rows(store, "accepted")
    assert waiting > 0, "everything was done already: not the middle"
    with up(data) as system:
        system.run("import", "events", write(tmp_path / "second.ndjson", undisturbed.lines[half:]), "--wait")
        wait_until(lambda: rows(store, "accepted") == 0, what="the rest of the first half", seconds=60)
        # Sends nothing new; waits until the readings are those of all facts.
        system.run("import", "events", tmp_path / "first.ndjson", "--wait")
        assert digests(system.export()) == digests(undisturbed.export)
    assert rows(store, "dead_letter") == 0


def test_a_second_start_on_the_same_data_is_refused(tmp_path: Path) -> None:
    with up(tmp_path) as system:
        second = bellwether("up", "--bare", "--data", tmp_path, "--port", str(service_port()))
        assert second.exit_code != 0
        assert "running on" in str(second.exception)
        assert system.services["up"][0].process.poll() is None


def terminated(running: Running) -> None:
    assert running.stop() == 0


def killed(running: Running) -> None:
    running.kill()


@pytest.mark.parametrize("end", [terminated, killed])
def test_no_process_is_left(end: Callable[[Running], None], tmp_path: Path) -> None:
    with up(tmp_path) as system:
        one = system.services["up"][0]
        started = children(one.pid)
        assert started, "the broker is a process of its own"
        end(one)
        assert all(gone_within(pid, seconds=5) for pid in started)
