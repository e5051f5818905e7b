"""Workbooks as spreadsheets write them, made by hand: the parts that matter and no more."""

import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from pathlib import Path

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_FIRST_DAY = date(1899, 12, 30)  # of the calendar of spreadsheets
Cell = str | float | bool | date | None


def workbook(path: Path, sheets: Mapping[str, Sequence[Sequence[Cell]]], *, hidden: Sequence[str] = ()) -> Path:
    """A workbook with these sheets, each a list of rows."""
    return raw_workbook(
        path, {name: "".join(_row(number, row) for number, row in enumerate(rows, 1)) for name, rows in sheets.items()},
        hidden=hidden,
    )  # fmt: skip


def raw_workbook(path: Path, sheets: Mapping[str, str], *, hidden: Sequence[str] = ()) -> Path:
    """A workbook whose sheets hold the rows as they are given."""
    states = {name: "hidden" if name in hidden else "visible" for name in sheets}
    listed = "".join(
        f'<sheet name="{name}" sheetId="{number}" r:id="r{number}" state="{states[name]}"/>'
        for number, name in enumerate(sheets, 1)
    )
    related = "".join(
        f'<Relationship Id="r{number}" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number in range(1, len(sheets) + 1)
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
            f'Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>{listed}</sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{_PACKAGE}/relationships">{related}<Relationship Id="styles" '
            f'Type="{_RELATIONS}/styles" Target="styles.xml"/></Relationships>',
        )
        # Style 1 is that of days.
        archive.writestr(
            "xl/styles.xml",
            f'<styleSheet xmlns="{_MAIN}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'
            "</styleSheet>",
        )
        for number, rows in enumerate(sheets.values(), 1):
            archive.writestr(
                f"xl/worksheets/sheet{number}.xml",
                f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>',
            )
    return path


def _row(number: int, cells: Sequence[Cell]) -> str:
    written = "".join(_cell(f"{chr(65 + place)}{number}", cell) for place, cell in enumerate(cells))
    return f'<row r="{number}">{written}</row>'


def _cell(place: str, cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return f'<c r="{place}" t="b"><v>{int(cell)}</v></c>'
        case date():
            return f'<c r="{place}" s="1"><v>{(cell - _FIRST_DAY).days}</v></c>'
        case str():
            return f'<c r="{place}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
        case _:
            return f'<c r="{place}"><v>{cell}</v></c>'
