"""Reads tables with a header. Finds delimiter and columns; a bad row never takes its neighbours along."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from shared.sources.headers import header_key
from shared.sources.instants import column_order
from shared.sources.reader import DateOrder, Rejection
from shared.sources.recognition import Certainty, Column, Match

DELIMITERS: Final = (",", ";", "\t", "|")
_QUOTED: Final = re.compile(r'"[^"]*"')
# Spreadsheets name the delimiter of a file in a line of its own.
_NAMED_DELIMITER: Final = re.compile(r'"?sep=(.)"?\s*')
# Reports have a title, filters and a date above their header.
_LINES_ABOVE_HEADER_MAX: Final = 20
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


def decoded(lines: Iterable[bytes]) -> Iterator[str]:
    """Lines as text. A line that is not UTF-8 is read as Windows-1252. A leading byte order mark is dropped."""
    first = True
    for raw in lines:
        line = raw.removeprefix(_BOM) if first else raw
        first = False
        try:
            yield line.decode()
        except UnicodeDecodeError:
            yield _western(line)


def _western(line: bytes) -> str:
    try:
        return line.decode("cp1252")
    except UnicodeDecodeError:  # five bytes are nothing there
        return line.decode("latin-1")


def date_order_of(rows: Iterable["Row | Rejection"], fields: Iterable[str], given: DateOrder) -> DateOrder:
    """The order of the dates in some columns of a table, which one program wrote. Raises UnusableError."""
    columns = tuple(fields)
    good = (row for row in rows if isinstance(row, Row))
    return column_order((row[field] for row in good for field in columns), given)


def rejected_all(line: int, rows: Iterable["Row | Rejection"], reason: str) -> Rejection:
    """One rejection for rows that were read already, for what concerns them all."""
    return Rejection(line, reason, rows=sum(each.rows if isinstance(each, Rejection) else 1 for each in rows))


class Table:
    """A table that can be read once. `problem` says why it cannot be read, and is empty when it can.

    `headers` and `fields` (field to column number) are known before any row is read.
    """

    def __init__(self, lines: Iterable[bytes], *, aliases: Aliases, columns: Mapping[str, str]) -> None:
        self._lines: Final = _Lines(decoded(lines))
        self.problem = ""
        self.headers: tuple[str, ...] = ()
        self.fields: dict[str, int] = {}
        self._names: tuple[str, ...] = ()
        self._named: Final = frozenset(columns)
        self._known: Final = frozenset(name for names in aliases.values() for name in names)
        header = self._find_header({*self._known} | {header_key(each) for each in columns.values()} - {""})
        self.header_line: Final = max(self._lines.number, 1)
        self._names = _cells(header, self._delimiter)
        if header and not self._names:
            self.problem = "unreadable header"
            return
        self.headers = tuple(header_key(name) for name in self._names)
        if len(self.headers) > _COLUMNS_MAX:
            self.problem = f"more than {_COLUMNS_MAX} columns"
            return
        self._find(aliases, columns)

    def _find_header(self, wanted: set[str]) -> str:
        """The first line, or the first with two columns of those wanted where lines of a report stand above it."""
        first, named = "", ""
        self._delimiter = DELIMITERS[0]
        for line in self._lines:
            if not first:
                self._lines.taken.clear()
            if len(self._lines.taken) > _LINES_ABOVE_HEADER_MAX:
                break
            if not line.strip():
                continue
            if not first and (found := _NAMED_DELIMITER.fullmatch(line.rstrip("\r\n"))):
                named = found.group(1)
                continue
            delimiter = named or max(DELIMITERS, key=_QUOTED.sub("", line).count)
            if not first:
                first, self._delimiter = line, delimiter
            if len(wanted.intersection(map(header_key, _cells(line, delimiter)))) > 1:
                self._delimiter = delimiter
                self._lines.taken.clear()
                return line
        self._lines.push_back_all()
        return first

    def _find(self, aliases: Aliases, columns: Mapping[str, str]) -> None:
        for field, names in aliases.items():
            if field in columns:
                self._find_named(field, columns[field])
                continue
            place = next((self.headers.index(name) for name in names if name in self.headers), None)
            if place is not None:
                self.fields[field] = place
        if unknown := sorted(set(columns) - set(aliases)):
            # The names are the caller's own options, not content.
            self.problem = f"unknown field in the column map: {', '.join(unknown)}"

    def _find_named(self, field: str, column: str) -> None:
        """The column of the caller's name: exactly as it is written, or else by its letters and digits."""
        exact = [place for place, name in enumerate(self._names) if name.strip() == column]
        key = header_key(column)
        places = exact or [place for place, name in enumerate(self.headers) if key and name == key]
        if not places:
            self.problem = f"the column given for {field} is not in the header"
        elif len(places) > 1 and not exact:
            self.problem = f"the column given for {field} could be any of {len(places)}"
        else:
            self.fields[field] = places[0]

    def require(self, *fields: str, called: str = "") -> None:
        """Set `problem` when a field has no column. `called` names the fields in the message instead."""
        missing = [field for field in fields if field not in self.fields]
        if missing and not self.problem:
            self.problem = f"no column found for {called or ', '.join(missing)}"

    def match(self, certainty: Certainty = Certainty.LIKELY) -> Match:
        """What a source makes of a sample with this header: NO with the `problem`, else what it passes."""
        if self.problem:
            return Match(Certainty.NO, self.problem)
        columns = tuple(self._column(field, place) for field, place in self.fields.items())
        unused = len(self.headers) - len(set(self.fields.values()))
        return Match(certainty, f"columns for {', '.join(self.fields)}", columns, unused)

    def _column(self, field: str, place: int) -> Column:
        named = field in self._named
        known = named or self.headers[place] in self._known
        return Column(field, self._names[place].strip() if known else "", named=named)

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


def _cells(line: str, delimiter: str) -> tuple[str, ...]:
    try:
        return tuple(next(csv.reader([line], delimiter=delimiter), ()))
    except csv.Error:
        return ()


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

    def push_back_all(self) -> None:
        """Have all lines taken read again."""
        self.number -= len(self.taken)
        self._again.extend(reversed(self.taken))
        self.taken.clear()

    def push_back_all_but_first(self) -> int:
        """Have all lines of the row but the first read again. Returns how many lines the row keeps."""
        again = self.taken[1:]
        self._pushed_back += len(again)
        if self._pushed_back > _LINES_AGAIN_MAX:
            return len(self.taken)
        self.number -= len(again)
        self._again.extend(reversed(again))
        return 1
