"""What a source is: one format of one kind of data, with its reader and what a caller needs to choose it."""

import re
from dataclasses import dataclass, fields
from typing import Final

from shared.sources.kinds import Kind
from shared.sources.reader import Options, Read
from shared.sources.recognition import Folder, Recognise

_FORMAT: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_OPTIONS: Final = frozenset(each.name for each in fields(Options))

FREE_TEXT: Final = "Lorem ipsum"
"""Stands in every example where people write freely. A test looks for it in the events and must not find it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One format that `bellwether import` reads. Raises ValueError for a name or an option that cannot be."""

    format: str
    """Its name, unique among all sources: lower case words with hyphens, such as `mail-csv`."""
    kind: Kind
    description: str
    """One sentence without a full stop, for those who choose a format."""
    read: Read
    """Takes the lines of a file (bytes, with their line ends). Never raises because of them."""
    recognise: Recognise
    """Takes the beginning of a file. Never raises because of it."""
    takes: frozenset[str] = frozenset()
    """Names of the `Options` that the reader looks at."""
    folder: Folder | None = None
    """How an export of several files lies in a folder; None when each file stands for itself."""
    example: str
    """A short made-up file in this format, for the documentation and the tests."""

    def __post_init__(self) -> None:
        """Refuse what nobody could choose or give."""
        if not _FORMAT.fullmatch(self.format):
            raise ValueError(f"not the name of a format: {self.format}")
        if unknown := sorted(self.takes - _OPTIONS):
            raise ValueError(f"{self.format} takes unknown options: {', '.join(unknown)}")
