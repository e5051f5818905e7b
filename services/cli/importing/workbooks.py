"""Workbooks (.xlsx, .xlsm, .xlsb, .xls, .ods) to import: each sheet becomes a table in a folder of its own."""

import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Final

from services.cli.errors import UsageError

# What a workbook of three hundred thousand rows takes on a slow machine, many times over.
_SECONDS_MAX: Final = 120
# Of a workbook as it is packed. Spreadsheets end at a million rows.
_BYTES_MAX: Final = 256 << 20
_ZIP: Final = b"PK\x03\x04"
_COMPOUND_FILE: Final = b"\xd0\xcf\x11\xe0"
_PARTS: Final = frozenset({"xl/workbook.xml", "xl/workbook.bin"})
_OPEN_DOCUMENT: Final = b"application/vnd.oasis.opendocument.spreadsheet"


def is_workbook(path: Path) -> bool:
    """Whether a file is a workbook, whatever it is called."""
    with path.open("rb") as file:
        magic = file.read(len(_ZIP))
    if magic == _COMPOUND_FILE:  # of which only the old form of spreadsheets is read
        return path.suffix.lower() == ".xls"
    if magic != _ZIP:
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            if names & _PARTS:
                return True
            return "mimetype" in names and archive.open("mimetype").read(len(_OPEN_DOCUMENT)) == _OPEN_DOCUMENT
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, ValueError):
        return False


def write_tables(path: Path, folder: Path) -> list[Path]:
    """Write the visible sheets that hold anything into a folder, and give them in their order.

    Raises UsageError for a workbook that is broken, sealed, empty or too large.
    """
    if path.stat().st_size > _BYTES_MAX:
        raise UsageError(f"{path}: the workbook is larger than {_BYTES_MAX >> 20} MB; save its sheet as CSV")
    command = [sys.executable, "-m", "services.cli.importing.workbook_reader", str(path.resolve()), str(folder)]
    try:
        done = subprocess.run(  # noqa: S603 - our own program, and paths that its caller named
            command, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            timeout=_SECONDS_MAX,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise UsageError(f"{path}: the workbook takes too long to read; save its sheet as CSV") from error
    if done.returncode:
        raise UsageError(
            f"{path}: the workbook cannot be read (broken, sealed with a password, or too large); save its sheet as CSV"
        )
    sheets = sorted(folder.glob("sheet *.csv"), key=lambda sheet: int(sheet.stem.rpartition(" ")[2]))
    if not sheets:
        raise UsageError(f"{path}: no visible sheet of the workbook holds anything")
    return sheets
