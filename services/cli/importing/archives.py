"""Archives (.zip) to import: unpacked into a folder that only the caller can read, and that is gone afterwards."""

import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from services.cli.errors import UsageError

# An export of a company of some thousand people over years.
_FILES_MAX: Final = 500_000
_BYTES_MAX: Final = 8 << 30
_ZIP: Final = b"PK\x03\x04"


@contextmanager
def unpacked(paths: Iterable[Path]) -> Iterator[list[Path]]:
    """The same paths, with a folder in the place of each archive while the block runs.

    Raises UsageError for an archive that is broken, sealed with a password or too large; OSError without room.
    """
    with ExitStack() as stack:
        yield [_unpack(path, stack) if _is_archive(path) else path for path in paths]


def _is_archive(path: Path) -> bool:
    if not path.is_file() or path.suffix.lower() == ".xlsx":
        return False
    with path.open("rb") as file:
        return file.read(len(_ZIP)) == _ZIP


def _unpack(path: Path, stack: ExitStack) -> Path:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bellwether-import-")))
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
