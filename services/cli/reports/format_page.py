"""The page of formats that can be imported, in Markdown, from the registry of sources. Equal code gives equal bytes."""

from collections.abc import Iterator
from typing import Final

from services.cli.commands.import_command import FLAGS
from services.cli.reports.markdown import table
from shared.sources.registry import SOURCES
from shared.sources.source import Source

_INTRODUCTION: Final = """# Formats

Generated from the registry of sources by `make generate`. `bellwether import FILE...` looks into each file, says
which kind and format it took it for, and refuses to guess; a kind before the files and `--format` name them instead. A
folder and an archive (`.zip`) stand for the files in them, a workbook (`.xlsx`, `.xls`, `.ods`) for its visible sheets.
Whatever people wrote freely ("Lorem ipsum" below) is never kept.
"""


def page() -> str:
    """The whole page, in the order of the registry."""
    rows = ((f"[{each.format}](#{each.format})", each.kind, each.description) for each in SOURCES)
    text = table(("format", "kind", "what it is"), rows)
    return "\n".join([_INTRODUCTION, *text, *(line for each in SOURCES for line in _section(each)), ""])


def _section(source: Source) -> Iterator[str]:
    yield from ("", f"## {source.format}", "", f"{source.description}. Import it with `{_command(source)}`.")
    if source.folder is not None:
        names = ", ".join(f"`{name}`" for name in sorted(source.folder.describing))
        yield from ("", f"A folder with any of {names} is read as one export.")
    yield from ("", "```", *source.example.splitlines(), "```")


def _command(source: Source) -> str:
    flags = [f"[{flag}]" for option, flag in FLAGS.items() if option in source.takes]
    return " ".join(["bellwether", "import", source.kind, "FILE...", *flags])
