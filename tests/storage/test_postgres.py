import asyncio
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from tests.broker.processes import gone_within
from tests.storage.postgres import PostgresCluster, postgres_cluster

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("postgres_runs")]

ENTER_AND_SLEEP = """
import time
from tests.storage.postgres import postgres_cluster

with postgres_cluster() as cluster:
    print(cluster.pid, cluster.directory, flush=True)
    time.sleep(60)
"""


async def execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    await connection.execute(statement)
    await connection.close()


async def values(url: str, query: str) -> list[object]:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    rows = await connection.fetch(query)
    await connection.close()
    return [row[0] for row in rows]


def test_what_was_committed_survives_a_crash() -> None:
    with postgres_cluster() as cluster:
        pid = cluster.pid
        url = cluster.create_database("crash")
        asyncio.run(execute(url, "CREATE TABLE fact (n int); INSERT INTO fact VALUES (1)"))
        cluster.stop_immediately()
        assert gone_within(pid, seconds=0)
        with pytest.raises(ConnectionRefusedError):
            asyncio.run(values(url, "SELECT n FROM fact"))
        cluster.start()
        assert asyncio.run(values(url, "SHOW fsync")) == ["on"]
        assert asyncio.run(values(url, "SELECT n FROM fact")) == [1]
        pid = cluster.pid
    assert gone_within(pid, seconds=0)
    assert not cluster.directory.exists()


async def test_the_settings_are_the_ones_asked_for(postgres: PostgresCluster) -> None:
    assert await values(postgres.url, "SHOW max_connections") == ["60"]
    assert await values(postgres.url, "SHOW fsync") == ["off"]


async def test_text_sorts_by_language(postgres: PostgresCluster) -> None:
    query = "SELECT name FROM (VALUES ('b'), ('A'), ('a'), ('B')) AS person (name) ORDER BY name"
    assert await values(postgres.url, query) == ["a", "A", "b", "B"]


async def test_databases_are_separate_and_droppable_while_in_use(postgres: PostgresCluster) -> None:
    first, second = postgres.create_database("first"), postgres.create_database("second")
    await execute(first, "CREATE TABLE only_here ()")
    listed = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    assert await values(first, listed) == ["only_here"]
    assert await values(second, listed) == []
    held = await asyncpg.connect(first.replace("+asyncpg", ""))
    postgres.drop_database("first")
    postgres.drop_database("second")
    held.terminate()
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await values(first, "SELECT 1")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can tie a child to its parent")
def test_a_killed_parent_leaves_no_process() -> None:
    with subprocess.Popen([sys.executable, "-c", ENTER_AND_SLEEP], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid, directory = parent.stdout.readline().split()
        parent.send_signal(signal.SIGKILL)
    assert gone_within(int(pid), seconds=5)
    assert not (Path(directory) / "data" / "postmaster.pid").exists()
    shutil.rmtree(directory)
