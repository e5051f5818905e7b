"""How a source says whether a file is in its format. Pure: a source sees a sample and no file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from types import MappingProxyType

from shared.sources.reader import Options


class Certainty(IntEnum):
    """How sure a source is. The highest wins; two sources that share the highest make a file ambiguous."""

    NO = 0
    """The file is in another format."""
    POSSIBLE = 1
    """The shape fits, as JSON does, and so it does in other formats."""
    LIKELY = 2
    """The file has what the format needs, such as the columns of a table."""
    CERTAIN = 3
    """The file has marks that no other format has."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table that was recognised. `header` is empty where it is no known word: it may be anything."""

    field: str
    header: str
    named: bool = False
    """Whether the caller named it; otherwise it was known by its header."""


@dataclass(frozen=True, slots=True)
class Match:
    """What a source makes of a sample. `because` is shown to whoever imports and holds nothing out of the file."""

    certainty: Certainty
    because: str
    columns: tuple[Column, ...] = ()
    """Of a table: the columns that are read."""
    unused: int = 0
    """Of a table: how many columns are not read."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The beginning of a file, in UTF-8 if it was in UTF-16. The last line may be cut off."""

    head: bytes
    name: str = ""
    """Name of the file, without its folder."""
    columns: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Field to column header, as the caller gives it for a table."""

    @property
    def lines(self) -> list[bytes]:
        """The lines with their line ends."""
        return self.head.splitlines(keepends=True)


Recognise = Callable[[Sample], Match]

OptionsFor = Callable[[str, Options], Options]
"""Options for one file of a folder, by its name in the folder (`general/2024-01-01.json`) and the caller's options."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """How an export of several files lies in a folder. Names are relative to it, with `/` between their parts."""

    describing: frozenset[str]
    """Files that describe the others, such as `channels.json`. A folder with one of them is an export."""
    holds_rows: Callable[[str], bool]
    """Whether the file of that name holds rows to read."""
    options_from: Callable[[Mapping[str, bytes]], OptionsFor]
    """Called once with the content of the describing files; what it returns is called for each file with rows."""
