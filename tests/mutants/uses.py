"""Where a name from the top of a file is used within functions: what runs once at import matters there."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

_DEFINITIONS: Final = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(slots=True)
class _File:
    """What a file does with names: lines of functions that mention them, and names that it makes of them at its top."""

    lines: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    makes: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    imports: dict[tuple[str, str], str] = field(default_factory=dict)  # local name by module and name
    functions: set[int] = field(default_factory=set)  # every line inside one


class Uses:
    """Looks names up in a set of files. Made once for all of them."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._files: Final = {name: _read(ast.parse(text)) for name, text in texts.items()}

    def of(self, file: str, name: str) -> dict[str, set[int]]:
        """Lines by file that use a name of a file, also by way of what other names are made of it."""
        found: dict[str, set[int]] = defaultdict(set)
        waiting, seen = [(file, name)], set[tuple[str, str]]()
        while waiting:
            here, known_as = waiting.pop()
            if (here, known_as) in seen:
                continue
            seen.add((here, known_as))
            found[here] |= self._files[here].lines.get(known_as, set())
            waiting += [(here, made) for made in self._files[here].makes.get(known_as, ())]
            waiting += [
                (other, local)
                for other, its in self._files.items()
                if (local := its.imports.get((_module(here), known_as))) is not None
            ]
        return {where: lines for where, lines in found.items() if lines}

    def functions(self, file: str) -> set[int]:
        """Every line of a file that lies within a function."""
        return self._files[file].functions


def _module(file: str) -> str:
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _read(tree: ast.Module) -> _File:
    found = _File()
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            found.imports |= {(node.module or "", each.name): each.asname or each.name for each in node.names}
        bound = set(_bound(node))
        for name in _mentioned(_outside(node)):
            found.makes[name] |= bound - {name}
        for function in _functions(node):
            for statement in function.body:
                for line, name in _names(statement):
                    found.lines[name].add(line)
                found.functions.update(range(statement.lineno, (statement.end_lineno or statement.lineno) + 1))
        if isinstance(node, ast.ClassDef):  # whoever has the class has its methods
            found.lines[node.name] |= {
                line for line in found.functions if node.lineno <= line <= (node.end_lineno or 0)
            }
    return found


def _functions(node: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    if isinstance(node, _DEFINITIONS):
        yield node
    elif isinstance(node, ast.ClassDef):
        for each in node.body:
            yield from _functions(each)


def _outside(node: ast.AST) -> Iterator[ast.AST]:
    """Every node that runs at import."""
    yield node
    for child in ast.iter_child_nodes(node):
        if isinstance(node, _DEFINITIONS) and child in node.body:
            continue
        yield from _outside(child)


def _mentioned(nodes: Iterable[ast.AST]) -> set[str]:
    return {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}


def _names(statement: ast.stmt) -> Iterator[tuple[int, str]]:
    for node in ast.walk(statement):
        if isinstance(node, ast.Name):
            yield node.lineno, node.id


def _bound(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    for target in getattr(node, "targets", [getattr(node, "target", None)]):
        if isinstance(target, ast.Name):
            yield target.id
        elif isinstance(target, ast.Tuple):
            yield from (each.id for each in target.elts if isinstance(each, ast.Name))
