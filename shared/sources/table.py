"""Reads tables with a header. Finds delimiter and columns; a bad row never takes its neighbours along."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from shared.sources.reader import Rejection
from shared.sources.recognition import Certainty, Match

DELIMITERS: Final = (",", ";", "\t")
_NOT_ALPHANUMERIC: Final = re.compile(r"[^a-z0-9]+")
_BOM: Final = b"\xef\xbb\xbf"
# The widest exports of HR systems have some two hundred.
_COLUMNS_MAX: Final = 1_000
# Of one row: a cell may hold a text of many lines.
_ROW_LINES_MAX: Final = 1_000
# Of one file: lines that a stray quote swallowed are read again so often, and then go with the row of the quote.
_LINES_AGAIN_MAX: Final = 1_000_000

Aliases = Mapping[str, tuple[str, ...]]
"""Field to its possible headers, as `header_key` writes them, the best first."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row: the line it starts on, and its cells by field, without space around them."""

    line: int
    cells: Mapping[str, str]

    def __getitem__(self, field: str) -> str:
        """The cell of a field, empty when there is no such column."""
        return self.cells.get(field, "")


def header_key(header: str) -> str:
    """A header in lower case, letters and digits only: `Reports-To ID` and `reportsToId` become the same."""
    return _NOT_ALPHANUMERIC.sub("", header.lower())


def decoded(lines: Iterable[bytes]) -> Iterator[str]:
    """Lines as text. A line that is not UTF-8 is read as Latin-1. A leading byte order mark is dropped."""
    first = True
    for raw in lines:
        line = raw.removeprefix(_BOM) if first else raw
        first = False
        try:
            yield line.decode()
        except UnicodeDecodeError:
            yield line.decode("latin-1")


class Table:
    """A table that can be read once. `problem` says why it cannot be read, and is empty when it can.

    `headers` and `fields` (field to column number) are known before any row is read.
    """

    def __init__(self, lines: Iterable[bytes], *, aliases: Aliases, columns: Mapping[str, str]) -> None:
        self._lines: Final = _Lines(decoded(lines))
        self.problem = ""
        self.headers: tuple[str, ...] = ()
        self.fields: dict[str, int] = {}
        header = next((line for line in self._lines.loose() if line.strip()), "")
        self.header_line: Final = max(self._lines.number, 1)
        self._delimiter: Final = max(DELIMITERS, key=header.count)
        try:
            self.headers = tuple(header_key(cell) for cell in next(csv.reader([header], delimiter=self._delimiter), ()))
        except csv.Error:
            self.problem = "unreadable header"
            return
        if len(self.headers) > _COLUMNS_MAX:
            self.problem = f"more than {_COLUMNS_MAX} columns"
            return
        self._find(aliases, columns)

    def _find(self, aliases: Aliases, columns: Mapping[str, str]) -> None:
        for field, names in aliases.items():
            wanted = (header_key(columns[field]),) if field in columns else names
            place = next((self.headers.index(name) for name in wanted if name in self.headers), None)
            if place is not None:
                self.fields[field] = place
            elif field in columns:
                self.problem = f"the column given for {field} is not in the header"
        if unknown := sorted(set(columns) - set(aliases)):
            # The names are the caller's own options, not content.
            self.problem = f"unknown field in the column map: {', '.join(unknown)}"

    def require(self, *fields: str, called: str = "") -> None:
        """Set `problem` when a field has no column. `called` names the fields in the message instead."""
        missing = [field for field in fields if field not in self.fields]
        if missing and not self.problem:
            self.problem = f"no column found for {called or ', '.join(missing)}"

    def match(self, certainty: Certainty = Certainty.LIKELY) -> Match:
        """What a source makes of a sample with this header: NO with the `problem`, else what it passes."""
        if self.problem:
            return Match(Certainty.NO, self.problem)
        return Match(certainty, f"columns for {', '.join(self.fields)}")

    def rejected_whole(self) -> Rejection:
        """One rejection for all rows of an unreadable table. Reads the table to its end."""
        return Rejection(self.header_line, self.problem, rows=sum(1 for line in self._lines.loose() if line.strip()))

    def __iter__(self) -> Iterator[Row | Rejection]:
        """Yield rows in file order. A row with too few or too many cells is rejected; an empty row is skipped.

        A stray quote makes the reader swallow the lines after it. Then only the line with the quote is rejected, and
        the swallowed lines are read again.
        """
        width = len(self.headers)
        places = tuple(self.fields.items())
        reader = csv.reader(self._lines, delimiter=self._delimiter)
        while True:
            self._lines.taken.clear()
            line = self._lines.number + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                yield Rejection(line, "unreadable row", rows=self._lines.push_back_all_but_first())
                continue
            if not any(cells):
                continue
            if len(cells) == width:
                yield Row(line, {field: cells[place].strip() for field, place in places})
            else:
                rows = self._lines.push_back_all_but_first()
                yield Rejection(line, f"{len(cells)} cells, but the header has {width}", rows=rows)


class _Lines:
    """Lines that can be given back. `number` is that of the last line, counted from 1."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines: Final = lines
        self._again: list[str] = []
        self.taken: Final[list[str]] = []
        self.number = 0
        self._pushed_back = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= _ROW_LINES_MAX:
            raise csv.Error
        line = self._again.pop() if self._again else next(self._lines)
        self.number += 1
        self.taken.append(line)
        return line

    def loose(self) -> Iterator[str]:
        """Lines that are no row yet."""
        for line in self:
            self.taken.clear()
            yield line

    def push_back_all_but_first(self) -> int:
        """Have all lines of the row but the first read again. Returns how many lines the row keeps."""
        again = self.taken[1:]
        self._pushed_back += len(again)
        if self._pushed_back > _LINES_AGAIN_MAX:
            return len(self.taken)
        self.number -= len(again)
        self._again.extend(reversed(again))
        return 1
