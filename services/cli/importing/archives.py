"""Archives (.zip) and workbooks to import, unpacked into folders that only the caller can read, and gone afterwards."""

import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from services.cli.errors import UsageError
from services.cli.importing.workbooks import is_workbook, write_tables

# An export of a company of some thousand people over years.
_FILES_MAX: Final = 500_000
_BYTES_MAX: Final = 8 << 30
_ZIP: Final = b"PK\x03\x04"


@dataclass(slots=True)
class Unpacked:
    """What there is to read, with what was unpacked in the place of archives and workbooks."""

    paths: list[Path] = field(default_factory=list)
    origins: dict[Path, Path] = field(default_factory=dict)
    """What each folder was unpacked from."""


@contextmanager
def unpacked(paths: Iterable[Path]) -> Iterator[Unpacked]:
    """The same paths, with folders in the place of archives and tables in that of workbooks while the block runs.

    Raises UsageError for an archive or a workbook that is broken, sealed with a password or too large; OSError without
    room.
    """
    with ExitStack() as stack:
        found = Unpacked()
        for path in paths:
            _add(path, found, stack)
        yield found


def shown(path: Path, origins: dict[Path, Path]) -> Path:
    """The path of a file as the caller knows it: an unpacked one lies in its archive."""
    for folder in path.parents:
        if folder in origins:
            return shown(origins[folder] / path.relative_to(folder), origins)
    return path


def is_hidden(file: Path, root: Path) -> bool:
    """Whether a file manager would hide it, such as its own notes on a folder."""
    return any(part.startswith(".") for part in file.relative_to(root).parts)


def _add(path: Path, found: Unpacked, stack: ExitStack) -> None:
    if path.is_dir():
        found.paths.append(path)
        for file in sorted(path.rglob("*")):
            if file.is_file() and not is_hidden(file, path) and is_workbook(file):
                _add_workbook(file, found, stack)
    elif is_workbook(path):
        _add_workbook(path, found, stack)
    elif _is_archive(path):
        _add(_unpack(path, found, stack), found, stack)
    else:
        found.paths.append(path)


def _add_workbook(path: Path, found: Unpacked, stack: ExitStack) -> None:
    folder = _new_folder(path, found, stack)
    sheets = write_tables(path, folder)
    # Of several sheets some may be notes: those in no known format are rejected, and the others read.
    found.paths.append(sheets[0] if len(sheets) == 1 else folder)


def _is_archive(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_ZIP)) == _ZIP


def _new_folder(path: Path, found: Unpacked, stack: ExitStack) -> Path:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bellwether-import-")))
    found.origins[folder] = path
    return folder


def _unpack(path: Path, found: Unpacked, stack: ExitStack) -> Path:
    folder = _new_folder(path, found, stack)
    try:
        with zipfile.ZipFile(path) as archive:
            files = archive.infolist()
            if len(files) > _FILES_MAX or sum(each.file_size for each in files) > _BYTES_MAX:
                raise UsageError(f"{path}: more than {_FILES_MAX:,} files or {_BYTES_MAX >> 30} GB; unpack it yourself")
            # Names cannot lead out of the folder: the library takes that out of them. A file holds no more bytes than
            # the archive says, or reading it is an error.
            archive.extractall(folder)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, ValueError) as error:
        raise UsageError(f"{path}: the archive cannot be unpacked (broken, or sealed with a password)") from error
    return _inner(folder)


def _inner(folder: Path) -> Path:
    """What the archive holds: many put all of it into one folder."""
    inside = [each for each in folder.iterdir() if not each.name.startswith((".", "__MACOSX"))]
    return _inner(inside[0]) if len(inside) == 1 and inside[0].is_dir() else folder
