"""Whom the manager columns of a table mean: by id, mail address or name. What could mean two people is nobody."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from shared.sources.identities import mail_identity
from shared.sources.reader import UnusableError

FIELDS: Final = ("manager", "manager_any", "manager_mail", "manager_name")
"""Columns of the manager, the surest first."""

TWO_OF_THE_NAME: Final = "two people have the manager's name; give the manager by id or mail address"
IN_NO_ROW: Final = "the manager is in no row"
ZEROS: Final = "the manager's id has lost its leading zeros; the person with them was taken"
SHARED_NAME: Final = "somebody else has the same name"
DIFFER: Final = "the columns of the manager name different people; the first was taken"

_IN_BRACKETS: Final = re.compile(r"\(([^()]*)\)")
_SPACE: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Known:
    """A row, as managers are looked for in it."""

    person: str
    other_id: str
    name: str
    identities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Meant:
    """Who is meant, empty for nobody; `stand_in` when they are in no row, and what there is to tell of it."""

    person: str = ""
    stand_in: bool = False
    notices: tuple[str, ...] = ()
    unresolved: bool = False


class Managers:
    """Finds people of a table by what other rows call them."""

    def __init__(self, rows: Iterable[Known], *, mail_is_key: bool) -> None:
        """`mail_is_key` when people have no other id."""
        self._mail_is_key: Final = mail_is_key
        self._ids: Final[set[str]] = set()
        self._others: Final[dict[str, set[str]]] = defaultdict(set)
        self._mails: Final[dict[str, str]] = {}
        self._names: Final[dict[str, set[str]]] = defaultdict(set)
        self._turned: Final[dict[str, set[str]]] = defaultdict(set)
        self._bare: Final[dict[str, set[str]]] = defaultdict(set)
        for row in rows:
            self._ids.add(row.person)
            self._others[row.other_id].add(row.person)
            self._bare[row.person.lstrip("0")].add(row.person)
            self._mails.update((each, row.person) for each in row.identities if each.startswith("mail:"))
            for name in _spellings(row.name):
                self._names[name].add(row.person)
                for key in _in_any_order(name):
                    self._turned[key].add(row.person)

    def shared_names(self) -> frozenset[str]:
        """People who have a name that somebody else has too."""
        return frozenset(person for people in self._names.values() if len(people) > 1 for person in people)

    def is_person(self, text: str) -> bool:
        """Whether a text is the id of a row."""
        return text in self._ids

    def meant(self, cells: Iterable[tuple[str, str]]) -> Meant:
        """Whom the cells of a row mean, each with its field and in the order of `FIELDS`, without those for nobody."""
        found: list[str] = []
        notices: list[str] = []
        stand_in = ""
        for field, cell in cells:
            person, notice = self._find(cell)
            if person:
                found.append(person)
            elif not stand_in and not notice and self._is_id(field, cell):
                stand_in = cell
            if notice:
                notices.append(notice)
            elif not person and not self._is_id(field, cell):
                notices.append(IN_NO_ROW)
        if found:
            # What one column leaves open another may know.
            told = [each for each in notices if each == ZEROS] + ([DIFFER] if len(set(found)) > 1 else [])
            return Meant(found[0], notices=tuple(told))
        if stand_in:
            return Meant(stand_in, stand_in=True)
        return Meant(notices=tuple(dict.fromkeys(notices)), unresolved=bool(notices))

    def _is_id(self, field: str, cell: str) -> bool:
        if "@" in cell:
            return self._mail_is_key
        return field in {"manager", "manager_any"} and not _SPACE.search(cell) and "," not in cell

    def _find(self, cell: str) -> tuple[str, str]:
        """The person that a cell means, and what there is to tell."""
        if cell in self._ids:
            return cell, ""
        for part in (cell, *_IN_BRACKETS.findall(cell)):
            if part in self._ids:
                return part, ""
            if len(people := self._others.get(part, ())) == 1:
                return next(iter(people)), ""
            if person := self._by_mail(part):
                return person, ""
        spellings = _spellings(cell)
        names = {person for each in spellings for person in self._names.get(each, ())}
        names = names or {
            person for each in spellings for key in _in_any_order(each) for person in self._turned.get(key, ())
        }
        if names:
            return (names.pop(), "") if len(names) == 1 else ("", TWO_OF_THE_NAME)
        number = cell.removesuffix(".0")  # as a spreadsheet or a program writes a number
        if number in self._ids:
            return number, ""
        bare = self._bare.get(number.lstrip("0"), ()) if number.isdigit() else ()
        return (next(iter(bare)), ZEROS) if len(bare) == 1 else ("", "")

    def _by_mail(self, text: str) -> str:
        if "@" not in text:
            return ""
        try:
            return self._mails.get(mail_identity(text), "")
        except UnusableError:
            return ""


def _spellings(name: str) -> set[str]:
    """A name in one spelling: without remarks in brackets, the given name first. Names with a comma have two."""
    plain = _SPACE.sub(" ", _IN_BRACKETS.sub(" ", unicodedata.normalize("NFKC", name))).strip().casefold()
    if not plain or "@" in plain:
        return set()
    last, comma, first = plain.partition(",")
    return {plain, f"{first.strip()} {last.strip()}".strip()} if comma else {plain}


def _in_any_order(name: str) -> set[str]:
    """A name with the surname first or last, and without the space that some scripts leave out."""
    words = name.split(" ")
    return {" ".join(sorted(words)), "".join(words)} if len(words) > 1 else {name}


def in_a_circle(managers: dict[str, str]) -> list[str]:
    """People who report to themselves through others, sorted."""
    circular: set[str] = set()
    done: set[str] = set()
    for start in managers:
        path: dict[str, None] = {}
        person = start
        while person and person not in done and person not in path:
            path[person] = None
            person = managers.get(person, "")
        if person in path:
            names = list(path)
            circular.update(names[names.index(person) :])
        done.update(path)
    return sorted(circular)
