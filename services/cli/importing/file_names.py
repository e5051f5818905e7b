"""What files are called in the list of rejected rows: by a number where their name may be that of somebody."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from services.cli.importing.archives import shown
from shared.domain.privacy.names_in_text import PeopleNames, name_in_id
from shared.sources.kinds import Kind

_MAILBOX_SIGNS: Final = ("@", "%40")
# Any other letters behind a dot may be the end of a name or an address.
_SUFFIXES: Final = frozenset({".csv", ".ics", ".json", ".ndjson", ".txt", ".tsv", ".eml", ".mbox", ".zip"})
# Exports of calendars and mailboxes are called after their owners.
_OF_OWNERS: Final[frozenset[Kind]] = frozenset({"calendar", "mail"})


class FileNames:
    """Names of the files of one import. The number of a file is its place in the order in which they are read."""

    def __init__(
        self, kind: Kind, people: PeopleNames | None = None, origins: Mapping[Path, Path] | None = None
    ) -> None:
        """`people` are those whom the register knows, where it is open; `origins` says what was unpacked where."""
        self._origins: Final = dict(origins or {})
        self._kind: Final = kind
        self._people: Final = people or PeopleNames(())
        self.hidden: Final[dict[str, Path]] = {}
        """Paths of those that are listed by a number."""

    def listed(self, path: Path, number: int) -> str:
        """The path without what may name somebody; `hidden` then keeps what it stands for, to be told on screen."""
        listed, known = self.written(path, number), shown(path, self._origins)
        if listed != str(known):
            self.hidden[listed] = known
        return listed

    def written(self, path: Path, number: int) -> str:
        """The path without what may name somebody."""
        return str(Path(*(self._listed(each, number) for each in shown(path, self._origins).parts)))

    def _listed(self, part: str, number: int) -> str:
        suffix = Path(part).suffix.lower()
        named = any(sign in part for sign in _MAILBOX_SIGNS) or self._people.find(Path(part).stem) is not None
        if named or (self._kind in _OF_OWNERS and suffix and name_in_id(Path(part).stem)):
            return f"(file {number}){suffix if suffix in _SUFFIXES else ''}"
        return part
