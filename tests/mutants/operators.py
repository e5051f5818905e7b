"""Every small way in which a file of the product can be made wrong, found on its syntax tree.

A mutation changes one expression or statement in place; comments and all other text stay. Left alone is what only
describes: annotations, docstrings, decorators, texts of errors and of the log, and strings.
"""

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final

from tests.mutants.swaps import swaps, turned


@dataclass(frozen=True, slots=True)
class Mutation:
    """A change of the bytes from `start` to `end` of a file into `new`.

    It matters when one of `lines` runs. What runs once at import matters where it is used: `binds` is the name that
    the statement at the top of the file gives, empty within functions.
    """

    file: str
    line: int
    within: str  # qualified name of the function or class, empty at the top
    old: str
    new: str
    start: int
    end: int
    lines: range
    binds: str
    place: int = 0  # among equal changes within the same function

    @property
    def key(self) -> str:
        """Names the mutation for as long as nothing around it changes in kind; says nothing of lines."""
        parts = (self.file, self.within, self.old, self.new, str(self.place))
        return sha256("\0".join(parts).encode()).hexdigest()

    def applied(self, text: str) -> str:
        """The text of the file with the change."""
        data = text.encode()
        return (data[: self.start] + self.new.encode() + data[self.end :]).decode()


def mutations(file: str, text: str) -> list[Mutation]:
    """All mutations of a file, in the order of the text. Each leaves it a valid module."""
    found = list(_Finder(file, text).found())
    often: Counter[tuple[str, str, str]] = Counter()
    placed: list[Mutation] = []
    for each in sorted(found, key=lambda each: (each.start, each.end, each.new)):
        same = (each.within, each.old, each.new)
        placed.append(replace(each, place=often[same]))
        often[same] += 1
    return placed


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the walk is: what runs the code there."""

    within: str = ""
    lines: range = range(0)
    binds: str = ""
    in_function: bool = False


_DESCRIBING: Final = frozenset({"Field", "Meta", "TypeVar", "NewType", "Path", "Query", "Parameter"})
_BLOCKS: Final = ("body", "orelse", "finalbody", "handlers", "cases")


class _Finder:
    def __init__(self, file: str, text: str) -> None:
        self._file = file
        self._data = text.encode()
        starts = [0]
        for line in self._data.splitlines(keepends=True):
            starts.append(starts[-1] + len(line))
        self._starts = starts
        self._tree = ast.parse(text)

    def found(self) -> Iterator[Mutation]:
        for statement in self._tree.body:
            yield from self._statement(statement, _Place(binds=_bound(statement)))

    def _statement(self, node: ast.stmt, place: _Place) -> Iterator[Mutation]:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield from self._function(node, place)
            case ast.ClassDef():
                inside = _Place(_joined(place.within, node.name), range(node.lineno, _end(node) + 1), place.binds)
                for each in node.body:
                    yield from self._statement(each, replace(inside, in_function=False))
            case ast.Import() | ast.ImportFrom() | ast.Pass() | ast.Global() | ast.Nonlocal():
                return
            case _:
                yield from self._plain(node, place)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, place: _Place) -> Iterator[Mutation]:
        within = _joined(place.within, node.name)
        body = range(node.body[0].lineno, _end(node) + 1)
        if node.name in {"__repr__", "__str__"}:
            return
        for default in (*node.args.defaults, *filter(None, node.args.kw_defaults)):
            yield from self._expression(default, replace(place, within=within, lines=body))
        for each in node.body:
            yield from self._statement(each, _Place(within, body, "", in_function=True))

    def _plain(self, node: ast.stmt, place: _Place) -> Iterator[Mutation]:
        """A statement that is no definition: itself, its expressions, and what it holds."""
        if place.in_function:
            first = min((each.lineno for each in _held(node)), default=_end(node) + 1)
            place = replace(place, lines=range(node.lineno, max(first, node.lineno + 1)))
        yield from (self._made(node, new, place) for new in swaps(node))
        if isinstance(node, ast.If | ast.While):
            yield from (self._made(node.test, new, place) for new in turned(node.test))
        if not isinstance(node, ast.Raise | ast.Assert) and not _is_alias(node, place):
            for each in _expressions(node):
                yield from self._expression(each, place)
        for inner in _held(node):
            yield from self._statement(inner, place)

    def _expression(self, node: ast.expr, place: _Place) -> Iterator[Mutation]:
        if isinstance(node, ast.JoinedStr) or _describes(node):
            return
        yield from (self._made(node, new, place) for new in swaps(node))
        for child in _expressions(node):
            yield from self._expression(child, place)

    def _made(self, node: ast.stmt | ast.expr, new: str, place: _Place) -> Mutation:
        start = self._starts[node.lineno - 1] + node.col_offset
        end = self._starts[_end(node) - 1] + (node.end_col_offset or 0)
        return Mutation(
            file=self._file,
            line=node.lineno,
            within=place.within,
            old=self._data[start:end].decode(),
            new=new,
            start=start,
            end=end,
            lines=place.lines,
            binds="" if place.in_function else place.binds,
        )


def _held(node: ast.stmt) -> list[ast.stmt]:
    """Statements inside a statement."""
    blocks: list[Any] = [each for name in _BLOCKS for each in getattr(node, name, ())]
    return [inner for each in blocks for inner in ([each] if isinstance(each, ast.stmt) else each.body)]


def _expressions(node: ast.AST) -> Iterator[ast.expr]:
    """Expressions right inside a node, but for annotations."""
    for name, value in ast.iter_fields(node):
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, ast.expr) and name != "annotation":
                yield each
            elif isinstance(each, ast.keyword | ast.comprehension | ast.withitem):
                yield from _expressions(each)


def _describes(node: ast.expr) -> bool:
    """Whether a call only says something: to a reader, a schema or the log."""
    if not isinstance(node, ast.Call):
        return False
    match node.func:
        case ast.Name(id=name):
            return name in _DESCRIBING
        case ast.Attribute(value=ast.Name(id="_log" | "logging" | "warnings")):
            return True
        case ast.Attribute(attr=name):
            return name in _DESCRIBING
    return False


def _is_alias(node: ast.stmt, place: _Place) -> bool:
    """Whether a statement at the top names a type."""
    value = getattr(node, "value", None)
    top = not place.in_function and isinstance(node, ast.Assign)
    return top and isinstance(value, ast.Subscript | ast.BinOp | ast.Name)


def _bound(node: ast.stmt) -> str:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return name
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name
    return ""


def _joined(outer: str, name: str) -> str:
    return f"{outer}.{name}" if outer else name


def _end(node: ast.stmt | ast.expr) -> int:
    return node.end_lineno or node.lineno
