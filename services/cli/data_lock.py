"""A lock that allows one `bellwether up` for each data directory."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from services.cli.errors import UsageError

_LOCK: Final = "up.lock"


@contextmanager
def hold_data_lock(directory: Path) -> Iterator[None]:
    """Lock a data directory while the block runs. The system releases the lock however the process ends.

    With two embedded brokers on one store, each would take the other's offsets for those of a lost log, and the first
    would stop working. Raises UsageError when another process holds the lock.
    """
    with (directory / _LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UsageError(
                f"`bellwether up` is running on {directory} already; stop it, or name another directory with --data"
            ) from error
        yield


def is_data_locked(directory: Path) -> bool:
    """Whether a `bellwether up` is running on a data directory."""
    try:
        with (directory / _LOCK).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
