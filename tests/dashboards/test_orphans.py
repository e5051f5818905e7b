"""Nothing of a demo outlives the process that started it, even one that is killed."""

import subprocess
import sys
from pathlib import Path

import pytest

from shared.transport.embedded import free_port
from tests.broker.processes import gone_within
from tests.dashboards.demo import installed
from tests.e2e.system import children, wait_until

pytestmark = [
    pytest.mark.skipif(not installed(), reason="Prometheus is not installed (Debian package prometheus)"),
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent"),
]

OF_PROMETHEUS = """
import asyncio, sys
from pathlib import Path
from services.cli.up import prometheus

async def run():
    programs = prometheus.installed()
    async with prometheus.running(programs, Path(sys.argv[1]), port=int(sys.argv[2]), config="{}"):
        await asyncio.sleep(60)

asyncio.run(run())
"""
OF_A_DEMO = """
from tests.dashboards.demo import demo

with demo():
    pass
"""


@pytest.mark.parametrize("script", [OF_PROMETHEUS, OF_A_DEMO], ids=["Prometheus", "a demo"])
def test_who_is_killed_takes_what_they_started_with_them(script: str, tmp_path: Path) -> None:
    port = str(free_port())
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path), port]) as parent:
        try:
            wait_until(lambda: bool(children(parent.pid)), what="a child", seconds=60)
            (child,) = children(parent.pid)
            running = Path(f"/proc/{child}/cmdline")
            # By then the kernel has been asked: the program that asks has become the real one.
            wait_until(lambda: b"prctl" not in running.read_bytes(), what="the program itself", seconds=60)
        finally:
            parent.kill()
    assert gone_within(child, seconds=5)
