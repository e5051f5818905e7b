"""The same events give the same bytes, however they arrive and whatever they run on."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.company import Undisturbed, digests, shuffled, with_duplicates, write
from tests.e2e.system import add_service, distributed, rows, up, wait_until

pytestmark = pytest.mark.slow

Disorder = Callable[[Sequence[bytes]], Sequence[bytes]]


@dataclass(frozen=True, slots=True)
class Deployment:
    database: str  # the fixture with its URL
    partitions: int
    replicas: int


def ten_percent_twice(lines: Sequence[bytes]) -> Sequence[bytes]:
    return with_duplicates(lines, share=0.1)


def test_the_run_to_compare_with_holds_something(undisturbed: Undisturbed) -> None:
    readings, facts, _ = undisturbed.export
    assert readings.count(b"\n") > 1_000
    assert facts.count(b"\n") > 1_000
    assert b'"signal":"bypass_contact"' in readings
    assert b'"signal":"escalation_risk_14d"' in readings


@pytest.mark.broker
@pytest.mark.parametrize(
    "disorder", [pytest.param(shuffled, id="shuffled"), pytest.param(ten_percent_twice, id="duplicates")]
)
def test_order_and_repetition_do_not_matter(undisturbed: Undisturbed, disorder: Disorder, tmp_path: Path) -> None:
    lines = disorder(undisturbed.lines)
    assert list(lines) != list(undisturbed.lines)
    with up(tmp_path / "data") as system:
        system.run("import", "events", write(tmp_path / "events.ndjson", lines), "--wait")
        assert digests(system.export()) == digests(undisturbed.export)


@pytest.mark.parametrize(
    "deployment",
    [
        pytest.param(Deployment("empty_sqlite_url", partitions=1, replicas=1), id="1-partition"),
        pytest.param(Deployment("empty_sqlite_url", partitions=6, replicas=3), id="3-replicas"),
        pytest.param(
            Deployment("empty_postgres_url", partitions=6, replicas=1), id="postgresql", marks=pytest.mark.postgres
        ),
    ],
)
def test_partitions_replicas_and_the_store_do_not_matter(  # noqa: PLR0917 - fixtures
    undisturbed: Undisturbed,
    deployment: Deployment,
    embedded_bootstrap: str,
    topic_prefix: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    with distributed(
        bootstrap=embedded_bootstrap,
        database_url=request.getfixturevalue(deployment.database),
        prefix=topic_prefix,
        directory=tmp_path / "system",
        partitions=deployment.partitions,
        replicas=deployment.replicas,
    ) as system:
        system.run("import", "events", write(tmp_path / "events.ndjson", undisturbed.lines), "--wait")
        assert digests(system.export()) == digests(undisturbed.export)


def test_a_signals_service_killed_in_the_middle_does_not_matter(
    undisturbed: Undisturbed, bootstrap: str, topic_prefix: str, tmp_path: Path
) -> None:
    store = tmp_path / "bellwether.db"
    with (
        ExitStack() as stack,
        distributed(
            bootstrap=bootstrap,
            database_url=f"sqlite+aiosqlite:///{store}",
            prefix=topic_prefix,
            directory=tmp_path / "system",
            partitions=6,
            # Small batches, so that there is a middle.
            environment={"BELLWETHER_BATCH_RECORDS": "50"},
        ) as system,
    ):
        file = write(tmp_path / "events.ndjson", undisturbed.lines)
        importing = system.start_import("events", file, "--wait")
        stack.callback(importing.kill)
        everything = len(undisturbed.lines)
        wait_until(lambda: rows(store, "applied") > everything // 4, what="a quarter of the events", seconds=60)
        system.services["signals"][0].kill()
        done = rows(store, "applied")
        assert everything // 4 < done < everything * 9 // 10, f"{done} of {everything} done is not the middle"
        time.sleep(0.2)
        assert rows(store, "applied") == done
        assert importing.poll() is None
        again = add_service(system, "signals")
        stack.callback(again.stop)
        again.wait_until_ready()
        assert importing.wait(120) == 0
        assert digests(system.export()) == digests(undisturbed.export)
