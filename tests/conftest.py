"""The real components that tests run on. What is slow to start is started once, by the first test that asks."""

import gc
import os
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from xdist.remote import Producer

from shared.transport.embedded import embedded_broker
from tests.broker.kafka import apache_kafka, kafka_unavailable_reason
from tests.scheduling import Scheduling, turn
from tests.storage.postgres import PostgresCluster, postgres_cluster, postgres_unavailable_reason
from tests.storage.templates import copy_file, make_database, make_file

REPOSITORY = Path(__file__).parent.parent
MARKERS_BY_FIXTURE = {
    "embedded_bootstrap": ("broker",),
    "apache_kafka_runs": ("broker", "apache"),
    "apache_bootstrap": ("broker", "apache"),
    "postgres_runs": ("postgres",),
    "postgres": ("postgres",),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--deep", action="store_true", help="explore further than an ordinary run has time for")


@pytest.fixture(scope="session")
def deep(request: pytest.FixtureRequest) -> bool:
    """Whether this run may take long."""
    return bool(request.config.getoption("--deep"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling:
    config.option.loadscopereorder = False  # it would begin with the files of most tests, which are the quickest
    return Scheduling(config, log)


@pytest.hookimpl(tryfirst=True)  # before -m selects by marker
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):  # several processes share the run
        items.sort(key=lambda item: turn(item.nodeid))
    for item in items:
        for fixture in getattr(item, "fixturenames", ()):
            for marker in MARKERS_BY_FIXTURE.get(fixture, ()):
                item.add_marker(marker)


def pytest_collection_finish() -> None:
    """Leave what was imported out of every later collection of garbage: it stays, and there is a lot of it."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def data_directory() -> Path:
    """The real data sets: read where they lie."""
    named = os.environ.get("BELLWETHER_DATA")
    directory = Path(named) if named else REPOSITORY.parent / "shared" / "data"
    if not directory.is_dir():
        pytest.skip(f"no data sets at {directory}; name their directory by BELLWETHER_DATA")
    return directory


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def embedded_bootstrap() -> AsyncIterator[str]:
    """Address of the embedded broker. All tests share it: prefix topics and groups by `topic_prefix`."""
    async with embedded_broker() as broker:
        yield broker.bootstrap


@pytest.fixture(scope="session")
def apache_kafka_runs() -> None:
    """Skip where Apache Kafka cannot run."""
    reason = kafka_unavailable_reason()
    if reason is not None:
        pytest.skip(reason)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def apache_bootstrap(apache_kafka_runs: None, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """Address of Apache Kafka. All tests share it: prefix topics and groups by `topic_prefix`."""
    async with apache_kafka(tmp_path_factory.mktemp("kafka")) as kafka:
        yield kafka.bootstrap


@pytest.fixture(
    params=[
        pytest.param("embedded_bootstrap", id="embedded", marks=pytest.mark.broker),
        pytest.param("apache_bootstrap", id="apache", marks=[pytest.mark.broker, pytest.mark.apache]),
    ]
)
def bootstrap(request: pytest.FixtureRequest) -> str:
    """Address of each kind of broker in turn."""
    address: str = request.getfixturevalue(request.param)
    return address


@pytest.fixture
def topic_prefix() -> str:
    """Starts the names of this test's topics and groups, as brokers are shared by the whole run."""
    return f"t{secrets.token_hex(4)}."


@pytest.fixture(scope="session")
def postgres_runs() -> None:
    """Skip where PostgreSQL cannot run."""
    reason = postgres_unavailable_reason()
    if reason is not None:
        pytest.skip(reason)


@pytest.fixture(scope="session")
def postgres(postgres_runs: None) -> Iterator[PostgresCluster]:
    """A server for the whole run. A test that stops it takes one of its own.

    Without fsync: nothing here outlives the machine, and a crash of the server alone loses nothing by it.
    """
    with postgres_cluster(fsync=False) as cluster:
        yield cluster


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """A database file that does not exist yet."""
    return f"sqlite+aiosqlite:///{tmp_path / 'bellwether.db'}"


@pytest.fixture
def empty_postgres_url(postgres: PostgresCluster) -> Iterator[str]:
    """An empty PostgreSQL database of this test's own."""
    name = f"test_{secrets.token_hex(6)}"
    yield postgres.create_database(name)
    postgres.drop_database(name)


@pytest.fixture(scope="session")
def newest_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the newest schema and nothing in it, to be copied."""
    return make_file(tmp_path_factory.mktemp("newest") / "bellwether.db")


@pytest.fixture(scope="session")
def newest_database(postgres: PostgresCluster) -> str:
    """The same in the server."""
    return make_database(postgres)


@pytest.fixture
def sqlite_url(newest_file: Path, empty_sqlite_url: str, tmp_path: Path) -> str:
    """A store of this test's own in a file, with the newest schema and nothing in it."""
    copy_file(newest_file, tmp_path / "bellwether.db")
    return empty_sqlite_url


@pytest.fixture
def postgres_url(postgres: PostgresCluster, newest_database: str) -> Iterator[str]:
    """A store of this test's own in PostgreSQL, with the newest schema, the roles of a deployment and nothing in it."""
    name = f"test_{secrets.token_hex(6)}"
    yield postgres.create_database(name, template=newest_database)
    postgres.drop_database(name)


_BOTH = ("sqlite", "postgres")


def _of_both(name: str) -> Any:
    marks = {"postgres": [pytest.mark.postgres]}
    return [pytest.param(name.format(kind), id=kind, marks=marks.get(kind, ())) for kind in _BOTH]


@pytest.fixture(params=_of_both("{}_url"))
def database_url(request: pytest.FixtureRequest) -> str:
    """A store of this test's own, with the newest schema and nothing in it, for SQLAlchemy; of each kind in turn."""
    url: str = request.getfixturevalue(request.param)
    return url


@pytest.fixture(params=_of_both("empty_{}_url"))
def empty_database_url(request: pytest.FixtureRequest) -> str:
    """An empty database of this test's own, for SQLAlchemy; of each kind in turn."""
    url: str = request.getfixturevalue(request.param)
    return url
