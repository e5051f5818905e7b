"""A program of its own: writes the sheets of a workbook as tables. See `workbooks`, which runs it.

It runs apart because a workbook may ask for any amount of memory: two cells in opposite corners of a sheet are enough,
and the library then ends the process.
"""

import csv
import resource
import sys
from collections.abc import Iterable
from datetime import date, datetime, time
from pathlib import Path
from typing import Final

import python_calamine as calamine

# A sheet of a million rows and ten columns takes half of it.
_MEMORY_BYTES_MAX: Final = 2 << 30
# More than any real number or id has digits in a spreadsheet, which keeps fifteen.
_WHOLE_MAX: Final = 1e15


def write_sheets(workbook: Path, folder: Path) -> None:
    """Write each visible sheet that holds anything as `sheet N.csv`, a row a line: line numbers are row numbers."""
    book = calamine.load_workbook(str(workbook))
    for number, sheet in enumerate(book.sheets_metadata, start=1):
        if sheet.typ != calamine.SheetTypeEnum.WorkSheet or sheet.visible != calamine.SheetVisibleEnum.Visible:
            continue
        rows = book.get_sheet_by_name(sheet.name)
        if rows.end is None:
            continue
        with (folder / f"sheet {number}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(map(cells, rows.iter_rows()))


def cells(row: Iterable[object]) -> list[str]:
    """The cells of a row as somebody would type them into a table."""
    return [_text(cell) for cell in row]


def _text(cell: object) -> str:
    match cell:
        case bool():
            return "true" if cell else "false"
        case float() if cell.is_integer() and abs(cell) < _WHOLE_MAX:
            return str(int(cell))
        case datetime():
            return cell.isoformat(sep=" ", timespec="seconds")
        case date() | time():
            return cell.isoformat()
        case _:
            # One row is one line, whatever somebody wrote into a cell.
            return " ".join(str(cell).splitlines())


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES_MAX, _MEMORY_BYTES_MAX))
    write_sheets(Path(sys.argv[1]), Path(sys.argv[2]))
