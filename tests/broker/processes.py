import os
import socket
import time
from pathlib import Path


def gone_within(pid: int, *, seconds: float) -> bool:
    """Whether the process has ended; one that nobody has reaped yet counts as ended."""
    deadline = time.monotonic() + seconds
    while _runs(pid):
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.02)
    return True


def closed_within(port: int, *, seconds: float) -> bool:
    """Whether nothing listens on this port of the loopback interface any more."""
    deadline = time.monotonic() + seconds
    while _listens(port):
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.02)
    return True


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        status = Path(f"/proc/{pid}/stat").read_text()
    except ProcessLookupError:
        return False
    except FileNotFoundError:
        return not Path("/proc/self/stat").exists()
    # The state follows the program's name, which is in parentheses and may itself hold some.
    return status.rpartition(")")[2].split()[0] not in "ZX"
